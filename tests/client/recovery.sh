#!/usr/bin/env bash
# Tests a hot standby: functions work there, they change as those of the primary do, and a guest that blocks recovery
# is stopped as PostgreSQL stops any statement.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"
trap '' PIPE # writing to a session that the server has ended

cluster_start -c plwasm.fuel=0 -c plwasm.max_fuel=0 -c max_standby_streaming_delay=200ms -c wal_level=replica \
    -c full_page_writes=on -c autovacuum=off # for a standby of the standby; the test itself causes each conflict
primary=$CLUSTER
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION good(i int) RETURNS int LANGUAGE wasm IMMUTABLE AS
    '(module (func (export "good") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
CREATE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "version") (result i32) (i32.const 1)))';
CREATE FUNCTION version_() RETURNS int LANGUAGE wasm AS 'm#version';
CREATE FUNCTION loop() RETURNS int LANGUAGE wasm AS
    '(module (func (export "loop") (result i32) (loop br 0) unreachable))';
CREATE FUNCTION start_loop() RETURNS int LANGUAGE wasm AS '(module
    (func $start (loop br 0)) (start $start)
    (func (export "start_loop") (result i32) (i32.const 1)))';
CREATE TABLE t AS SELECT i FROM generate_series(1, 1000) i;
CREATE TABLE u AS TABLE t;
CREATE TABLE v ();
CREATE INDEX ON t (good(i));
ANALYZE t;
CREATE DATABASE d;
SQL
)"
sql "CREATE EXTENSION plwasm; CREATE FUNCTION loop() RETURNS int LANGUAGE wasm AS
    '(module (func (export \"loop\") (result i32) (loop br 0) unreachable))'" -d d

standby_of "$primary"
standby=$CLUSTER
is "the standby is one" "$(sql "SELECT pg_is_in_recovery()")" t

on_primary() { sql "$@" -h "$primary"; }

session guest
is "functions work" "$(ask guest "SELECT good(21), version_()")" "42|1"
is "an index on a function works" "$(ask guest "SET enable_seqscan = off; SELECT i FROM t WHERE good(i) = 42")" 21
is "DO works" "$(ask guest "DO LANGUAGE wasm '(module (func (export \"run\")))'")" ""
is "a module describes itself" "$(ask guest "SELECT kind FROM m()")" module
is "a module can be validated" "$(ask guest "SELECT 1 FROM wasm.validator('m'::regproc)")" 1
is "there is nothing to create" "$(ask guest "CREATE FUNCTION g(i int) RETURNS int LANGUAGE wasm AS
    '(module (func (export \"g\") (param i32) (result i32) (local.get 0)))'")" "ERROR:  25006"

on_primary "CREATE OR REPLACE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export \"version\") (result i32) (i32.const 2)))'"
seen=
for ((i = 0; i < 300; i++)); do
    seen=$(ask guest "SELECT version_()")
    if [[ $seen != 1 ]]; then break; fi
    sleep 0.1
done
is "a module replaced on the primary is seen" "$seen" 2

# What a session of the standby has cached changes as the primary commits, in the same order.
on_primary "CREATE SCHEMA life; CREATE FUNCTION life.m() RETURNS wasm.module LANGUAGE wasm AS
        '(module (func (export \"f\") (result i32) (i32.const 0)))';
    CREATE FUNCTION life.f() RETURNS int LANGUAGE wasm AS '(module (func (export \"f\") (result i32) (i32.const 0)))';
    CREATE FUNCTION life.g() RETURNS int LANGUAGE wasm AS 'm#f'"
eventually "functions created on the primary exist" "SELECT life.f() = 0 AND life.g() = 0"
ask guest "PREPARE p AS SELECT life.f(), life.g()" >/dev/null
send guest "$(for i in {1..600}; do echo "EXECUTE p; DO 'BEGIN PERFORM pg_sleep(0.004); END';"; done)"
on_primary "$(for i in {1..60}; do
    echo "CREATE OR REPLACE FUNCTION life.m() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export \"f\") (result i32) (i32.const $i)))';
        CREATE OR REPLACE FUNCTION life.f() RETURNS int LANGUAGE wasm AS '(module (func (export \"f\") (result i32) (i32.const $i)))';
        SELECT pg_sleep(0.01);"
done)" >/dev/null
# The module's version is that of the function, or a later one: in between, the session may wait for a compiler.
is "60 versions of each: in order" "$(answer guest | awk -F'|' '
    $1 < f || $2 < g || $2 < $1 { print "after " f "|" g ": " $0 } $1 > f { seen++ } { f = $1; g = $2 } END { print (seen > 2) }')" 1
