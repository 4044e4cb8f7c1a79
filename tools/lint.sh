#!/bin/sh
# tools/lint.sh [--tidy [FILE]...]: what reads the sources and runs nothing: their form (clang-format), the rooms and their arrows,
# words that must not stay, and the library by clang, with its analysis of locks; without a warning. With --tidy then
# clang-tidy too, which takes half an hour, or a while for the FILEs that are named; it needs a configured dev preset.
set -eu
cd "$(dirname "$0")/.."
git ls-files '*.c' '*.cc' '*.cpp' '*.h' '*.hpp' ':!*_wrap.c' | xargs clang-format --dry-run --Werror
python3 tests/contract/check_layers.py .
if git grep -nE 'TODO\(now\)|\bXXX\b' -- lib src include; then
  echo "a TODO(now) is left" >&2
  exit 1
fi
git ls-files 'lib/*.cc' | xargs -P "$(nproc)" -n 8 clang++ -std=c++20 -fsyntax-only -DWSERVE_VERSION='""' -Iinclude -Ilib -Wall -Wextra -Wpedantic \
  -Wshadow -Wconversion -Wnon-virtual-dtor -Wthread-safety -Werror
if [ "${1:-}" = --tidy ]; then
  shift
  [ $# -gt 0 ] || set -- $(git ls-files 'lib/*.cc' 'src/*.c')
  printf '%s\n' "$@" | xargs -P "$(nproc)" -n 4 clang-tidy -p build/dev --quiet --extra-arg=-Wthread-safety
fi
echo "lint: clean"
