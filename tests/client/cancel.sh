#!/usr/bin/env bash
# Tests how a running guest is interrupted, wherever it is, and how soon: by a cancel, by statement_timeout, by
# termination, by a client that is gone, by a server that stops. Also tests what must not interrupt it.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"
trap '' PIPE # writing to a session that the server has ended

# There is no ceiling, so that an endless guest really is endless. The first call loads the library.
cluster_start -c plwasm.fuel=0 -c plwasm.max_fuel=0 -c plwasm.memory=128MB
sql "$(cat "$root/tests/client/cancel.sql")"

runs="state = 'active' AND clock_timestamp() - query_start > '20 ms'" # a condition on pg_stat_activity
stop() { sql "SELECT stop($1${2:+, $2})"; }
is_good() { is "$1: then the session is good" "$(ask "$2" "SELECT good(21)")" 42; }

session guest
guest=$(pid guest)

# cancelled NAME QUERY: pg_cancel_backend stops the query
cancelled() {
    send guest "$2"
    stop "$guest" >/dev/null || fail "$1" "it could not be stopped"
    is "$1" "$(answer guest)" "ERROR:  57014"
    is_good "$1" guest
}
cancelled "cancel in a loop" "SELECT loop()"
cancelled "cancel in a loop that calls" "SELECT recursion_loop()"
cancelled "cancel in a loop of memory.fill" "SELECT fill_loop()"
cancelled "cancel in a start function" "SELECT start_loop()"
cancelled "cancel in _initialize" "SELECT initialize_loop()"
cancelled "cancel in cabi_realloc" "SELECT realloc_loop('x')"
cancelled "cancel in cabi_post" "SELECT post_loop()"
cancelled "cancel in DO" "DO LANGUAGE wasm '(module (func (export \"run\") (loop br 0)))'"
cancelled "cancel in the 500th row" "SELECT loop_if(i = 500) FROM t"
cancelled "cancel below PL/pgSQL" "DO 'BEGIN PERFORM loop(); END'"
cancelled "cancel in a constructor" "SELECT prepared(1, 0)"
cancelled "cancel in a constructor, of the 50th value" "SELECT prepared(CASE i % 100 WHEN 50 THEN 1 ELSE 10 + i END, 0) FROM t"
cancelled "cancel in a method of a value that is kept" "SELECT prepared(7, 7)"
cancelled "cancel in step" "SELECT gathered(2, i) FROM t"
cancelled "cancel in step, of the 5th group" "SELECT gathered(CASE i % 10 WHEN 5 THEN 2 ELSE 9 END, i) FROM t GROUP BY i % 10"
cancelled "cancel in finish" "SELECT gathered(3, i) FROM t"
cancelled "cancel in save" "SELECT step(NULL, 4, 1)::text"
cancelled "cancel in merge" "SELECT merge(step(NULL, 5, 1), step(NULL, 9, 1))"
is "then states are right" "$(ask guest "SELECT gathered(9, i) = sum(i), prepared(8, 0) FROM t")" "t|8"
# A cursor's state outlives a cancel of another query.
ask guest "BEGIN; DECLARE c CURSOR FOR SELECT gathered(9, i) OVER (ORDER BY i) FROM generate_series(1, 10) i; FETCH 3 FROM c; SAVEPOINT s" >/dev/null
send guest "SELECT gathered(2, i) FROM t"
stop "$guest" >/dev/null
is "cancel beside a cursor" "$(answer guest)" "ERROR:  57014"
is "cancel beside a cursor: it goes on" "$(ask guest "ROLLBACK TO s; FETCH c; COMMIT")" 10

send guest "SELECT caught()"
stop "$guest" >/dev/null
is "a cancel is caught by PL/pgSQL" "$(answer guest)" "caught 42"
is "a timeout is caught by PL/pgSQL" "$(ask guest "SET statement_timeout = '200ms'; SELECT caught()")" "caught 42"

