#!/usr/bin/env bash
# Tests the ways in which the library can be loaded, and that traps are SQL errors in each: by the first call, by
# session_preload_libraries, by shared_preload_libraries, and after PL/Perl has installed a signal handler. Also tests
# settings in postgresql.conf and before the library is loaded.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION good(i int) RETURNS int LANGUAGE wasm AS
    '(module (func (export "good") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
CREATE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS '(module (memory 1)
    (func (export "div_s") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func (export "rem_u") (param i32 i32) (result i32) (i32.rem_u (local.get 0) (local.get 1)))
    (func (export "div_s64") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))
    (func (export "rem_u64") (param i64 i64) (result i64) (i64.rem_u (local.get 0) (local.get 1)))
    (func (export "trunc_") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "unreachable") unreachable)
    (func $deeper (export "deeper") (param i32) (result i32)
        (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (i32.const 1))))';
CREATE FUNCTION div_s(int, int) RETURNS int LANGUAGE wasm AS 'm';
CREATE FUNCTION rem_u(int, int) RETURNS int LANGUAGE wasm AS 'm';
CREATE FUNCTION div_s64(int8, int8) RETURNS int8 LANGUAGE wasm AS 'm';
CREATE FUNCTION rem_u64(int8, int8) RETURNS int8 LANGUAGE wasm AS 'm';
CREATE FUNCTION trunc_(float8) RETURNS int LANGUAGE wasm AS 'm';
CREATE FUNCTION load(int) RETURNS int LANGUAGE wasm AS 'm';
CREATE FUNCTION unreachable() RETURNS void LANGUAGE wasm AS 'm';
CREATE FUNCTION deeper(int) RETURNS int LANGUAGE wasm AS 'm';
CREATE FUNCTION start_trap() RETURNS int LANGUAGE wasm AS '(module
    (func $start (drop (i32.rem_s (i32.const 1) (i32.const 0)))) (start $start)
    (func (export "start_trap") (result i32) (i32.const 1)))';
SQL
)"

# traps HOW: every trap, each in a new session and then all in one
traps() {
    local query sqlstate all='' wanted=''
    while IFS='|' read -r sqlstate query; do
        raises "$1: $query" "$sqlstate" "SELECT $query"
        all+="SELECT $query; SELECT good(21);"
        wanted+="ERROR:  $sqlstate"$'\n42\n'
    done <<'CASES'
22012|div_s(1, 0)
22012|rem_u(1, 0)
22012|div_s64(1, 0)
22012|rem_u64(1, 0)
22003|div_s(-2147483648, -1)
22003|div_s64(-9223372036854775808, -1)
22003|trunc_(1e10)
22003|trunc_('NaN')
38000|load(65536)
38000|load(-4)
38000|unreachable()
54001|deeper(0)
22012|start_trap()
CASES
    session all
    is "$1: one after another" "$(ask all "$all")" "${wanted%$'\n'}"
    is "$1: in a savepoint, a thousand times" "$(ask all "DO 'DECLARE n int := 0; BEGIN
        FOR i IN 1..1000 LOOP
            BEGIN PERFORM rem_u(i, 0); EXCEPTION WHEN division_by_zero THEN n := n + good(i) - 2 * i + 1; END;
        END LOOP;
        IF n <> 1000 THEN RAISE ''%'', n; END IF; END'; SELECT good(21)")" 42
    is "$1: the server's own division by zero" "$(ask all "SELECT 1 / 0; SELECT 1e308::float8 * 10")" \
        $'ERROR:  22012\nERROR:  22003'
}

traps "not preloaded"

export PGOPTIONS="-c session_preload_libraries=plwasm"
is "session_preload_libraries: loaded" "$(sql "SHOW plwasm.max_fuel")" 1e+11
traps "session_preload_libraries"
unset PGOPTIONS

# Before the library is loaded, a setting is a string.
raises "not loaded: no settings" 42704 "SHOW plwasm.fuel"
session early
is "set before it is loaded" "$(ask early "SET plwasm.fuel = '5e3'; SELECT good(21); SHOW plwasm.fuel")" $'42\n5000'
is "a wrong value set before it is loaded" "$(ask early "\\c
    SET plwasm.fuel = 'much'; SELECT good(21); SHOW plwasm.fuel")" $'WARNING:  22023\n42\n1e+09'
is "a wrong name set before it is loaded" "$(ask early "\\c
    SET plwasm.feul = 5; SELECT good(21); SHOW plwasm.feul")" $'WARNING:  42602\n42\nERROR:  42704'
