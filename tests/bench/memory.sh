#!/usr/bin/env bash
#  memory.sh - 100,000 wallets used at random through a pool of 512 actors: how much
#  anonymous memory does the node hold, and does it grow?
#
#  RssAnon of /proc/PID/status, once a second. Mapped pages of LMDB's files are the
#  kernel's cache and are not counted. The samples of the measured run are cut into
#  thirds; the median of the last may be 5 % above that of the first.

. "$(dirname "$0")/common.sh"

usage () {
    cat <<'END'
usage: tests/bench/memory.sh [--wallets N] [--pool N] [--seconds S] [--limit MIB]

Exit status: 0 below the limit (300 MiB) and flat, 1 not so, 2 could not measure.
END
}

wallets=100000 pool=512 seconds=60 limit=300
while [ $# -gt 0 ]; do
    case $1 in
    --wallets) number "$1" "${2:-}" 1; wallets=$2; shift 2 ;;
    --pool) number "$1" "${2:-}" 8; pool=$2; shift 2 ;;
    --seconds) number "$1" "${2:-}" 9; seconds=$2; shift 2 ;;
    --limit) number "$1" "${2:-}" 1; limit=$2; shift 2 ;;
    --help) usage; exit 0 ;;
    *) die "there is no option \"$1\"; --help lists them" ;;
    esac
done

rss_kib () {
    awk '/^RssAnon:/ { print $2 }' "/proc/$NODE_PID/status"
}

begin
product_build
binary=$PRODUCT_BUILD/release/happypay
product_start "$binary" --pool "$pool"
mkfifo "$WORK/said"
product_bench_start "$binary" "$WORK/bench.json" "$WORK/said" --scenario payment \
    --connections 64 --accounts "$wallets" --merchants 100 --seconds "$seconds" --warmup 5 --json

#  Setup counts for the peak, not for the growth
phase=setup
exec 3< "$WORK/said"
while kill -0 "$BENCH_PID" 2> /dev/null; do
    if read -r -t 1 -u 3 line; then
        echo "$line" >&2
        [[ $line == measuring* ]] && phase=run
    else
        echo "$phase $(rss_kib)" >> "$WORK/samples"
    fi
done
cat <&3 >&2
wait "$BENCH_PID" || { cat "$WORK/bench.json" >&2; exit 2; }
BENCH_PID=

MEASURED=yes
jq -r '"\(.achieved) payments/s, p99 \(.p99_ms) ms"' "$WORK/bench.json"
python3 - "$WORK/samples" "$limit" <<'END'
import statistics
import sys

samples = [line.split() for line in open(sys.argv[1], encoding="utf-8")]
peak = max(int(kib) for _, kib in samples) / 1024
run = [int(kib) / 1024 for phase, kib in samples if phase == "run"]
third = len(run) // 3
if third < 2:
    sys.exit("too few samples")
first, last = statistics.median(run[:third]), statistics.median(run[-third:])
flat, low = last <= first * 1.05, peak < float(sys.argv[2])
print(f"peak        {peak:8.1f} MiB   limit {sys.argv[2]}  {'ok' if low else 'MISS'}")
print(f"first third {first:8.1f} MiB\nlast third  {last:8.1f} MiB   {'ok' if flat else 'MISS: it grows'}")
sys.exit(not (flat and low))
END
