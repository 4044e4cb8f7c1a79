#!/bin/sh
# Writes the tables of options and of numbers into docs/. Needs a build: cmake --build --preset dev
set -eu
cd "$(dirname "$0")/.."
python3 tests/contract/check_tables.py . options.md build/dev/tools/print_options --write
python3 tests/contract/check_tables.py . metrics.md build/dev/tools/print_stats --write