is "no such name once it is loaded" "$(ask early "SET plwasm.feul = 5")" "ERROR:  42602"

# PL/Perl installs a handler for SIGFPE when it starts.
if [[ $(sql "SELECT count(*) FROM pg_available_extensions WHERE name = 'plperl'") == 1 ]]; then
    sql "CREATE EXTENSION plperl;
        CREATE FUNCTION perl(int) RETURNS int LANGUAGE plperl AS 'return \$_[0]'"
    session perl
    is "before PL/Perl" "$(ask perl "SELECT good(21)")" 42
    is "PL/Perl starts" "$(ask perl "SELECT perl(7)")" 7
    is "after PL/Perl: divide by zero" "$(ask perl "SELECT rem_u(1, 0); SELECT div_s64(-9223372036854775808, -1)")" \
        $'ERROR:  22012\nERROR:  22003'
    is "after PL/Perl: out of bounds" "$(ask perl "SELECT load(-4)")" "ERROR:  38000"
    is "after PL/Perl: both work" "$(ask perl "SELECT good(21), perl(7)")" "42|7"
    is "after PL/Perl: the server's own division by zero" "$(ask perl "SELECT 1 / 0")" "ERROR:  22012"
    session first
    is "PL/Perl first" "$(ask first "SELECT perl(7); SELECT rem_u(1, 0); SELECT good(21)")" $'7\nERROR:  22012\n42'
    # Nor in the middle of a statement, when the handlers are PL/Perl's: guests check the divisor themselves.
    sql "CREATE FUNCTION perl_later(i int) RETURNS int LANGUAGE plpgsql AS
        'DECLARE r int; BEGIN EXECUTE ''SELECT perl(\$1)'' INTO r USING i; RETURN r; END'"
    raises "PL/Perl between two rows" 22012 "SELECT rem_u(6, x), perl_later(x) FROM (VALUES (1), (0)) AS v (x)"
    is "PL/Perl between two rows: both work" "$(sql "SELECT perl_later(x), rem_u(6, x), good(x) FROM (VALUES (1), (4)) AS v (x)")" $'1|0|2\n4|2|8'
    raises "PL/Perl between two rows: out of bounds" 38000 "SELECT perl_later(x), load(-x) FROM (VALUES (4), (8)) AS v (x)"
else
    echo "skipped PL/Perl: it is not installed"
fi

cat >>"$CLUSTER/data/postgresql.conf" <<'EOT'
shared_preload_libraries = 'plwasm'
plwasm.fuel = 20000
plwasm.memory = '1MB'
EOT
succeeds "the server starts with shared_preload_libraries" cluster_ctl restart
is "shared_preload_libraries: settings exist" "$(sql "SHOW plwasm.fuel; SHOW plwasm.memory; SHOW plwasm.max_fuel")" \
    $'20000\n1MB\n1e+11'
is "shared_preload_libraries: they are described" "$(sql "SELECT count(*) >= 6 AND bool_and(short_desc <> '' AND
    (unit IN ('kB', 's') OR vartype = 'real')) FROM pg_settings WHERE name LIKE 'plwasm.%'")" t
is "shared_preload_libraries: they hold" "$(sql "CREATE FUNCTION spin(n int) RETURNS int LANGUAGE wasm AS '(module
    (func (export \"spin\") (param i32) (result i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))'; SELECT spin(100)")" 0
raises "shared_preload_libraries: out of fuel" 54000 "SELECT spin(100000)"
raises "shared_preload_libraries: a name that is none" 42602 "SET plwasm.feul = 5"
sed -i 's/^plwasm.fuel.*/plwasm.fuel = 30000000/' "$CLUSTER/data/postgresql.conf"
session reloaded
is "before a reload" "$(ask reloaded "SELECT spin(100000)")" "ERROR:  54000"
sql "SELECT pg_reload_conf()" >/dev/null
eventually "a reload changes a setting" "SELECT current_setting('plwasm.fuel') = '3e+07'"
for ((i = 0; i < 100; i++)); do
    if [[ $(ask reloaded "SHOW plwasm.fuel") == 3e+07 ]]; then break; fi
    sleep 0.1
done
is "and holds in a session that is open" "$(ask reloaded "SELECT spin(100000)")" 0
traps "shared_preload_libraries"
if [[ $(sql "SELECT count(*) FROM pg_extension WHERE extname = 'plperl'") == 1 ]]; then
    session perl2
    is "shared_preload_libraries, after PL/Perl" "$(ask perl2 "SELECT good(1); SELECT perl(7); SELECT rem_u(1, 0)")" \
        $'2\n7\nERROR:  22012'
fi
finish
