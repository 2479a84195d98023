#!/usr/bin/env bash
# Tests logical replication between two servers, each with its own functions: everything on the subscriber that
# depends on functions is maintained by the initial copy and by streaming, and workers continue when a function is
# replaced. Also tests triggers in WebAssembly, and row filters.
. "$(dirname "$0")/../lib/client.sh"

cluster_start -c wal_level=logical -c logical_decoding_work_mem=64kB
publisher=$CLUSTER
cluster_start -c wal_retrieve_retry_interval=200ms
subscriber=$CLUSTER
on_publisher() { sql "$@" -h "$publisher"; }

setup=$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION tools() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "even") (param i32) (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 1))))
    (func (export "inverse") (param i32) (result i32) (i32.rem_s (i32.const 1000) (local.get 0))))';
CREATE FUNCTION twice(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS 'tools';
CREATE FUNCTION even(int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS 'tools';
CREATE FUNCTION inverse(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS 'tools';
SQL
)
sql "$setup"
on_publisher "$setup
    CREATE TABLE r (i int PRIMARY KEY, note text);
    CREATE TABLE parts (i int PRIMARY KEY);
    INSERT INTO r SELECT i, 'copied' FROM generate_series(1, 1000) i;
    INSERT INTO parts SELECT generate_series(1, 100);
    CREATE PUBLICATION p FOR TABLE r, parts"
sql "$(cat <<'SQL'
CREATE DOMAIN positive AS int CHECK (inverse(VALUE) >= 0);
CREATE TABLE r (i positive PRIMARY KEY CHECK (twice(i) <> 14000), note text,
    double int GENERATED ALWAYS AS (twice(i)) STORED, half int DEFAULT twice(21));
CREATE INDEX r_inverse ON r (inverse(i));
CREATE UNIQUE INDEX r_even ON r (twice(i)) WHERE even(i);
CREATE TABLE parts (i int) PARTITION BY LIST (even(i));
CREATE TABLE parts_even PARTITION OF parts FOR VALUES IN (true);
CREATE TABLE parts_odd PARTITION OF parts FOR VALUES IN (false);
ALTER TABLE parts_even ADD PRIMARY KEY (i);
ALTER TABLE parts_odd ADD PRIMARY KEY (i);
CREATE TABLE audit (i int, w int);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.audit VALUES (NEW.i, public.twice(NEW.i)); RETURN NEW; END $$;
CREATE TRIGGER audit AFTER UPDATE ON r FOR EACH ROW WHEN (even(NEW.i)) EXECUTE FUNCTION audit();
ALTER TABLE r ENABLE ALWAYS TRIGGER audit;
SQL
)"
sql "CREATE SUBSCRIPTION s CONNECTION 'host=$publisher dbname=postgres user=postgres' PUBLICATION p WITH (streaming = on)" 2>/dev/null
# caught_up NAME COUNT SUM: table r has that many rows, and everything that depends on functions is right
caught_up() { eventually "$1" "SELECT count(*) = $2 AND sum(double) = $3 AND bool_and(double = 2 * i AND half = 42) FROM r"; }

caught_up "the initial copy" 1000 1001000
eventually "the initial copy is partitioned" "SELECT (SELECT count(*) = 50 FROM parts_even) AND (SELECT count(*) = 50 FROM parts_odd)"
on_publisher "INSERT INTO r SELECT i, 'streamed' FROM generate_series(1001, 2000) i; UPDATE r SET note = 'new' WHERE i <= 10;
    UPDATE r SET i = 3000 WHERE i = 2000; DELETE FROM r WHERE i = 999; INSERT INTO parts VALUES (101), (102); DELETE FROM parts WHERE i = 1"
caught_up "streaming" 1999 4002002
is "the index on a function is kept up" "$(sql "SET enable_seqscan = off; SET enable_bitmapscan = off;
    SELECT string_agg(i::text, ' ' ORDER BY i) FROM r WHERE inverse(i) = 1")" "3 9 27 37 111 333"
is "the trigger" "$(sql "SELECT count(*), sum(w) FROM audit")" "6|6060"
eventually "partitions" "SELECT (SELECT count(*) = 51 FROM parts_even) AND (SELECT count(*) = 50 FROM parts_odd)"
# A transaction that is streamed before it is committed, and one that is rolled back.
on_publisher "INSERT INTO r SELECT i, repeat('large', 20) FROM generate_series(10001, 15000) i;
    BEGIN; INSERT INTO r SELECT i, repeat('large', 20) FROM generate_series(20001, 25000) i; ROLLBACK"
caught_up "large transactions" 6999 129007002
eventually "they were streamed" "SELECT stream_txns > 0 FROM pg_stat_replication_slots WHERE slot_name = 's'" -h "$publisher"

# A worker continues with the new version of a function.
worker="SELECT pid FROM pg_stat_subscription WHERE relid IS NULL AND pid IS NOT NULL"
before=$(sql "$worker")
sql "CREATE OR REPLACE FUNCTION tools() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export \"twice\") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export \"even\") (param i32) (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 1))))
    (func (export \"inverse\") (param i32) (result i32) (i32.rem_s (i32.const 1000) (local.get 0))))'"
on_publisher "INSERT INTO r VALUES (30000)"
eventually "a module replaced" "SELECT double = 30001 FROM r WHERE i = 30000"
is "in the same worker" "$(sql "$worker")" "$before"
sql "CREATE OR REPLACE FUNCTION twice(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS
    '(module (func (export \"twice\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))'"
on_publisher "INSERT INTO r VALUES (30001)"
eventually "a function replaced" "SELECT double = 60002 FROM r WHERE i = 30001"
is "in the same worker still" "$(sql "$worker")" "$before"

# A row that a guest refuses stops the worker until the guest accepts it.
stops() { # stops NAME MESSAGE: in the subscriber's log
    local i
    for ((i = 0; i < 300; i++)); do
        if grep -q "$2" "$subscriber/log"; then break; fi
        sleep 0.1
    done
    is "$1: the worker stops" "$((i < 300))" 1
}
sql "CREATE OR REPLACE FUNCTION twice(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS
    '(module (func (export \"twice\") (param i32) (result i32) (if (i32.eq (local.get 0) (i32.const 40000)) (then unreachable)) (i32.mul (local.get 0) (i32.const 2))))'"
on_publisher "INSERT INTO r VALUES (40000)"
stops "a trap" 'WebAssembly function executed "unreachable"'
is "a trap: the context names the function" "$(grep -c 'CONTEXT:  PL/Wasm function public.twice(integer), export "twice"' "$subscriber/log" | grep -v '^0$' | wc -l)" 1
sql "CREATE OR REPLACE FUNCTION twice(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS 'tools'; $(cat <<'SQL'
CREATE OR REPLACE FUNCTION tools() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "even") (param i32) (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 1))))
    (func (export "inverse") (param i32) (result i32) (i32.rem_s (i32.const 1000) (local.get 0))))'
