#!/bin/sh
# On a fresh Debian 12 or 13: installs the packages, builds, and serves the demo app on 127.0.0.1:8080.
set -eu
cd "$(dirname "$0")/.."
tools/setup.sh build
cmake --preset release >/dev/null
cmake --build --preset release
exec build/release/bin/wserve --listen=127.0.0.1:8080 hello
