#!/usr/bin/env bash
# Tests the command with several databases: plwasm push commits on all or on none, and says which refused; plwasm diff says in what
# they differ. Also tests wasm.fingerprints(), on which diff rests.
. "$(dirname "$0")/../lib/client.sh"

work=$(scratch several)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
export XDG_CACHE_HOME=$work/cache
guests=$root/guest-examples
plwasm() { "$PLWASM_STAGE/bin/plwasm" "$@"; }

cat >"$work/add.wat" <<<'(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'

declare -A node
for name in a b c; do
    cluster_start -c max_prepared_transactions=4 -c synchronous_commit=on -c wal_level=replica -c max_wal_senders=2
    node[$name]="host=$PGHOST port=$PGPORT dbname=$PGDATABASE user=postgres"
    sql "CREATE EXTENSION plwasm" >/dev/null
done
on() { sql "$2" -d "${node[$1]}"; }
all=(--db "${node[a]}" --db "${node[b]}" --db "${node[c]}")
state() { for name in a b c; do on "$name" "SELECT count(*) FROM wasm.modules" | tr '\n' ' '; done; }
prepared() { for name in a b c; do on "$name" "SELECT count(*) FROM pg_prepared_xacts" | tr '\n' ' '; done; }
# where NODE: the name by which the command calls it
where() { sed -E 's/host=([^ ]*) port=([^ ]*) dbname=([^ ]*) .*/\1:\2\/\3/' <<<"${node[$1]}"; }

# All.
like "pushed to all" "$(plwasm push "$guests/rust/examples.wasm" "${all[@]}" --create-functions 2>&1 || true)" "$(where c): public.examples"
is "all have it" "$(state)" "1 1 1 "
is "and nothing is left" "$(prepared)" "0 0 0 "
is "it can be called" "$(on c "SELECT slugify('A b')")" a-b
is "they are the same" "$(plwasm diff "${all[@]}" | sed -E 's/[0-9]+ in/N in/')" "the same: N in 3 databases"
is "their fingerprints, too" "$(for name in a b c; do on "$name" "SELECT wasm.fingerprint()"; done | sort -u | wc -l)" 1
like "a large module" "$(plwasm push "$guests/rust-resources/validator.wasm" "${all[@]}" 2>&1 || true)" "$(where c): public.validator"
is "a dry run" "$(plwasm push "$work/add.wat" "${all[@]}" --dry-run | tail -n 1; state)" \
    "dry run: nothing has changed"$'\n'"2 2 2 "

# None.
on b "CREATE FUNCTION matcher() RETURNS int LANGUAGE sql AS 'SELECT 1'"
refused=$(plwasm push "$guests/rust-resources/matcher.wasm" "${all[@]}" 2>&1 || true)
like "one refuses" "$refused" "error: 42723: $(where b): function .*matcher.* already exists"
is "then none has it" "$(state)" "2 2 2 "
on b "DROP FUNCTION matcher"
sed 's/"add"/"plus"/' "$work/add.wat" >"$work/sum.wat"
plwasm push "$work/add.wat" --name sum "${all[@]}" >/dev/null
on c "CREATE FUNCTION sums(int, int) RETURNS int LANGUAGE wasm AS 'sum#add'"
refused=$(plwasm push "$work/sum.wat" "${all[@]}" --replace 2>&1 || true)
like "a function would break on one" "$refused" "$(where c): module public.sum\(\) is not replaced, as a function would break"
is "then none is replaced" "$(plwasm diff --db "${node[a]}" --db "${node[b]}" | sed -E 's/[0-9]+ in/N in/')" "the same: N in 2 databases"
is "the same database twice" "$(plwasm push "$work/add.wat" --db "${node[a]}" --db "${node[a]} application_name=x" 2>&1 | head -n 1)" \
    "plwasm: error: $(where a) and $(where a) are the same database"

# Nodes that fail while they commit. Waiting for a standby that there is not keeps a node at its PREPARE TRANSACTION.
waits() { on "$1" "ALTER SYSTEM SET synchronous_standby_names = '$2'; SELECT pg_reload_conf()" >/dev/null; }
pushing() { # pushing NAME: starts to push a module to all, up to where c waits
    waits c nobody
    plwasm push "$work/sum.wat" --name late "${all[@]}" >"$work/out" 2>&1 &
    running=$!
    eventually "$1" "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'" -d "${node[c]}"
}
ended() { wait "$running" || true; }
kill_on() { on "$1" "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'plwasm'" >/dev/null; }
pushing "all but one have prepared"
is "none has committed" "$(prepared)$(state)" "1 1 1 3 3 3 "
kill_on c
ended
like "the last may have prepared, as its connection is lost" "$(<"$work/out")" "$(where c): .*once they are back: $(where c): ROLLBACK PREPARED"
waits c ''
eventually "it has" "SELECT count(*) = 1 FROM pg_prepared_xacts" -d "${node[c]}"
on c "$(sed -nE 's/.*(ROLLBACK PREPARED .*)/\1/p' "$work/out")"
is "none has it" "$(prepared)$(state)" "0 0 0 3 3 3 "
pushing "once more"
kill_on a
waits c ''
ended
like "one has prepared, and cannot be told to commit" "$(<"$work/out")" \
    "$(where a): .*prepared on all nodes, and committed on the others.*: $(where a): COMMIT PREPARED"