SQL
)"
eventually "a trap: replaced, it goes on" "SELECT double = 80000 FROM r WHERE i = 40000"
on_publisher "INSERT INTO r VALUES (7000)" # twice this value is not allowed
stops "a CHECK" 'new row for relation "r" violates check constraint "r_i_check"'
sql "ALTER TABLE r DROP CONSTRAINT r_i_check"
eventually "a CHECK: dropped, it goes on" "SELECT double = 14000 FROM r WHERE i = 7000"
sql "ALTER FUNCTION tools RENAME TO other"
on_publisher "INSERT INTO r VALUES (7001)"
eventually "a module renamed: it goes on" "SELECT double = 14002 FROM r WHERE i = 7001"
sql "ALTER FUNCTION other RENAME TO tools"

# A row filter accepts no function of a user, immutable or not: the walsender would run it as a superuser.
for filter in "even(i)" "twice(i) > 10"; do
    raises "a row filter: $filter" 0A000 "CREATE PUBLICATION f FOR TABLE r WHERE ($filter)" -h "$publisher"
done
like "a row filter: why" "$(on_publisher "CREATE PUBLICATION f FOR TABLE r WHERE (even(i))" 2>&1 || true)" "User-defined functions are not allowed|User-defined or built-in mutable functions are not allowed"
raises "a row filter: an operator" 0A000 "CREATE OPERATOR <+> (leftarg = int, rightarg = int, function = int4pl);
    CREATE FUNCTION more(int, int) RETURNS boolean LANGUAGE wasm IMMUTABLE AS
        '(module (func (export \"more\") (param i32 i32) (result i32) (i32.gt_s (local.get 0) (local.get 1))))';
    CREATE OPERATOR >! (leftarg = int, rightarg = int, function = more);
    CREATE PUBLICATION f FOR TABLE r WHERE (i >! 5)" -h "$publisher"

