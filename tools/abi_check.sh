#!/bin/sh
# tools/abi_check.sh [--write] [OPTION]... [LIBRARY]: fails when programs that were linked with the release described in
# tools/abi/ could not use LIBRARY (build/dev/lib/libwserve.so.1 unless another is given), which needs debug information.
# A symbol that is gone or has changed fails, unless the soname was raised; so does one that has come into a version node of
# that release. While CMakeLists.txt still has the version that is described, that release is in the making, and its nodes
# are open. With --write the description is made anew.
#   --folder FOLDER    where the description is, instead of tools/abi
#   --headers FOLDER   the public headers, instead of include/wserve
#   --version VERSION  that of LIBRARY, instead of the one in CMakeLists.txt
# Needs abidw and abidiff (abigail-tools).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/tools/abi
headers=$root/include/wserve
version=$(sed -n 's/^project(wserve VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
write=
while [ $# -gt 0 ]; do
  case $1 in
    --write) write=yes ;;
    --folder) folder=$2; shift ;;
    --headers) headers=$2; shift ;;
    --version) version=$2; shift ;;
    --*) echo "abi_check.sh: $1: no such option" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
library=${1:-$root/build/dev/lib/libwserve.so.1}

for tool in abidw abidiff; do
  if ! command -v "$tool" >/dev/null; then
    echo "abi_check.sh: $tool is missing (tools/setup.sh test installs it)" >&2
    exit 1
  fi
done
place=$(mktemp -d)
trap 'rm -r "$place"' EXIT

fail() {
  echo "abi_check.sh: $1" >&2
  exit 1
}
soname_of() { sed -n "s/.*<abi-corpus .*soname='\([^']*\)'.*/\1/p" "$1"; }
# NAME@NODE of each exported symbol.
symbols_of() {
  sed -n "s/.*<elf-symbol name='\([^']*\)' version='\([^']*\)'.*/\1@\2/p" "$1" | sort
}

# abidw 2.6 describes what the library takes from others as well, unless it is told not to; 2.2 never does.
imports=
! abidw --help 2>&1 | grep -q -e --no-load-undefined-interfaces || imports=--no-load-undefined-interfaces
# Nothing of this machine goes into it: no folders, no lines, and no inside of types that callers do not see.
abidw --headers-dir "$headers" --drop-private-types --no-show-locs --no-comp-dir-path --no-corpus-path --no-elf-needed \
  --exported-interfaces-only --drop-undefined-syms ${imports:+"$imports"} --type-id-style hash "$library" > "$place/now.abi"
sed -i "s|path='\(\.\./\)*|path='|" "$place/now.abi"
symbols_of "$place/now.abi" > "$place/now"
count=$(wc -l < "$place/now")
[ "$count" -gt 0 ] || fail "$library exports nothing that has a version"
[ "$(grep -c '<function-decl .*elf-symbol-id' "$place/now.abi")" -eq "$count" ] ||
  fail "$library has no debug information for all of its $count symbols"

if [ -n "$write" ]; then
  rm -f "$folder"/*.abi
  cp "$place/now.abi" "$folder/$version.abi"
  echo "$folder/$version.abi: $count symbols"
  exit 0
fi

described=$(find "$folder" -name '*.abi')
[ -f "$described" ] || fail "there must be one description in $folder"
old=$(soname_of "$described")
new=$(soname_of "$place/now.abi")
if [ "$old" != "$new" ]; then
  if [ "${old%.*}" != "${new%.*}" ] || [ "${new##*.}" -lt "${old##*.}" ]; then
    fail "the soname was $old and is $new"
  fi
  echo "$new is another interface than $old: nothing to compare"
  exit 0
fi

# Two descriptions are compared, so that both have seen the same reader.
abidiff --no-added-syms "$described" "$place/now.abi" > "$place/report" || {
  cat "$place/report" >&2
  fail "programs that use $old as of $(basename "$described" .abi) could break: undo that, or raise WSERVE_ABI"
}

symbols_of "$described" > "$place/then"
added=$(comm -13 "$place/then" "$place/now")
if [ "$version" != "$(basename "$described" .abi)" ]; then
  for symbol in $added; do
    ! grep -q "@${symbol#*@}\$" "$place/then" ||
      fail "${symbol%@*} is new: it needs a version node that $(basename "$described" .abi) did not have, not ${symbol#*@}"
  done
fi
echo "$count symbols of $new, $(printf %s "$added" | grep -c . || true) of them new: nothing has changed for programs of $(basename "$described" .abi)"