eventually "60 versions of each: the last" "SELECT life.f() = 60 AND life.g() = 60"
is "in a transaction" "$(ask guest "BEGIN ISOLATION LEVEL REPEATABLE READ; EXECUTE p")" "60|60"
on_primary "CREATE OR REPLACE FUNCTION life.m() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export \"f\") (result i32) (i32.const 61)))'"
eventually "replaced meanwhile" "SELECT life.g() = 61"
is "in a transaction: the next statement" "$(ask guest "SELECT life.g(); COMMIT")" 61
on_primary "BEGIN; DROP FUNCTION life.m CASCADE; ROLLBACK; DROP FUNCTION life.f" 2>/dev/null
eventually "a function dropped on the primary" "SELECT to_regproc('life.f') IS NULL"
is "is gone, and its module is not" "$(ask guest "EXECUTE p; SELECT life.g()")" $'ERROR:  42883\n61'
on_primary "DROP SCHEMA life CASCADE" 2>/dev/null
eventually "a schema dropped on the primary" "SELECT to_regnamespace('life') IS NULL"
is "is gone with its functions" "$(ask guest "SELECT life.g()")" "ERROR:  3F000"
standby_of "$standby"
is "a standby of the standby" "$(sql "SELECT good(21), version_()")" "42|2"
session cascaded
ask cascaded "PREPARE p AS SELECT version_(); EXECUTE p" >/dev/null
on_primary "CREATE OR REPLACE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export \"version\") (result i32) (i32.const 3)))'"
eventually "a module replaced reaches it" "SELECT version_() = 3"
is "and a session that has it cached" "$(ask cascaded "EXECUTE p")" 3
unharmed
cluster_stop
cluster_use "$standby"

# conflict NAME STATEMENT-ON-THE-STANDBY STATEMENT-ON-THE-PRIMARY
#
# The primary's statement conflicts once: a table that VACUUM truncates is locked on the standby afterwards.
conflict() {
    send guest "$2"
    eventually "$1: the guest runs" "SELECT state = 'active' AND clock_timestamp() - query_start > '50 ms'
        FROM pg_stat_activity WHERE pid = $(pid guest)"
    on_primary "SET synchronous_commit = on; $3"
    local answer
    answer=$(answer guest)
    like "$1: 40001" "$answer" "^ERROR:  40001"
    # Recovery signals every 5 ms until the transaction is gone. A signal that comes during its rollback ends the
    # session, whatever the statement.
    answer+=$(ask guest "ROLLBACK")
    if [[ $answer == *FATAL:\ \ 40001* ]]; then
        echo "# $1: PostgreSQL has ended the session"
        session guest
    fi
    is "$1: then the session is good" "$(ask guest "SELECT good(21)")" 42
}
conflict "rows vacuumed" "SELECT loop() FROM t" "DELETE FROM t; VACUUM (TRUNCATE off) t"
conflict "rows vacuumed, in a start function" "SELECT start_loop() FROM u" "DELETE FROM u; VACUUM (TRUNCATE off) u"
conflict "table dropped" "BEGIN; LOCK v IN ACCESS SHARE MODE; SELECT loop()" "DROP TABLE v"
like "the log reports why" "$(grep -c "canceling statement due to conflict with recovery" "$CLUSTER/log")" "^([3-9]|[1-9][0-9])$"

session doomed -d d
send doomed "SELECT loop()"
eventually "database dropped: the guest runs" "SELECT state = 'active' AND clock_timestamp() - query_start > '50 ms'
    FROM pg_stat_activity WHERE pid = $(pid doomed)"
on_primary "DROP DATABASE d"
like "database dropped: the session ends" "$(answer doomed)" "^FATAL:  (40001|57P04)"
eventually "recovery goes on" "SELECT count(*) = 0 FROM pg_database WHERE datname = 'd'"

ask guest "SET statement_timeout = '5s'" >/dev/null # promotion need not wait for it
send guest "SELECT loop()"
succeeds "the standby is promoted while a guest runs" cluster_ctl promote
is "a guest outlives the promotion" "$(sql "SELECT state FROM pg_stat_activity WHERE pid = $(pid guest)")" active
is "until it is stopped" "$(sql "SELECT pg_cancel_backend($(pid guest))") $(answer guest)" "t ERROR:  57014"
is "and functions can be created" "$(ask guest "CREATE FUNCTION g(i int) RETURNS int LANGUAGE wasm AS
    '(module (func (export \"g\") (param i32) (result i32) (local.get 0)))'; SELECT g(7)")" 7
unharmed
cluster_use "$primary"
finish
