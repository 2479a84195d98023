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
returning "a prepared function" 3 "SELECT is_match('a+', x) FROM (VALUES ('caab'), ('b'), (repeat('a', 100))) AS v (x)"
returning "a set" 1 "SELECT count(*) FROM counted(ARRAY[ROW('a', 1, 1.50), ROW('b', NULL, 2)]::order_line[])"
returning "a warm-up" 1 "SELECT warmed('abc')"
returning "AssemblyScript" 1 "SELECT words_of_another('one two')"
returning "an enum that is returned" 1 "SELECT better('sad'::mood)" 
is "less than plwasm.log_min_fuel" \
    "$(logged sql "SET plwasm.log_replay = slow; SET plwasm.log_min_fuel = 1000000; SELECT divide(7, 1), warmed('abc')")" ""

# Calls that cannot be made again, and say why.
sql "CREATE FUNCTION kept(int, int) RETURNS int LANGUAGE wasm AS 'guest#divide isolation=statement';
CREATE FUNCTION \"evil
LOG:  plwasm replay sha256:x\"(int, int) RETURNS int LANGUAGE wasm AS 'guest#divide isolation=statement';
CREATE FUNCTION of_class(regclass) RETURNS int LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION of_ranges(int4multirange) RETURNS int LANGUAGE wasm AS 'guest#list';"
is "isolation=statement" "$(refusal sql "$errors; SELECT kept(1, 0)")" \
    "its state is that of calls before it, with isolation=statement"
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
