#!/bin/sh
# Measures the bindings beside what users of Python, Ruby, Lua and Go have now. Options are those of bench/run: --write puts
# the table into docs/performance.md.
exec "$(dirname "$0")/run" --only bindings "$@"
