#!/usr/bin/env bash
# Tests plwasm.log_replay and plwasm replay: calls that a server has logged are made again from its log, for all types, with the
# same error and exactly the same fuel; calls that say no, are canceled or have too many arguments are not; nothing that a user
# chooses ends a line of the log. It takes at most 300 s.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

work=$(scratch replay)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
export XDG_CACHE_HOME=$work/cache
guests=$root/guest-examples
plwasm() { "$PLWASM_STAGE/bin/plwasm" "$@"; }

# logged COMMAND...: the lines that the command adds to the log for plwasm replay
logged() {
    local before
    before=$(wc -c <"$CLUSTER/log")
    "$@" >"$work/out" 2>&1 || true
    tail -c "+$((before + 1))" "$CLUSTER/log" >"$work/raw"
    grep -aE '^[0-9].* LOG:  plwasm (cannot )?replay' "$work/raw" || true
}
# refusal COMMAND...: why the call of the command cannot be made again
refusal() { logged "$@" | sed -E 's/.*plwasm cannot replay a call of PL.Wasm function [^:]*("[^"]*")?: //'; }
# again LINE [OPTION...]: the last line of what plwasm replay says
again() {
    local line=$1
    shift
    plwasm replay --db '' "$@" <<<"$line" 2>&1 | tail -n 1
}
same="the same as in the server"

# Guests whose fuel depends on each bit that they get: a loop of as many rounds as a hash of it says.
guest=$(cat <<'WAT'
(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 64))
  (global $hash (mut i64) (i64.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func $mix (param i64)
    (global.set $hash (i64.mul (i64.xor (i64.rotl (global.get $hash) (i64.const 7)) (local.get 0))
      (i64.const 0x100000001b3))))
  (func $end (result i32) (local $i i32) (local $n i64)
    (local.set $i (i32.const 64))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (global.get $free)))
      (call $mix (i64.load8_u (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (local.set $n (i64.and (i64.xor (global.get $hash) (i64.shr_u (global.get $hash) (i64.const 29)))
      (i64.const 0xffff)))
    (loop $spin (br_if $spin (i64.gt_s (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (i32.wrap_i64 (global.get $hash)))
  (func (export "i32") (param i32) (result i32) (call $mix (i64.extend_i32_u (local.get 0))) (call $end))
  (func (export "i64") (param i64) (result i32) (call $mix (local.get 0)) (call $end))
  (func (export "f32") (param f32) (result i32)
    (call $mix (i64.extend_i32_u (i32.reinterpret_f32 (local.get 0)))) (call $end))
  (func (export "f64") (param f64) (result i32) (call $mix (i64.reinterpret_f64 (local.get 0))) (call $end))
  (func (export "list") (param i32 i32) (result i32) (call $mix (i64.extend_i32_u (local.get 1))) (call $end))
  (func (export "maybe") (param i32 i32 i32) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 2)))
    (i32.store (i32.const 4) (call $end)) (i32.store (i32.const 0) (i32.const 1)) (i32.const 0))
  (func (export "uuid") (param i64 i64) (result i32)
    (call $mix (local.get 0)) (call $mix (local.get 1)) (call $end))
  (func (export "interval") (param i32 i32 i64) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 1)))
    (call $mix (local.get 2)) (call $end))
  (func (export "row") (param i32 i32 i32 f64) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 2)))
    (call $mix (i64.reinterpret_f64 (local.get 3))) (call $end))
  (func (export "range") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 1)))
    (call $mix (i64.extend_i32_u (local.get 2))) (call $mix (i64.extend_i32_u (local.get 3)))
    (call $mix (i64.extend_i32_u (local.get 4))) (call $mix (i64.extend_i32_u (local.get 5)))
    (call $mix (i64.extend_i32_u (local.get 6))) (call $end))
  (func (export "textrange") (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 1)))
    (call $mix (i64.extend_i32_u (local.get 4))) (call $mix (i64.extend_i32_u (local.get 7))) (call $end))
  (func (export "trap") (param i32 i32) (result i32)
    (call $mix (i64.extend_i32_u (local.get 1))) (drop (call $end)) unreachable)
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "forever") (loop $l (br $l)))
  (func (export "numeric") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (local.get 0)) (i32.const 0))
  (data (i32.const 16) "12abc"))
