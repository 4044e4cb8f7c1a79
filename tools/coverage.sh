#!/bin/sh
# Which lines of lib/http and lib/gateway are run by their unit tests, the kept fuzz inputs and what explains proxies: a
# table, and a failure below 95 %.
# Needs gcovr (tools/setup.sh tools).
set -eu
cd "$(dirname "$0")/.."
cmake --preset coverage >/dev/null
cmake --build --preset coverage --target unit_http unit_gateway tests/fuzz/all test_api_deploy
find build/coverage -name '*.gcda' -delete
ctest --preset coverage
gcovr --root . --filter lib/http/ --filter lib/gateway/ --exclude-throw-branches --fail-under-line 95 build/coverage