# For a filter, a column that a function has filled is like any other column.
on_publisher "CREATE TABLE chosen (i int PRIMARY KEY, e boolean); ALTER TABLE chosen REPLICA IDENTITY FULL;
    CREATE FUNCTION choose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.e := even(NEW.i); RETURN NEW; END';
    CREATE TRIGGER choose BEFORE INSERT OR UPDATE ON chosen FOR EACH ROW EXECUTE FUNCTION choose();
    INSERT INTO chosen SELECT generate_series(1, 10); CREATE PUBLICATION c FOR TABLE chosen WHERE (e)"
sql "CREATE TABLE chosen (i int PRIMARY KEY, e boolean CHECK (e = even(i)))"
sql "CREATE SUBSCRIPTION c CONNECTION 'host=$publisher dbname=postgres user=postgres' PUBLICATION c" 2>/dev/null
eventually "rows chosen by a function: copied" "SELECT count(*) = 5 FROM chosen"
on_publisher "INSERT INTO chosen VALUES (11), (12); UPDATE chosen SET i = 14 WHERE i = 3; UPDATE chosen SET i = 15 WHERE i = 2"
eventually "rows chosen by a function: streamed" "SELECT array_agg(i ORDER BY i) = '{4,6,8,10,12,14}' FROM chosen"

# Triggers in WebAssembly: the subscriber's own rows have them, those that come from the publisher only if they are ALWAYS enabled.
on_publisher "CREATE TABLE articles (id int PRIMARY KEY, title text, email text);
    INSERT INTO articles VALUES (1, 'Hello, World!', 'Ann@Example.org'); CREATE PUBLICATION a FOR TABLE articles"
sql "\\set code \`base64 -w0 '$PLWASM_GUESTS/triggers/triggers.wasm'\`
CREATE FUNCTION triggers() RETURNS wasm.module LANGUAGE wasm AS :'code'; $(cat <<'SQL'
CREATE FUNCTION slug() RETURNS trigger LANGUAGE wasm AS 'triggers#slug';
CREATE FUNCTION email() RETURNS trigger LANGUAGE wasm AS 'triggers#email';
CREATE TABLE articles (id int PRIMARY KEY, title text, slug text, email text, double int GENERATED ALWAYS AS (twice(id)) STORED);
CREATE UNIQUE INDEX ON articles (twice(id), slug);
CREATE TRIGGER slug BEFORE INSERT OR UPDATE ON articles FOR EACH ROW EXECUTE FUNCTION slug();
CREATE TRIGGER email BEFORE INSERT OR UPDATE ON articles FOR EACH ROW EXECUTE FUNCTION email();
ALTER TABLE articles ENABLE ALWAYS TRIGGER slug;
SQL
)"
sql "CREATE SUBSCRIPTION a CONNECTION 'host=$publisher dbname=postgres user=postgres' PUBLICATION a" 2>/dev/null
eventually "an ALWAYS trigger in wasm: copied" "SELECT slug = 'hello-world' AND double = 2 FROM articles WHERE id = 1"
on_publisher "INSERT INTO articles VALUES (2, 'Another one', 'Bob@Example.org'); UPDATE articles SET id = 3 WHERE id = 1"
eventually "an ALWAYS trigger in wasm: streamed" "SELECT array_agg(id || slug || double ORDER BY id) = '{2another-one4,3hello-world6}' FROM articles"
is "another trigger does not run for these rows" "$(sql "SELECT email FROM articles WHERE id = 2")" "Bob@Example.org"
is "but for the subscriber's own" "$(sql "INSERT INTO articles (id, title, email) VALUES (100, 'Mine', 'Me@Example.org') RETURNING email, slug")" "me@example.org|mine"
sql "ALTER TABLE articles ENABLE ALWAYS TRIGGER email"
on_publisher "INSERT INTO articles VALUES (4, 'Bad', 'nobody')"
stops "a trigger that refuses a row" 'ERROR:  the e-mail address is none'
sql "ALTER TABLE articles ENABLE TRIGGER email"
eventually "a trigger that refuses a row: disabled, it goes on" "SELECT slug = 'bad' FROM articles WHERE id = 4"

sql "DROP SUBSCRIPTION s; DROP SUBSCRIPTION c; DROP SUBSCRIPTION a" 2>/dev/null
unharmed
cluster_use "$publisher"
finish
