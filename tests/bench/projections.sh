#!/usr/bin/env bash
#  projections.sh - how fast read models are made again from the journal.
#
#  Filled by the load generator, stopped; then each read model by itself and all of
#  them are made again by `happypay replay`, timed from outside. Then the folder is
#  verified: fast and wrong is not made again.

. "$(dirname "$0")/common.sh"

usage () {
    cat <<'END'
usage: tests/bench/projections.sh [--events N] [--rate EVENTS_PER_SECOND]

Exit status: 0 each at least as fast as the rate (100,000/s), 1 not so, 2 could not measure.
END
}

events=200000 rate=100000
while [ $# -gt 0 ]; do
    case $1 in
    --events) number "$1" "${2:-}" 1; events=$2; shift 2 ;;
    --rate) number "$1" "${2:-}" 1; rate=$2; shift 2 ;;
    --help) usage; exit 0 ;;
    *) die "there is no option \"$1\"; --help lists them" ;;
    esac
done

records () {
    curl -fs "http://$PRODUCT_HTTP/metrics" |
        awk '$1 == "happypay_journal_records_total" { printf "%d\n", $2; found = 1 }
             END { exit !found }'
}

fill () {
    local count=0
    product_bench_start "$binary" "$WORK/bench.json" "$WORK/bench.log" --scenario payment \
        --connections 64 --accounts 2000 --seconds 3600 --json
    while [ "$count" -lt "$events" ]; do
        kill -0 "$BENCH_PID" 2> /dev/null || { tail -3 "$WORK/bench.log" >&2; return 1; }
        sleep 0.5
        count=$(records)
    done
    kill "$BENCH_PID" 2> /dev/null || true
    wait "$BENCH_PID" 2> /dev/null || true
    BENCH_PID=
    kill "$NODE_PID"
    wait "$NODE_PID"
    NODE_PID=
}

#  NAME: all, or one of them. A record has one event, most of the time; the report counts records.
measure () {
    local name=$1 options=() before_ns ms count verdict=ok
    [ "$name" = all ] || options=(--projection "$name")
    before_ns=$(date +%s%N)
    "$binary" replay --data "$WORK/node" "${options[@]}" > "$WORK/replay.log" 2> /dev/null
    ms=$((($(date +%s%N) - before_ns) / 1000000 + 1))
    count=$(awk '{ print $2 }' "$WORK/replay.log")
    [ $((count * 1000 / ms)) -ge "$rate" ] || { verdict=MISS; missed=1; }
    printf '%-18s %8d records in %6d ms   %8d/s   bar %d/s   %s\n' "$name" "$count" "$ms" \
        $((count * 1000 / ms)) "$rate" "$verdict"
}

begin
if [ -n "${BENCH_BINARY:-}" ]; then
    binary=$BENCH_BINARY
else
    product_build
    binary=$PRODUCT_BUILD/release/happypay
fi
product_start "$binary"
missed=0
fill
for name in lists money-by-address books all; do
    measure "$name"
done
"$binary" verify --data "$WORK/node" > "$WORK/verify.log" 2>&1 ||
    { tail -5 "$WORK/verify.log" >&2; exit 1; }
echo "verified: every row is what the journal says"
MEASURED=yes
exit "$missed"
