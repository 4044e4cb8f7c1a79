#!/bin/sh
# Which lines of lib/http and lib/gateway their unit tests and the kept fuzz inputs run: a table, and a failure below 95 %.
# Needs gcovr (tools/setup.sh tools).
set -eu
cd "$(dirname "$0")/.."
cmake --preset coverage >/dev/null
cmake --build --preset coverage --target unit_http unit_gateway tests/fuzz/all
find build/coverage -name '*.gcda' -delete
ctest --preset coverage
gcovr --root . --filter lib/http/ --filter lib/gateway/ --exclude-throw-branches --fail-under-line 95 build/coverage
