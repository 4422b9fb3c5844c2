#!/usr/bin/env bash
# Starts an empty PostgreSQL of its own, runs a command with its address in RINGWERK_TEST_POSTGRES, and stops it again.
#
#   scripts/with-postgres.sh cargo nextest run -p ringwerk-office
#
# The address names a superuser, so that each test can create a database of its own. Other clusters on the machine
# are left alone. An address that is already set is used as it is.
set -euo pipefail

if [ -n "${RINGWERK_TEST_POSTGRES:-}" ]; then
    exec "$@"
fi

programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$programs" ]; then
    echo "PostgreSQL is missing; scripts/test-setup.sh installs it." >&2
    exit 1
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/ringwerk-postgres.XXXXXX")
as=()
if [ "$(id -u)" -eq 0 ]; then
    # PostgreSQL refuses to run as root; its package brings a user.
    as=(runuser -u postgres --)
    chown postgres "$folder"
fi
# The folder of the caller may be closed to that user.
in_folder() { (cd "$folder" && "${as[@]}" "$@"); }

finish() {
    in_folder "$programs/pg_ctl" --pgdata "$folder/data" --mode immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT

in_folder "$programs/initdb" --pgdata "$folder/data" --username ringwerk --auth trust --encoding UTF8 --locale C.UTF-8 \
    --no-sync >/dev/null
address=127.0.77.250
for _ in $(seq 20); do
    port=$((20000 + RANDOM % 12000))
    # Tests kill Ringwerk, never the machine: fsync would only cost time here.
    options="-c listen_addresses=$address -c port=$port -c unix_socket_directories=$folder -c fsync=off -c max_connections=400"
    if in_folder "$programs/pg_ctl" --pgdata "$folder/data" --log "$folder/log" --wait --options "$options" start >/dev/null 2>&1
    then
        export RINGWERK_TEST_POSTGRES="postgres://ringwerk@$address:$port/postgres"
        status=0
        "$@" || status=$?
        exit "$status"
    fi
done
echo "PostgreSQL does not start:" >&2
cat "$folder/log" >&2
exit 1
