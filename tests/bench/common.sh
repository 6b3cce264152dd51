# shellcheck shell=bash
#  common.sh - sourced first: where things are, a working folder on a real disk, and
#  its end whatever happens.

set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)

die () {
    echo "$(basename "$0"): $*" >&2
    exit 2
}

#  NAME VALUE FROM: a whole number of at least FROM, or the end.
number () {
    [[ $2 =~ ^[0-9]{1,9}$ ]] && [ "$2" -ge "$3" ] || die "$1 takes a number from $3, not \"$2\""
}

#  fsync to memory costs nothing and proves nothing.
work_folder () {
    WORK=$(mktemp -d "${BENCH_DIR:-/var/tmp}/happypay-bench.XXXXXX")
    chmod 711 "$WORK"                   #  PostgreSQL runs as another user
    case $(stat -f -c %T "$WORK") in
    tmpfs | ramfs) rm -rf "$WORK"; die "$WORK is in memory; set BENCH_DIR to a folder on a disk" ;;
    esac
}

#  What somebody set for another node is not meant here.
unset "${!HAPPYPAY_@}"

. "$HERE/product.sh"
. "$HERE/postgres.sh"

#  Whatever ended a script before it had measured is "could not measure": 2.
MEASURED=

clean_up () {
    local status=$?
    trap - EXIT
    [ $status = 0 ] || [ -n "$MEASURED" ] || status=2
    [ -z "${BENCH_PID:-}" ] || kill "$BENCH_PID" 2> /dev/null || true
    product_stop
    postgres_stop
    rm -rf "$WORK"
    exit "$status"
}

begin () {
    work_folder
    trap clean_up EXIT
    trap 'exit 130' INT TERM
}
