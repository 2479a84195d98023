#!/usr/bin/env bash
# Tests functions after their names, or those of their modules or schemas, have changed: in the session that has
# called them, in another, in a new one, and after a dump and restore, in every format of pg_dump.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start
createdb origin
export PGDATABASE=origin
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE SCHEMA app;
CREATE SCHEMA lib;
CREATE FUNCTION lib.two() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "thrice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))';
CREATE FUNCTION app.own() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "is positive") (param i32) (result i32) (i32.gt_s (local.get 0) (i32.const 0)))
    (func (export "inc") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))';
CREATE FUNCTION app.twice(int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'lib.two fuel=1e6';
CREATE FUNCTION app.third(int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'lib.two#thrice';
CREATE FUNCTION app."is positive"(int) RETURNS boolean LANGUAGE wasm IMMUTABLE AS 'own';
CREATE FUNCTION app.inc(int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'own';
CREATE FUNCTION app.inc(bigint) RETURNS bigint LANGUAGE wasm IMMUTABLE AS '(module
    (func (export "inc") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
    (func (export "dec") (param i64) (result i64) (i64.sub (local.get 0) (i64.const 1))))';
CREATE FUNCTION app.plain(int) RETURNS int LANGUAGE wasm IMMUTABLE AS '(module
    (func (export "any") (param i32) (result i32) (local.get 0)))';
CREATE TABLE t (
    i int CHECK (app."is positive"(i)),
    doubled int GENERATED ALWAYS AS (app.twice(i)) STORED,
    next bigint DEFAULT app.inc(1::bigint));
CREATE UNIQUE INDEX t_third ON t (app.third(i), app.plain(i));
CREATE INDEX t_inc ON t (app.inc(i)) WHERE app."is positive"(i);
CREATE VIEW v AS SELECT i, doubled, next, app.third(i) AS tripled, app.inc(i) AS more FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT app.inc(i) AS i FROM t;
CREATE ROLE reader;
GRANT SELECT, INSERT ON t TO reader;
GRANT USAGE ON SCHEMA app TO reader;
CREATE POLICY p ON t TO reader USING (app.twice(i) > 4) WITH CHECK (app.third(i) < 100);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
INSERT INTO t VALUES (1), (2), (3);
SQL
)"

# Rows are returned by every kind of expression, and rows that must not be written are not written.
use="TABLE v; SELECT i FROM t WHERE i > 0 ORDER BY i; REFRESH MATERIALIZED VIEW mv; TABLE mv;
    SET enable_seqscan = off; EXPLAIN (COSTS OFF) SELECT i FROM t WHERE doubled > 0 LIMIT 0; RESET enable_seqscan;
    BEGIN; INSERT INTO t VALUES (4) RETURNING doubled, next; ROLLBACK; INSERT INTO t VALUES (-1);
    SET ROLE reader; SELECT i FROM t; INSERT INTO t VALUES (40); RESET ROLE"
session here
session there
used=$(ask here "$use")
like "before" "$used" $'^1\\|2\\|2\\|3\\|2\n.*\n8\\|2\nERROR:  23514\n3\nERROR:  42501$'
ask there "$use" >/dev/null
dump() { pg_dump "$@" | sed -E '/^\\(un)?restrict /d'; }

# changed NAME STATEMENT...: the statement has changed names
times=0
changed() {
    local name=$1 format to here_says
    shift
    ask here "$*" >"$CLUSTER/said"
    is "$name: done" "$(<"$CLUSTER/said")" ""
    here_says=$(ask here "$use")
    is "$name: in this session" "$here_says" "$used"
    is "$name: in another" "$(ask there "$use")" "$used"
    is "$name: in a new one" "$(psql -XAtq -v VERBOSITY=sqlstate 2>&1 <<<"$use")" "$used"
    dump >"$CLUSTER/dump.sql"
    for format in ${formats:-plain}; do
        to=to_$((++times))
        createdb "$to"
        case $format in
        plain) succeeds "$name: restored" psql -Xq -v ON_ERROR_STOP=1 -d "$to" -f "$CLUSTER/dump.sql" ;;
        *)
            rm -rf "$CLUSTER/dump"
            pg_dump -F"$format" -f "$CLUSTER/dump"
            succeeds "$name: restored, format $format" pg_restore --exit-on-error -d "$to" "$CLUSTER/dump"
            ;;
        esac
        is "$name: the dump of the dump, format $format" "$(diff "$CLUSTER/dump.sql" <(dump "$to"))" ""
        is "$name: after a restore, format $format" "$(psql -XAtq -d "$to" -v VERBOSITY=sqlstate 2>&1 <<<"$use")" "$used"
        dropdb "$to"
    done
}

changed "a function renamed" 'ALTER FUNCTION app.twice(int) RENAME TO double'
changed "overloads renamed" 'ALTER FUNCTION app.inc(bigint) RENAME TO dec; ALTER FUNCTION app.inc(int) RENAME TO "In#c ""x"""'
changed "odd names" 'ALTER FUNCTION app."is positive" RENAME TO inc; ALTER FUNCTION app.plain RENAME TO "Plain.Name"'
changed "a function moved" 'ALTER FUNCTION app.third(int) SET SCHEMA lib; ALTER FUNCTION app.inc(int) SET SCHEMA public;
    GRANT USAGE ON SCHEMA lib TO reader'
