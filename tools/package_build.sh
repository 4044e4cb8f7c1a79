#!/bin/sh
# tools/package_build.sh [again]: what tools/package_check.sh runs in a bare root that has the sources in /libwserve. It builds the
# Debian packages, leaves them in /packages, and has lintian and blhc look at them. With "again" it builds them once more, elsewhere
# and as another user might; each package must then have the same bytes, and one that has others is left in /packages/again.
set -eu

# build FOLDER: builds the sources there, which leaves the packages beside it.
build() {
  mkdir -p "$1"
  cp -r /libwserve/. "$1"
  (cd "$1" && PATH="/usr/lib/ccache:$PATH" dpkg-buildpackage -us -uc)
}

build_and_look() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends blhc build-essential ccache devscripts lintian
  apt-get build-dep -y -qq --no-install-recommends /libwserve
  update-ccache-symlinks
  mkdir /packages
  echo "== dpkg-buildpackage"
  build /packages/libwserve > /packages/said 2>&1 || {
    cat /packages/said
    exit 1
  }
  cat /packages/said
  echo "== lintian"
  lintian --allow-root --info --fail-on error,warning /packages/*.changes
  # Debian's compiler makes position-independent programs without being told; hardening-check sees what came of it.
  echo "== blhc, hardening-check"
  blhc --bindnow /packages/said
  # Branch protection, of which newer ones tell, is for processors of ARM.
  branches=$(hardening-check --help | grep -o -m 1 -- '--nobranch[a-z-]*' || true)
  # shellcheck disable=SC2086
  hardening-check --nocfprotection --nofortify $branches /packages/libwserve/debian/wserve/usr/bin/wserve
}

build_again() {
  umask 027
  find /libwserve -exec touch -d 2026-01-02 {} +
  export TZ=Pacific/Auckland LC_ALL=C DEB_BUILD_OPTIONS=parallel=1
  build /elsewhere/in/a/longer/path/libwserve
  for package in /packages/*.deb; do
    again=/elsewhere/in/a/longer/path/$(basename "$package")
    cmp "$package" "$again" || {
      mkdir -p /packages/again
      cp "$again" /packages/again
    }
  done
  [ ! -e /packages/again ] || exit 1
  echo "== $(find /packages -name '*.deb' | wc -l) packages have the same bytes in both builds"
}

if [ "${1:-}" = again ]; then
  build_again
else
  build_and_look
fi
