#!/bin/sh
# On a fresh Debian 12 or 13: installs the packages, builds, and runs every test, then all of them again under
# AddressSanitizer with UndefinedBehaviorSanitizer and under ThreadSanitizer. Name presets to run only those:
# tools/test.sh dev
set -eu
cd "$(dirname "$0")/.."
tools/setup.sh test
[ $# -gt 0 ] || set -- dev asan tsan
for preset; do
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset"
  ctest --preset "$preset"
done
