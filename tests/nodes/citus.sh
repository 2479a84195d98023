#!/usr/bin/env bash
# Tests Citus, on a cluster that has it and PL/Wasm on every node: CITUS is a connection string to its coordinator, as a superuser, and
# CITUS_RESTART a command that restarts a worker. Works in the schema plwasm_citus, and drops it. No part of `make test`, and not
# yet run by its authors: no package of Citus was within reach.
if [[ -z ${CITUS:-} ]]; then
    echo "skipped citus: there is no cluster (CITUS)"
    exit
fi
. "$(dirname "$0")/../lib/client.sh"

# citus QUERY: in the schema; each statement is one of its own, as Citus repeats no CREATE FUNCTION of a transaction block
citus() {
    PGOPTIONS="-c search_path=plwasm_citus,public -c client_min_messages=warning" sql "$1" -d "$CITUS"
}
# workers QUERY: what all workers answer, once if it is the same
workers() {
    citus "SELECT DISTINCT success, result FROM run_command_on_workers(\$workers\$$1\$workers\$)"
}
work=$(scratch citus)
trap 'citus "DROP SCHEMA IF EXISTS plwasm_citus CASCADE" >/dev/null 2>&1; rm -rf "$work"; cluster_cleanup' EXIT

citus "DROP SCHEMA IF EXISTS plwasm_citus CASCADE" >/dev/null
citus "SELECT citus_version(); SELECT version()" | sed 's/^/# /'
nodes=$(citus "SELECT count(*) FROM citus_get_active_worker_nodes()")
is "there are workers" "$((nodes > 0))" 1
citus "CREATE SCHEMA plwasm_citus; CREATE EXTENSION IF NOT EXISTS plwasm"
is "the extension is on all of them" "$(workers "SELECT extversion FROM pg_extension WHERE extname = 'plwasm'")" \
    "t|$(citus "SELECT extversion FROM pg_extension WHERE extname = 'plwasm'")"

# Distributed functions, and modules that come with them
plwasm sql "$PLWASM_GUESTS/rust-text/text.wasm" --name text_tools --schema plwasm_citus >"$work/text.sql"
plwasm sql "$PLWASM_GUESTS/rust-resources/tdigest.wasm" --name quantiles --schema plwasm_citus >"$work/quantiles.sql"
citus "$(<"$work/text.sql")"
citus "$(<"$work/quantiles.sql")"
citus "CREATE AGGREGATE digest(float8) (SFUNC = tdigest_step, STYPE = wasm.state, COMBINEFUNC = tdigest_merge, PARALLEL = SAFE)"
is "functions are on all workers" "$(workers "SELECT plwasm_citus.soundex('Robert')")" "t|R163"
is "so are aggregates" "$(workers "SELECT plwasm_citus.tdigest_count(plwasm_citus.digest(i)) FROM generate_series(1, 10) i")" "t|10"
citus "SET citus.enable_ddl_propagation = off; CREATE FUNCTION late() RETURNS wasm.module LANGUAGE wasm AS
        '(module (func (export \"f\") (result i32) (i32.const 5)))';
    CREATE FUNCTION f() RETURNS int LANGUAGE wasm IMMUTABLE AS 'plwasm_citus.late'"
is "a function that only the coordinator has" "$(workers "SELECT to_regproc('plwasm_citus.f') IS NULL")" "t|t"
citus "SELECT create_distributed_function('plwasm_citus.f()')" >/dev/null
is "its module comes with it" "$(workers "SELECT plwasm_citus.f()")" "t|5"

# Push-down
citus "CREATE TABLE requests (id bigint, customer text, ms float8, sound text GENERATED ALWAYS AS (soundex(customer)) STORED CHECK (sound <> ''));
    SELECT create_distributed_table('requests', 'id');
    CREATE INDEX ON requests (slugify(customer));
    INSERT INTO requests SELECT i, (ARRAY['Robert', 'Rubin', 'Rupert'])[i % 3 + 1] || ' ' || i, i * 7919 % 1000003 / 1000.0
        FROM generate_series(1::bigint, 30000) i" >/dev/null
