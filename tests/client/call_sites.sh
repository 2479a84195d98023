#!/usr/bin/env bash
# Tests call sites that live as long as a session: the comparison function of a range type and of a partition key, the
# hash function of an index. They must see what another session does to module, function, privileges and types.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start
sql "CREATE EXTENSION plwasm; CREATE SCHEMA tools; CREATE SCHEMA life; CREATE ROLE alice; CREATE ROLE modulers"
session a
session b
ask b "$(cat <<'SQL'
CREATE FUNCTION tools.m() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "cmp") (param i32 i32) (result i32)
        (i32.sub (i32.gt_s (local.get 0) (local.get 1)) (i32.lt_s (local.get 0) (local.get 1))))
    (func (export "lt") (param i32 i32) (result i32) (i32.lt_s (local.get 0) (local.get 1)))
    (func (export "eq") (param i32 i32) (result i32) (i32.eq (local.get 0) (local.get 1)))
    (func (export "hash") (param i32) (result i32) (local.get 0)))';
SET search_path = life;
CREATE FUNCTION cmp(int, int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS 'tools.m';
CREATE FUNCTION lt(int, int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS 'tools.m';
CREATE FUNCTION eq(int, int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS 'tools.m';
CREATE FUNCTION hash(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS 'tools.m';
CREATE OPERATOR <! (leftarg = int, rightarg = int, function = lt);
CREATE OPERATOR =! (leftarg = int, rightarg = int, function = eq);
CREATE OPERATOR CLASS sorted FOR TYPE int USING btree AS OPERATOR 1 <!, FUNCTION 1 cmp(int, int);
CREATE OPERATOR CLASS hashed FOR TYPE int USING hash AS OPERATOR 1 =!, FUNCTION 1 hash(int);
CREATE TYPE span AS RANGE (subtype = int, subtype_opclass = sorted);
CREATE TABLE parts (i int) PARTITION BY RANGE (i sorted);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (1000);
CREATE TABLE bucket (i int);
CREATE INDEX ON bucket USING hash (i hashed);
GRANT ALL ON SCHEMA life, tools TO alice;
ALTER FUNCTION cmp OWNER TO alice;
ALTER FUNCTION hash OWNER TO alice;
SQL
)"
compared="SELECT span(1, 5) @> 3; INSERT INTO parts VALUES (7) RETURNING tableoid::regclass; INSERT INTO bucket VALUES (7) RETURNING i"
# all NAME ANSWER: all three give that answer
all() { is "$1" "$(ask a "$compared" | uniq)" "$2"; }
works=$'t\npart\n7'

ask a "SET search_path = life" >/dev/null
all "they work" "$works"
ask b "ALTER FUNCTION tools.m RENAME TO n"
all "the module renamed" "$works"
ask b "ALTER FUNCTION tools.n RENAME TO m"
all "and back" "$works"
ask b "REVOKE EXECUTE ON FUNCTION tools.m FROM PUBLIC"
all "EXECUTE revoked" "ERROR:  42501"
ask b "GRANT EXECUTE ON FUNCTION tools.m TO modulers; GRANT modulers TO alice"
all "EXECUTE by membership" "$works"
ask b "REVOKE modulers FROM alice"
all "membership revoked" "ERROR:  42501"
ask b "ALTER ROLE alice SUPERUSER"
all "a superuser" "$works"
ask b "ALTER ROLE alice NOSUPERUSER"
all "no longer a superuser" "ERROR:  42501"
ask b "GRANT EXECUTE ON FUNCTION tools.m TO alice"
all "EXECUTE granted" "$works"
ask b "ALTER SCHEMA tools RENAME TO kit"
all "the schema renamed" "$works"
ask b "ALTER SCHEMA kit RENAME TO tools"
all "and renamed back" "$works"
ask b "BEGIN; DROP SCHEMA tools CASCADE" >/dev/null
send a "$compared"
eventually "dropped, not committed: only the tables are waited for" "SELECT wait_event = 'relation' FROM pg_stat_activity WHERE pid = $(pid a)"
ask b "ROLLBACK"
is "dropped and rolled back" "$(answer a)" "$works"
ask b "CREATE OR REPLACE FUNCTION tools.m() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export \"cmp\") (param i32 i32) (result i32) (i32.const 0))
    (func (export \"hash\") (param i32) (result i32) unreachable))'"
is "replaced" "$(ask a "SELECT span(1, 5) @> 9; INSERT INTO bucket VALUES (7)")" $'f\nERROR:  38000'
ask b "DROP SCHEMA tools CASCADE" >/dev/null
is "dropped" "$(ask a "SELECT 'span'::regtype; SELECT to_regclass('parts') IS NULL; INSERT INTO bucket VALUES (7) RETURNING i")" \
    $'ERROR:  42704\nt\n7'

# Types.
ask b "$(cat <<'SQL'
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (a int, b int);
CREATE DOMAIN small AS int;
CREATE TABLE rows (a int);
CREATE FUNCTION backwards(mood, mood) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS
    '(module (func (export "backwards") (param i32 i32) (result i32) (i32.sub (local.get 1) (local.get 0))))';
CREATE FUNCTION first(pair, pair) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS
    '(module (func (export "first") (param i32 i32 i32 i32) (result i32) (i32.sub (local.get 0) (local.get 2))))';
CREATE FUNCTION made(int) RETURNS small LANGUAGE wasm AS
    '(module (func (export "made") (param i32) (result i32) (local.get 0)))';
CREATE FUNCTION last(rows) RETURNS int LANGUAGE wasm AS
    '(module (func (export "last") (param i32) (result i32) (local.get 0)))';
CREATE OPERATOR CLASS backwards FOR TYPE mood USING btree AS FUNCTION 1 backwards(mood, mood);
CREATE OPERATOR CLASS first FOR TYPE pair USING btree AS FUNCTION 1 first(pair, pair);
CREATE TYPE moods AS RANGE (subtype = mood, subtype_opclass = backwards);
CREATE TYPE pairs AS RANGE (subtype = pair, subtype_opclass = first);
SQL
)"
ask a "PREPARE p AS SELECT made(5)" >/dev/null
is "types" "$(ask a "SELECT moods('ok', 'sad') @> 'ok'::mood, pairs((1, 2), (3, 4)) @> (2, 9)::pair; SELECT last(ROW(7)::rows); EXECUTE p")" $'t|t\n7\n5'
ask b "ALTER TYPE mood ADD VALUE 'bored' BEFORE 'ok'; ALTER TYPE mood ADD VALUE 'happy'"
is "a label added" "$(ask a "SELECT moods('happy', 'sad') @> 'bored'::mood, moods('bored', 'sad') @> 'ok'::mood")" "t|f"
ask b "ALTER TYPE pair ADD ATTRIBUTE c int"
is "an attribute added" "$(ask a "SELECT pairs((1, 2, 0), (3, 4, 0)) @> (2, 9, 0)::pair")" "ERROR:  42P13"
ask b "ALTER TYPE pair DROP ATTRIBUTE b"
is "and one dropped" "$(ask a "SELECT pairs((1, 2), (3, 4)) @> (2, 9)::pair")" t
ask b "ALTER DOMAIN small ADD CHECK (VALUE < 5)"
is "a constraint added" "$(ask a "EXECUTE p")" "ERROR:  23514"
ask b "ALTER DOMAIN small DROP CONSTRAINT small_check; ALTER TABLE rows ADD b int"
is "a column added" "$(ask a "EXECUTE p; SELECT last(ROW(1, 2)::rows)")" $'5\nERROR:  42P13'
ask b "ALTER TABLE rows DROP a"
is "and one dropped" "$(ask a "SELECT last(ROW(8)::rows)")" 8
finish
