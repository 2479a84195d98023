#!/usr/bin/env bash
# Tests dump and restore: everything that PostgreSQL lets depend on a function (everything.sql) is restored from each
# kind of dump, in an order that works, with the same results and the same dump.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/everything.bash"

cluster_start
origin=$CLUSTER
sql "CREATE ROLE landlord LOGIN"
everything before
export PGDATABASE=before

# pg_dump from 15.14 on writes a random word into its output.
dump() { pg_dump "$@" | sed -E '/^\\(un)?restrict /d'; }
dump --schema-only >"$CLUSTER/before.sql"

restored() { # restored NAME DATABASE: the database equals the original
    is "$1: the dump of the dump" "$(diff "$origin/before.sql" <(dump --schema-only "$2"))" ""
    copied "$1" "$2"
}

createdb plain
dump >"$CLUSTER/plain.sql"
succeeds "plain: restored without an error" psql -Xq -v ON_ERROR_STOP=1 -d plain -f "$CLUSTER/plain.sql"
restored plain plain
# The module comes first, whatever the names.
like "plain: modules before functions" "$(grep -nE '^CREATE FUNCTION (zz.zz_text|public.slugify)' "$CLUSTER/plain.sql" | cut -d: -f2)" \
    "zz_text.*public.slugify"

createdb custom
pg_dump -Fc -f "$CLUSTER/custom.dump"
succeeds "custom: restored without an error" pg_restore --exit-on-error -d custom "$CLUSTER/custom.dump"
restored custom custom

createdb directory
pg_dump -Fd -j 4 -f "$CLUSTER/directory.dump"
succeeds "directory, 4 jobs: restored without an error" pg_restore --exit-on-error -j 4 -d directory "$CLUSTER/directory.dump"
restored directory directory
# Restored once more, over the existing objects.
succeeds "directory, 4 jobs: restored over itself" pg_restore --exit-on-error --clean --if-exists -j 4 -d directory "$CLUSTER/directory.dump"
is "directory: results" "$(sql "$contents" -d directory)" "$before"

# Functions of triggers and of windows, with what uses them.
createdb rows
sql "CREATE EXTENSION plwasm; $(for name in triggers windows; do
    echo "CREATE FUNCTION zz_$name() RETURNS wasm.module LANGUAGE wasm AS '$(base64 -w0 "$PLWASM_GUESTS/$name/$name.wasm")';"
