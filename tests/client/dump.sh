#!/usr/bin/env bash
# Owns dump and restore: everything that PostgreSQL lets hang on a function comes back, in an order that
# works, with the same results and the same dump.
. "$(dirname "$0")/../lib/client.sh"

cluster_start
sql "CREATE ROLE reader; CREATE ROLE writer; CREATE ROLE landlord LOGIN"
for name in plain custom; do createdb "$name"; done
createdb -O landlord rented
createdb before
export PGDATABASE=before
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
-- in name order the functions come before their modules
CREATE SCHEMA zz;
CREATE SCHEMA "My Schema";
CREATE FUNCTION zz.zz_text() RETURNS wasm.module LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS :'code';
CREATE FUNCTION "My Schema"."My ""Module"""() RETURNS wasm.module LANGUAGE wasm AS $$ ;; a comment
    (module
        (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "Even") (param i32) (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 1))))
        (func (export "more") (param i32 i32) (result i32)
            (select (local.get 0) (local.get 1) (i32.gt_s (local.get 0) (local.get 1))))) $$;
COMMENT ON FUNCTION zz.zz_text() IS 'a module''s comment';
REVOKE ALL ON FUNCTION zz.zz_text() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zz.zz_text() TO writer;
GRANT USAGE ON SCHEMA zz TO reader, writer;
GRANT USAGE ON SCHEMA "My Schema" TO PUBLIC;

