#!/bin/sh
# tools/container_check.sh: builds what Containerfile says with buildah, of HEAD, and runs it: it says its version, needs no library
# that is not there, and serves a file. The image that Containerfile begins with is a bare root made by mmdebstrap, so that no registry
# of images is asked. What is built is thrown away.
# Needs root, and a mirror of Debian: MIRROR, or the one that mmdebstrap takes. It installs what it uses.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || {
  echo "container_check.sh: it needs root, for the bare root and for what it installs" >&2
  exit 1
}
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends buildah curl mmdebstrap >/dev/null
place=$(mktemp -d)
export BUILDAH_ISOLATION=chroot
box() {
  buildah --root "$place/images" --runroot "$place/running" "$@"
}
trap 'box rm --all >/dev/null; umount "$place/images/overlay" 2>/dev/null || true; rm -rf --one-file-system "$place"' EXIT

base=$(sed -n 's/^FROM \(docker[^ ]*\) AS build$/\1/p' Containerfile)
suite=$(echo "$base" | sed 's/.*:\(.*\)-slim$/\1/')
echo "== $base"
# The bare root of package_check.sh will do, where that has left one.
root=build/packages/$suite/base.tar
[ -e "$root" ] || {
  root=$place/base.tar
  mmdebstrap --mode=root --variant=apt --dpkgopt=force-unsafe-io "$suite" "$root" ${MIRROR:+"$MIRROR"}
}
first=$(box from scratch)
box add --quiet "$first" "$root" /
box commit --quiet --rm "$first" "$base"

echo "== Containerfile"
mkdir "$place/sources"
git archive HEAD | tar -x -C "$place/sources"
box build --pull-never --network=host --tag wserve "$place/sources"

echo "== what it has become"
container=$(box from --pull-never wserve)
box run "$container" -- wserve --version
box run "$container" -- sh -c '! ldd /usr/bin/wserve /usr/lib/*/wserve/*.so | grep "not found"'
[ "$(box run "$container" -- id -u)" -eq 65534 ]
root=$(box mount "$container")
echo "Hello from a container" > "$root/srv/index.html"
# Its own entry point and words, but for the address, which is this machine's.
words=$(box inspect --format '{{range .OCIv1.Config.Entrypoint}}{{.}} {{end}}{{range .OCIv1.Config.Cmd}}{{.}} {{end}}' "$container" |
  sed 's/0\.0\.0\.0:8080/127.0.0.1:0/')
# shellcheck disable=SC2086
box run "$container" -- $words > "$place/said" 2>&1 &
server=$!
tries=100
until grep -q http:// "$place/said" || [ $((tries -= 1)) -eq 0 ]; do
  sleep 0.1
done
answer=$(curl -sS "$(sed -n 's|.*\(http://[0-9.:]*\).*|\1|p' "$place/said" | head -n 1)/" || true)
kill "$server"
wait "$server" || true
[ "$answer" = "Hello from a container" ] || {
  cat "$place/said" >&2
  echo "container_check.sh: it answered \"$answer\"" >&2
  exit 1
}
echo "container: passed"
