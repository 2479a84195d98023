#!/usr/bin/env bash
# Owns dump and restore: everything that PostgreSQL lets hang on a function (dump.sql) comes back from each kind of
# dump, in an order that works, with the same results and the same dump.
. "$(dirname "$0")/../lib/client.sh"

cluster_start
origin=$CLUSTER
sql "CREATE ROLE reader; CREATE ROLE writer; CREATE ROLE landlord LOGIN"
createdb before
export PGDATABASE=before
sql "ALTER ROLE reader SET plwasm.fuel = 1e8; ALTER DATABASE before SET plwasm.max_fuel = 1e10;
    GRANT SET ON PARAMETER plwasm.max_fuel TO writer"
PGOPTIONS="-c client_min_messages=warning" psql -Xq -v code="$(base64 -w0 "$PLWASM_GUESTS/c-text/text.wasm")" \
    -f "$root/tests/client/dump.sql" >/dev/null

contents=$(cat <<'SQL'
SELECT md5(string_agg(a::text, '|' ORDER BY id)), count(*), max(slug), sum(w) FROM a;
SELECT md5(string_agg(mv::text, '|' ORDER BY id)), count(*), max(distance), max(more) FROM mv;
TABLE aa;
SELECT tableoid::regclass::text, count(*) FROM p GROUP BY 1 ORDER BY 1;
SELECT tableoid::regclass::text, count(*) FROM q GROUP BY 1 ORDER BY 1;
SELECT most(i), 'ab' <~> 'bc', 2 <! 1, span(9, 1) @> 5, ROW(4)::half::int FROM p;
SELECT array_agg(m) FROM (SELECT moving(i) OVER (ORDER BY i ROWS 1 PRECEDING) AS m FROM generate_series(1, 4) i) t;
SET ROLE reader; SELECT count(*) FROM guarded; RESET ROLE;
SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT id FROM a WHERE slugify(title) = 'title-the-7';
SELECT id FROM a WHERE big_slugify(title) = 'title-the-8'; SELECT id FROM a WHERE id =! 9;
SELECT id FROM a WHERE id <! 400 ORDER BY id USING <! LIMIT 1; SELECT count(*) FROM a WHERE s && span(20, 10);
SELECT module, kind, size, sha256 FROM wasm.modules ORDER BY module::text;
CALL nothing();
SQL
)
dependencies="SELECT objid::regprocedure, refobjid::regprocedure FROM pg_depend JOIN pg_proc f ON f.oid = objid
    JOIN pg_language l ON l.oid = prolang AND lanname = 'wasm'
    WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_proc'::regclass AND deptype = 'n'
        AND refobjid IN (SELECT module FROM wasm.modules)
    ORDER BY objid::regprocedure::text"
before=$(sql "$contents")
depend=$(sql "$dependencies")
like "before: the tables are filled" "$before" \
    $'\|500\|title-the-99\|21000\n.*\|250\|12\|1500\n12\|250\np_even\|50\np_odd_high_0\|12\np_odd_high_1\|13\np_odd_low\|25\nq_high\|50\nq_low_0\|25\nq_low_1\|25\n100\|2\|t\|t\|8\n\{2,6,10,14\}\n5\n7\n8\n9\n500\n14\n'
is "before: functions depend on three modules" "$(wc -l <<<"$depend") $(cut -d'|' -f2 <<<"$depend" | sort -u | wc -l)" "20 3"

# pg_dump from 15.14 on puts a random word into its output
dump() { pg_dump "$@" | sed -E '/^\\(un)?restrict /d'; }
dump --schema-only >"$CLUSTER/before.sql"

