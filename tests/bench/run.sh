#!/usr/bin/env bash
#  run.sh - this product and PostgreSQL 15, the same payments, in turn, each alone.
#  README.md says what is compared and why it is fair.

. "$(dirname "$0")/common.sh"

usage () {
    cat <<'END'
usage: tests/bench/run.sh [--rounds N] [--seconds S] [--quick] [--out FILE] [--only WHAT]

  --rounds N    each is measured so often, and the median counts (3)
  --seconds S   of each measurement (10)
  --quick       one round of 3 seconds: does it work at all
  --out FILE    all figures as JSON
  --only WHAT   postgres or product: no comparison, no bars

Exit status: 0 every bar is met, 1 one is missed, 2 could not measure.
END
}

rounds=3 seconds=10 out="" only=""
while [ $# -gt 0 ]; do
    case $1 in
    --rounds) number "$1" "${2:-}" 1; rounds=$2; shift 2 ;;
    --seconds) number "$1" "${2:-}" 1; seconds=$2; shift 2 ;;
    --quick) rounds=1 seconds=3; shift ;;
    --out) [ -n "${2:-}" ] || die "--out takes a file"; out=$2; shift 2 ;;
    --only)
        case ${2:-} in postgres | product) only=$2 ;; *) die "--only takes postgres or product" ;; esac
        shift 2 ;;
    --help) usage; exit 0 ;;
    *) die "there is no option \"$1\"; --help lists them" ;;
    esac
done

#  WHO WORK VALUE: one line of the record that report.py reads.
figure () {
    printf '%s %s %s\n' "$1" "$2" "$3" >> "$WORK/figures"
    printf '  round %s  %-12s %-10s %10.0f /s\n' "$round" "$1" "$2" "$3" >&2
}

measure_postgres () {
    local rate
    postgres_start
    rate=$(postgres_rate pay-uniform.pgbench "$seconds" 1)
    figure postgres uniform "$rate"
    rate=$(postgres_rate pay-hot.pgbench "$seconds" 2)
    figure postgres hot "$rate"
    postgres_check
    postgres_stop
}

#  WHO BINARY SCENARIO WORK
measure_scenario () {
    product_bench "$2" --scenario "$3" --connections 64 --accounts 10000 --merchants 100 \
        --seconds "$seconds" --json > "$WORK/bench.json" 2> "$WORK/bench.log" ||
        { tail -3 "$WORK/bench.log" "$WORK/bench.json" >&2; return 1; }
    printf '%s %s ' "$1" "$4" >> "$WORK/reports"
    cat "$WORK/bench.json" >> "$WORK/reports"
    figure "$1" "$4" "$(jq .achieved "$WORK/bench.json")"
}

measure_product () {
    local who=$1 binary=$2
    shift 2
    product_start "$binary" "$@"
    measure_scenario "$who" "$binary" payment uniform
    measure_scenario "$who" "$binary" hot-merchant hot
    product_verify "$binary"
    product_stop
}

command -v jq > /dev/null || die "jq is needed (apt-get install jq)"
[ "$(id -u)" = 0 ] || die "run it as root: PostgreSQL is started as user postgres"
begin
[ "$only" = product ] || postgres_install
if [ "$only" != postgres ]; then
    echo "building" >&2
    product_build
fi
for round in $(seq "$rounds"); do
    if [ "$only" != product ]; then
        measure_postgres
    fi
    if [ "$only" != postgres ]; then
        measure_product ours "$PRODUCT_BUILD/release/happypay"
        measure_product ours-nofsync "$PRODUCT_BUILD/switches/happypay" --no-fsync
    fi
done
touch "$WORK/reports"
MEASURED=yes
python3 "$HERE/report.py" "$WORK/figures" "$WORK/reports" ${out:+--out "$out"}
