#!/usr/bin/env bash
# Tests isolation=statement where that needs the protocol, several sessions or several processes: portals fetched in
# portions, messages of several statements, function calls without a query, rows that another session has changed,
# workers, sessions that are ended. tests/pg_regress/sql/statement.sql has the other tests.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION counter() RETURNS wasm.module LANGUAGE wasm AS '(module (global $n (mut i32) (i32.const 0))
    (func (export "count") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "forever") (result i32) (loop br 0) (unreachable)))';
CREATE FUNCTION counted() RETURNS int LANGUAGE wasm PARALLEL SAFE AS 'counter#count isolation=statement';
CREATE FUNCTION forever() RETURNS int LANGUAGE wasm AS 'counter#forever isolation=statement fuel=1e15';
CREATE TABLE t AS SELECT id, 0 AS n FROM generate_series(1, 3) id;
CREATE VIEW seven AS SELECT counted() FROM generate_series(1, 7);
SQL
)"

# PostgreSQL's protocol: portals, pipelined queries, function calls.
protocol=$(PYTHONPATH=$root/tests/lib python3 -B <<'PYTHON'
from wire import Wire

def show(what, *answers):
    print(what + ":", *(" ".join(row[0] for row in rows) for rows in answers), sep=" | ")

s = Wire()
counted = int(s.value("SELECT 'counted'::regproc::oid"))
s.query("BEGIN")
for portal in "a", "b":
    s.open(portal, "TABLE seven")
show("portions", s.fetch("a", 3), s.fetch("a", 3), s.fetch("a", 3))
show("interleaved", s.fetch("b", 1), s.query("SELECT counted()"), s.fetch("b", 2), s.run("SELECT counted()"), s.fetch("b", 0))
show("functions", s.call(counted), s.call(counted))
s.query("COMMIT")
show("one message", s.query("SELECT counted(); SELECT counted() + counted(); SELECT counted()"))
show("pipelined", s.run("SELECT counted()", "SELECT counted() + counted()", "SELECT counted()"))
show("functions alone", s.call(counted), s.call(counted))
PYTHON
)
is "portals, pipelined queries, function calls" "$protocol" "portions: | 1 2 3 | 4 5 6 | 7
interleaved: | 1 | 1 | 2 3 | 1 | 4 5 6 7
functions: | 1 | 1
one message: | 1 3 1
pipelined: | 1 3 1
functions alone: | 1 | 1"

# READ COMMITTED processes a row again if it was changed meanwhile: in the same execution, in a memory context within
# its own.
session a
session b
ask b "BEGIN; UPDATE t SET n = -1 WHERE id = 2"
send a "UPDATE t SET n = counted() RETURNING id, n, counted()"
eventually "a row is waited for" "SELECT wait_event = 'transactionid' FROM pg_stat_activity WHERE pid = $(pid a)"
ask b "COMMIT"
is "a row that is done again" "$(answer a)" $'1|1|2\n2|4|5\n3|6|7'

# Each worker has its own state, for as long as it works.
workers="SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0"
sql "$(cat <<'SQL'
CREATE TABLE many AS SELECT g FROM generate_series(1, 20000) g;
ALTER TABLE many SET (parallel_workers = 2);
CREATE FUNCTION expression() RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS 'BEGIN RETURN counted(); END';
CREATE FUNCTION query() RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS 'BEGIN RETURN (SELECT max(counted()) FROM generate_series(1, 3)); END';
SQL
)"
query="SELECT count(*), count(*) FILTER (WHERE query() = 3) FROM many WHERE counted() <= 20000 AND expression() > 0"
like "parallel workers: the plan" "$(sql "$workers; EXPLAIN $query")" "Parallel Seq Scan"
is "parallel workers" "$(sql "$workers; $query")" "20000|20000"

# A session that is ended while a guest runs, with state in cursors.
for how in pg_terminate_backend pg_cancel_backend; do
    session doomed
    is "$how: before" "$(ask doomed "BEGIN; DECLARE c CURSOR FOR TABLE seven; FETCH 2 FROM c")" $'1\n2'
    send doomed "SAVEPOINT s; SELECT counted(), forever()"
    eventually "$how: it runs" "SELECT state = 'active' AND query ~ 'forever' FROM pg_stat_activity WHERE pid = $(pid doomed)"
    sql "SELECT $how($(pid doomed))" >/dev/null
    like "$how" "$(answer doomed | head -n 1)" "^(ERROR|FATAL):  57"
    [[ $how == pg_terminate_backend ]] || is "$how: the cursor goes on" "$(ask doomed "ROLLBACK TO s; FETCH 2 FROM c")" $'3\n4'
done
finish