restored() { # restored NAME DATABASE: that database is as before
    local name=$1
    export PGDATABASE=$2
    is "$name: results" "$(sql "$contents")" "$before"
    is "$name: dependencies" "$(sql "$dependencies")" "$depend"
    is "$name: the dump of the dump" "$(diff "$origin/before.sql" <(dump --schema-only))" ""
    raises "$name: a module in use is not dropped" 2BP01 "DROP FUNCTION zz.zz_text()"
    raises "$name: the check holds" 23514 "INSERT INTO a (id, title) VALUES (1000, '...')"
    raises "$name: the domain holds" 23514 "INSERT INTO a (id, title, n) VALUES (1000, 'x', 3)"
    raises "$name: the unique index holds" 23505 "INSERT INTO a (id, title) VALUES (1000, 'title the: 100')"
    raises "$name: the exclusion constraint holds" 23P01 "INSERT INTO a (id, title, n) VALUES (1000, 'y', 401 * 2)"
    raises "$name: the partition key holds" 23514 "INSERT INTO p_even VALUES (7)"
    raises "$name: the policy holds" 42501 "SET ROLE reader; INSERT INTO guarded VALUES (4)"
    is "$name: default and generated column" "$(sql "DELETE FROM a WHERE id = 82;
        INSERT INTO a (title) VALUES ('A new one') RETURNING id, slug, w")" "82|a-new-one|42"
    is "$name: the partition is found" "$(sql "INSERT INTO p VALUES (1002) RETURNING tableoid::regclass")" p_even
    is "$name: rule and trigger" "$(sql "INSERT INTO ruled VALUES (1), (2); TABLE ruled; UPDATE guarded SET i = i RETURNING i")" 2
    is "$name: the event trigger" "$(sql "TRUNCATE commands; CREATE TABLE e (); TABLE commands")" create-table
    is "$name: comments" "$(sql "SELECT obj_description('zz.zz_text'::regproc), obj_description('slugify(text)'::regprocedure)")" \
        "a module's comment|a function's comment"
    is "$name: grants" "$(sql "SELECT has_function_privilege('reader', 'zz.zz_text()', 'EXECUTE'),
        has_function_privilege('writer', 'zz.zz_text()', 'EXECUTE'), has_function_privilege('landlord', 'slugify(text)', 'EXECUTE'),
        has_function_privilege('reader', 'slugify(text)', 'EXECUTE WITH GRANT OPTION')")" "f|t|f|t"
    is "$name: owners" "$(sql "SELECT DISTINCT proowner::regrole FROM pg_proc
        WHERE oid IN ('public.slugify'::regproc, 'levenshtein'::regproc)")" writer
    is "$name: the bodies are as they were written" "$(sql "$bodies")" "$written"
    export PGDATABASE=before
}
bodies="SELECT md5(string_agg(prosrc, '|' ORDER BY oid::regprocedure::text)), max(length(prosrc)) > 5000000 FROM pg_proc
    WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'wasm')"
written=$(sql "$bodies")

createdb plain
dump >"$CLUSTER/plain.sql"
succeeds "plain: restored without an error" psql -Xq -v ON_ERROR_STOP=1 -d plain -f "$CLUSTER/plain.sql"
restored plain plain
# the module comes first, whatever the names
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
# again, over what is there
succeeds "directory, 4 jobs: restored over itself" pg_restore --exit-on-error --clean --if-exists -j 4 -d directory "$CLUSTER/directory.dump"
is "directory: results" "$(sql "$contents" -d directory)" "$before"

createdb sections
for section in pre-data data post-data; do
    pg_dump --section=$section -f "$CLUSTER/$section.sql"
    succeeds "sections: $section restored without an error" psql -Xq -v ON_ERROR_STOP=1 -d sections -f "$CLUSTER/$section.sql"
done
restored sections sections

# with all constraints and indexes there before the data
createdb halves
succeeds "halves: the schema restored without an error" psql -Xq -v ON_ERROR_STOP=1 -d halves -f "$CLUSTER/before.sql"
succeeds "halves: the data restored without an error" pg_restore --exit-on-error --data-only -d halves "$CLUSTER/custom.dump"
sql "REFRESH MATERIALIZED VIEW mv; REFRESH MATERIALIZED VIEW aa" -d halves
restored halves halves

# by somebody who is no superuser: without event triggers and operator classes, then
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

# a module replaced by another version of itself keeps what depends on it
export PGDATABASE=plain
sql "CREATE OR REPLACE FUNCTION \"My Schema\".\"My \"\"Module\"\"\"() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export \"twice\") (param i32) (result i32) (i32.const 8)))'"
is "replaced: dependencies" "$(sql "$dependencies")" "$depend"
is "replaced: seen" "$(sql 'SELECT "My Schema"."Twice"(1)')" 8
raises "replaced: an export that is gone" 42883 "SELECT is_even(1)"
succeeds "DROP CASCADE" sql 'DROP EVENT TRIGGER note; DROP FUNCTION zz.zz_text() CASCADE'
is "DROP CASCADE: functions are gone" "$(sql "SELECT count(*) FROM pg_proc WHERE proname IN ('slugify', 'levenshtein', 'zz_text')")" 0
is "DROP CASCADE: what used them is gone" "$(sql "SELECT count(*) FROM pg_class WHERE relname IN ('a_slug', 'mv', 'v')")" 0

# a whole server, with roles and settings, into another one
everything() { pg_dumpall --exclude-database='[^b]*' "$@" | sed -E '/^\\(un)?restrict /d'; }
everything >"$CLUSTER/all.sql"
cluster_start
errors=$(psql -Xq -d postgres -f "$origin/all.sql" 2>&1 >/dev/null | grep ERROR | grep -vE 'role "[a-z]+" already exists') || true
is "pg_dumpall: restored without an error" "$errors" ""
is "pg_dumpall: the dump of the dump" "$(diff "$origin/all.sql" <(everything))" ""
is "pg_dumpall: settings" "$(sql "SHOW plwasm.max_fuel" -d before; sql "SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = 'reader'::regrole";
    sql "SELECT has_parameter_privilege('writer', 'plwasm.max_fuel', 'SET')")" $'1e10\nplwasm.fuel=1e8\nt'
restored pg_dumpall before
unharmed
cluster_use "$origin"
finish
