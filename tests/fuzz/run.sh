#!/bin/bash
#  run.sh - every fuzzer for a while: what was found before, then what is new.
#
#      tests/fuzz/run.sh [--seconds N] [PATTERN]      20 s each; only those that match
#
#  BUILD_ROOT: where build-fuzz is made (the project's root). In it: corpus/NAME is kept
#  and grows from run to run, and what is found lies in findings/. A finding ends that
#  fuzzer and the run with status 1; the next ones run all the same.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
source deploy/packages.sh

seconds=20
if [ "${1:-}" = --seconds ]; then
    seconds=${2:?--seconds needs a number}
    shift 2
fi
pattern=${1:-.}
folder=$(realpath -m "${BUILD_ROOT:-.}")/build-fuzz
failed=0

configure "$folder" -DCMAKE_C_COMPILER=clang -DFUZZ=ON \
    && cmake --build "$folder" --parallel "$(nproc)" --target fuzzers || exit 1
/usr/bin/python3 -B tests/fuzz/seeds.py "$folder/seeds" || exit 1
mkdir -p "$folder/findings"

for source in tests/fuzz/*_fuzz.c; do
    name=$(basename "$source" _fuzz.c)
    [[ $name =~ $pattern ]] || continue
    mkdir -p "$folder/corpus/$name" "$folder/seeds/$name"
    find tests/fuzz/corpus -name "$name-*" -exec cp {} "$folder/seeds/$name" \;
    echo "$name: $seconds s"
    if ! "$folder/fuzz_$name" -max_total_time="$seconds" -max_len=16384 -timeout=20 \
        -rss_limit_mb=2048 -dict=tests/fuzz/json.dict -print_final_stats=1 \
        -artifact_prefix="$folder/findings/$name-" "$folder/corpus/$name" "$folder/seeds/$name" \
        >"$folder/$name.log" 2>&1; then
        failed=$((failed + 1))
        grep -a -m 1 -E 'Assertion|runtime error|ERROR:' "$folder/$name.log"
    fi
    grep -a -E '^stat::number_of_executed|cov: ' "$folder/$name.log" | tail -n 2
done
echo "$failed fuzzers found something"
[ "$failed" -eq 0 ]