is "generated columns" "$(citus "SELECT sound, count(*) FROM requests GROUP BY 1 ORDER BY 1")" $'R150|10000\nR163|20000'
filter="SELECT count(*) FROM requests WHERE soundex(customer) = 'R163' AND levenshtein(customer, 'Robert 3') = 0"
is "a filter" "$(citus "$filter")" "$(citus "SELECT count(*) FROM generate_series(1, 30000) i WHERE i % 3 + 1 <> 2 AND (ARRAY['Robert', 'Rubin', 'Rupert'])[i % 3 + 1] || ' ' || i = 'Robert 3'")"
like "a filter runs on the workers" "$(citus "EXPLAIN (VERBOSE) $filter")" "Custom Scan \(Citus Adaptive\).*Filter: .*soundex\("
digest="SELECT tdigest_count(digest(ms)), round(tdigest_finish(digest(ms), 0.99)::numeric) FROM requests"
is "an aggregate" "$(citus "$digest")" "30000|$(citus "SELECT round(tdigest_finish(digest(i * 7919 % 1000003 / 1000.0), 0.99)::numeric) FROM generate_series(1::bigint, 30000) i")"
like "an aggregate runs on the workers" "$(citus "EXPLAIN (VERBOSE) $digest")" "worker_partial_agg"
is "groups" "$(citus "SELECT sound, tdigest_count(digest(ms)) FROM requests GROUP BY 1 ORDER BY 1")" $'R150|10000\nR163|20000'
is "states of an aggregate" "$(citus "CREATE TABLE states AS SELECT sound, digest(ms) AS state FROM requests GROUP BY 1;
    SELECT sound, tdigest_count(state) FROM states ORDER BY 1")" $'R150|10000\nR163|20000'

# 24 MB: 18 MB of random bytes in a custom section, in base64
python3 - >"$work/large.sql" <<'PY'
import base64, os
def leb(n):
    out = bytearray()
    while True:
        out.append(n & 127 | (128 if n > 127 else 0))
        n >>= 7
        if not n:
            return bytes(out)
def section(id, body):
    return bytes([id]) + leb(len(body)) + body
module = b"\0asm\1\0\0\0" + section(1, b"\1\x60\0\1\x7f") + section(3, b"\1\0") + section(7, b"\1\1f\0\0") \
    + section(10, b"\1\4\0\x41\7\x0b") + section(0, b"\4fill" + os.urandom(18 << 20))
print("CREATE FUNCTION plwasm_citus.large() RETURNS wasm.module LANGUAGE wasm AS '" + base64.b64encode(module).decode() + "';")
print("CREATE FUNCTION plwasm_citus.of_large() RETURNS int LANGUAGE wasm IMMUTABLE AS 'plwasm_citus.large#f';")
PY
succeeds "24 MB: created" citus "$(printf '\\i %s\n' "$work/large.sql")"
is "24 MB: on all workers" "$(workers "SELECT plwasm_citus.of_large() || ' ' || (SELECT length(prosrc) > 24000000 FROM pg_proc WHERE proname = 'large')")" "t|7 true"

# Another version
citus "CREATE FUNCTION versioned() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export \"v\") (result i32) (i32.const 1)))'"
citus "CREATE FUNCTION v() RETURNS int LANGUAGE wasm AS 'plwasm_citus.versioned'"
is "a module: the first version" "$(workers "SELECT plwasm_citus.v()") $(citus "SELECT v()")" "t|1 1"
citus "CREATE OR REPLACE FUNCTION versioned() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export \"v\") (result i32) (i32.const 2)))'"
is "a module: CREATE OR REPLACE, on all nodes" "$(workers "SELECT plwasm_citus.v()") $(citus "SELECT v()")" "t|2 2"

if [[ -n ${CITUS_RESTART:-} ]]; then
    before=$(citus "$digest")
    succeeds "a worker is restarted" bash -c "$CITUS_RESTART"
    eventually "it is back" "SELECT bool_and(success) FROM run_command_on_workers('SELECT 1')" -d "$CITUS"
    is "the same query, the same result" "$(citus "$digest")" "$before"
else
    echo "skipped a worker is restarted: there is no command for it (CITUS_RESTART)"
fi
finish
