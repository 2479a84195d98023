-- plwasm.wasi: imports of WASI are refused, or get a WASI without anything in it.
CREATE SCHEMA wasi;
SET search_path = wasi, public;

-- The default. The error names the import and the setting.
LOAD 'plwasm';
SHOW plwasm.wasi;
SELECT error($test$CREATE FUNCTION now_ns() RETURNS int8 LANGUAGE wasm AS $$
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "now_ns") (result i64)
    (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 0)))
    (i64.load (i32.const 0))))
$$$test$);

SET plwasm.wasi = 'inert';

-- Clocks advance, and begin anew with each call.
CREATE FUNCTION clocks() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $read (export "read") (param $clock i32) (result i64)
    (if (call $clock_time_get (local.get $clock) (i64.const 0) (i32.const 0)) (then unreachable))
    (i64.load (i32.const 0)))
  ;; how much later the n-th reading is than the first
  (func (export "rise") (param $n i32) (result i64)
    (local $first i64) (local $last i64)
    (local.set $first (call $read (i32.const 1)))
    (loop $next
      (local.set $last (call $read (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i64.sub (local.get $last) (local.get $first)))
  ;; how much later it is by one clock after sleeping by another
  (func (export "sleep") (param $clock i32) (param $ns i64) (result i64)
    (local $before i64)
    (i32.store (i32.const 112) (local.get $clock))
    (i64.store (i32.const 120) (local.get $ns))
    (local.set $before (call $read (i32.const 0)))
    (if (call $poll_oneoff (i32.const 96) (i32.const 256) (i32.const 1) (i32.const 300)) (then unreachable))
    (if (i32.ne (i32.load (i32.const 300)) (i32.const 1)) (then unreachable))
    (i64.sub (call $read (i32.const 0)) (local.get $before))))
$$;
CREATE FUNCTION read(clock int) RETURNS int8 LANGUAGE wasm IMMUTABLE AS 'clocks';
CREATE FUNCTION rise(n int) RETURNS int8 LANGUAGE wasm IMMUTABLE AS 'clocks';
CREATE FUNCTION sleep(clock int, ns int8) RETURNS int8 LANGUAGE wasm IMMUTABLE AS 'clocks';
CREATE FUNCTION read_on(clock int) RETURNS int8 LANGUAGE wasm AS 'clocks#read isolation=statement';

SELECT to_timestamp(read(0) / 1e9) AT TIME ZONE 'UTC' AS realtime, read(1) AS monotonic, read(2) AS cpu, read(3);
SELECT DISTINCT read(i % 4) FROM generate_series(1, 1000) i ORDER BY 1;
SELECT rise(1), rise(10), rise(1000), rise(1);
SELECT outcome('SELECT read(4)');
SELECT read_on(2) FROM generate_series(1, 3);
-- An hour is over at once.
SELECT sleep(1, 3600000000000), sleep(0, 0), sleep(1, 3600000000000);
-- The longest time, 146 years, is over at once, too.
SELECT sleep(1, -1) / 1000000000 / 86400 / 365 AS years;
-- An index can be made on the time that it returns, as on any immutable function.
CREATE TABLE readings(n int);
CREATE INDEX ON readings (rise(n));
INSERT INTO readings SELECT generate_series(1, 100);
SELECT bool_and(rise(n) = n * 1000) FROM readings;
DROP TABLE readings;

-- Random numbers are the same in each call.
CREATE FUNCTION random_int8(n int) RETURNS int8 LANGUAGE wasm AS $$
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "random_int8") (param $n i32) (result i64)
    (if (call $random_get (i32.const 8) (i32.mul (local.get $n) (i32.const 8))) (then unreachable))
    (i64.load (i32.mul (local.get $n) (i32.const 8)))))
$$;
SELECT random_int8(i) FROM generate_series(1, 3) i;
SELECT count(DISTINCT random_int8(i)) FROM generate_series(1, 1000) i;
SELECT count(DISTINCT random_int8(5)) FROM generate_series(1, 1000) i;

-- Descriptors: output is discarded, input is at its end, no file is open and none can be opened.
CREATE FUNCTION descriptors() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\0c\00\00\00" "\10\00\00\00\0c\00\00\00" "hello, world" "/etc/passwd")
  ;; bytes written or read, or less than 0: the errno
  (func $bytes (param $errno i32) (result i32)
    (if (local.get $errno) (then (return (i32.sub (i32.const 0) (local.get $errno)))))
    (i32.load (i32.const 100)))
  (func (export "write") (param $fd i32) (result i32)
    (call $bytes (call $fd_write (local.get $fd) (i32.const 0) (i32.const 2) (i32.const 100))))
  (func (export "read_some") (param $fd i32) (result i32)
    (call $bytes (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 100))))
  (func (export "close_and_write") (param $fd i32) (result i32)
    (drop (call $fd_close (local.get $fd)))
    (call $bytes (call $fd_write (local.get $fd) (i32.const 0) (i32.const 2) (i32.const 100))))
  (func (export "open") (param $fd i32) (result i32)
    (call $path_open (local.get $fd) (i32.const 1) (i32.const 28) (i32.const 11) (i32.const 0)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 100)))
  (func (export "prestat") (param $fd i32) (result i32)
    (call $fd_prestat_get (local.get $fd) (i32.const 100)))
  (func (export "accept") (param $fd i32) (result i32)
    (call $sock_accept (local.get $fd) (i32.const 0) (i32.const 100)))
  ;; arguments, variables, and bytes of both
  (func (export "environment") (result i64)
    (drop (call $args_sizes_get (i32.const 100) (i32.const 104)))
    (drop (call $environ_sizes_get (i32.const 108) (i32.const 112)))
    (i64.or (i64.load (i32.const 100)) (i64.load (i32.const 108)))))