done)
    CREATE FUNCTION count_versions() RETURNS trigger LANGUAGE wasm AS 'zz_triggers#version';
    CREATE FUNCTION admit() RETURNS trigger LANGUAGE wasm AS 'zz_triggers#policy.admit';
    CREATE FUNCTION smooth(float8, float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'zz_windows#smooth';
    CREATE TABLE versions (id int, version int);
    CREATE TRIGGER version BEFORE INSERT OR UPDATE ON versions FOR EACH ROW EXECUTE FUNCTION count_versions();
    CREATE TRIGGER z_policy BEFORE INSERT ON versions FOR EACH ROW EXECUTE FUNCTION admit('{\"required\": [\"id\"]}');
    CREATE VIEW smoothed AS SELECT id, smooth(id, 0.5) OVER (ORDER BY id) FROM versions;
    INSERT INTO versions SELECT generate_series(1, 3); UPDATE versions SET id = id * 2" -d rows
dump rows >"$CLUSTER/rows.sql"
createdb rows_again
succeeds "triggers and windows: restored without an error" psql -Xq -v ON_ERROR_STOP=1 -d rows_again -f "$CLUSTER/rows.sql"
is "triggers and windows: the dump of the dump" "$(diff "$CLUSTER/rows.sql" <(dump rows_again))" ""
is "triggers and windows: they work" "$(sql "UPDATE versions SET id = id; INSERT INTO versions VALUES (8, NULL);
    SELECT string_agg(version::text, ' ' ORDER BY id) FROM versions; SELECT string_agg(smooth::text, ' ' ORDER BY id) FROM smoothed" \
    -d rows_again)" $'3 3 3 1\n2 3 4.5 6.25'

createdb sections
for section in pre-data data post-data; do
    pg_dump --section=$section -f "$CLUSTER/$section.sql"
    succeeds "sections: $section restored without an error" psql -Xq -v ON_ERROR_STOP=1 -d sections -f "$CLUSTER/$section.sql"
done
restored sections sections

# All constraints and indexes exist before the data are restored.
createdb halves
succeeds "halves: the schema restored without an error" psql -Xq -v ON_ERROR_STOP=1 -d halves -f "$CLUSTER/before.sql"
succeeds "halves: the data restored without an error" pg_restore --exit-on-error --data-only -d halves "$CLUSTER/custom.dump"
sql "REFRESH MATERIALIZED VIEW mv; REFRESH MATERIALIZED VIEW aa" -d halves
restored halves halves

# Restored by a role that is no superuser, and therefore without event triggers and operator classes.
createdb modest
createdb -O landlord rented
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE SCHEMA zz;
SELECT wasm.create_module('zz.zz_text', decode(:'code', 'base64'));
CREATE FUNCTION slugify(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT SET plwasm.fuel = 1e6 AS 'zz.zz_text#slugify';
CREATE TABLE a (title text CHECK (slugify(title) <> ''), slug text GENERATED ALWAYS AS (slugify(title)) STORED);
CREATE INDEX ON a (slugify(title));
INSERT INTO a VALUES ('One thing'), ('Another one');
CREATE MATERIALIZED VIEW mv AS SELECT slugify(slug) FROM a;
SQL
)" -d modest -v code="$(base64 -w0 "$PLWASM_GUESTS/c-text/text.wasm")" >/dev/null
pg_dump -Fc -f "$CLUSTER/modest.dump" modest
sql "GRANT CREATE ON SCHEMA public TO landlord" -d rented
succeeds "by the database's owner: restored without an error" \
    pg_restore --exit-on-error --no-owner --no-acl -U landlord -d rented "$CLUSTER/modest.dump"
is "by the database's owner: results" "$(sql "TABLE a; TABLE mv; INSERT INTO a VALUES ('And a third') RETURNING slug" -d rented -U landlord)" \
    $'One thing|one-thing\nAnother one|another-one\none-thing\nanother-one\nand-a-third'
is "by the database's owner: dependencies" "$(sql "$dependencies" -d rented)" "slugify(text)|zz.zz_text()"

# States of aggregates are data: they are restored with the module that reads them, whatever the format. An INITCOND is one, too.
createdb states
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION zz_sums() RETURNS wasm.module LANGUAGE wasm AS $$(module (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "[constructor]sum") (param f64 i32) (result i32) (f64.store (i32.const 64) (local.get 0)) (i32.store (i32.const 72) (local.get 1)) (i32.const 64))
    (func (export "[method]sum.step") (param i32 f64) (f64.store (local.get 0) (f64.add (f64.load (local.get 0)) (local.get 1))))
    (func (export "[method]sum.finish") (param i32) (result f64) (f64.add (f64.load (local.get 0)) (f64.convert_i32_s (i32.load offset=8 (local.get 0)))))
    (func (export "[method]sum.save") (param i32) (result i32) (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (i32.const 8)) (i32.const 16))
    (func (export "[method]sum.merge") (param i32 i32 i32) (f64.store (local.get 0) (f64.load (local.get 1)))))$$;
