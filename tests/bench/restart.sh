#!/usr/bin/env bash
#  restart.sh - a node with a million events is killed under load: how long until it
#  takes requests again?
#
#  Filled by the load generator, killed with SIGKILL while that goes on, started
#  again on the same folder. Timed from before the process is made until /readyz
#  answers 200. Then the folder is verified: fast and wrong is not ready.

. "$(dirname "$0")/common.sh"

usage () {
    cat <<'END'
usage: tests/bench/restart.sh [--events N] [--rounds N] [--limit-ms MS]

Exit status: 0 ready within the limit (2,000 ms) each time, 1 not so, 2 could not measure.
END
}

events=1000000 rounds=3 limit_ms=2000
while [ $# -gt 0 ]; do
    case $1 in
    --events) number "$1" "${2:-}" 1; events=$2; shift 2 ;;
    --rounds) number "$1" "${2:-}" 1; rounds=$2; shift 2 ;;
    --limit-ms) number "$1" "${2:-}" 1; limit_ms=$2; shift 2 ;;
    --help) usage; exit 0 ;;
    *) die "there is no option \"$1\"; --help lists them" ;;
    esac
done

load () {
    product_bench_start "$binary" "$WORK/bench.json" "$WORK/bench.log" --scenario payment \
        --connections 64 --accounts 10000 --seconds 3600 --json
}

#  Records that this run of the node has committed.
records () {
    curl -fs "http://$PRODUCT_HTTP/metrics" |
        awk '$1 == "happypay_journal_records_total" { printf "%d\n", $2; found = 1 }
             END { exit !found }'
}

#  Lets the load go on until the node has committed so many records.
fill () {
    local target=$1 count=0
    while [ "$count" -lt "$target" ]; do
        kill -0 "$BENCH_PID" 2> /dev/null || { tail -3 "$WORK/bench.log" >&2; return 1; }
        sleep 0.5
        count=$(records)
        printf '\r%d of %d events' "$count" "$target" >&2
    done
    echo >&2
}

begin
product_build
binary=$PRODUCT_BUILD/release/happypay
product_start "$binary"
missed=0
target=$events
for round in $(seq "$rounds"); do
    load
    fill "$target"
    product_kill
    kill "$BENCH_PID" 2> /dev/null || true
    wait "$BENCH_PID" 2> /dev/null || true
    BENCH_PID=
    before_ns=$(date +%s%N)
    product_start "$binary"
    ready_ms=$((($(date +%s%N) - before_ns) / 1000000))
    verdict=ok
    [ "$ready_ms" -lt "$limit_ms" ] || { verdict=MISS; missed=1; }
    printf 'round %d   ready after %5d ms   limit %d   %s\n' "$round" "$ready_ms" "$limit_ms" \
        "$verdict"
    target=50000                        #  The next rounds only add some more
done
product_verify "$binary"
echo "verified: the books and chains are sound"
MEASURED=yes
exit "$missed"
