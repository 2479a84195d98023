#!/usr/bin/env bash
# Tests several databases of one server: a copy of a database has the same OIDs, but changes independently afterwards.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start
createdb origin
code() { echo "'(module (func (export \"f\") (result i32) (i32.const $1)))'"; }
as_function() { echo "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS $(code "$1");"; }
as_module() { echo "CREATE OR REPLACE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS $(code "$1");"; }
sql "CREATE EXTENSION plwasm; $(as_function 1) $(as_module 1)
    CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS 'm#f'; SELECT f(), g()" -d origin >/dev/null
for strategy in wal_log file_copy; do sql "CREATE DATABASE $strategy TEMPLATE origin STRATEGY $strategy"; done
databases="origin wal_log file_copy"
for name in $databases; do session "$name" -d "$name"; done
everywhere() { for name in $databases; do ask "$name" "$1"; done | xargs; }

is "a module has the same OID everywhere" "$(everywhere "SELECT 'm'::regproc::oid" | tr ' ' '\n' | sort -u | wc -l)" 1
is "it works everywhere" "$(everywhere "SELECT f(), g()")" "1|1 1|1 1|1"
ask wal_log "$(as_function 2) $(as_module 3)"
ask file_copy "DROP FUNCTION m CASCADE" >/dev/null
is "replaced in one, dropped in another" "$(everywhere "SELECT f(); SELECT g()")" "1 1 2 3 1 ERROR: 42883"
ask file_copy "$(as_module 4) CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS 'm#f'"
is "created again" "$(everywhere "SELECT g()")" "1 3 4"
ask wal_log "$(as_module 1)"
is "the same code in two" "$(everywhere "SELECT g()")" "1 1 4"
ask origin "\\c wal_log" >/dev/null
sql "DROP DATABASE origin"
session wal_log -d wal_log
is "one of the two dropped" "$(ask origin "SELECT f(), g()"; ask wal_log "SELECT f(), g()")" $'2|1\n2|1'
ask file_copy "DROP EXTENSION plwasm CASCADE" >/dev/null
is "the extension dropped in one" "$(ask file_copy "SELECT f()"; ask wal_log "SELECT f(), g()")" $'ERROR:  42883\n2|1'
finish
