#!/usr/bin/env bash
# Tests replays of what is called with rows: triggers, window functions and aggregates. Each call is made again from its line, with
# the same error and exactly the same fuel. It takes at most 300 s.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"
. "$(dirname "$0")/replay.bash"

# Triggers: the event, rows by name and in JSON, transition tables, a policy.
push() { plwasm push "$guests/$1" --db '' --create-functions >/dev/null; }
push triggers/triggers.wasm
push windows/windows.wasm
sql "CREATE FUNCTION email() RETURNS trigger LANGUAGE wasm AS 'triggers';
CREATE FUNCTION keep_locked() RETURNS trigger LANGUAGE wasm AS 'triggers';
CREATE FUNCTION balanced() RETURNS trigger LANGUAGE wasm AS 'triggers';
CREATE TABLE people (id int, email text, note text, changes jsonb, locked boolean);
CREATE TABLE postings (account text, amount bigint, tags text[]);
CREATE TABLE tempers (id int, temper temper);
CREATE TRIGGER email BEFORE INSERT OR UPDATE OF email ON people FOR EACH ROW EXECUTE FUNCTION email();
CREATE TRIGGER changes BEFORE UPDATE OF note ON people FOR EACH ROW EXECUTE FUNCTION record_changes('changes');
CREATE TRIGGER locked BEFORE DELETE ON people FOR EACH ROW EXECUTE FUNCTION keep_locked();
CREATE TRIGGER refuse BEFORE TRUNCATE ON people EXECUTE FUNCTION refuse('it''s', E'a\\nb');
CREATE TRIGGER balanced AFTER INSERT ON postings REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION balanced();
CREATE TRIGGER trace AFTER DELETE ON postings REFERENCING OLD TABLE AS old FOR EACH STATEMENT EXECUTE FUNCTION trace_tables();
CREATE TABLE entries (account text, amount bigint, tags text[]);
CREATE TRIGGER admit BEFORE UPDATE ON entries FOR EACH ROW
    EXECUTE FUNCTION admit('{\"required\": [\"account\"], \"defaults\": {\"amount\": 0}}');
CREATE TRIGGER trace BEFORE INSERT ON tempers FOR EACH ROW EXECUTE FUNCTION trace()"
failing "a trigger" "INSERT INTO people VALUES (1, 'no address')"
returning "rows by name" 2 "INSERT INTO people VALUES (1, ' A@B.org', 'x', NULL, false), (2, 'b@c.org', 'y', NULL, true)"
returning "rows in JSON" 2 "UPDATE people SET note = E'Stra\u00dfe ''\\\\' || chr(10)"
returning "a row that is not deleted" 2 "UPDATE people SET locked = id = 2; DELETE FROM people"
failing "a statement" "TRUNCATE people"
failing "a transition table" "INSERT INTO postings VALUES ('a', 1), ('b', -2)"
returning "two transition tables" 2 "INSERT INTO postings VALUES ('a', 1, '{x,\"y z\"}'), ('b', -1, NULL); DELETE FROM postings"
returning "an empty one" 2 "INSERT INTO postings SELECT 'a', 1 WHERE false; DELETE FROM postings"
returning "a policy" 2 "INSERT INTO entries VALUES ('a', NULL), ('b', NULL); UPDATE entries SET tags = '{a}'" 
failing "a policy that is broken" "INSERT INTO entries VALUES ('a', 0); UPDATE entries SET account = NULL"
is "a row whose JSON has a type of a user's" "$(refusal sql "$slow; INSERT INTO tempers VALUES (1, 'sad')")" \
    "the JSON of its row may need catalogs or functions of users"
is "a row that is long" "$(refusal sql "$errors; INSERT INTO people VALUES (1, repeat('x', 20000))" | cut -d: -f1)" \
    "its line is cut, as it has more than 16384 bytes"
is "many rows" "$(refusal sql "$errors; INSERT INTO postings SELECT 'a', i FROM generate_series(1, 5000) AS i" | cut -d: -f1)" \
    "its line is cut, as it has more than 16384 bytes"
is "what a server does with the row" "$(refusal sql "CREATE TABLE short (account varchar(2)); CREATE TRIGGER admit BEFORE INSERT ON short
    FOR EACH ROW EXECUTE FUNCTION admit('{\"defaults\": {\"account\": \"abc\"}}'); $errors; INSERT INTO short VALUES (NULL)")" \
    "its row would have to be written after PostgreSQL's error"
is "also by name" "$(refusal sql "CREATE DOMAIN no_a AS text CHECK (VALUE NOT LIKE 'a%'); CREATE TABLE no_as (email no_a);
    CREATE TRIGGER email BEFORE INSERT ON no_as FOR EACH ROW EXECUTE FUNCTION email(); $errors; INSERT INTO no_as VALUES (' A@b.org')")" \
    "only a server makes its result"

