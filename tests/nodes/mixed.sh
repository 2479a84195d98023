#!/usr/bin/env bash
# Tests a cluster of two versions of PL/Wasm, as there is during a rolling upgrade: the previous version and this one give the same
# results, and use the same fuel for guests that do not allocate memory; what one has stored the other goes on with.
# PLWASM_PREVIOUS_STAGE is an installation of the previous version with the same PostgreSQL, as its pgrx-config/stage makes it.
. "$(dirname "$0")/../lib/client.sh"

previous=${PLWASM_PREVIOUS_STAGE:-}
if [[ -z $previous ]]; then
    echo "skipped mixed: there is no installation of the previous version (PLWASM_PREVIOUS_STAGE)"
    exit
fi
current=$PLWASM_STAGE
on_version() { # on_version STAGE COMMAND...: runs a function of cluster.sh with another installation
    local PLWASM_STAGE=$1
    "${@:2}"
}
work=$(scratch mixed)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
plwasm() { "$current/bin/plwasm" "$@"; }

on_version "$previous" cluster_start -c wal_level=replica -c max_wal_senders=4
old=$CLUSTER
cluster_start
new=$CLUSTER
on_old() { sql "$@" -h "$old"; }
on_both() { on_old "$1"; sql "$1"; }

# The same functions on both: text tools of Rust, of C, and arithmetic
{
    plwasm sql "$PLWASM_GUESTS/rust-text/text.wasm" --name rust_text
    echo "CREATE SCHEMA c;
        CREATE FUNCTION c.text() RETURNS wasm.module LANGUAGE wasm AS '$(base64 -w0 "$PLWASM_GUESTS/c-text/text.wasm")';"
    for function in slugify upper soundex; do
        echo "CREATE FUNCTION c.$function(text) RETURNS text LANGUAGE wasm AS 'c.text';"
    done
    echo "CREATE FUNCTION c.levenshtein(text, text) RETURNS int LANGUAGE wasm AS 'c.text';"
} >"$work/functions.sql"
on_both "CREATE EXTENSION plwasm; CREATE FUNCTION numbers() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export \"mix\") (param i64 f64) (result i64) (local \$i i32) (local.set \$i (i32.const 100))
      (loop \$next
        (local.set 0 (i64.xor (i64.rotl (i64.mul (local.get 0) (i64.const 0x100000001b3)) (i64.const 7)) (i64.reinterpret_f64 (local.get 1))))
        (local.set 1 (f64.sqrt (f64.abs (f64.convert_i64_s (local.get 0)))))
        (br_if \$next (local.tee \$i (i32.sub (local.get \$i) (i32.const 1)))))
      (local.get 0)))';
    CREATE FUNCTION mix(bigint, float8) RETURNS bigint LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'numbers'" >/dev/null
on_old "$(<"$work/functions.sql")" >/dev/null
sql "$(<"$work/functions.sql")" >/dev/null
version=$(on_old "SELECT extversion FROM pg_extension WHERE extname = 'plwasm'")
is "two versions: $version and $(sql "SELECT extversion FROM pg_extension WHERE extname = 'plwasm'")" "$([[ $version < $(sql "SELECT extversion FROM pg_extension WHERE extname = 'plwasm'") ]] && echo older)" older

rows="FROM (SELECT i, (ARRAY['Straße', 'Robert', 'a  B-c', '', 'Ünïcödé ☃'])[i % 5 + 1] || i AS t FROM generate_series(1, 20000) i) s"
same() { is "the same results: $1" "$(sql "$2")" "$(on_old "$2")"; }
same "numbers" "SELECT md5(string_agg(mix(i, i / 7.0)::text, ',' ORDER BY i)) $rows"
for function in slugify upper soundex; do
    same "$function, Rust" "SELECT md5(string_agg($function(t), ',' ORDER BY i)) $rows"
    same "$function, C" "SELECT md5(string_agg(c.$function(t), ',' ORDER BY i)) $rows"