WAT
)
cluster_start -c plwasm.log_replay=slow -c plwasm.log_min_fuel=0
sql "CREATE EXTENSION plwasm" >/dev/null
sql "CREATE FUNCTION guest() RETURNS wasm.module LANGUAGE wasm AS \$wat\$$guest\$wat\$;
CREATE TYPE temper AS ENUM ('sad', 'it''s ok', 'glücklich \\');
CREATE TYPE pair AS (\"A b\" int, note text, weight float8);
CREATE DOMAIN small AS int CHECK (VALUE < 1000000);
CREATE DOMAIN tag AS varchar(20);" >/dev/null

# lines: EXPORT, types of parameters, then the arguments of each call
cases=$(cat <<'CASES'
i32|bool|true|false
i32|int2|(-32768)::int2|7::int2
i32|int|2147483647|-2147483648|0
i64|int8|-9223372036854775808|9223372036854775807
i32|oid|4294967295
f32|float4|'NaN'|'-Infinity'|0.1|1e-40|3.4028235e38|'-0'
f64|float8|'NaN'|'Infinity'|'-0'|0.1|5e-324|1.7976931348623157e308|123456789012345678|-1.5
list|text|'it''s a "quote" \ and $x `y`'|E'tab\tnew\nline\r\x1b[0m'|''|'🐌 Straße ‮ rtl'
list|varchar|'ä'
list|char(5)|'ab'
list|name|'a name'
list|bytea|'\x00ff5c27'|''
list|numeric|'NaN'|1e20|'-0.00'|123456789012345678901234567890.5
i32|date|'2024-02-29'|'infinity'|'-infinity'|'0044-03-15 BC'|'5874897-12-31'
i64|time|'24:00'|'23:59:59.999999'
i64|timestamp|'2024-02-29 12:34:56.7'|'infinity'|'4713-01-02 00:00:00.5 BC'|'294276-12-31 23:59:59.999999'
i64|timestamptz|'2024-02-29 12:34:56+05:30'|'-infinity'
interval|interval|'1 year -2 mons 3 days -04:05:06.789'|'-178000000 years'
uuid|uuid|'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
list|json|'{"a" : [1, "\u00e4"]}'
list|jsonb|'{"b": 1.50, "a": null}'
list|int[]|ARRAY[1,2,3]|'{}'|'[5:6]={7,8}'
list|float8[]|ARRAY['NaN','-0',1e300]::float8[]
list|text[]|ARRAY['a','it''s',E'x\ny','']
list|date[]|ARRAY['2024-01-01','infinity']::date[]
list|bytea[]|ARRAY['\x00','\xff']::bytea[]
list|temper[]|ARRAY['sad','glücklich \']::temper[]
list|pair[]|ARRAY[ROW(1,'a',0.5),ROW(-1,'b''"',1e9)]::pair[]
i32|temper|'sad'|'it''s ok'|'glücklich \'
row|pair|ROW(1,'it''s (a), "row" \',1e-7)|ROW(-1,'','NaN')
i32|small|42
list|tag|'tagged'
range|int4range|'[1,4]'|'empty'|'(,5]'|'[3,)'
range|daterange|'[2024-01-01,infinity]'
textrange|numrange|'(1.50,2]'
maybe|text|NULL|'x'|''
list|inet|'192.168.0.1/24'
list|money|'12.34'
list|timetz|'12:34:56+02'
list|point|'(1.5,-0)'
CASES
)
calls=0
while IFS='|' read -r -a case; do
    name=f$((++calls))
    {
        echo "CREATE FUNCTION $name(${case[1]}) RETURNS int LANGUAGE wasm AS 'guest#${case[0]}';"
        for argument in "${case[@]:2}"; do
            ty=${case[1]}
            echo "SELECT $name(($argument)::$ty);"
        done
    } >>"$work/calls.sql"
done <<<"$cases"
# What the text form of a value depends on.
lines=$(logged psql -XAtq -v ON_ERROR_STOP=1 -f "$work/calls.sql" -c "SET DateStyle = German; SET extra_float_digits = 0;
    SET bytea_output = escape; SET IntervalStyle = iso_8601; SET TimeZone = 'Asia/Tokyo';" -f <(grep SELECT "$work/calls.sql"))
is "all types are called" "$(grep -a ERROR "$work/out" || true)" ""
is "each call is logged" "$(wc -l <<<"$lines")" "$((2 * $(grep -c SELECT "$work/calls.sql")))"
is "none is refused" "$(grep -a 'cannot replay' <<<"$lines" || true)" ""
is "a line is printable ASCII" "$(LC_ALL=C grep -acE '[^ -~]' <<<"$lines" || true)" 0
plwasm replay --db '' --all <<<"$lines" >"$work/again" 2>&1 || true
is "each call ends as in the server, with the same fuel" "$(grep -c "^$same\$" "$work/again"), $(grep -A 1 'not as in\|error:' "$work/again")" \
    "$(wc -l <<<"$lines"), "
is "and with the same result" "$(grep -E '^-?[0-9]+$' "$work/again" | LC_ALL=C sort)" "$(LC_ALL=C sort "$work/out")"
line=$(tail -n 1 <<<"$lines")
is "a call that took other fuel is not the same" "$(again "${line% --used *} --used 7" | cut -c 1-60)" \
    "not as in the server: there the call used 7 units of fuel, h"

# Errors.
plwasm push "$guests/rust/examples.wasm" --db '' --create-functions >/dev/null
plwasm push "$guests/assemblyscript/examples.wasm" --db '' --name ascript >/dev/null
plwasm push "$guests/c-resources/matcher.wasm" --db '' --create-functions >/dev/null
plwasm push "$guests/assemblyscript/total.wasm" --db '' --create-functions >/dev/null
sql "CREATE FUNCTION trap(text) RETURNS int LANGUAGE wasm AS 'guest';
CREATE FUNCTION divide(int, int) RETURNS int LANGUAGE wasm AS 'guest';
CREATE FUNCTION forever() RETURNS void LANGUAGE wasm AS 'guest';
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
logged sql "$errors; SET client_min_messages = log; SELECT divide(7, 0)" >/dev/null
is "and not the line" "$(grep -c 'plwasm replay' "$work/out" || true)" 0
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

# Calls that cannot be made again, and say why.
sql "CREATE FUNCTION kept(int, int) RETURNS int LANGUAGE wasm AS 'guest#divide isolation=statement';
CREATE FUNCTION \"evil
LOG:  plwasm replay sha256:x\"(int, int) RETURNS int LANGUAGE wasm AS 'guest#divide isolation=statement';
CREATE FUNCTION of_class(regclass) RETURNS int LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION of_ranges(int4multirange) RETURNS int LANGUAGE wasm AS 'guest#list'"
is "isolation=statement" "$(refusal sql "$errors; SELECT kept(1, 0)")" \
    "its state is that of calls before it, with isolation=statement"
like "a state of an aggregate" "$(refusal sql "$slow; SELECT total(x) FROM generate_series(1, 2) AS x" | head -n 1)" \
    "^it works on the state of an aggregate\$"
like "names of objects" "$(refusal sql "$slow; SELECT of_class('pg_class')")" "text form of an argument"
is "multiranges" "$(refusal sql "$slow; SELECT of_ranges('{[1,2]}')")" "it has a multirange"
is "a NaN that SQL cannot write" "$(refusal sql "$slow; SELECT f$(grep -n '^f64|' <<<"$cases" | cut -d: -f 1)(-'NaN'::float8)")" \
    "a NaN has bits that SQL has no constant for"
is "no fuel is known without statistics" "$(logged sql "$errors; SET plwasm.track = none; SELECT fail('x')" | grep -c -- --used)" 0
like "a budget" "$(refusal sql "$errors; SET plwasm.statement_fuel = 1000; SELECT forever()")" "its fuel was that of a statement"
long=$(refusal sql "$slow; SELECT trap(repeat('x', 20000))")
like "a long line" "$long" "^its line is cut, as it has more than 16384 bytes: trap\\("
long=$(logged sql "$slow; SELECT f$(grep -n '^list|bytea|' <<<"$cases" | cut -d: -f 1)(decode(repeat('00', 9000), 'hex'))")
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
