#!/usr/bin/env bash
# Tests PL/Proxy, whose functions run on other servers: a wasm function decides which one, and is the same on all of them; states of
# aggregates come from all of them and are merged.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/nodes.bash"

if [[ ! -e $("$PLWASM_STAGE/bin/pg_config" --sharedir)/extension/plproxy.control ]]; then
    echo "skipped plproxy: this PostgreSQL has no PL/Proxy"
    exit
fi
nodes_start
# FNV-1a
everywhere "CREATE FUNCTION bucket(key text) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS '(module
    (memory (export \"memory\") 1)
    (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export \"bucket\") (param \$at i32) (param \$bytes i32) (result i32) (local \$hash i32)
        (local.set \$hash (i32.const 0x811c9dc5))
        (block \$end (loop \$next
            (br_if \$end (i32.eqz (local.get \$bytes)))
            (local.set \$hash (i32.mul (i32.const 0x01000193) (i32.xor (local.get \$hash) (i32.load8_u (local.get \$at)))))
            (local.set \$at (i32.add (local.get \$at) (i32.const 1)))
            (local.set \$bytes (i32.sub (local.get \$bytes) (i32.const 1)))
            (br \$next)))
        (i32.shr_u (local.get \$hash) (i32.const 1))))'"
for ((n = 0; n < NODES; n++)); do
    # The shard checks that its rows are its own.
    on_shard $((n + 1)) "CREATE TABLE requests (customer text CHECK (bucket(soundex(customer)) % $NODES = $n), ms float8);
        CREATE FUNCTION add_request(customer text, ms float8) RETURNS text LANGUAGE sql AS
            'INSERT INTO requests VALUES (customer, ms) RETURNING soundex(customer)';
        CREATE FUNCTION requests_like(who text) RETURNS SETOF text LANGUAGE sql STABLE AS
            'SELECT customer FROM requests WHERE soundex(customer) = soundex(who) ORDER BY 1';
        CREATE FUNCTION digests() RETURNS SETOF wasm.state LANGUAGE sql STABLE AS 'SELECT digest(ms) FROM requests'"
done
sql "CREATE EXTENSION plproxy; CREATE SERVER shards FOREIGN DATA WRAPPER plproxy OPTIONS (modular_mapping '1', $(
    for ((n = 0; n < NODES; n++)); do echo "p$n 'host=${SHARD[$((n + 1))]} dbname=postgres user=postgres',"; done | sed '$s/,$//'));
    CREATE USER MAPPING FOR PUBLIC SERVER shards;
    CREATE FUNCTION add_request(customer text, ms float8) RETURNS text LANGUAGE plproxy AS
        'CLUSTER ''shards''; RUN ON bucket(soundex(customer));';
    CREATE FUNCTION requests_like(who text) RETURNS SETOF text LANGUAGE plproxy AS 'CLUSTER ''shards''; RUN ON bucket(soundex(who));';
    CREATE FUNCTION bucket_there(key text) RETURNS int LANGUAGE plproxy AS
        'CLUSTER ''shards''; RUN ON hashtext(key); SELECT bucket(key);';
    CREATE FUNCTION digests() RETURNS SETOF wasm.state LANGUAGE plproxy AS 'CLUSTER ''shards''; RUN ON ALL;'"

names="ARRAY['Robert', 'Rupert', 'Rubin', 'Ashcraft', 'Tymczak', 'Pfister', 'Honeyman', 'Jackson', 'Lloyd', 'Moses', 'Nguyen', 'Weber']"
is "RUN ON a wasm function: every row is accepted where it goes" \
    "$(sql "SELECT count(add_request(name || ' ' || i, i)) FROM unnest($names) name, generate_series(1, 100) i")" 1200
is "rows are on several shards" "$(($(for n in "${!SHARD[@]}"; do on_shard "$n" "SELECT 1 FROM requests LIMIT 1"; done | wc -l) > 1))" 1
is "names that sound the same are together" "$(sql "SELECT count(*), min(x), max(x) FROM requests_like('Rupert') x")" "200|Robert 1|Rupert 99"
is "RUN ON hashtext: the same on every node" "$(sql "SELECT count(*) FILTER (WHERE bucket_there(i::text) = bucket(i::text)) FROM generate_series(1, 1000) i")" 1000
raises "another shard refuses a row" 23514 "INSERT INTO requests SELECT name, 0 FROM unnest($names) name" -h "${SHARD[1]}"
is "RUN ON ALL: states are merged" "$(sql "SELECT tdigest_count(digest(state)), tdigest_finish(digest(state), 0.5) BETWEEN 50 AND 51 FROM digests() state")" "1200|t"
is "the same as all rows" "$(sql "SELECT tdigest_count(digest(i)), tdigest_finish(digest(i), 0.5) BETWEEN 50 AND 51 FROM generate_series(1, 100) i, generate_series(1, 12)")" "1200|t"

# A shard with another version refuses rows; PL/Proxy gives the name of its database.
on_shard 1 "CREATE OR REPLACE FUNCTION bucket(key text) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS '(module
    (memory (export \"memory\") 1)
    (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export \"bucket\") (param i32 i32) (result i32) (i32.const -1)))'"
like "another version of the function that decides: its rows are refused" "$(sql "SELECT add_request(name, 0) FROM unnest($names) name" 2>&1 || true)" \
    "ERROR:  public\.add_request\(2\): \[postgres\] REMOTE ERROR: .*violates check constraint \"requests_customer_check\""
finish
