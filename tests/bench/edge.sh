#!/usr/bin/env bash
#  edge.sh - what the edge costs: payments per second of this tree and of an earlier
#  commit, in turn, each alone; and the check of a token that was seen before.
#
#  The earlier commit is built from the repository as it was, with its own bench and bank.

. "$(dirname "$0")/common.sh"

usage () {
    cat <<'END'
usage: tests/bench/edge.sh [--base COMMIT] [--rounds N] [--seconds S]

  --base COMMIT  to compare with (bfeeac9: one node, without what the edge does since)
  --rounds N     each is measured so often, and the median counts (3)
  --seconds S    of each measurement (10)

Exit status: 0 at least 0.9 of the commit's payments and a token within 5 us, 1 not so,
2 could not measure.
END
}

base=bfeeac9 rounds=3 seconds=10
while [ $# -gt 0 ]; do
    case $1 in
    --base) [ -n "${2:-}" ] || die "--base takes a commit"; base=$2; shift 2 ;;
    --rounds) number "$1" "${2:-}" 1; rounds=$2; shift 2 ;;
    --seconds) number "$1" "${2:-}" 1; seconds=$2; shift 2 ;;
    --help) usage; exit 0 ;;
    *) die "there is no option \"$1\"; --help lists them" ;;
    esac
done

#  The commit's binary, kept beside ours for the next time.
base_build () {
    base_source=$PRODUCT_BUILD/base-$base/source
    base_binary=$PRODUCT_BUILD/base-$base/build/happypay
    [ ! -x "$base_binary" ] || return 0
    git -C "$ROOT" cat-file -e "$base^{commit}" 2> /dev/null || die "there is no commit \"$base\" here"
    mkdir -p "$base_source"
    git -C "$ROOT" archive "$base" | tar -x -C "$base_source"
    cmake -S "$base_source" -B "${base_binary%/*}" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        > "$WORK/build.log"
    cmake --build "${base_binary%/*}" --target happypay >> "$WORK/build.log" ||
        { tail -30 "$WORK/build.log" >&2; return 1; }
}

#  WHO BINARY SCENARIO
measure () {
    product_start "$2"
    product_bench "$2" --scenario "$3" --connections 64 --accounts 10000 --merchants 100 \
        --seconds "$seconds" --json > "$WORK/bench.json" 2> "$WORK/bench.log" ||
        { tail -3 "$WORK/bench.log" "$WORK/bench.json" >&2; return 1; }
    product_verify "$2"
    product_stop
    jq .achieved "$WORK/bench.json" >> "$WORK/$1-$3"
    printf '  round %s  %-6s %-13s %8.0f /s\n' "$round" "$1" "$3" "$(tail -n 1 "$WORK/$1-$3")" >&2
}

median () {
    sort -n "$WORK/$1" | awk '{ value [NR] = $1 } END { print value [int ((NR + 1) / 2)] }'
}

command -v jq > /dev/null || die "jq is needed (apt-get install jq)"
begin
echo "building" >&2
product_build
base_build
cmake --build "$PRODUCT_BUILD/release" --target bench_token_check >> "$WORK/build.log"
for round in $(seq "$rounds"); do
    for scenario in payment hot-merchant; do
        measure before "$base_binary" "$scenario"
        measure now "$PRODUCT_BUILD/release/happypay" "$scenario"
    done
done
MEASURED=yes
missed=0
for scenario in payment hot-merchant; do
    awk -v what="$scenario" -v before="$(median "before-$scenario")" -v now="$(median "now-$scenario")" \
        'BEGIN { met = now >= 0.9 * before
                 printf "%-14s before %7.0f /s   now %7.0f /s   ratio %.2f   bar 0.9   %s\n",
                        what, before, now, now / before, met ? "ok" : "MISS"
                 exit !met }' || missed=1
done
"$PRODUCT_BUILD/release/bench_token_check" || missed=1
exit "$missed"