done
same "levenshtein" "SELECT sum(levenshtein(t, 'Robert')), sum(c.levenshtein(t, 'Robert')) $rows"

# The least fuel with which a call returns, by the limit that each server applies
least() { # least SERVER CALL
    sql "DO \$\$ DECLARE low int := 0; high int := 100000; middle int; BEGIN
        WHILE high - low > 1 LOOP
            middle := (low + high) / 2;
            PERFORM set_config('plwasm.fuel', middle::text, false);
            BEGIN PERFORM $2; high := middle; EXCEPTION WHEN program_limit_exceeded THEN low := middle; END;
        END LOOP;
        PERFORM set_config('my.least', high::text, false);
        END \$\$; SELECT current_setting('my.least')" -h "$1"
}
for call in "mix(7, 1.5)" "c.soundex('Robert')" "c.levenshtein('kitten', 'sitting')" "c.upper('abc')" "soundex('Robert')"; do
    fuel=$(least "$new" "$call")
    like "fuel: $call" "$fuel" "^[1-9][0-9]*$"
    is "the same fuel: $call" "$(least "$old" "$call")" "$fuel"
done
# Since 0.3.0 an allocator has memory before the first call, so a call that would have to grow it takes less.
for server in "$old" "$new"; do
    sql "CREATE FUNCTION allocating() RETURNS wasm.module LANGUAGE wasm AS '$(base64 -w0 "$PLWASM_GUESTS/rust/examples.wasm")';
        CREATE FUNCTION slug(text) RETURNS text LANGUAGE wasm AS 'allocating#slugify'" -h "$server"
done
echo "# a guest that allocates: $(least "$old" "slug('a B c')") units of fuel in $version, here $(least "$new" "slug('a B c')")"

# A shard of the previous version
on_old "CREATE TABLE parts AS SELECT i, t $rows; CREATE INDEX parts_slug ON parts (slugify(t)); ANALYZE parts"
sql "CREATE EXTENSION postgres_fdw; CREATE SERVER old FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$old', dbname 'postgres');
    CREATE USER MAPPING FOR CURRENT_USER SERVER old OPTIONS (user 'postgres');
    CREATE FOREIGN TABLE parts (i int, t text) SERVER old"
is "rows of the old shard, filtered here" "$(sql "SELECT count(*), sum(i) FROM parts WHERE soundex(t) = 'R163'")" \
    "$(on_old "SELECT count(*), sum(i) FROM parts WHERE soundex(t) = 'R163'")"

# A standby of the new version, of a primary of the previous one
standby_of "$old"
standby=$CLUSTER
cluster_use "$new"
query="SELECT count(*), md5(string_agg(slugify(t), ',' ORDER BY i)) FROM parts"
is "a standby of this version" "$(sql "$query" -h "$standby")" "$(on_old "$query")"
by_index="SET enable_seqscan = off; SELECT i FROM parts WHERE slugify(t) = 'robert11'"
is "reads the primary's index" "$(sql "$by_index" -h "$standby")" "$(on_old "$by_index")"

# The primary itself is upgraded: the library first, the extension later.
cluster_use "$old"
on_version "$previous" cluster_ctl -m fast stop >/dev/null
cluster_ctl start >/dev/null
is "with the library of this version" "$(sql "$query")" "$(sql "$query" -h "$standby")"
is "the index, too" "$(sql "$by_index")" 11
is "and the extension of the previous one" "$(sql "SELECT extversion FROM pg_extension WHERE extname = 'plwasm'")" "$version"
sql "ALTER EXTENSION plwasm UPDATE"
is "then with this version's" "$(sql "$query; $by_index")" "$(sql "$query; $by_index" -h "$standby")"
is "the index has the same entries after a REINDEX" "$(sql "CREATE EXTENSION amcheck; SELECT count(bt_index_check('parts_slug', true));
    REINDEX INDEX parts_slug; SELECT count(bt_index_check('parts_slug', true))")" $'1\n1'
unharmed
cluster_use "$new"
finish
