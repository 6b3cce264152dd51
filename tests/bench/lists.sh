#!/usr/bin/env bash
#  lists.sh - how long a page of 100 rows takes, for every list route.
#
#  Filled by the load generator until one merchant has more payments than asked for;
#  as many members. Then one client asks for pages, one after the other over one
#  connection, each where the last one ended, and the 99th percentile counts.

. "$(dirname "$0")/common.sh"

usage () {
    cat <<'END'
usage: tests/bench/lists.sh [--rows N] [--pages N] [--limit-ms MS]

Exit status: 0 each route's p99 is below the limit (20 ms), 1 not so, 2 could not measure.
END
}

rows=10000 pages=300 limit_ms=20
while [ $# -gt 0 ]; do
    case $1 in
    --rows) number "$1" "${2:-}" 1; rows=$2; shift 2 ;;
    --pages) number "$1" "${2:-}" 10; pages=$2; shift 2 ;;
    --limit-ms) number "$1" "${2:-}" 1; limit_ms=$2; shift 2 ;;
    --help) usage; exit 0 ;;
    *) die "there is no option \"$1\"; --help lists them" ;;
    esac
done

begin
if [ -n "${BENCH_BINARY:-}" ]; then
    binary=$BENCH_BINARY
else
    product_build
    binary=$PRODUCT_BUILD/release/happypay
fi
product_start "$binary"
payments () {
    curl -fs "http://$PRODUCT_HTTP/metrics" |
        awk '/^happypay_http_requests_total.*POST.*route="\/v1\/payments",status="2xx"/ \
             { count = $2 } END { printf "%d\n", count }'
}

product_bench_start "$binary" "$WORK/bench.json" "$WORK/bench.log" --scenario hot-merchant \
    --connections 64 --accounts "$rows" --seconds 3600 --json
count=0
while [ "$count" -le "$rows" ]; do
    kill -0 "$BENCH_PID" 2> /dev/null || { tail -n 3 "$WORK/bench.log" >&2; exit 2; }
    sleep 0.5
    count=$(payments)
done
kill "$BENCH_PID" 2> /dev/null || true
wait "$BENCH_PID" 2> /dev/null || true
BENCH_PID=

missed=0
"$binary" token --data "$WORK/node" --role operator > "$WORK/token"
python3 "$HERE/lists.py" "$PRODUCT_HTTP" "$WORK/token" "$pages" "$limit_ms" || missed=1
MEASURED=yes
exit "$missed"