CREATE FUNCTION slugify(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'zz.zz_text#slugify fuel=1e6 memory=4MB';
CREATE FUNCTION zz.slugify(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT AS 'zz_text';
CREATE FUNCTION levenshtein(text, text) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS 'zz.zz_text';
CREATE FUNCTION "My Schema"."Twice"(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '"My ""Module"""#twice';
CREATE FUNCTION is_even(int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""#Even';
CREATE FUNCTION more(int, int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION next_() RETURNS int LANGUAGE wasm VOLATILE COST 7 AS
    '(module (func (export "next_") (result i32) (i32.const 41)))';
CREATE PROCEDURE nothing() LANGUAGE wasm AS '(module (func (export "nothing")))';
COMMENT ON FUNCTION slugify(text) IS 'a function''s comment';
REVOKE ALL ON FUNCTION slugify(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION slugify(text) TO reader WITH GRANT OPTION;
ALTER FUNCTION levenshtein(text, text) OWNER TO writer;

CREATE DOMAIN even AS int CHECK (is_even(VALUE));
CREATE TABLE a (
    id int PRIMARY KEY DEFAULT "My Schema"."Twice"(next_()),
    title text CHECK (slugify(title) <> ''),
    slug text GENERATED ALWAYS AS (slugify(title)) STORED,
    n even
);
CREATE INDEX a_slug ON a (slugify(title));
CREATE UNIQUE INDEX a_some ON a (zz.slugify(title)) WHERE is_even(id);
CREATE STATISTICS a_stat ON (slugify(title)), n FROM a;
INSERT INTO a (id, title, n) SELECT i, 'Title, the ' || i || '.', i * 2 FROM generate_series(1, 500) i WHERE i <> 82;
INSERT INTO a (title, n) VALUES ('By Default', 4);
CREATE VIEW v AS SELECT id, slugify(title) AS s FROM a WHERE is_even(id);
CREATE MATERIALIZED VIEW mv AS SELECT id, s, levenshtein(s, 'title-the-100') AS distance FROM v;
CREATE INDEX ON mv ("My Schema"."Twice"(distance));
CREATE TABLE p (i int, t text) PARTITION BY LIST (is_even(i));
CREATE TABLE p_even PARTITION OF p FOR VALUES IN (true);
CREATE TABLE p_odd PARTITION OF p FOR VALUES IN (false);
INSERT INTO p SELECT i, 'x' FROM generate_series(1, 100) i;
CREATE TABLE guarded AS SELECT i FROM generate_series(1, 10) i;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY even_only ON guarded USING (is_even(i));
GRANT SELECT ON guarded TO reader;
CREATE AGGREGATE most(int) (sfunc = more, stype = int, initcond = '0');
CREATE OPERATOR <~> (leftarg = text, rightarg = text, function = levenshtein);
SQL
)" -v code="$(base64 -w0 "$PLWASM_GUESTS/c-text/text.wasm")"

contents=$(cat <<'SQL'
SELECT md5(string_agg(a::text, '|' ORDER BY id)), count(*), max(slug) FROM a;
SELECT md5(string_agg(mv::text, '|' ORDER BY id)), count(*), max(distance) FROM mv;
SELECT count(*) FROM p_even; SELECT most(i) FROM p_odd; SELECT 'ab' <~> 'bc';
SET ROLE reader; SELECT count(*) FROM guarded; RESET ROLE;
SET enable_seqscan = off; SELECT id FROM a WHERE slugify(title) = 'title-the-7';
SELECT module, kind, size, sha256 FROM wasm.modules ORDER BY module::text;
CALL nothing();
SQL
)
dependencies="SELECT objid::regprocedure, refobjid::regprocedure FROM pg_depend JOIN pg_proc f ON f.oid = objid
    JOIN pg_language l ON l.oid = prolang AND lanname = 'wasm'
    WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_proc'::regclass AND deptype = 'n'
    ORDER BY objid::regprocedure::text"
before=$(sql "$contents")
depend=$(sql "$dependencies")
like "before: the tables are filled" "$before" \
    $'\|500\|title-the-99\n.*\|250\|12\n50\n99\n2\n5\n7\n"My Schema"."My ""Module"""\(\)\|module\|[0-9]+\|.*\nzz.zz_text\(\)\|module\|'
is "before: six functions depend on two modules" "$(wc -l <<<"$depend") $(cut -d'|' -f2 <<<"$depend" | sort -u | wc -l)" "6 2"

# pg_dump from 15.14 on puts a random word into its output
dump() { pg_dump --schema-only "$@" | sed -E '/^\\(un)?restrict /d'; }

restored() { # restored NAME DATABASE: that database is as before
    local name=$1
    export PGDATABASE=$2
    is "$name: results" "$(sql "$contents")" "$before"
    is "$name: dependencies" "$(sql "$dependencies")" "$depend"
    is "$name: the dump of the dump" "$(diff <(dump before) <(dump "$2"))" ""
    raises "$name: a module in use is not dropped" 2BP01 "DROP FUNCTION zz.zz_text()"
    raises "$name: the check holds" 23514 "INSERT INTO a (id, title) VALUES (1000, '...')"
    raises "$name: the domain holds" 23514 "INSERT INTO a (id, title, n) VALUES (1000, 'x', 3)"
    raises "$name: the unique index holds" 23505 "INSERT INTO a (id, title) VALUES (1000, 'title the: 100')"
    is "$name: default and generated column" "$(sql "DELETE FROM a WHERE id = 82;
        INSERT INTO a (title) VALUES ('A new one') RETURNING id, slug")" "82|a-new-one"
    is "$name: the partition is found" "$(sql "INSERT INTO p VALUES (1002) RETURNING tableoid::regclass")" p_even
    is "$name: comments" "$(sql "SELECT obj_description('zz.zz_text'::regproc), obj_description('slugify(text)'::regprocedure)")" \
        "a module's comment|a function's comment"
    is "$name: grants" "$(sql "SELECT has_function_privilege('reader', 'zz.zz_text()', 'EXECUTE'),
        has_function_privilege('writer', 'zz.zz_text()', 'EXECUTE'), has_function_privilege('writer', 'slugify(text)', 'EXECUTE'),
        has_function_privilege('reader', 'slugify(text)', 'EXECUTE WITH GRANT OPTION')")" "f|t|f|t"
    is "$name: owners" "$(sql "SELECT proowner::regrole FROM pg_proc WHERE proname = 'levenshtein'")" writer
}

pg_dump before >"$CLUSTER/plain.sql"
succeeds "plain: restored without an error" psql -Xq -v ON_ERROR_STOP=1 -d plain -f "$CLUSTER/plain.sql"
restored plain plain

pg_dump -Fc -f "$CLUSTER/custom.dump" before
succeeds "custom: restored without an error" pg_restore --exit-on-error -j 2 -d custom "$CLUSTER/custom.dump"
restored custom custom

# in the plain dump the module comes first, whatever the names
like "plain: modules before functions" "$(grep -nE '^CREATE FUNCTION (zz.zz_text|public.slugify)' "$CLUSTER/plain.sql" | cut -d: -f2)" \
    "zz_text.*public.slugify"
# and its body is the one that was written
is "plain: the body is unchanged" "$(sql "SELECT md5(prosrc) FROM pg_proc WHERE prorettype = 'wasm.module'::regtype ORDER BY proname" -d plain)" \
    "$(sql "SELECT md5(prosrc) FROM pg_proc WHERE prorettype = 'wasm.module'::regtype ORDER BY proname" -d before)"

# by somebody who is no superuser
sql "GRANT CREATE ON SCHEMA public TO landlord" -d rented
succeeds "by the database's owner: restored without an error" \
    pg_restore --exit-on-error --no-owner --no-acl -U landlord -d rented "$CLUSTER/custom.dump"
is "by the database's owner: results" "$(sql "SELECT max(slug), levenshtein('ab', 'bc') FROM a" -d rented -U landlord)" "title-the-99|2"
is "by the database's owner: dependencies" "$(sql "$dependencies" -d rented)" "$depend"

# a module replaced by another version of itself keeps what depends on it
export PGDATABASE=plain
sql "CREATE OR REPLACE FUNCTION \"My Schema\".\"My \"\"Module\"\"\"() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export \"twice\") (param i32) (result i32) (i32.const 8)))'"
is "replaced: dependencies" "$(sql "$dependencies")" "$depend"
is "replaced: seen" "$(sql 'SELECT "My Schema"."Twice"(1)')" 8
raises "replaced: an export that is gone" 42883 "SELECT is_even(1)"
succeeds "DROP CASCADE" sql 'DROP FUNCTION zz.zz_text() CASCADE'
is "DROP CASCADE: functions are gone" "$(sql "SELECT count(*) FROM pg_proc WHERE proname IN ('slugify', 'levenshtein', 'zz_text')")" 0
is "DROP CASCADE: what used them is gone" "$(sql "SELECT count(*) FROM pg_class WHERE relname IN ('a_slug', 'mv', 'v')")" 0
finish
