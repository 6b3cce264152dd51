#!/usr/bin/env bash
#  projections.sh - how fast read models are made again from the journal.
#
#  Filled by the load generator, stopped; then each read model by itself and all of
#  them are made again by `happypay replay`, timed from outside. Then the folder is
#  verified: fast and wrong is not made again.

. "$(dirname "$0")/common.sh"

usage () {
    cat <<'END'
usage: tests/bench/projections.sh [--events N] [--rate EVENTS_PER_SECOND] [--rounds N]

The median of three rounds counts, or of --rounds.
Exit status: 0 each at least as fast as the rate (100,000/s), 1 not so, 2 could not measure.
END
}

events=200000 rate=100000 rounds=3
while [ $# -gt 0 ]; do
    case $1 in
    --events) number "$1" "${2:-}" 1; events=$2; shift 2 ;;
    --rate) number "$1" "${2:-}" 1; rate=$2; shift 2 ;;
    --rounds) number "$1" "${2:-}" 1; rounds=$2; shift 2 ;;
    --help) usage; exit 0 ;;
    *) die "there is no option \"$1\"; --help lists them" ;;
    esac
done

events_so_far () {
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
        count=$(events_so_far)
    done
    kill "$BENCH_PID" 2> /dev/null || true
    wait "$BENCH_PID" 2> /dev/null || true
    BENCH_PID=
    kill "$NODE_PID"
    wait "$NODE_PID"
    NODE_PID=
}

#  The journal has to be sound; sets records and filled, the events in them.
sound () {
    "$binary" verify --data "$WORK/node" > "$WORK/verify.log" 2>&1 ||
        { tail -5 "$WORK/verify.log" >&2; exit 2; }
    records=$(awk '$1 == "sound:" { print $2 }' "$WORK/verify.log")
    filled=$(awk '$1 == "sound:" { print $4 }' "$WORK/verify.log")
}

#  NAME: all, or one of them. What counts is the time that passes; the processor's beside it
#  tells a slow product from a busy machine.
measure () {
    local name=$1 options=() times=() round ms cpu_ms verdict=ok TIMEFORMAT='%3R %3U %3S'
    [ "$name" = all ] || options=(--projection "$name")
    for ((round = 0; round < rounds; round++)); do
        { time "$binary" replay --data "$WORK/node" "${options[@]}" > "$WORK/replay.log" \
            2> "$WORK/replay.stderr"; } 2> "$WORK/time" ||
            { tail -3 "$WORK/replay.stderr" >&2; exit 2; }
        times+=("$(awk '{ printf "%d %d", $1 * 1000 + 1, ($2 + $3) * 1000 }' "$WORK/time")")
        grep -q "^replayed: $records records" "$WORK/replay.log" ||
            { echo "not all was replayed: $(cat "$WORK/replay.log")" >&2; exit 2; }
    done
    read -r ms cpu_ms < <(printf '%s\n' "${times[@]}" | sort -n | sed -n "$(((rounds + 1) / 2))p")
    if [ "$name" = all ]; then
        verdict="(the bar is for one alone)"
    elif [ $((filled * 1000 / ms)) -lt "$rate" ]; then
        verdict=MISS missed=1
    fi
    printf '%-16s %8d events in %6d records   %6d ms (%d ms CPU)   %7d events/s   bar %d/s   %s\n' \
        "$name" "$filled" "$records" "$ms" "$cpu_ms" $((filled * 1000 / ms)) "$rate" "$verdict"
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
sound
for name in lists money-by-address books all; do
    measure "$name"
done
sound
echo "verified: every row is what the journal says"
MEASURED=yes
exit "$missed"
