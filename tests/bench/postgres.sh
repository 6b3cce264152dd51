# shellcheck shell=bash
#  postgres.sh - sourced: a PostgreSQL 15 of our own, on its own port and socket,
#  in a folder that goes away. Runs as user postgres, since it refuses root.
#
#  In:  WORK (a folder on the disk to be measured)
#  Use: postgres_start · postgres_rate SCRIPT SECONDS RUN (prints payments/s) · postgres_stop

POSTGRES_BIN=/usr/lib/postgresql/15/bin
POSTGRES_PORT=${POSTGRES_PORT:-54915}

postgres_as () {
    runuser -u postgres -- env PGHOST="$WORK/postgres" PGPORT="$POSTGRES_PORT" \
        PGUSER=postgres PGDATABASE=postgres "$@"
}

postgres_install () {
    [ -x "$POSTGRES_BIN/initdb" ] && command -v pgbench > /dev/null && return
    echo "installing Debian's postgresql-15" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        postgresql-15 postgresql-client-15 > /dev/null
}

postgres_start () {
    local buffers_mb
    buffers_mb=$(awk '/^MemTotal/ { mb = $2 / 4096; print int (mb > 2048 ? 2048 : mb) }' \
                     /proc/meminfo)
    install -d -o postgres -m 700 "$WORK/postgres"
    postgres_as "$POSTGRES_BIN/initdb" -D "$WORK/postgres/data" -A trust -E UTF8 \
        --no-locale > "$WORK/postgres.log"
    cat "$HERE/postgres.conf" >> "$WORK/postgres/data/postgresql.conf"
    cat >> "$WORK/postgres/data/postgresql.conf" <<END
port = $POSTGRES_PORT
unix_socket_directories = '$WORK/postgres'
shared_buffers = ${buffers_mb}MB
END
    postgres_as "$POSTGRES_BIN/pg_ctl" -D "$WORK/postgres/data" -w \
        -l "$WORK/postgres/server.log" start > /dev/null
    postgres_as psql -q -v ON_ERROR_STOP=1 -f - < "$HERE/postgres.sql"
}

postgres_rate () {
    local script=$1 seconds=$2 run=$3
    postgres_as pgbench -n -M prepared -c 64 -j 2 -T "$seconds" -D number=0 -D "run=$run" \
        -f /dev/stdin < "$HERE/$script" 2>> "$WORK/pgbench.log" |
        awk '/^number of failed/ && $5 != 0 { bad = 1 }
             /^tps = / { tps = $3 }
             END { if (bad || !tps) exit 1; printf "%.0f\n", tps }'
}

postgres_stop () {
    [ -d "$WORK/postgres/data" ] || return 0
    postgres_as "$POSTGRES_BIN/pg_ctl" -D "$WORK/postgres/data" -m immediate stop \
        > /dev/null 2>&1 || true
    rm -rf "$WORK/postgres"
}

#  What the books must say afterwards; a fast wrong answer is none.
postgres_check () {
    local wrong
    wrong=$(postgres_as psql -At -c "
        SELECT (SELECT sum (debit) - sum (credit) FROM posting)
             + abs ((SELECT sum (balance) FROM wallet) + (SELECT sum (balance) FROM merchant)
                    - 1000000::numeric * 10000)")
    [ "$wrong" = 0 ] || { echo "PostgreSQL's books do not balance: $wrong" >&2; return 1; }
}
