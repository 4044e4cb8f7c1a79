#!/bin/sh
# tools/release.sh [--try] [FOLDER]: writes the tarball of HEAD into FOLDER, build/release-tarball unless another is given, and shows
# that it is whole: unpacked where there is no git, it is built as a release, installed, and a program that was compiled with
# that serves a request; and beside it what it is made of, as a document of SPDX. Nothing is written when a version is wrong somewhere, when the changelog still says that the version is
# not released, when tools/abi/ describes another one, or when something is not committed; with --try the last three are said, and
# that is all.
set -eu
cd "$(dirname "$0")/.."
is_try=
if [ "${1:-}" = --try ]; then
  is_try=yes
  shift
fi
folder=${1:-build/release-tarball}
version=$(sed -n 's/^project(wserve VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name=libwserve-$version

problem() {
  echo "release.sh: $1" >&2
  [ -n "$is_try" ] || exit 1
}
python3 tests/contract/check_versions.py .
! grep -q "^## $version (not released)" CHANGELOG.md || problem "CHANGELOG.md says that $version is not released"
[ -f "tools/abi/$version.abi" ] || problem "tools/abi has no description of $version: tools/abi_check.sh --write"
[ -z "$(git status --porcelain)" ] || problem "not everything is committed"

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# The same commit gives the same bytes.
git archive --prefix="$name/" HEAD | gzip -n -9 > "$folder/$name.tar.gz"

place=$(mktemp -d)
trap 'rm -r "$place"' EXIT
tar -xzf "$folder/$name.tar.gz" -C "$place"
(
  cd "$place/$name"
  export GIT_DIR=/nonexistent
  cmake --preset release -DCMAKE_INSTALL_PREFIX="$place/prefix" >/dev/null
  cmake --build --preset release
  cmake --install build/release >/dev/null
)

# A program finds the library where it was installed, and serves.
pkgconfig=$(dirname "$(find "$place/prefix" -name wserve.pc)")
# shellcheck disable=SC2046
cc -o "$place/hello" "$place/$name/examples/hello.c" $(PKG_CONFIG_PATH=$pkgconfig pkg-config --cflags --libs wserve)
: > "$place/said"
LD_LIBRARY_PATH=$(dirname "$pkgconfig") "$place/hello" 127.0.0.1:0 > "$place/said" &
server=$!
tries=100
until grep -q http "$place/said" || [ $((tries -= 1)) -eq 0 ]; do
  sleep 0.1
done
answer=$(curl -sS "$(sed -n 's/Serving on //p' "$place/said")/" || true)
kill "$server"
[ "$answer" = "Hello, World!" ] || {
  echo "release.sh: the installed library answered \"$answer\"" >&2
  exit 1
}
[ "$("$place/prefix/bin/wserve" --version)" = "wserve $version" ]
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) tools/sbom.py "$folder/$name.tar.gz" "$version" > "$folder/$name.spdx.json"
(cd "$folder" && sha256sum "$name.tar.gz" "$name.spdx.json")