$$;
CREATE FUNCTION write(fd int) RETURNS int LANGUAGE wasm AS 'descriptors';
CREATE FUNCTION read_some(fd int) RETURNS int LANGUAGE wasm AS 'descriptors';
CREATE FUNCTION close_and_write(fd int) RETURNS int LANGUAGE wasm AS 'descriptors';
CREATE FUNCTION open(fd int) RETURNS int LANGUAGE wasm AS 'descriptors';
CREATE FUNCTION prestat(fd int) RETURNS int LANGUAGE wasm AS 'descriptors';
CREATE FUNCTION accept(fd int) RETURNS int LANGUAGE wasm AS 'descriptors';
CREATE FUNCTION environment() RETURNS int8 LANGUAGE wasm AS 'descriptors';
SELECT fd, write(fd), read_some(fd), open(fd), prestat(fd), accept(fd) FROM generate_series(-1, 4) fd;
SELECT write(1), close_and_write(1), write(1);
SELECT environment();

-- An exit makes the call fail; the backtrace begins with it.
CREATE FUNCTION leave(code int) RETURNS void LANGUAGE wasm AS $$
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (func $main (param i32) (call $proc_exit (local.get 0)))
  (func (export "leave") (param i32) (call $main (local.get 0))))
$$;
SELECT error('SELECT leave(3)');
SELECT error('SELECT leave(0)');

-- A program is an export like any other. So is a library's start function, which runs once and before the first call.
CREATE FUNCTION program() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (global $started (mut i64) (i64.const 0))
  (func $now (result i64)
    (drop (call $clock_time_get (i32.const 2) (i64.const 0) (i32.const 0)))
    (i64.load (i32.const 0)))
  (func (export "_initialize") (global.set $started (call $now)))
  (func (export "_start") (drop (call $args_sizes_get (i32.const 0) (i32.const 4))))
  (func (export "started") (result i64) (global.get $started))
  (func (export "now") (result i64) (call $now)))
$$;
CREATE FUNCTION start() RETURNS void LANGUAGE wasm AS 'program#_start';
CREATE FUNCTION started() RETURNS int8 LANGUAGE wasm AS 'program';
CREATE FUNCTION cpu_now() RETURNS int8 LANGUAGE wasm AS 'program#now';
SELECT start(), started(), cpu_now() FROM generate_series(1, 2);

-- The older name of the module.
CREATE FUNCTION older(clock int) RETURNS int8 LANGUAGE wasm AS $$
(module
  (import "wasi_unstable" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "older") (param i32) (result i64)
    (drop (call $clock_time_get (local.get 0) (i64.const 0) (i32.const 0)))
    (i64.load (i32.const 0))))
$$;
SELECT older(2);

-- Preview 2, imported by a core module.
CREATE FUNCTION preview2() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $now (result i64)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@0.2.4" "poll" (func $poll (param i32 i32 i32)))
  (import "wasi:io/poll@0.2.4" "[resource-drop]pollable" (func $drop (param i32)))
  (import "wasi:filesystem/types@0.2.0" "[method]descriptor.sync" (func $sync (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  ;; how many of two are ready, and the milliseconds until then
  (func (export "wait") (param $first i64) (param $second i64) (result i64)
    (local $before i64)
    (i32.store (i32.const 0) (call $subscribe (local.get $first)))
    (i32.store (i32.const 4) (call $subscribe (local.get $second)))
    (local.set $before (call $now))
    (call $poll (i32.const 0) (i32.const 2) (i32.const 8))
    (call $drop (i32.load (i32.const 0)))
    (call $drop (i32.load (i32.const 4)))
    (i64.add
      (i64.mul (i64.load32_u (i32.const 12)) (i64.const 1000000))
      (i64.div_u (i64.sub (call $now) (local.get $before)) (i64.const 1000000))))
  (func (export "sync_file") (call $sync (i32.const 3) (i32.const 0))))
$$;
CREATE FUNCTION wait(int8, int8) RETURNS int8 LANGUAGE wasm AS 'preview2';
CREATE FUNCTION sync_file() RETURNS void LANGUAGE wasm AS 'preview2';
SELECT wait(5000000, 9000000), wait(9000000, 5000000), wait(5000000, 5000000), wait(0, 1);
SELECT error('SELECT sync_file()');

-- Functions that it does not have are refused as before, and only they are listed.
SELECT error(format('CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS %L', code)) FROM (VALUES
    ('(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (import "env" "log" (func)))'),
    ('(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i64))))'),
    ('(module (import "wasi_snapshot_preview1" "thread_spawn" (func (param i32) (result i32))))'),
    ('(module (import "wasi_snapshot_preview1" "memory" (memory 1)))'),
    ('(module (import "wasi:clocks/monotonic-clock@0.3.0" "now" (func (result i64))))'),
    ('(module (import "wasi:keyvalue/store@0.2.0" "open" (func (param i32 i32 i32))))')
) AS refused(code);

-- Hostile guests: pointers out of bounds, more than the memory, and no end.
CREATE FUNCTION evil() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fd_filestat_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "write_at") (param i32 i32 i32) (result i32)
    (call $fd_write (i32.const 1) (local.get 0) (local.get 1) (local.get 2)))
  (func (export "random_at") (param i32 i32) (result i32) (call $random_get (local.get 0) (local.get 1)))
  (func (export "poll_at") (param i32 i32 i32 i32) (result i32)
    (call $poll_oneoff (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "time_at") (param i32) (result i32)
    (call $clock_time_get (i32.const 0) (i64.const 0) (local.get 0)))
  (func (export "stat_at") (param i32) (result i32) (call $fd_filestat_get (i32.const 0) (local.get 0)))
  (func (export "wait_for_ever")
    (loop $again
      (drop (call $poll_oneoff (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 256)))
      (br $again))))
