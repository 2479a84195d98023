#!/usr/bin/env bash
# Tests plwasm.log_replay and plwasm replay: calls that a server has logged are made again from its log, with the same error and
# exactly the same fuel; calls that say no, are canceled or have too many arguments are not; nothing that a user chooses ends a
# line of the log. The types of arguments have a script of their own. It takes at most 300 s.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"
. "$(dirname "$0")/replay.bash"

# Errors.
plwasm push "$guests/rust/examples.wasm" --db '' --create-functions >/dev/null
plwasm push "$guests/assemblyscript/examples.wasm" --db '' --name ascript >/dev/null
plwasm push "$guests/c-resources/matcher.wasm" --db '' --create-functions >/dev/null
plwasm push "$guests/assemblyscript/total.wasm" --db '' --create-functions >/dev/null
sql "CREATE FUNCTION trap(text) RETURNS int LANGUAGE wasm AS 'guest';
CREATE FUNCTION divide(int, int) RETURNS int LANGUAGE wasm AS 'guest';
CREATE FUNCTION forever() RETURNS void LANGUAGE wasm AS 'guest';
CREATE FUNCTION f_number(float8) RETURNS int LANGUAGE wasm AS 'guest#f64';
CREATE FUNCTION f_bytes(bytea) RETURNS int LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION divide_all(int[]) RETURNS int LANGUAGE wasm AS 'guest#trap';
CREATE FUNCTION broken(int) RETURNS numeric LANGUAGE wasm AS 'guest#numeric';
CREATE FUNCTION warmed(text) RETURNS text LANGUAGE wasm AS 'examples#slugify heap=1MB warm=slugify(''a b'')';
CREATE FUNCTION words_of_another(text) RETURNS text[] LANGUAGE wasm AS 'ascript#words';
CREATE FUNCTION in_text(int) RETURNS int LANGUAGE wasm AS '#\"x y\" (module (func (export \"x y\") (param i32) (result i32)
    (i32.div_u (i32.const 1) (local.get 0))))'"