start=${EPOCHREALTIME/./}
is "statement_timeout" "$(ask guest "SELECT loop()")" "ERROR:  57014"
took=$(((${EPOCHREALTIME/./} - start) / 1000))
like "statement_timeout: not too soon, not too late" "$((took >= 200 && took < 1500)), $took ms" "^1,"
is "statement_timeout in memory.fill" "$(ask guest "SELECT fill_loop()")" "ERROR:  57014"
is "statement_timeout in a start function" "$(ask guest "SELECT start_loop()")" "ERROR:  57014"
is "statement_timeout: not for the next statement" "$(ask guest "SELECT good(1), pg_sleep(0.15)")" "2|"
is "statement_timeout: 0 is none" "$(ask guest "SET statement_timeout = 0; SELECT spin(500000000)")" 124999999750000000

is "a savepoint survives a timeout" "$(ask guest "BEGIN; SELECT good(1); SAVEPOINT s; SET LOCAL statement_timeout = '50ms';
    SELECT loop(); ROLLBACK TO s; SELECT good(2); COMMIT; SELECT good(3)")" $'2\nERROR:  57014\n4\n6'

# 50 cancels.
queries=$(printf 'SELECT loop();%.0s' {1..50})
send guest "$queries"
read -r p50 p99 most <<<"$(sql "SELECT round(percentile_disc(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 1),
    round(percentile_disc(0.99) WITHIN GROUP (ORDER BY ms)::numeric, 1), ceil(max(ms))
    FROM (SELECT stop($guest) AS ms FROM generate_series(1, 50)) t" -F ' ')"
is "50 cancels" "$(answer guest | sort | uniq -c | xargs)" "50 ERROR: 57014"
like "50 cancels: each within a second" "$((most < 1000)), $most ms" "^1,"
echo "# cancel: p50 $p50 ms, p99 $p99 ms"

# What must not interrupt.
is "lock and idle timeouts do not interrupt" "$(ask guest "SET lock_timeout = '50ms';
    SET idle_in_transaction_session_timeout = '50ms'; BEGIN \\; SELECT spin(500000000) \\; COMMIT")" 124999999750000000
session other
ask other "BEGIN; LOCK t" >/dev/null
is "lock_timeout after a guest" "$(ask guest "BEGIN; SELECT good(1); LOCK t; ROLLBACK")" $'2\nERROR:  55P03'
ask other "ROLLBACK" >/dev/null
ask other "SET idle_in_transaction_session_timeout = '100ms'; BEGIN; SELECT good(1)" >/dev/null
eventually "idle_in_transaction_session_timeout after a guest" \
    "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $(pid other)"
is "deadlock_timeout does not interrupt" "$(ask guest "RESET ALL; SET deadlock_timeout = '10ms'; SELECT spin(100000000)")" 4999999950000000

send guest "SELECT spin(2000000000)"
eventually "a long call runs" "SELECT $runs FROM pg_stat_activity WHERE pid = $guest"
is "its memory can be logged" "$(sql "SELECT pg_log_backend_memory_contexts($guest)")" t
for ((i = 0; i < 100; i++)); do
    ! grep -q "logging memory contexts of PID $guest" "$CLUSTER/log" || break
    sleep 0.05
done
is "its memory is logged while it runs" "$((i < 100)) $(sql "SELECT state FROM pg_stat_activity WHERE pid = $guest")" "1 active"
succeeds "the configuration is reloaded" sql "SELECT pg_reload_conf()"
is "and it finishes" "$(answer guest)" 1999999999000000000

send guest "SELECT loop()"
eventually "an endless call runs" "SELECT $runs FROM pg_stat_activity WHERE pid = $guest"
sql "CREATE DATABASE dropped"
succeeds "a barrier does not wait for it" sql "SET statement_timeout = '20s'; DROP DATABASE dropped"
is "a barrier does not end it" "$(sql "SELECT $runs FROM pg_stat_activity WHERE pid = $guest")" t
stop "$guest" >/dev/null
is "it is cancelled after a barrier" "$(answer guest)" "ERROR:  57014"
is_good "after barriers" guest

# Parallel workers.
forced=$(sql "SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')")
workers="SELECT count(*) FROM pg_stat_activity WHERE leader_pid = $guest AND pid <> $guest AND state = 'active'"
parallel="SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
    SET parallel_leader_participation = on"
send guest "SET $forced = on; SELECT loop()"
eventually "a parallel worker runs it" "SELECT ($workers) = 1"
stop "$guest" >/dev/null
is "cancel in a parallel worker" "$(answer guest)" "ERROR:  57014"
eventually "the worker is gone" "SELECT ($workers) = 0"
is_good "cancel in a parallel worker" guest
send guest "RESET $forced; $parallel; SELECT sum(loop()) FROM t"
eventually "leader and workers run it" "SELECT ($workers) = 2"
stop "$guest" >/dev/null
is "cancel in leader and workers" "$(answer guest)" "ERROR:  57014"
eventually "the workers are gone" "SELECT ($workers) = 0"
is "timeout in leader and workers" "$(ask guest "SET statement_timeout = '300ms'; SELECT sum(loop()) FROM t")" "ERROR:  57014"
is "a parallel query finishes" "$(ask guest "RESET statement_timeout; SELECT sum(spin(i * 1000)) FROM t")" \
    "$(sql "SELECT sum(i::int8 * 1000 * (i * 1000 - 1) / 2) FROM t")"

# Termination: the process exits from inside the guest.
terminated() { # terminated NAME SETUP QUERY
    session doomed
    ask doomed "$2" >/dev/null
    send doomed "$3"
    stop "$(pid doomed)" true >/dev/null || fail "$1" "it could not be stopped"
    like "$1" "$(answer doomed)" "^FATAL:  57P01"
    eventually "$1: the process is gone" "SELECT count(*) = 0 FROM pg_stat_activity WHERE $(pid doomed) IN (pid, leader_pid)"
}
terminated "terminate in a loop" "" "SELECT loop()"
terminated "terminate with temporary tables" "CREATE TEMP TABLE mine AS SELECT good(1); BEGIN; SAVEPOINT s" "SELECT loop_if(i = 500) FROM t"
terminated "terminate in memory.fill" "" "SELECT fill_loop()"
terminated "terminate in a start function" "SELECT good(1)" "SELECT start_loop()"
terminated "terminate in cabi_realloc" "" "SELECT realloc_loop('x')"
terminated "terminate in DO" "" "DO LANGUAGE wasm '(module (func (export \"run\") (loop br 0)))'"
terminated "terminate below PL/pgSQL, which cannot catch it" "" "SELECT caught()"
terminated "terminate leader and workers" "$parallel" "SELECT sum(loop()) FROM t"

# A client that is gone.
PGOPTIONS="-c client_connection_check_interval=100ms" PGAPPNAME=leaver psql -XAtq -c "SELECT loop()" &
leaver=$!
eventually "a client waits" "SELECT $runs FROM pg_stat_activity WHERE application_name = 'leaver'"
kill -9 $leaver
{ wait $leaver || true; } 2>/dev/null
eventually "its guest ends when it is gone" "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'leaver'"

# A server that stops.
session second
session third
session fourth
send guest "SELECT sum(loop()) FROM t"
send second "SELECT loop()"
send third "SELECT fill_loop()"
send fourth "SELECT start_loop()"
eventually "six processes are in a guest" "SELECT count(*) = 6 FROM pg_stat_activity
    WHERE $runs AND query LIKE 'SELECT%loop()%' AND pid <> pg_backend_pid()"
start=$SECONDS
succeeds "a fast shutdown" cluster_ctl -m fast stop
like "a fast shutdown is fast" "$((SECONDS - start < 20)), $((SECONDS - start)) s" "^1,"
like "a fast shutdown ends the guests" "$(answer guest)$(answer second)$(answer third)$(answer fourth)" \
    "(FATAL:  57P01.*){4}"
finish
