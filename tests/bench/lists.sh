#!/usr/bin/env bash
#  lists.sh - how long a page of 100 rows takes, for every list route.
#
#  Filled through the API until every list has the rows asked for, or as many as a rule of
#  the product lets it have (lists_fill.py). Then one client asks for pages, one after the
#  other over one connection, each where the last one ended, and the 99th percentile counts
#  (lists.py, whose table names the routes).

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
#  The caps that a wallet has for people would be in the way; a bank that is told to be
#  silent must not open the breaker; a connection may wait while others work.
options=(--wallet-balance-minor 1000000000000 --wallet-movement-minor 1000000000000
         --wallet-daily-outflow-minor 1000000000000 --approval-amount-minor 100000000
         --bank-breaker-failures 100000 --http-timeout-s 3600)

fill () {
    python3 "$HERE/lists_fill.py" "$1" "$PRODUCT_HTTP" "$PRODUCT_BANK" "$WORK/token" \
        "$WORK/story.json" "$rows" || exit 2
}

begin_s=$SECONDS
product_start "$binary" "${options[@]}" --bank-inquiry-give-up-s 1
"$binary" token --data "$WORK/node" --role operator > "$WORK/token"
fill parked
kill "$NODE_PID"
wait "$NODE_PID"
#  What the bank is silent about now stays open for longer than this takes
product_start "$binary" "${options[@]}" --bank-inquiry-first-ms 600000 \
    --bank-inquiry-last-ms 3600000
fill rest
echo "filled in $((SECONDS - begin_s)) s" >&2

missed=0
python3 "$HERE/lists.py" "$PRODUCT_HTTP" "$WORK/token" "$WORK/story.json" "$rows" "$pages" \
    "$limit_ms" || missed=$?
case $missed in 0) ;; 3) missed=1 ;; *) exit 2 ;; esac
product_verify "$binary"
MEASURED=yes
exit "$missed"
