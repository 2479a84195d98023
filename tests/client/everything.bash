# Makes a database with everything that PostgreSQL lets depend on a function, and checks copies of it. This file is
# sourced after client.sh.
#
#   everything DATABASE     makes the database (everything.sql), with roles and settings
#   copied NAME DATABASE    the copy has the same contents and works; this changes it

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
bodies="SELECT md5(string_agg(prosrc, '|' ORDER BY oid::regprocedure::text)), max(length(prosrc)) > 5000000 FROM pg_proc
    WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'wasm')"

everything() {
    createdb "$1"
    sql "CREATE ROLE reader; CREATE ROLE writer; CREATE ROLE stranger; ALTER ROLE reader SET plwasm.fuel = 1e8;
        ALTER DATABASE $1 SET plwasm.max_fuel = 1e10; GRANT SET ON PARAMETER plwasm.max_fuel TO writer"
    PGOPTIONS="-c client_min_messages=warning" psql -Xq -d "$1" -v code="$(base64 -w0 "$PLWASM_GUESTS/c-text/text.wasm")" \
        -f "$root/tests/client/everything.sql" >/dev/null
    before=$(sql "$contents" -d "$1")
    depend=$(sql "$dependencies" -d "$1")
    written=$(sql "$bodies" -d "$1")
    like "before: the tables are filled" "$before" \
        $'\|500\|title-the-99\|21000\n.*\|250\|12\|1500\n12\|250\np_even\|50\np_odd_high_0\|12\np_odd_high_1\|13\np_odd_low\|25\nq_high\|50\nq_low_0\|25\nq_low_1\|25\n100\|2\|t\|t\|8\n\{2,6,10,14\}\n5\n7\n8\n9\n500\n14\n'
    is "before: functions depend on three modules" "$(wc -l <<<"$depend") $(cut -d'|' -f2 <<<"$depend" | sort -u | wc -l)" "20 3"
}

copied() {
    local name=$1
    local -x PGDATABASE=$2
    is "$name: results" "$(sql "$contents")" "$before"
    is "$name: dependencies" "$(sql "$dependencies")" "$depend"
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
        has_function_privilege('writer', 'zz.zz_text()', 'EXECUTE'), has_function_privilege('stranger', 'slugify(text)', 'EXECUTE'),
        has_function_privilege('reader', 'slugify(text)', 'EXECUTE WITH GRANT OPTION')")" "f|t|f|t"
    is "$name: owners" "$(sql "SELECT DISTINCT proowner::regrole FROM pg_proc
        WHERE oid IN ('public.slugify'::regproc, 'levenshtein'::regproc)")" writer
    is "$name: the bodies are as they were written" "$(sql "$bodies")" "$written"
}
