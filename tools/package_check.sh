#!/bin/sh
# tools/package_check.sh [FOLDER]: builds the Debian packages of HEAD, has lintian and blhc look at them, and installs them into
# a bare root of Debian 12, where tools/package_root.sh upgrades them, runs the tests of debian/tests/, and purges them. The
# packages are left in FOLDER, build/packages unless another is given.
# Needs root, Debian 12, and a mirror of Debian: MIRROR, or the one that mmdebstrap takes. It installs what it uses.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || {
  echo "package_check.sh: it needs root, for the bare root and for what it installs" >&2
  exit 1
}
folder=${1:-build/packages}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  blhc devscripts dpkg-dev lintian mmdebstrap >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get build-dep -y -qq --no-install-recommends . >/dev/null

place=$(mktemp -d)
trap 'rm -r "$place"' EXIT
# Always the same folder, so that a compiler cache knows the files again.
source=$folder/libwserve-$(dpkg-parsechangelog -S Version)
rm -rf "$source" "$folder"/*.deb "$folder"/*.changes "$folder"/*.buildinfo
mkdir "$source"
git archive HEAD | tar -x -C "$source"

echo "== dpkg-buildpackage"
# Debian's own tools, whatever else stands before them in the path.
export CCACHE_DIR="${CCACHE_DIR:-$HOME/.cache/ccache}"
(cd "$source" && PATH=/usr/lib/ccache:/usr/sbin:/usr/bin:/sbin:/bin DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-parallel=$(nproc)}" nice dpkg-buildpackage -us -uc -b) \
  > "$folder/build.log" 2>&1 || {
  tail -n 50 "$folder/build.log" >&2
  exit 1
}
echo "== lintian"
lintian --allow-root --fail-on error,warning "$folder"/*.changes
# Debian's compiler makes position-independent programs without being told; hardening-check sees what came of it.
echo "== blhc, hardening-check"
blhc --bindnow "$folder/build.log"
hardening-check --nocfprotection --nofortify "$source"/debian/wserve/usr/bin/wserve >/dev/null

# The same packages as if they were older, for the upgrade.
mkdir "$place/old" "$place/new"
for package in "$folder"/*.deb; do
  case $package in
    *-dbgsym_*) continue ;;
  esac
  cp "$package" "$place/new"
  rm -rf "$place/unpacked"
  dpkg-deb -R "$package" "$place/unpacked"
  version=$(dpkg-deb -f "$package" Version)
  sed -i -e "s/^Version: .*/Version: $version~0/" -e "s/(= $version)/(= $version~0)/g" "$place/unpacked/DEBIAN/control"
  dpkg-deb -b "$place/unpacked" "$place/old" >/dev/null
done
tar -cf "$place/packages.tar" -C "$place" old new
tar -cf "$place/sources.tar" -C "$source" debian/tests examples tools

echo "== a bare root"
# shellcheck disable=SC2016
mmdebstrap --mode=root --variant=apt --format=null \
  --customize-hook='mkdir -p "$1/packages" "$1/libwserve"' \
  --customize-hook="tar-in $place/packages.tar /packages" \
  --customize-hook="tar-in $place/sources.tar /libwserve" \
  --customize-hook='chroot "$1" sh /libwserve/tools/package_root.sh' \
  bookworm - ${MIRROR:+"$MIRROR"} > "$folder/root.log" 2>&1 || {
  tail -n 50 "$folder/root.log" >&2
  exit 1
}
grep '^== \|: ok$' "$folder/root.log"
echo "packages: passed"