errors="SET plwasm.log_replay = errors"
failing() { # failing NAME QUERY: one line is logged of the query, and the call ends in the same way
    local lines
    lines=$(logged sql "$errors; $2")
    is "$1: one line" "$(wc -l <<<"$lines")" 1
    is "$1: the same" "$(again "$lines")" "$same"
}
failing "a trap" "SELECT trap('abc')"
fuel=$(plwasm replay --db '' <<<"$(logged sql "$errors; SELECT trap('abc')")" | sed -n 's/^fuel //p')
raises "a trap, with the fuel that it takes" 38000 "SET plwasm.fuel = $fuel; SELECT trap('abc')"
raises "and with less" 54000 "SET plwasm.fuel = $((fuel - 1)); SELECT trap('abc')"
failing "a division" "SELECT divide(7, 0)"
failing "out of fuel" "SET plwasm.fuel = 12345; SELECT forever()"
failing "a guest's own error" "SELECT fail('Straße 🐌 ''quoted'' \\ ' || chr(10) || 'x')"
like "whose fuel is known" "$(logged sql "$errors; SELECT fail('x')")" "--error '38000: x' --used [0-9]+\$"
failing "an SQL error of a guest" "SELECT add(2147483647, 1)"
failing "an error of PostgreSQL's" "SELECT broken(5)"
failing "a text as body" "SELECT in_text(0)"
sql "SET client_min_messages = error; CREATE FUNCTION started() RETURNS int LANGUAGE wasm AS '(module (start \$s) (func \$s unreachable)
    (func (export \"started\") (result i32) (i32.const 1)))'"
failing "an initialization" "SELECT started()"
failing "an array of PL/pgSQL's" "DO \$\$ DECLARE a int[] := '{1}'; BEGIN a[2] := 2; PERFORM divide_all(a); END \$\$"
failing "a constructor" "SELECT is_match('(', 'x')"
failing "an error that is caught" "DO \$\$ BEGIN PERFORM divide(1, 0); EXCEPTION WHEN OTHERS THEN NULL; END \$\$"
line=$(logged sql "$errors; SELECT divide(7, 0)")
like "the client has its error" "$(cat "$work/out")" "ERROR:  division by zero"
is "and not the line" "$(grep -c 'plwasm replay' "$work/out" || true)" 0
logged sql "$errors; SET client_min_messages = log; SELECT divide(7, 0)" >/dev/null
is "a superuser sees the line, too, who asks for such messages" "$(grep -c 'LOG:  plwasm replay' "$work/out" || true)" 1
is "another error is not the same" "$(again "${line/: division by zero/: x}")" \
    "not as in the server: there the call ended with 22012: x, here it ended with 22012: division by zero"
like "another module is not taken" "$(plwasm replay --module "$guests/rust/examples.wasm" <<<"$line" 2>&1)" \
    "examples.wasm is not the code that was called"
line=${line#*LOG:  }
is "the line is a command" "$(eval "$line --db ''" | tail -n 1)" "$same"
is "with another argument it ends otherwise" "$(eval "${line/7, 0/7, 1} --db ''" | tail -n 1)" \
    "not as in the server: there the call ended with 22012: division by zero, here it returned"
like "without the module" "$(plwasm replay <<<"$line" 2>&1)" "error: the code that was called is not given"
like "a log without lines" "$(plwasm replay - <<<"LOG:  x" 2>&1)" "error: \"-\" has no call that was logged"

# Prepared functions, sets, warm-ups, another toolchain.
slow="SET plwasm.log_replay = slow; SET plwasm.log_min_fuel = 0"
returning() { # returning NAME NUMBER QUERY: so many lines are logged of the query, and the calls end in the same way
    local lines
    lines=$(logged sql "$slow; $3")
    is "$1: its lines" "$(wc -l <<<"$lines")" "$2"
    is "$1: the same" "$(plwasm replay --db '' --all <<<"$lines" 2>&1 | grep -c "^$same\$")" "$2"
}
returning "a prepared function" 3 "SELECT is_match('a+', x) FROM (VALUES ('caab'), ('b'), (repeat('a', 100))) AS v (x)"
returning "a set" 1 "SELECT count(*) FROM counted(ARRAY[ROW('a', 1, 1.50), ROW('b', NULL, 2)]::order_line[])"
returning "a warm-up" 1 "SELECT warmed('abc')"
returning "AssemblyScript" 1 "SELECT words_of_another('one two')"
returning "an enum that is returned" 1 "SELECT better('sad'::mood)" 
is "less than plwasm.log_min_fuel" \
    "$(logged sql "SET plwasm.log_replay = slow; SET plwasm.log_min_fuel = 1000000; SELECT divide(7, 1), warmed('abc')")" ""

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

# Calls that cannot be made again, and say why.
sql "CREATE FUNCTION kept(int, int) RETURNS int LANGUAGE wasm AS 'guest#divide isolation=statement';
CREATE FUNCTION \"evil
LOG:  plwasm replay sha256:x\"(int, int) RETURNS int LANGUAGE wasm AS 'guest#divide isolation=statement';
CREATE FUNCTION of_class(regclass) RETURNS int LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION of_ranges(int4multirange) RETURNS int LANGUAGE wasm AS 'guest#list';"
is "isolation=statement" "$(refusal sql "$errors; SELECT kept(1, 0)")" \
    "its state is that of calls before it, with isolation=statement"
like "a state of an aggregate" "$(refusal sql "$slow; SELECT total(x) FROM generate_series(1, 2) AS x" | head -n 1)" \
    "^it works on the state of an aggregate\$"
like "names of objects" "$(refusal sql "$slow; SELECT of_class('pg_class')")" "text form of an argument"
is "multiranges" "$(refusal sql "$slow; SELECT of_ranges('{[1,2]}')")" "it has a multirange"
is "a NaN that SQL cannot write" "$(refusal sql "$slow; SELECT f_number(-'NaN'::float8)")" \
    "a NaN has bits that SQL has no constant for"
is "no fuel is known without statistics" "$(logged sql "$errors; SET plwasm.track = none; SELECT fail('x')" | grep -c -- --used)" 0
like "a budget" "$(refusal sql "$errors; SET plwasm.statement_fuel = 1000; SELECT forever()")" "its fuel was that of a statement"
long=$(refusal sql "$slow; SELECT trap(repeat('x', 20000))")
like "a long line" "$long" "^its line is cut, as it has more than 16384 bytes: trap\\("
long=$(logged sql "$slow; SELECT f_bytes(decode(repeat('00', 9000), 'hex'))")
like "is cut" "$long" "more than 16384 bytes: list\\('.x0000"
is "to less than 2 kB" "$((${#long} < 2048))" 1
like "and is shown" "$(again "$long")" "^plwasm cannot replay a call of PL/Wasm function f"
is "a line that is malformed does not hide the others" "$(printf '%s\n' "$line" "${line::90}" "$line" |
    plwasm replay --db '' --all 2>&1 | grep -cE "^$same\$|is malformed")" 3
is "with its status" "$(plwasm replay - <<<"$long" >/dev/null; echo $?)" 1
evil=$(logged sql "$errors; SELECT \"evil
LOG:  plwasm replay sha256:x\"(1, 0)")
is "a name forges no line" "$(wc -l <<<"$evil"), $(plwasm replay "$work/raw" --all | grep -c .)" "1, 1"
evil=$(logged sql "$errors; SELECT trap(E'a\\nLOG:  plwasm replay sha256:x\\r\\tb')")
is "neither does an argument" "$(wc -l <<<"$evil"), $(plwasm replay "$work/raw" --db '' --all | grep -cx "$same")" "1, 1"

# Calls of which nothing is logged.
quiet() { is "$1" "$(logged sql "$2")" ""; }
quiet "a statement timeout" "$errors; SET statement_timeout = 200; SET plwasm.fuel = 1e11; SELECT forever()"
quiet "off" "SET plwasm.log_replay = off; SELECT divide(7, 0)"
sql "CREATE FUNCTION secret(int, int) RETURNS int LANGUAGE wasm AS 'guest#divide replay=off'; CREATE ROLE plain LOGIN;
CREATE ROLE quiet LOGIN; ALTER ROLE quiet SET plwasm.log_replay = off; CREATE FUNCTION by_setting(int, int) RETURNS int
    LANGUAGE wasm SET plwasm.log_replay = off AS 'guest#divide'"
quiet "a function that says no" "$errors; SELECT secret(7, 0)"
quiet "a function that a superuser has silenced" "$errors; SELECT by_setting(7, 0)"
is "a role" "$(logged sql "SELECT divide(7, 0)" -U plain | wc -l)" 1
is "which does not see the line" "$(logged sql "SET client_min_messages = log; SELECT divide(7, 0)" -U plain | wc -l
    grep -c 'plwasm replay' "$work/out" || true)" $'1\n0'
sql "CREATE FUNCTION as_superuser() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN divide(7, 0); END'"
is "neither does it with a superuser's privileges" "$(logged sql "SET client_min_messages = log; SELECT as_superuser()" -U plain |
    wc -l; grep -c 'plwasm replay' "$work/out" || true)" $'1\n0'
