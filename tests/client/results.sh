#!/usr/bin/env bash
# Tests that plwasm.max_result_size limits the memory of a server process, as the kernel counts it, while it converts
# the results of guests.
. "$(dirname "$0")/../lib/client.sh"

cluster_start
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE TYPE nothing AS ();
CREATE TYPE arrays AS (a int8[], b int8[]);
CREATE TYPE padded AS (c char(10485760));
CREATE TYPE flagged AS (f text[]);
CREATE DOMAIN small AS int CHECK (VALUE < 10);
-- kB
CREATE FUNCTION memory(what text) RETURNS int8 LANGUAGE sql AS $$ SELECT substring(pg_read_file('/proc/self/status') FROM what || ':\s+(\d+)')::int8 $$;
CREATE FUNCTION strings() RETURNS wasm.module LANGUAGE wasm AS '(module
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 16))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16)))))
      (global.get $free))
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))';
CREATE FUNCTION echo(text) RETURNS text LANGUAGE wasm AS 'strings';
-- the outcome of a query, and by how many MB the process grew meanwhile at most
CREATE FUNCTION grows(query text, OUT outcome text, OUT megabytes int) LANGUAGE plpgsql AS $$
DECLARE
    before int8 := memory('VmRSS');
BEGIN
    BEGIN
        EXECUTE query INTO outcome;
        outcome := '00000';
    EXCEPTION WHEN OTHERS THEN
        outcome := SQLSTATE;
    END;
    megabytes := (memory('VmHWM') - before) / 1024;
END
$$;
SQL
)"

# grows NAME QUERY OUTCOME MEGABYTES [STATEMENT...]: a new session has that outcome, and grows by no more than that
grows() {
    local name=$1 query=$2 outcome=$3 limit=$4 found
    shift 4
    found=$(sql "SELECT 1; $* SELECT outcome || ' ' || megabytes FROM grows(\$\$$query\$\$)" | tail -n 1)
    if [[ ${found% *} == "$outcome" ]] && ((${found#* } <= limit)); then
        echo "ok $name"
    else
        fail "$name" "$found MB, should be $outcome and at most $limit MB"
    fi
}

# create_evil NAME: creates an evil guest's function; $lines are the first lines of the guest
create_evil() {
    local file=$root/tests/evil/results/$1.wat
    mapfile -t lines < <(head -n 3 "$file")
    sql "${lines[1]#;; } LANGUAGE wasm AS '$(sed "s/'/''/g" "$file")'"
}

# Evil guests. The limit is 256 MB, and the guests have 64 MB of their own. Padded rows come 10 at a time.
for guest in array-of-aliases array-of-domains array-of-empty-rows array-of-nothing array-of-nulls array-of-numerics \
    array-of-padded-rows array-of-rows-of-arrays flags-of-all-names jsonb-of-objects; do
    create_evil "$guest"
    grows "$guest" "${lines[2]#;; }" 54000 340
    sql "DROP FUNCTION evil"
done
# A set takes no more memory than a row and work_mem, and disk space within its limit.
for guest in set-of-aliases set-of-nothing; do
    create_evil "$guest"
    grows "$guest" "${lines[2]#;; }" 53400 40 "SET temp_file_limit = '100MB';"
    sql "DROP FUNCTION evil"
done

# Texts that take much more memory to read than they have bytes. Each is about as long as it may be.
while IFS='|' read -r type before each after; do
    sql "CREATE FUNCTION read(text) RETURNS $type LANGUAGE wasm AS 'strings#echo'"
    grows "$type of $each" "
        SELECT max(n) FROM (SELECT read('$before' || repeat('$each', n) || '$after') IS NULL, n
          FROM (SELECT (1.2 ^ i * 1000)::int FROM generate_series(0, 50) i) g (n)
         WHERE octet_length('$each') * n < 20000000) r" 54000 150 "SET plwasm.max_result_size = '64MB';"
    sql "DROP FUNCTION read"
done <<'TEXTS'
jsonb|[|1,|1]
jsonb|[|1e9,|1]
jsonb|[|"",|1]
jsonb|[|[],|1]
jsonb|[|{},|1]
jsonb|[|[1],|1]
jsonb|[|{"":1},|1]
jsonb|[|{"a":{"b":[1,{}]}},|1]
jsonb|{|"":1,|"":1}
jsonb|"|some words, and more|"
json|[|1,|1]
json|[|{},|1]
polygon|(|1,1,|1,1)
path|(|(1,1),|(1,1))
int2vector||1 |1
varbit||1|1
jsonpath|$[|1,|1]
TEXTS
if [[ $(sql "SELECT count(*) FROM pg_config WHERE name = 'CONFIGURE' AND setting LIKE '%libxml%'") == 1 ]]; then
    while IFS='|' read -r each; do
        sql "CREATE FUNCTION read(text) RETURNS xml LANGUAGE wasm AS 'strings#echo'"
        grows "xml of $each" "
            SELECT max(n) FROM (SELECT read('<a>' || repeat('$each', n) || '</a>') IS NULL, n
              FROM (SELECT (1.2 ^ i * 1000)::int FROM generate_series(0, 50) i) g (n)
             WHERE octet_length('$each') * n < 9000000) r" 54000 150 "SET plwasm.max_result_size = '64MB';"
        sql "DROP FUNCTION read"
    done <<'TEXTS'
<a/>
a<b/>
<a b="" c=""/>
<?a?>
TEXTS
fi
finish
