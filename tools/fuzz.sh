#!/bin/sh
# tools/fuzz.sh MINUTES [TARGET...]: runs each fuzz target of tests/fuzz, or those named, for that long under
# AddressSanitizer and UndefinedBehaviorSanitizer. Needs clang. New inputs go to build/fuzz/corpus; an input that breaks a
# promise is kept in build/fuzz/broken, and the script fails: put it into tests/fuzz/corpus, then mend what it shows.
set -eu
cd "$(dirname "$0")/.."
minutes=${1:?how many minutes for each target?}
shift
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target $(printf 'fuzz_%s ' "$@")
mkdir -p build/fuzz/broken
failed=
for target; do
  found=build/fuzz/corpus/$target
  mkdir -p "$found"
  echo "== $target"
  # A second limit, should the first one fail.
  nice -n 10 timeout $((minutes * 60 + 120)) "build/fuzz/tests/fuzz/fuzz_$target" \
    -max_total_time=$((minutes * 60)) -max_len=2048 -timeout=10 -rss_limit_mb=2048 \
    -dict=tests/fuzz/http.dict -artifact_prefix="build/fuzz/broken/$target-" -print_final_stats=1 -verbosity=0 \
    "$found" "tests/fuzz/corpus/$target" || failed="$failed $target"
done
[ -z "$failed" ] || { echo "broken promises:$failed (build/fuzz/broken)" >&2; exit 1; }
echo "fuzz: no promise was broken"
