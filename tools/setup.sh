#!/bin/sh
# Installs the Debian 12 packages that the library is built with; with "test", those that its tests need too.
set -eu

build="g++ cmake ninja-build pkg-config libevent-dev libhttp-parser-dev"
test="libcmocka-dev python3 valgrind nginx-light"

packages=$build
if [ "${1:-build}" = test ]; then
  packages="$build $test"
fi

missing=
for package in $packages; do
  if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
    missing="$missing $package"
  fi
done
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing
