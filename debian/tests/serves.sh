# For the tests beside it. check_serves COMMAND...: starts a server that says where it serves, asks it for its greeting ($greeting,
# when that is not the ordinary one), and stops it; it must end in order.
place=${AUTOPKGTEST_TMP:-$(mktemp -d)}

check_serves() {
  : >"$place/said"
  "$@" >"$place/said" 2>&1 &
  server=$!
  address=
  for _ in $(seq 200); do
    address=$(sed -n 's|.*http://\([^ ]*[0-9]\).*|\1|p' "$place/said" | head -n 1)
    if [ -n "$address" ] || ! kill -0 "$server" 2>/dev/null; then
      break
    fi
    sleep 0.1
  done
  answer=$(curl -sS "http://$address/" || true)
  kill "$server" 2>/dev/null || true
  wait "$server" || [ $? -eq 143 ] || {
    echo "$*: ended with a failure" >&2
    cat "$place/said" >&2
    exit 1
  }
  if [ "$answer" != "${greeting:-Hello, World!}" ]; then
    echo "$*: answered \"$answer\"" >&2
    cat "$place/said" >&2
    exit 1
  fi
  echo "$*: ok"
}
