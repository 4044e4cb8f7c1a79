#!/bin/sh
# tools/fuzz.sh [-j N] [--merge] MINUTES [TARGET...]: runs each fuzz target of tests/fuzz, or those named, for that long
# under AddressSanitizer and UndefinedBehaviorSanitizer, N of them at a time, and prints a table at the end. Needs clang. New
# inputs go to build/fuzz/corpus; an input that breaks a promise is kept in build/fuzz/broken, and the script fails: put it
# into tests/fuzz/corpus, then mend what it shows.
#
# --merge then copies inputs that run lines none of the kept ones runs into tests/fuzz/corpus: small ones, so many bytes at
# most for each target. MINUTES may be 0 with it.
set -eu
cd "$(dirname "$0")/.."
usage() {
  echo "usage: tools/fuzz.sh [-j N] [--merge] MINUTES [TARGET...]" >&2
  exit 2
}
MOST_BYTES_OF_AN_INPUT=512
MOST_NEW_BYTES=20000
at_a_time=1
merge=
while [ $# -gt 0 ]; do
  case $1 in
    -j) at_a_time=${2:?how many at a time?}; shift 2 ;;
    --merge) merge=yes; shift ;;
    -*) usage ;;
    *) break ;;
  esac
done
minutes=${1:-}
case $minutes in '' | *[!0-9]*) usage ;; esac
shift
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)

inputs_in() {
  find "$@" -type f | wc -l
}

# run_target NAME: one row of the table in build/fuzz/results/NAME.
run_target() {
  found=build/fuzz/corpus/$1
  log=build/fuzz/results/$1.log
  mkdir -p "$found"
  had=$(inputs_in "$found")
  began=$(date +%s)
  result=none
  # A second limit, should the first one fail.
  nice -n 10 timeout $((minutes * 60 + 120)) "build/fuzz/tests/fuzz/fuzz_$1" \
    -max_total_time=$((minutes * 60)) -max_len=2048 -timeout=10 -rss_limit_mb=2048 \
    -dict=tests/fuzz/http.dict -artifact_prefix="build/fuzz/broken/$1-" -print_final_stats=1 \
    "$found" "tests/fuzz/corpus/$1" > "$log" 2>&1 || result=BROKEN
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  echo "| $1 | $(($(date +%s) - began)) | ${runs:-?} | ${edges:-?} | $(($(inputs_in "$found") - had)) | $result |" \
    > "build/fuzz/results/$1"
}

# merge_target NAME: libFuzzer picks what adds an edge to the kept inputs; the smallest of it are copied.
merge_target() {
  picked=$(mktemp -d)
  cp "tests/fuzz/corpus/$1"/* "$picked"
  "build/fuzz/tests/fuzz/fuzz_$1" -merge=1 -use_counters=0 -max_len=$MOST_BYTES_OF_AN_INPUT "$picked" "build/fuzz/corpus/$1" \
    > /dev/null 2>&1
  bytes=0
  copied=0
  for input in $(ls -Sr "$picked"); do
    [ ! -e "tests/fuzz/corpus/$1/$input" ] || continue
    bytes=$((bytes + $(wc -c < "$picked/$input")))
    [ $bytes -le $MOST_NEW_BYTES ] || break
    cp "$picked/$input" "tests/fuzz/corpus/$1/"
    copied=$((copied + 1))
  done
  rm -r "$picked"
  echo "$1: $copied inputs kept"
}

cmake --preset fuzz > /dev/null
cmake --build --preset fuzz --target $(printf 'fuzz_%s ' "$@")
mkdir -p build/fuzz/broken build/fuzz/results
if [ "$minutes" -gt 0 ]; then
  running=
  for target; do
    # Waits for the oldest when enough are running.
    set -- $running
    if [ $# -ge "$at_a_time" ]; then
      wait "$1"
      shift
    fi
    run_target "$target" &
    running="$* $!"
    targets="${targets:-} $target"
  done
  wait
  echo "| target | seconds | executions | edges | new inputs | broken promises |"
  echo "|---|---|---|---|---|---|"
  for target in $targets; do
    cat "build/fuzz/results/$target"
  done
  for target in $targets; do
    if grep -q BROKEN "build/fuzz/results/$target"; then
      tail -n 30 "build/fuzz/results/$target.log" >&2
      failed=yes
    fi
  done
  [ -z "${failed:-}" ] || { echo "there are broken promises: build/fuzz/broken" >&2; exit 1; }
  set -- $targets
fi
if [ -n "$merge" ]; then
  for target; do
    merge_target "$target"
  done
fi
