#!/bin/sh
# Good, slow, broken and resetting clients against the wserve command, for ten minutes or so many seconds as are
# given: tools/soak.sh 60. Prints what they saw; fails when a good client was not answered, or when the server's memory or
# descriptors have grown. Needs a build; BUILD names its folder (build/dev).
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build/dev}
seconds=${1:-600}

folder=$(mktemp -d)
"$build/bin/wserve" --listen=127.0.0.1:0 --log-level=error --inbuf-overflow=50000 --outbuf-overflow=50000 \
  --header-timeout=5 --body-timeout=5 --body-min-rate=100 echo > "$folder/out" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -r "$folder"' EXIT
until grep -q 'Serving on' "$folder/out"; do
  kill -0 $server
  sleep 0.1
done
port=$(sed -n 's/.*http:.*:\([0-9]*\)$/\1/p' "$folder/out")
nice "$build/tests/load/soak" "$port" $server "$seconds"
