#!/bin/sh
# tools/soak.sh [--write] [SECONDS [OPTION...]]: good, slow, broken and resetting clients against the wserve command, for ten
# minutes or so many seconds as are given. The server has two event loops and four threads unless its options follow, as in
# tools/soak.sh 60 --loops=1 --threads=0. Prints what the clients saw, and the server's memory and descriptors over time;
# fails when a good client was not answered, or when either has grown. --write puts that into docs/security.md.
# Needs a build; BUILD names its folder (build/dev).
set -eu
cd "$(dirname "$0")/.."
write=
if [ "${1:-}" = --write ]; then
  write=yes
  shift
fi
build=${BUILD:-build/dev}
seconds=${1:-600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- --loops=2 --threads=4

folder=$(mktemp -d)
"$build/bin/wserve" --listen=127.0.0.1:0 --log-level=error --inbuf-overflow=50000 --outbuf-overflow=50000 \
  --header-timeout=5 --body-timeout=5 --body-min-rate=100 "$@" echo > "$folder/out" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -r "$folder"' EXIT
until grep -q 'Serving on' "$folder/out"; do
  kill -0 $server
  sleep 0.1
done
port=$(sed -n 's/.*http:.*:\([0-9]*\)$/\1/p' "$folder/out")
{ nice "$build/tests/load/soak" "$port" $server "$seconds" || touch "$folder/failed"; } | tee "$folder/report"
[ ! -e "$folder/failed" ]

if [ -n "$write" ]; then
  {
    echo
    echo "A run of $seconds seconds with \`$*\`, on $(nproc) cores:"
    echo
    sed '/^since/,$d' "$folder/report"
  } > "$folder/section"
  sed -i -e "/<!-- soak -->/r $folder/section" -e '/<!-- soak -->/,/<!-- \/soak -->/{/<!-- /!d}' docs/security.md
fi
