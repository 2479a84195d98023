#!/usr/bin/env bash
# Tests what guests say: how many lines a statement raises, what reaches the server's log, a guest that never stops, and
# databases that are not UTF-8.
. "$(dirname "$0")/../lib/client.sh"

cluster_start
sql "CREATE EXTENSION plwasm" >/dev/null
# say prints a text, and lines prints n lines; flood prints 256 kB again and again.
# shellcheck disable=SC2016 # dollar quotes
guest='CREATE FUNCTION talk() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 5)
  (data (i32.const 0) "a line")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "say") (param i32 i32) (call $log (i32.const 1) (local.get 0) (local.get 1)))
  (func (export "lines") (param $n i32) (result i32)
    (loop $next
      (call $log (i32.const 1) (i32.const 0) (i32.const 6))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 1))
  (func (export "flood") (loop $next (call $log (i32.const 1) (i32.const 2048) (i32.const 262144)) (br $next))))
$$;
CREATE FUNCTION say(text) RETURNS void LANGUAGE wasm AS '"'talk'"';
CREATE FUNCTION lines(int) RETURNS int LANGUAGE wasm AS '"'talk'"';
CREATE FUNCTION flood() RETURNS void LANGUAGE wasm AS '"'talk'"';'
sql "$guest" >/dev/null

# Prints how often each line comes on standard error.
said() { # said SQL [ARGUMENT...]
    sql "$@" 2>&1 >/dev/null | sort | uniq -c | sed 's/^ *//'
}

is "lines of one statement" "$(said "SET plwasm.guest_messages = notice; SELECT sum(lines(300)) FROM generate_series(1, 5)")" \
    "1 NOTICE:  lines: ... more messages of this statement are not shown
1000 NOTICE:  lines: info: a line"
is "each statement has its own" "$(said "SET plwasm.guest_messages = notice; SELECT lines(700); SELECT lines(700)")" \
    "1400 NOTICE:  lines: info: a line"

# The server's log.
before=$(grep -c 'say: info' "$CLUSTER/log" || true)
sql "SET plwasm.guest_messages = log; SELECT say('of the log')" >/dev/null
sql "SELECT say('of nobody')" >/dev/null
sql "SET client_min_messages = error; SET plwasm.guest_messages = warning; SELECT say(E'one\nERROR:  two')" >/dev/null
is "in the log" "$(grep 'say: ' "$CLUSTER/log" | tail -n +$((before + 1)) | grep -oE '[A-Z]+:  say: .*')" \
    "LOG:  say: info: of the log
WARNING:  say: info: one
WARNING:  say: ERROR:  two"

# A guest that never stops: its memory is bounded, and it can be stopped.
like "without end: by fuel" "$(sql "SELECT flood()" 2>&1)" "exceeded its fuel limit"
like "without end: by a timeout" \
    "$(sql "SET plwasm.fuel = 0; SET plwasm.guest_messages = notice; SET statement_timeout = '300ms'; SELECT flood()" 2>&1 | cut -c 1-200)" \
    "canceling statement due to statement timeout"

# Other encodings: characters outside ASCII are escaped.
sql "CREATE DATABASE latin ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0" >/dev/null
sql "CREATE EXTENSION plwasm; $guest" -d latin >/dev/null
is "in LATIN1" "$(PGCLIENTENCODING=UTF8 said "SET plwasm.guest_messages = notice; SELECT say('grün')" -d latin)" \
    "1 NOTICE:  say: info: gr\\u{fc}n"
