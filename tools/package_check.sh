#!/bin/sh
# tools/package_check.sh [SUITE...]: what can be shown of the Debian packages of HEAD, for each suite (bookworm and trixie, which
# are Debian 12 and 13), in bare roots of it. In the first tools/package_build.sh builds them, and lintian and blhc look at them.
# In the second tools/package_root.sh installs, upgrades and purges them. autopkgtest runs each of debian/tests/ in a root of its
# own. Then the packages are built again and compared. They, the base of the roots and what was said are left in build/packages/SUITE.
# Needs root, and a mirror of Debian: MIRROR, or the one that mmdebstrap takes. It installs what it uses.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || {
  echo "package_check.sh: it needs root, for the bare roots and for what it installs" >&2
  exit 1
}
[ $# -gt 0 ] || set -- bookworm trixie

DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  apt-utils autopkgtest dpkg-dev mmdebstrap >/dev/null
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# with_root COMMAND...: runs it where $root has the file systems of the kernel. They go away with the command, whatever becomes of it.
with_root() {
  # shellcheck disable=SC2016
  unshare --mount sh -c '
    root=$1 archives=$2 cache=$3
    shift 3
    mkdir -p "$root/var/cache/apt/archives" "$root/root/.cache/ccache" "$root/dev/pts" "$root/dev/shm"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 none "$root/dev/pts"
    mount -t tmpfs none "$root/dev/shm"
    mount --bind "$archives" "$root/var/cache/apt/archives"
    mount --bind "$cache" "$root/root/.cache/ccache"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    exec "$@"' sh "$root" "$folder/archives" "$folder/ccache" "$@"
}

# new_root NAME: a root that has nothing but apt. What apt fetches is kept for the next one.
new_root() {
  root=$place/$1
  rm -rf "$root"
  mkdir "$root"
  tar -xf "$folder/base.tar" -C "$root"
  echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' > "$root/etc/apt/apt.conf.d/keep"
}

# logged LOG COMMAND...: runs the command; the end of what it says is shown if it fails.
logged() {
  log=$1
  shift
  # In a shell of its own, and not before "||", where set -e would have no meaning.
  set +e
  (set -e; "$@") > "$log" 2>&1
  status=$?
  set -e
  [ "$status" -eq 0 ] || {
    tail -n 50 "$log" >&2
    exit 1
  }
}

in_root() {
  with_root chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CCACHE_DIR=/root/.cache/ccache LC_ALL=C.UTF-8 "$@"
}

make_packages() {
  new_root build
  mkdir "$root/libwserve"
  git archive HEAD | tar -x -C "$root/libwserve"
  in_root DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-parallel=$(nproc)}" /libwserve/tools/package_build.sh
  cp "$root"/packages/*.* "$folder"
}

# The same packages as if they were older, for the upgrade.
make_old() {
  mkdir -p "$root/packages/old" "$root/packages/new"
  for package in "$folder"/*.deb; do
    case $package in
      *-dbgsym_*) continue ;;
    esac
    cp "$package" "$root/packages/new"
    rm -rf "$place/unpacked"
    dpkg-deb -R "$package" "$place/unpacked"
    version=$(dpkg-deb -f "$package" Version)
    sed -i -e "s/^Version: .*/Version: $version~0/" -e "s/(= $version)/(= $version~0)/g" "$place/unpacked/DEBIAN/control"
    dpkg-deb -b "$place/unpacked" "$root/packages/old"
  done
}

change_packages() {
  new_root change
  make_old
  cp tools/package_root.sh "$root/packages"
  in_root sh /packages/package_root.sh
}

make_again() {
  root=$place/build
  rm -rf "$folder/again"
  in_root /libwserve/tools/package_build.sh again || {
    [ ! -e "$root/packages/again" ] || cp -r "$root/packages/again" "$folder"
    return 1
  }
}

# A test fails when it fails, and when it was not run.
run_tests() {
  # shellcheck disable=SC2013
  for test in $(sed -n 's/^Tests: //p' debian/tests/control); do
    new_root test
    rm -rf "$folder/tests/$test"
    with_root env --unset=TMPDIR autopkgtest --quiet --apt-upgrade --test-name="$test" --output-dir="$folder/tests/$test" \
      "$folder"/*.deb "$folder"/*.dsc -- chroot "$root"
    grep -q "^$test  *PASS" "$folder/tests/$test/summary"
    echo "== debian/tests/$test: passed"
  done
}

check_suite() {
  suite=$1
  folder=$PWD/build/packages/$suite
  mkdir -p "$folder/archives/partial" "$folder/ccache" "$folder/tests"
  [ -e "$folder/base.tar" ] || logged "$folder/base.log" mmdebstrap --mode=root --variant=apt --dpkgopt=force-unsafe-io \
    "$suite" "$folder/base.tar" ${MIRROR:+"$MIRROR"}
  rm -rf "$folder"/*.deb "$folder"/*.dsc "$folder"/*.tar.xz "$folder"/*.changes "$folder"/*.buildinfo
  for step in "build make_packages" "root change_packages" "tests run_tests" "again make_again"; do
    log=$folder/${step% *}.log
    logged "$log" "${step#* }"
    grep '^== ' "$log"
  done
  echo "packages of $suite: passed"
}

for suite; do
  check_suite "$suite"
done
