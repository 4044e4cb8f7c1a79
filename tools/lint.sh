#!/bin/sh
# clang-format, clang-tidy, layers and names. Needs a configured dev preset, clang-format and clang-tidy (14 on
# Debian 12). Name files to check only those with clang-tidy.
set -eu
cd "$(dirname "$0")/.."
git ls-files '*.c' '*.cc' '*.cpp' '*.h' '*.hpp' ':!*_wrap.c' | xargs clang-format --dry-run --Werror
python3 tests/contract/check_layers.py .
python3 tests/contract/check_interface.py . build/dev/lib/libwserve.so.1
if git grep -nE 'TODO\(now\)|\bXXX\b' -- lib src include; then
  echo "a TODO(now) is left" >&2
  exit 1
fi
[ $# -gt 0 ] || set -- $(git ls-files 'lib/*.cc' 'src/*.c')
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 4 clang-tidy -p build/dev --quiet --extra-arg=-Wthread-safety
echo "lint: clean"