is "the others have it" "$(prepared)$(state)" "1 0 0 3 4 4 "
on a "$(sed -nE 's/.*(COMMIT PREPARED .*)/\1/p' "$work/out")"
is "and then all" "$(prepared)$(state)" "0 0 0 4 4 4 "

# Differences.
on b "CREATE OR REPLACE FUNCTION slugify(\"text\" text) RETURNS text LANGUAGE wasm STRICT IMMUTABLE AS 'examples#slugify fuel=5000'"
on c "DROP FUNCTION slugify(text); ALTER DATABASE postgres SET plwasm.fuel = 12345"
status=0
plwasm diff "${all[@]}" >"$work/out" || status=$?
is "differences: status" "$status" 1
like "a function" "$(<"$work/out")" "function public.slugify\(text\)[^/]*$(where a) +[0-9a-f]{64}"
like "one that is missing" "$(<"$work/out")" "$(where c) +is missing"
like "a setting" "$(<"$work/out")" "setting plwasm.fuel[^/]*$(where a) +1e\+09[^/]*$(where b) +1e\+09[^/]*$(where c) +12345"
like "how many" "$(tail -n 1 "$work/out")" "^3 of [0-9]+ differ$"
is "as JSON" "$(plwasm diff "${all[@]}" --json | python3 -c 'import json, sys; print(*[d["name"] for d in json.load(sys.stdin)["differences"]])')" \
    "public.slugify(text) public.sums(integer,integer) plwasm.fuel"
is "COST is no difference" "$(on a "ALTER FUNCTION slugify(text) COST 7; SELECT wasm.fingerprint()")" "$(on a "SELECT wasm.fingerprint()")"
differs() { # differs NAME STATEMENT: the fingerprint depends on it, wherever it is looked at from
    is "$1" "$(on a "BEGIN; $2; SET search_path = wasm; SELECT wasm.fingerprint() <> '$(on a "SELECT wasm.fingerprint()")'; ROLLBACK")" t
}
is "search_path is none" "$(on a "SET search_path = wasm; SELECT wasm.fingerprint()")" "$(on a "SELECT wasm.fingerprint()")"
differs "STRICT is one" "ALTER FUNCTION slugify(text) CALLED ON NULL INPUT"
differs "SET is one" "ALTER FUNCTION slugify(text) SET plwasm.fuel = 7"
differs "a setting of the session" "SET LOCAL plwasm.memory = '1MB'"
differs "a module is one" "CREATE OR REPLACE FUNCTION sum() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export \"x\")))'"
differs "a window function" "CREATE FUNCTION w(int) RETURNS int LANGUAGE wasm WINDOW AS '(module (memory (export \"memory\") 1)
    (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 8))
    (func (export \"w\") (param i32 i32) (result i32) (local.get 0)))'"
sql "CREATE ROLE plain LOGIN" -d "${node[a]}"
like "anybody may look" "$(sql "SELECT wasm.fingerprint()" -d "${node[a]}" -U plain)" "^[0-9a-f]{64}$"

# Nodes that cannot.
cluster_start
node[d]="host=$PGHOST port=$PGPORT dbname=$PGDATABASE user=postgres"
like "a node without the extension" "$(plwasm diff --db "${node[a]}" --db "${node[d]}" 2>&1 || true)" "$(where d): database .* does not have PL/Wasm"
sql "CREATE EXTENSION plwasm VERSION '0.1.0'" >/dev/null
like "an old version" "$(plwasm diff --db "${node[a]}" --db "${node[d]}" 2>&1 || true)" "$(where d): function wasm.fingerprints\(\) does not exist.*ALTER EXTENSION plwasm UPDATE"
like "no prepared transactions" "$(plwasm push "$work/add.wat" --db "${node[a]}" --db "${node[d]}" 2>&1 || true)" \
    "$(where d): prepared transactions are disabled.*max_prepared_transactions"
cluster_stop
like "a node that is down" "$(plwasm push "$work/add.wat" --db "${node[a]}" --db "${node[d]}" 2>&1 || true)" "error: .*$PGHOST"
like "a file and two databases" "$(plwasm diff "$work/add.wat" "${all[@]}" 2>&1 || true)" "a file is compared with one database"
like "one database" "$(plwasm diff --db "${node[a]}" 2>&1 || true)" "nothing to compare the database with"
finish
