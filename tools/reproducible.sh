#!/bin/sh
# tools/reproducible.sh: builds the release of HEAD twice, in two folders whose names differ in length, a day apart by the clock of
# the files, under another umask, locale, time zone and number of jobs, with one SOURCE_DATE_EPOCH; and fails unless everything that
# is installed has the same bytes.
set -eu
cd "$(dirname "$0")/.."
commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct "$commit")
export SOURCE_DATE_EPOCH
place=$(mktemp -d)
trap 'rm -r "$place"' EXIT

# build FOLDER JOBS DATE
build() {
  mkdir -p "$1/source"
  git archive "$commit" | tar -x -C "$1/source"
  find "$1/source" -exec touch -d "$3" {} +
  (
    cd "$1/source"
    flags="-ffile-prefix-map=$(dirname "$(pwd)")=."
    cmake -S . -B ../build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DWSERVE_BUILD_STATIC=ON -DWSERVE_BUILD_TESTS=OFF \
      -DWSERVE_BUILD_EXAMPLES=OFF -DWSERVE_CCACHE=OFF -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" \
      -DCMAKE_SKIP_RPATH=ON -DCMAKE_INSTALL_PREFIX=/usr >/dev/null
    cmake --build ../build -j "$2" >/dev/null
    DESTDIR="$1/installed" cmake --install ../build >/dev/null
  )
  (cd "$1/installed" && find . -type f -exec sha256sum {} + | sort -k 2) > "$1/sums"
}
(umask 022 && LC_ALL=C TZ=UTC build "$place/one" 1 2026-01-01)
(umask 027 && LC_ALL=C.UTF-8 TZ=Pacific/Auckland build "$place/a/much/longer/path/two" 2 2026-01-02)
diff "$place/one/sums" "$place/a/much/longer/path/two/sums"
echo "$(wc -l < "$place/one/sums") files are the same"
