# shellcheck shell=bash
#  product.sh - sourced: builds of this product, its bank and a node on private ports
#  in a fresh folder on the disk that is measured.
#
#  In:  WORK, HERE, ROOT
#  Use: product_build · product_start BINARY [OPTION]... · product_bench BINARY OPTION...
#       product_bench_start BINARY OUT ERR OPTION... (sets BENCH_PID) · product_kill · product_stop · product_verify

PRODUCT_BUILD=${PRODUCT_BUILD:-$ROOT/build/bench}

#  Three free ports whose next ones are free too (the tap takes both), below the ephemeral
#  range, so that no connection of the load takes one in between.
free_ports () {
    python3 - <<'END'
import random, socket

found = []
for port in random.sample(range(20000, 32000, 2), 6000):
    with socket.socket() as one, socket.socket() as two:
        try:
            one.bind(("127.0.0.1", port))
            two.bind(("127.0.0.1", port + 1))
        except OSError:
            continue
    found.append(port)
    if len(found) == 3:
        break
print(*found)
END
}

read -r http_port bank_port tap_port < <(free_ports)
[ -n "$tap_port" ] || die "no free ports from 20000 to 32000, or no python3"
PRODUCT_HTTP=127.0.0.1:$http_port
PRODUCT_BANK=127.0.0.1:$bank_port
PRODUCT_TAP=tcp://127.0.0.1:$tap_port
NODE_PID=
BANK_PID=

#  Two binaries: the product as it is released, and one that knows --no-fsync.
product_build () {
    local kind switches launcher=()
    command -v ccache > /dev/null && launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    for kind in release switches; do
        [ $kind = release ] && switches=OFF || switches=ON
        cmake -S "$ROOT" -B "$PRODUCT_BUILD/$kind" -G Ninja -DCMAKE_BUILD_TYPE=Release \
            -DBENCH_SWITCHES=$switches "${launcher[@]}" > "$WORK/build.log"
        cmake --build "$PRODUCT_BUILD/$kind" --target happypay >> "$WORK/build.log" ||
            { tail -30 "$WORK/build.log" >&2; return 1; }
    done
}

#  Waits until URL answers 200, for at most 60 s; fails at once if the process ended.
product_wait () {
    local url=$1 pid=$2 end=$((SECONDS + 60))
    until curl -fs -o /dev/null "$url"; do
        kill -0 "$pid" 2> /dev/null && [ $SECONDS -lt $end ] ||
            { echo "no answer at $url" >&2; tail -5 "$WORK"/*.stderr >&2; return 1; }
        sleep 0.02
    done
}

#  Starts what does not run yet: a killed node comes back on its own folder.
product_start () {
    local binary=$1
    shift
    if [ -z "$BANK_PID" ]; then
        "$binary" bank --data "$WORK/bank" --http "$PRODUCT_BANK" \
            > /dev/null 2>> "$WORK/bank.stderr" &
        BANK_PID=$!
        product_wait "http://$PRODUCT_BANK/v1/accounts/happy/1234-1234-111" "$BANK_PID"
    fi
    #  PostgreSQL logs no statements either
    "$binary" serve --data "$WORK/node" --http "$PRODUCT_HTTP" --tap "$PRODUCT_TAP" \
        --bank "http://$PRODUCT_BANK" --access-log off "$@" \
        > /dev/null 2>> "$WORK/node.stderr" &
    NODE_PID=$!
    product_wait "http://$PRODUCT_HTTP/readyz" "$NODE_PID"
}

product_bench () {
    local binary=$1
    shift
    "$binary" bench --http "http://$PRODUCT_HTTP" --bank "http://$PRODUCT_BANK" \
        --data "$WORK/node" "$@"
}

#  The same beside the script; the process itself is the child, so that it can be ended.
product_bench_start () {
    local binary=$1 out=$2 err=$3
    shift 3
    "$binary" bench --http "http://$PRODUCT_HTTP" --bank "http://$PRODUCT_BANK" \
        --data "$WORK/node" "$@" > "$out" 2> "$err" &
    # shellcheck disable=SC2034        #  Waited for and ended by the scripts
    BENCH_PID=$!
}

product_kill () {
    kill -9 "$NODE_PID"
    wait "$NODE_PID" 2> /dev/null || true
    NODE_PID=
}

#  Ends both and forgets their folders.
product_stop () {
    local pid
    for pid in $NODE_PID $BANK_PID; do
        kill "$pid" 2> /dev/null && wait "$pid" || true
    done
    NODE_PID=
    BANK_PID=
    rm -rf "$WORK/node" "$WORK/bank"
}

#  The books after the run; a fast wrong answer is none. Ends the node first.
product_verify () {
    local binary=$1
    kill "$NODE_PID"
    wait "$NODE_PID"
    NODE_PID=
    "$binary" verify --data "$WORK/node" > "$WORK/verify.log" 2>&1 ||
        { tail -5 "$WORK/verify.log" >&2; return 1; }
}