# Window functions: a line for each partition, as a call with arrays.
sql "CREATE FUNCTION smooth(float8, float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'windows';
CREATE FUNCTION lttb(float8, float8, bigint) RETURNS boolean LANGUAGE wasm WINDOW AS 'windows';
CREATE FUNCTION sessions(timestamptz, interval) RETURNS int LANGUAGE wasm WINDOW AS 'windows';
CREATE FUNCTION fill_gaps(timestamptz, float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'windows';
CREATE FUNCTION share_done() RETURNS float8 LANGUAGE wasm WINDOW AS 'windows';
CREATE FUNCTION too_few(float8) RETURNS int LANGUAGE wasm WINDOW AS '(module (memory (export \"memory\") 1)
    (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export \"too_few\") (param i32 i32) (result i32) (i32.const 0)))';
CREATE FUNCTION over_arrays(int[]) RETURNS int LANGUAGE wasm WINDOW AS '(module (memory (export \"memory\") 1)
    (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export \"over_arrays\") (param i32 i32) (result i32) (unreachable)))'"
failing "a window function" "SELECT smooth(x, 2) OVER () FROM (VALUES (1), (NULL), (3)) AS v (x)"
returning "partitions" 3 "SELECT smooth(x, 0.5) OVER (PARTITION BY x % 3) FROM generate_series(1, 9) AS x"
returning "rows of several columns" 1 "SELECT lttb(x, x * x, 3) OVER (ORDER BY x) FROM generate_series(1, 9) AS x"
returning "columns that are NULL" 1 "SELECT fill_gaps(timestamptz '2026-01-01 00:00Z' + x * interval '1 min', nullif(x, 3)) OVER ()
    FROM generate_series(1, 5) AS x"
returning "an interval" 1 "SELECT sessions(timestamptz '2026-01-01 00:00Z' + x * x * interval '1 min', '10 min') OVER (ORDER BY x)
    FROM generate_series(1, 5) AS x"
returning "peers" 1 "SELECT share_done() OVER (ORDER BY x % 2) FROM generate_series(1, 5) AS x"
is "results that a server counts" "$(refusal sql "$errors; SELECT too_few(x) OVER () FROM generate_series(1, 2) AS x")" \
    "only a server counts the results of a window function"
is "rows that are arrays" "$(refusal sql "$errors; SELECT over_arrays(ARRAY[x]) OVER () FROM generate_series(1, 2) AS x")" \
    "a row is an array"
is "a long partition" "$(refusal sql "$slow; SELECT smooth(x, 0.5) OVER () FROM generate_series(1, 5000) AS x" | cut -d: -f1)" \
    "its line is cut, as it has more than 16384 bytes"

# Aggregates: a line for each group, as a call over its rows.
push rust-resources/tdigest.wasm
sql "CREATE SCHEMA small" >/dev/null
plwasm push "$guests/rust-resources/small.wasm" --db "" --create-functions --name small.small >/dev/null
sql "CREATE FUNCTION accs() RETURNS wasm.module LANGUAGE wasm AS '(module
    (global \$sum (mut i32) (i32.const 0)) (global \$n (mut i32) (i32.const 0))
    (func (export \"[constructor]acc\") (result i32) (i32.const 1))
    (func \$step (export \"[method]acc.step\") (param i32 i32) (local \$i i32)
      (local.set \$i (i32.and (local.get 1) (i32.const 0xffff)))
      (loop \$spin (br_if \$spin (i32.gt_s (local.tee \$i (i32.sub (local.get \$i) (i32.const 1))) (i32.const 0))))
      (global.set \$sum (i32.add (global.get \$sum) (i32.div_s (i32.const 1000) (local.get 1))))
      (global.set \$n (i32.add (global.get \$n) (i32.const 1))))
    (func (export \"[method]acc.also\") (param i32 i32) (call \$step (local.get 0) (local.get 1)))
    (func (export \"[method]acc.finish\") (param i32) (result i32)
      (i32.div_s (global.get \$sum) (i32.sub (global.get \$n) (i32.const 2)))))';
CREATE FUNCTION acc_step(wasm.state, int) RETURNS wasm.state LANGUAGE wasm AS 'accs#[method]acc.step';
CREATE FUNCTION acc_also(wasm.state, int) RETURNS wasm.state LANGUAGE wasm AS 'accs#[method]acc.also';
CREATE FUNCTION acc_secret(wasm.state, int) RETURNS wasm.state LANGUAGE wasm AS 'accs#[method]acc.step replay=off';
CREATE FUNCTION acc_finish(wasm.state) RETURNS int LANGUAGE wasm AS 'accs#[method]acc.finish';
CREATE AGGREGATE acc(int) (SFUNC = acc_step, STYPE = wasm.state, FINALFUNC = acc_finish);
CREATE AGGREGATE also(int) (SFUNC = acc_also, STYPE = wasm.state, FINALFUNC = acc_finish);
CREATE AGGREGATE secret(int) (SFUNC = acc_secret, STYPE = wasm.state, FINALFUNC = acc_finish);
SET client_min_messages = error; CREATE FUNCTION acc_by_hand(int) RETURNS int LANGUAGE sql AS 'SELECT acc_finish(acc_step(NULL, \$1))'"
failing "a step" "SELECT acc(x) FROM (VALUES (500), (NULL), (7), (0), (3)) AS v (x)"
failing "the first step" "SELECT acc(x) FROM (VALUES (NULL), (0), (3)) AS v (x)"
failing "a step of one of several groups" "SELECT x % 3, acc(x - 5) FROM generate_series(0, 20) AS x GROUP BY 1"
failing "a step in sorted groups" "SET enable_hashagg = off; SELECT x % 3, acc(x - 5) FROM generate_series(0, 20) AS x GROUP BY 1"
failing "a result" "SELECT acc(x) FROM (VALUES (50), (7)) AS v (x)"
failing "a constructor of an aggregate" "SET plwasm.fuel = 1; SELECT acc(x) FROM (VALUES (50), (7)) AS v (x)"
failing "out of fuel in a step" "SET plwasm.fuel = 2000; SELECT acc(x) FROM (VALUES (50), (70), (7000), (5)) AS v (x)"
failing "a window of an aggregate" "SELECT acc(x) OVER (ORDER BY x) FROM generate_series(1, 5) AS x"
returning "groups" 3 "SELECT x % 3, acc(x * 1000) FROM generate_series(1, 20) AS x GROUP BY 1"
returning "groups of which one takes much" 1 "SET plwasm.log_min_fuel = 60000;
    SELECT x % 3, acc(x * 1000) FROM unnest(ARRAY[1, 2, 3, 5, 7, 8, 1, 9, 6, 3]) AS x GROUP BY 1"
returning "direct arguments" 2 "SELECT x % 2, tdigest(0.5) WITHIN GROUP (ORDER BY x) FROM generate_series(1, 9) AS x GROUP BY 1"
failing "a direct argument" "SELECT tdigest(1.5) WITHIN GROUP (ORDER BY x) FROM generate_series(1, 9) AS x"
returning "arguments of a constructor" 1 "SELECT small.collect(', ', x) FROM (VALUES ('a'), (NULL), (E'\u00e4''\\\\')) AS v (x)"
failing "a sum that is too large" "SELECT small.total(x) FROM (VALUES (9223372036854775807), (1)) AS v (x)"
unknown="the rows that have made its state are not known"
is "a state made by hand" "$(refusal sql "$slow; SELECT acc_by_hand(7)" | sort -u)" "$unknown"
is "a function that says no" "$(refusal sql "$slow; SELECT secret(x) FROM generate_series(1, 5) AS x")" "$unknown"
is "no rows" "$(refusal sql "$slow; SELECT small.total(x) FROM generate_series(1, 0) AS x")" "$unknown"
is "a step of another name" "$(refusal sql "$errors; SELECT also(x) FROM (VALUES (1), (0)) AS v (x)")" \
    "the method for a row is not called step, as the command expects"
is "rows that were taken back" "$(refusal sql "$slow;
    SELECT small.total(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM generate_series(1, 4) AS x" | grep -c '^rows were taken back from its state$')" 2
is "states of workers" "$(refusal sql "$slow; CREATE TABLE many AS SELECT generate_series(1, 10000) AS x; ANALYZE many;
    SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
    SET parallel_leader_participation = off; SELECT small.total(x) FROM many" | grep -c "merged\|not known\|several")" 1
is "a long group" "$(refusal sql "$errors; SELECT acc(5000 - x) FROM generate_series(1, 5000) AS x" | cut -d: -f1)" \
    "its line is cut, as it has more than 16384 bytes"
many=$(refusal sql "$slow; SET work_mem = '1GB'; SET enable_sort = off; SELECT count(y) FROM (
    SELECT small.collect(',', repeat('x', 1000)) AS y FROM generate_series(1, 10000) AS x GROUP BY x) AS z")
is "many groups: the others" "$(grep -v 'LOG:  plwasm replay' <<<"$many" | sort -u)" "the rows of all groups take more than 4 MB"
kept=$(grep -c 'LOG:  plwasm replay' <<<"$many")
is "many groups: those of the first 4 MB, $kept" "$((kept > 1000 && kept < 5000)), $(wc -l <<<"$many")" "1, 10000"
finish