is "a role that says no" "$(logged sql "SELECT divide(7, 0)" -U quiet)" ""
raises "only a superuser says so" 42501 "SELECT divide(1, 1); SET plwasm.log_replay = off" -U plain
raises "and from when" 42501 "SELECT divide(1, 1); SET plwasm.log_min_fuel = 1" -U plain
is "also before the library is loaded" "$(logged sql "SET plwasm.log_replay = off; SELECT divide(1, 0)" -U plain | wc -l)" 1
raises "a body says only no" 42P13 "CREATE FUNCTION x(int, int) RETURNS int LANGUAGE wasm AS 'guest#divide replay=on'"

# Many errors in one session, each caught.
session one
ask one "$errors;" >/dev/null
is "200 errors are 200 lines" "$(logged ask one "DO \$\$ BEGIN FOR i IN 1..200 LOOP BEGIN PERFORM divide(i, 0);
    EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END \$\$;" | wc -l)" 200

# A value in a TOAST table; a database that is not UTF-8; a module that is gone.
sql "CREATE TABLE stored (a text); ALTER TABLE stored ALTER a SET STORAGE EXTERNAL; INSERT INTO stored VALUES (repeat('xyz', 1000))"
failing "a stored value" "SELECT trap(a) FROM stored"
export PGCLIENTENCODING=UTF8
createdb -T template0 -E LATIN1 --locale=C latin1
sql "CREATE EXTENSION plwasm; CREATE FUNCTION guest() RETURNS wasm.module LANGUAGE wasm AS \$wat\$$guest\$wat\$;
CREATE FUNCTION trap(text) RETURNS int LANGUAGE wasm AS 'guest'; CREATE TYPE mood AS ENUM ('glücklich');
CREATE FUNCTION felt(mood, text) RETURNS int LANGUAGE wasm AS '(module (memory (export \"memory\") 1)
    (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export \"felt\") (param i32 i32 i32) (result i32) (i32.load8_u (i32.const 65)) unreachable))'" -d latin1 >/dev/null
line=$(logged sql "$errors; SELECT trap('Straße')" -d latin1)
is "LATIN1" "$(plwasm replay --db latin1 <<<"$line" | tail -n 1)" "$same"
line=$(logged sql "$errors; SELECT felt('glücklich', 'ß')" -d latin1)
is "LATIN1, with an enum" "$(plwasm replay --db latin1 <<<"$line" | tail -n 1)" "$same"
like "a database without the module" "$(plwasm replay --db '' <<<"$line" 2>&1 | head -n 1)" "no module of the database is not the code"

# The formats of logs.
unharmed
cluster_start -c logging_collector=on -c log_destination=stderr,csvlog,jsonlog -c log_filename=all.log -c plwasm.log_replay=errors
sql "CREATE EXTENSION plwasm; CREATE FUNCTION guest() RETURNS wasm.module LANGUAGE wasm AS \$wat\$$guest\$wat\$;
CREATE FUNCTION trap(text) RETURNS int LANGUAGE wasm AS 'guest'" >/dev/null
psql -Xq -c "SELECT trap('a')" -c $'SELECT trap(E\'it\'\'s "quoted",\\\\n\')' >/dev/null 2>&1 || true
for format in log csv json; do
    # The collector writes when it has time.
    for _ in {1..100}; do
        (($(grep -c 'plwasm replay' "$CLUSTER/data/log/all.$format" || true) < 2)) || break
        sleep 0.1
    done
    is "a log in $format" "$(plwasm replay "$CLUSTER/data/log/all.$format" --db '' --all | grep -cx "$same")" 2
done
finish