CREATE FUNCTION a_step(wasm.state, float8, date, float8) RETURNS wasm.state LANGUAGE wasm AS 'zz_sums#sum.step';
CREATE FUNCTION b_finish(wasm.state) RETURNS float8 LANGUAGE wasm AS 'zz_sums#sum.finish';
CREATE AGGREGATE total(float8, date, float8) (SFUNC = a_step, STYPE = wasm.state);
CREATE TABLE kept AS SELECT n % 3 AS g, total(0.1, '2024-02-01', n * 0.1) AS s FROM generate_series(1, 100) n GROUP BY 1;
CREATE TABLE defaults (n int, s wasm.state);
DO $$BEGIN EXECUTE format('ALTER TABLE defaults ALTER s SET DEFAULT %L; CREATE AGGREGATE begun(float8, date, float8) (SFUNC = a_step, STYPE = wasm.state, FINALFUNC = b_finish, INITCOND = %L)',
    a_step(NULL, 0.1, '2024-02-01', 0.2), a_step(NULL, 0.1, '2024-02-01', 0.2)); END$$;
INSERT INTO defaults SELECT n FROM generate_series(1, 2) n;
CREATE MATERIALIZED VIEW finished AS SELECT g, b_finish(s) FROM kept;
SQL
)" -d states
states="SELECT g, b_finish(s) FROM kept ORDER BY g; SELECT b_finish(s) FROM defaults; SELECT begun(1, '2024-02-01', 1); TABLE finished ORDER BY g"
before_states=$(sql "$states" -d states)
for format in plain custom directory; do
    createdb "states_$format"
    PGOPTIONS="-c datestyle=SQL,DMY -c extra_float_digits=0" pg_dump -F "$format" -f "$CLUSTER/states.$format" states
    case $format in
    plain) succeeds "states, $format: restored without an error" psql -Xq -v ON_ERROR_STOP=1 -d states_plain -f "$CLUSTER/states.plain" ;;
    *) succeeds "states, $format: restored without an error" pg_restore --exit-on-error -d "states_$format" "$CLUSTER/states.$format" ;;
    esac
    is "states, $format: results" "$(sql "$states" -d "states_$format")" "$before_states"
done

# A module that is replaced by another version of itself keeps the objects that depend on it.
export PGDATABASE=plain
sql "CREATE OR REPLACE FUNCTION \"My Schema\".\"My \"\"Module\"\"\"() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export \"twice\") (param i32) (result i32) (i32.const 8)))'"
is "replaced: dependencies" "$(sql "$dependencies")" "$depend"
is "replaced: seen" "$(sql 'SELECT "My Schema"."Twice"(1)')" 8
raises "replaced: an export that is gone" 42883 "SELECT is_even(1)"
succeeds "DROP CASCADE" sql 'DROP EVENT TRIGGER note; DROP FUNCTION zz.zz_text() CASCADE'
is "DROP CASCADE: functions are gone" "$(sql "SELECT count(*) FROM pg_proc WHERE proname IN ('slugify', 'levenshtein', 'zz_text')")" 0
is "DROP CASCADE: the objects that used them are gone" "$(sql "SELECT count(*) FROM pg_class WHERE relname IN ('a_slug', 'mv', 'v')")" 0

# A whole server, with roles and settings, is restored into another one.
whole() { pg_dumpall --exclude-database='[^b]*' "$@" | sed -E '/^\\(un)?restrict /d'; }
whole >"$CLUSTER/all.sql"
cluster_start
errors=$(psql -Xq -d postgres -f "$origin/all.sql" 2>&1 >/dev/null | grep ERROR | grep -vE 'role "[a-z]+" already exists') || true
is "pg_dumpall: restored without an error" "$errors" ""
is "pg_dumpall: the dump of the dump" "$(diff "$origin/all.sql" <(whole))" ""
is "pg_dumpall: settings" "$(sql "SHOW plwasm.max_fuel" -d before; sql "SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = 'reader'::regrole";
    sql "SELECT has_parameter_privilege('writer', 'plwasm.max_fuel', 'SET')")" $'1e10\nplwasm.fuel=1e8\nt'
restored pg_dumpall before
unharmed
cluster_use "$origin"
finish