$$;
CREATE FUNCTION write_at(int, int, int) RETURNS int LANGUAGE wasm AS 'evil';
CREATE FUNCTION random_at(int, int) RETURNS int LANGUAGE wasm AS 'evil';
CREATE FUNCTION poll_at(int, int, int, int) RETURNS int LANGUAGE wasm AS 'evil';
CREATE FUNCTION time_at(int) RETURNS int LANGUAGE wasm AS 'evil';
CREATE FUNCTION stat_at(int) RETURNS int LANGUAGE wasm AS 'evil';
CREATE FUNCTION wait_for_ever() RETURNS void LANGUAGE wasm AS 'evil fuel=1e6';
SELECT query, outcome('SELECT ' || query) FROM (VALUES
    ('write_at(65532, 1, 0)'), ('write_at(-8, 1, 0)'), ('write_at(0, -1, 0)'), ('write_at(0, 0, 65533)'),
    ('random_at(65000, 536)'), ('random_at(65000, 537)'), ('random_at(0, -1)'), ('random_at(-8, 16)'),
    ('poll_at(0, 0, 0, 0)'), ('poll_at(0, 0, -1, 0)'), ('poll_at(65500, 0, 1, 0)'), ('poll_at(0, 65510, 1, 0)'),
    ('time_at(65528)'), ('time_at(65529)'), ('time_at(-1)'), ('stat_at(65472)'), ('stat_at(65473)'),
    ('wait_for_ever()')
) AS evil(query);

-- The setting counts at each call, also for functions that are resolved already, and cached by now.
CREATE FUNCTION plain(int) RETURNS int LANGUAGE wasm AS
    $$(module (func (export "plain") (param i32) (result i32) (local.get 0)))$$;
SELECT read(2), plain(1);
SET plwasm.wasi = 'none';
SELECT error('SELECT read(2)');
SELECT plain(1);
SET plwasm.wasi = 'inert';
SELECT read(2), plain(1);
SELECT set_config('plwasm.wasi', CASE i % 2 WHEN 0 THEN 'none' ELSE 'inert' END, false), outcome('SELECT read(2)')
FROM generate_series(1, 4) i;
-- also from one row to the next
SET plwasm.wasi = 'inert';
SELECT outcome($$SELECT count(random_int8(i) IS NULL AND set_config('plwasm.wasi', 'inert', false) IS NULL) FROM generate_series(1, 2) i$$);
SELECT outcome($$SELECT count(random_int8(i) IS NULL OR set_config('plwasm.wasi', 'none', false) IS NULL) FROM generate_series(1, 2) i$$);
-- if the body is not checked, the call is
SET plwasm.wasi = 'none';
SET check_function_bodies = off;
CREATE FUNCTION unchecked() RETURNS int8 LANGUAGE wasm AS 'clocks#read';
CREATE FUNCTION unchecked_read(int) RETURNS int8 LANGUAGE wasm AS 'clocks#read';
RESET check_function_bodies;
SELECT outcome('SELECT unchecked_read(2)');
SET plwasm.wasi = 'inert';
SELECT outcome('SELECT unchecked_read(2)'), outcome('SELECT unchecked()');

-- DO.
DO LANGUAGE wasm $$ (module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (func (export "run"))) $$;
RESET plwasm.wasi;
SELECT outcome('DO LANGUAGE wasm $$ (module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (func (export "run"))) $$');

-- Only superusers can change the setting.
CREATE ROLE wasi_user;
SET ROLE wasi_user;
SELECT outcome($$SET plwasm.wasi = 'inert'$$);
RESET ROLE;
DROP ROLE wasi_user;
SELECT outcome($$SET plwasm.wasi = 'all'$$);
