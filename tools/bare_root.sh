#!/bin/sh
# tools/bare_root.sh [SUITE...] [-- COMMAND...]: runs a command, tools/test.sh unless another is given, with the sources of
# HEAD in a bare root of each suite (bookworm and trixie, which are Debian 12 and 13), which is thrown away afterwards. What
# the sources do not install themselves is not there.
# Needs root, mmdebstrap, and a mirror of Debian: MIRROR, or the one that mmdebstrap takes.
set -eu
cd "$(dirname "$0")/.."

suites=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  suites="$suites $1"
  shift
done
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- tools/test.sh

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
git archive --output="$folder/sources.tar" HEAD
# The words of the command, each quoted for the shell within.
{
  printf 'cd /libwserve && exec'
  for word; do
    printf " '%s'" "$(printf %s "$word" | sed "s/'/'\\\\''/g")"
  done
  echo
} > "$folder/command"

failed=
for suite in ${suites:-bookworm trixie}; do
  # shellcheck disable=SC2016
  if nice mmdebstrap --mode=root --variant=apt --format=null \
    --customize-hook='mkdir -p "$1/libwserve" "$1/dev/shm"' \
    --customize-hook="tar-in $folder/sources.tar /libwserve" \
    --customize-hook="copy-in $folder/command /tmp" \
    --customize-hook='mount -t tmpfs none "$1/dev/shm"' \
    --customize-hook='mount --rbind "$1" "$1"; chroot "$1" sh /tmp/command; status=$?; umount -l "$1"; umount "$1/dev/shm"; exit $status' \
    "$suite" - ${MIRROR:+"$MIRROR"}; then
    echo "$suite: passed"
  else
    echo "$suite: FAILED" >&2
    failed=yes
  fi
done
[ -z "$failed" ]