changed "a module renamed" 'ALTER FUNCTION lib.two RENAME TO "Two: #2.""x"""; ALTER FUNCTION app.own() RENAME TO lib'
changed "a module moved" 'ALTER FUNCTION app.lib SET SCHEMA lib'
changed "the functions' schema renamed" 'ALTER SCHEMA app RENAME TO "My App"'
formats="plain c d t" changed "the modules' schema renamed" 'ALTER SCHEMA lib RENAME TO "select"'
changed "names swapped" 'BEGIN; ALTER FUNCTION "select".lib RENAME TO t; ALTER FUNCTION "select"."Two: #2.""x""" RENAME TO lib;
    ALTER FUNCTION "select".t RENAME TO "Two: #2.""x"""; COMMIT'
changed "rolled back" 'BEGIN; ALTER FUNCTION "select".lib RENAME TO lost; ALTER SCHEMA "select" RENAME TO lost; ROLLBACK'
raises "a module in use is not dropped" 2BP01 'DROP FUNCTION "select".lib()'
changed "replaced after it was renamed" "CREATE OR REPLACE FUNCTION \"select\".lib() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export \"thrice\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func (export \"none\"))
    (func (export \"twice\") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))'"

# An extension of modules and functions moves as a whole.
folder=$("$PLWASM_STAGE/bin/pg_config" --sharedir)/extension
cat >"$folder/renamed.control" <<<"default_version = '1'
relocatable = true"
cat >"$folder/renamed--1.sql" <<'SQL'
CREATE FUNCTION zz() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "f") (result i32) (i32.const 6)) (func (export "g")))';
CREATE FUNCTION f() RETURNS int LANGUAGE wasm AS 'zz';
SQL
sql 'CREATE EXTENSION renamed SCHEMA "My App"; CREATE FUNCTION public.of_extension() RETURNS int LANGUAGE wasm AS $$"My App".zz#f$$'
like "an extension moves" "$(sql "ALTER EXTENSION renamed SET SCHEMA public; SELECT public.f(), of_extension()")" '6\|6'
is "an extension moves: bodies" "$(sql "SELECT string_agg(prosrc, ' ' ORDER BY proname) FROM pg_proc WHERE proname IN ('f', 'of_extension')")" \
    "zz public.zz#f"
sql "DROP FUNCTION of_extension(); DROP EXTENSION renamed"
rm "$folder"/renamed{.control,--1.sql}

# Two sessions change one function: the second waits, and reports if it came too late.
ask here 'BEGIN; ALTER FUNCTION "select".lib RENAME TO first' >/dev/null
send there 'ALTER FUNCTION "My App".double(int) RENAME TO second'
eventually "a second change waits" "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $(pid there)"
ask here ROLLBACK >/dev/null
is "and goes on after a rollback" "$(answer there)" ""
ask there 'ALTER FUNCTION "My App".second(int) RENAME TO double' >/dev/null

# The trigger is created with the extension, whoever creates that, and is not dumped.
is "not dumped" "$(pg_dump | grep -ci 'EVENT TRIGGER' || true)" 0
sql "CREATE ROLE landlord LOGIN"
createdb -O landlord rented
is "created by a database's owner" "$(sql "CREATE EXTENSION plwasm; CREATE SCHEMA app;
    CREATE FUNCTION app.two() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export \"f\") (result i32) (i32.const 1)) (func (export \"g\")))';
    CREATE FUNCTION app.f() RETURNS int LANGUAGE wasm AS 'two';
    ALTER FUNCTION app.two() RENAME TO three; ALTER FUNCTION app.f() RENAME TO h;
    SELECT app.h(), prosrc FROM pg_proc WHERE proname = 'h'" -d rented -U landlord)" "1|three#f"
is "the trigger belongs to a superuser" "$(sql "SELECT rolsuper, evtenabled FROM pg_event_trigger JOIN pg_roles r ON r.oid = evtowner" -d rented)" "t|A"
sql "DROP EXTENSION plwasm CASCADE" -d rented -U landlord 2>/dev/null
is "and goes with it" "$(sql "SELECT count(*) FROM pg_event_trigger" -d rented)" 0

# No event triggers fire in a single-user server: the functions work, and bodies follow at the next change of names.
cluster_ctl -m fast stop >/dev/null
server "$PLWASM_STAGE/bin/postgres" --single -c log_checkpoints=off -D "$CLUSTER/data" origin >/dev/null \
    <<<'ALTER FUNCTION "select".lib() RENAME TO single'
cluster_ctl start >/dev/null
session here
session there
changed "after a single-user server" 'ALTER SCHEMA "select" RENAME TO lib; GRANT USAGE ON SCHEMA lib TO reader'
if (($(pg_major) >= 17)); then
    is "with event_triggers = off" "$(sql 'SET event_triggers = off; ALTER FUNCTION lib.single() RENAME TO off;
        SELECT "My App".double(4); SET event_triggers = on; ALTER SCHEMA lib RENAME TO "on"; SELECT count(*) FROM pg_proc
        WHERE prosrc LIKE '"'%\"on\".off%'")" $'8\n2'
fi
finish
