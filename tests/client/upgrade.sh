#!/usr/bin/env bash
# Tests pg_upgrade: a server with everything that PostgreSQL lets depend on a function (everything.sql) is upgraded to
# a later major version, while a standby of it goes on reading; then that gets a standby of the new one. PLWASM_UPGRADE_STAGE is an installation of that version with plwasm, as pgrx-config/stage
# makes it.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/everything.bash"

later=${PLWASM_UPGRADE_STAGE:-}
if [[ -z $later ]]; then
    echo "# there is no installation of a later major version (PLWASM_UPGRADE_STAGE): skipped"
    exit
fi
version() { "$1/bin/postgres" --version | grep -oE '[0-9]+\.[0-9]+' | head -n 1; }
versions="$(version "$PLWASM_STAGE") to $(version "$later")"
# Since November 2026 columns have this option, which older minor versions do not know.
if grep -q pg_attver "$PLWASM_STAGE/bin/postgres" && ! grep -q pg_attver "$later/bin/postgres"; then
    echo "# PostgreSQL has no upgrade from $versions, which is older: skipped"
    exit
fi

cluster_start
origin=$CLUSTER
everything before
# A function without a module, and one whose module is missing: it is still missing afterwards.
sql "CREATE SCHEMA aa; CREATE FUNCTION aa.f() RETURNS int LANGUAGE wasm AS '(module (func (export \"f\") (result i32) (i32.const 5)))';
    SET check_function_bodies = off; CREATE FUNCTION aa.late() RETURNS int LANGUAGE wasm AS 'later#f'" -d before
standby_of "$origin"
standby=$CLUSTER
eventually "the standby has it all" "SELECT aa.f() = 5" -d before
cluster_use "$origin"
# Since version 16, a column of a view's only table is shown without the table.
dump() { "$later/bin/pg_dump" --schema-only before | sed -E '/^\\(un)?restrict |^-- Dumped /d; s/\b(a|v|mv)\.//g'; }
dump >"$origin/before.sql"
is "a later major version: $versions" "$(($(version "$later" | cut -d. -f1) > ${versions%%.*}))" 1

# Not by cluster_init: pg_upgrade accepts no role except its own. Checksums stay as they were; later versions would
# enable them.
new=$(scratch cluster)
clusters+=("$new")
[[ $EUID -ne 0 ]] || chown "$server_user" "$new"
initdb=(-U postgres -A trust --no-sync -E UTF8 --locale="$(sql "SELECT datcollate FROM pg_database WHERE datname = 'template0'")")
if "$later/bin/initdb" --help | grep -q no-data-checksums; then initdb+=(--no-data-checksums); fi
server "$later/bin/initdb" -D "$new/data" "${initdb[@]}" >/dev/null
cat "$root/pgrx-config/postgresql.conf" >>"$new/data/postgresql.conf"
printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$new'" >>"$new/data/postgresql.conf"
cluster_ctl stop >/dev/null
unharmed
until [[ -e $new/upgraded ]]; do sql "SELECT aa.f()" -d before -h "$standby" 2>&1 || true; done >"$standby/reader" &
reader=$!
upgrade=("$later/bin/pg_upgrade" -b "$(realpath "$PLWASM_STAGE/bin")" -B "$(realpath "$later/bin")"
    -d "$origin/data" -D "$new/data" -U postgres -s "$new" -j 2)
succeeds "pg_upgrade --check" server env -C "$new" "${upgrade[@]}" --check
succeeds "pg_upgrade" server env -C "$new" "${upgrade[@]}"
: >"$new/upgraded"
wait "$reader"
is "meanwhile the old standby has answered all queries" "$(sort -u "$standby/reader")" 5
cluster_use "$standby"
cluster_stop

PLWASM_STAGE=$later
cluster_use "$new"
cluster_ctl start >/dev/null
is "it is the later version" "$(sql "SHOW server_version" | cut -d " " -f 1)" "$(version "$later")"
standby_of "$new"
is "a new standby" "$(sql "SELECT pg_is_in_recovery(), aa.f()" -d before)" "t|5"
unharmed
cluster_stop
cluster_use "$new"
is "a function without a module" "$(sql "SELECT aa.f()" -d before)" 5
raises "a module that is missing" 42883 "SELECT aa.late()" -d before
is "settings" "$(sql "SHOW plwasm.max_fuel" -d before)" 1e10
is "the same dump" "$(diff "$origin/before.sql" <(dump))" ""
sql "SET client_min_messages = error; DROP SCHEMA aa CASCADE" -d before
copied "upgraded" before
succeeds "the extension can be dropped and created" sql "DROP EXTENSION plwasm CASCADE; CREATE EXTENSION plwasm" -d before
finish
