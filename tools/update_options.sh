#!/bin/sh
# Writes the option table into docs/options.md. Needs a build: cmake --build --preset dev
set -eu
cd "$(dirname "$0")/.."
exec python3 tests/contract/check_options.py . build/dev/tools/print_options --write
