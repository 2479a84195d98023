-- Messages: what guests write to standard output and error and to plwasm:host/log is raised after the call, and the end of it
-- is in the DETAIL of an error.
CREATE SCHEMA messages;
SET search_path = messages, public;
LOAD 'plwasm';
SHOW plwasm.guest_messages;
SET plwasm.wasi = 'inert';

CREATE FUNCTION talk() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_write" (func $unstable_fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 0) "line\0a")
  (data (i32.const 32) "new \0a" "step\0a" "done\0a")
  (global $free (mut i32) (i32.const 1024))
  (func $alloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $free (i32.add (global.get $free) (local.get 3)))
    (i32.sub (global.get $free) (local.get 3)))
  ;; the errno, or the number of bytes written
  (func $print (param $fd i32) (param $at i32) (param $length i32) (result i32)
    (local $errno i32)
    (i32.store (i32.const 16) (local.get $at))
    (i32.store (i32.const 20) (local.get $length))
    (local.set $errno (call $fd_write (local.get $fd) (i32.const 16) (i32.const 1) (i32.const 24)))
    (if (result i32) (local.get $errno) (then (local.get $errno)) (else (i32.load (i32.const 24)))))
  (func (export "say") (param $fd i32) (param $at i32) (param $length i32) (result i32)
    (call $print (local.get $fd) (local.get $at) (local.get $length)))
  (func (export "say_unstable") (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const 16) (local.get $at))
    (i32.store (i32.const 20) (local.get $length))
    (call $unstable_fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))
  (func (export "close_and_say") (param $at i32) (param $length i32) (result i32)
    (drop (call $fd_close (i32.const 1)))
    (call $print (i32.const 1) (local.get $at) (local.get $length)))
  (func (export "log") (param $level i32) (param $at i32) (param $length i32)
    (call $log (local.get $level) (local.get $at) (local.get $length)))
  (func (export "print_and_log") (param $at i32) (param $length i32)
    (drop (call $print (i32.const 1) (local.get $at) (local.get $length)))
    (call $log (i32.const 3) (local.get $at) (local.get $length)))
  (func (export "die") (param $at i32) (param $length i32) (result i32)
    (drop (call $print (i32.const 2) (local.get $at) (local.get $length)))
    (unreachable))
  ;; n lines, each in two pieces
  (func $lines (export "lines") (param $n i32) (result i32)
    (loop $next
      (drop (call $print (i32.const 1) (i32.const 0) (i32.const 2)))
      (drop (call $print (i32.const 1) (i32.const 2) (i32.const 3)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 1))
  (func (export "lines_and_die") (param $n i32) (result i32)
    (drop (call $lines (local.get $n)))
    (unreachable))
  ;; without an end
  (func (export "flood") (result i32)
    (loop $next
      (drop (call $print (i32.const 1) (i32.const 0) (i32.const 262144)))
      (br $next))
    (unreachable))
  ;; vectors as they are
  (func (export "raw") (param $fd i32) (param $at i32) (param $length i32) (param $n i32) (result i32)
    (local $i i32)
    (local.set $i (i32.const 2000))
    (loop $next
      (i32.store (local.get $i) (local.get $at))
      (i32.store offset=4 (local.get $i) (local.get $length))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $i) (i32.add (i32.const 2000) (i32.mul (i32.const 8) (local.get $n))))))
    (call $fd_write (local.get $fd) (i32.const 2000) (local.get $n) (i32.const 24)))
  (func (export "raw_log") (param $level i32) (param $at i32) (param $length i32)
    (call $log (local.get $level) (local.get $at) (local.get $length)))
  (func (export "three") (result i32)
    (drop (call $print (i32.const 1) (i32.const 0) (i32.const 5)))
    (i32.store (i32.const 100) (i32.const 7))
    (i32.store (i32.const 104) (i32.const 8))
    (i32.store (i32.const 80) (i32.const 100))
    (i32.store (i32.const 84) (i32.const 2))
    (i32.const 80))
  ;; a resource
  (func (export "[constructor]sum") (result i32)
    (drop (call $print (i32.const 1) (i32.const 32) (i32.const 5)))
    (call $alloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 8)))
  (func (export "[method]sum.step") (param i32 i32)
    (if (i32.eq (local.get 1) (i32.const 2)) (then
      (drop (call $print (i32.const 1) (i32.const 37) (i32.const 5)))))
    (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (local.get 1))))
  (func (export "[method]sum.finish") (param i32) (result i32)
    (drop (call $print (i32.const 1) (i32.const 42) (i32.const 5)))
    (i32.load (local.get 0)))
  ;; a prepared function
  (func (export "[constructor]times") (param i32) (result i32) (local $it i32)
    (drop (call $print (i32.const 1) (i32.const 32) (i32.const 5)))
    (local.set $it (call $alloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 8)))
    (i32.store (local.get $it) (local.get 0))
    (local.get $it))
  (func (export "[method]times.of") (param i32 i32) (result i32)
    (if (i32.eqz (local.get 1)) (then
      (drop (call $print (i32.const 1) (i32.const 42) (i32.const 5)))))
    (i32.mul (i32.load (local.get 0)) (local.get 1))))
$$;
CREATE FUNCTION say(fd int, bytea) RETURNS int LANGUAGE wasm IMMUTABLE AS 'talk';
CREATE FUNCTION kept_say(fd int, bytea) RETURNS int LANGUAGE wasm AS 'talk#say isolation=statement';
CREATE FUNCTION say_unstable(bytea) RETURNS int LANGUAGE wasm AS 'talk';
CREATE FUNCTION close_and_say(bytea) RETURNS int LANGUAGE wasm AS 'talk';
CREATE FUNCTION log(level int, text) RETURNS void LANGUAGE wasm AS 'talk';
CREATE FUNCTION print_and_log(text) RETURNS void LANGUAGE wasm AS 'talk';
CREATE FUNCTION die(bytea) RETURNS int LANGUAGE wasm AS 'talk';
CREATE FUNCTION lines(n int) RETURNS int LANGUAGE wasm AS 'talk';
CREATE FUNCTION lines_and_die(n int) RETURNS int LANGUAGE wasm AS 'talk';
CREATE FUNCTION flood() RETURNS int LANGUAGE wasm AS 'talk#flood fuel=10000000';
CREATE FUNCTION raw(fd int, at int, length int, n int) RETURNS int LANGUAGE wasm AS 'talk';
CREATE FUNCTION raw_log(level int, at int, length int) RETURNS void LANGUAGE wasm AS 'talk';
CREATE FUNCTION three() RETURNS SETOF int LANGUAGE wasm AS 'talk';
CREATE FUNCTION sum_step(wasm.state, int) RETURNS wasm.state LANGUAGE wasm AS 'talk#sum.step';
CREATE FUNCTION sum_finish(wasm.state) RETURNS int LANGUAGE wasm AS 'talk#sum.finish';
CREATE AGGREGATE total(int) (SFUNC = sum_step, STYPE = wasm.state, FINALFUNC = sum_finish);
CREATE FUNCTION times(by int, int) RETURNS int LANGUAGE wasm AS 'talk#times.of';

SET client_min_messages = notice;
-- the default is debug1, which is below
SELECT say(1, 'hello, world');
SET plwasm.guest_messages = notice;
SELECT say(1, 'hello, world');
SELECT say(2, 'hello, world'), say_unstable('older');
SELECT say(1, E'one\ntwo\r\n\n\nthree'::text::bytea);
-- nothing is written to standard input, to a descriptor that was closed, and to others
SELECT say(0, 'hello'), close_and_say('hello'), say(3, 'hello');
-- the log
SELECT log(0, 'a'), log(1, 'b'), log(2, 'c'), log(3, 'd');
SELECT log(1, ''), log(1, E'first\nsecond');
SELECT print_and_log('no newline');
SELECT outcome('SELECT log(4, ''no such level'')');
-- levels
SET plwasm.guest_messages = warning;
SELECT say(1, 'hello, world');
SET plwasm.guest_messages = log;
SELECT say(1, 'hello, world');
SET client_min_messages = log;
SELECT say(1, 'hello, world');
SET plwasm.guest_messages = debug1;
SELECT say(1, 'hello, world');
SET plwasm.guest_messages = off;
SELECT say(1, 'hello, world');
SET plwasm.guest_messages = error;
SET plwasm.guest_messages = notice;
SET client_min_messages = warning;
SELECT say(1, 'hello, world');
SET client_min_messages = notice;

-- errors have the end of it, whatever the setting is
SELECT die('what went wrong');
SET plwasm.guest_messages = off;
SELECT error($$SELECT die(E'Traceback:\n\tline 1\nValueError')$$);
SELECT error('SELECT lines_and_die(30)');
SELECT length(error), left(error, 100) FROM error('SELECT die(convert_to(repeat(''ü'', 3000), ''UTF8''))') error;
-- of this call alone
SELECT error('SELECT die('''')');
SELECT error('SELECT say(1, ''secret'') + die('''')');
SELECT error('SELECT raw_log(1, 0, -1)');
SELECT length(error), left(error, 130) FROM error('SELECT flood()') error;
SELECT error('SELECT times(3, n) + die(''of die alone'') FROM generate_series(0, 2) n');
SET plwasm.guest_messages = notice;

-- what it says cannot be taken for something else
SELECT say(1, E'\nERROR:  fake\r\nLOG:  fake\rDETAIL:  fake'::text::bytea);
SELECT say(1, '\x00ff41e282f09f980a1b5b33316d7f'), say(1, '\xe280ae41c285e280a8');
CREATE FUNCTION "bad
NOTICE:  name"(fd int, bytea) RETURNS int LANGUAGE wasm AS 'talk#say';
SELECT "bad
NOTICE:  name"(1, 'text');
-- pointers and lengths
SELECT n, outcome(format('SELECT raw(%s)', v)) FROM (VALUES
    (1, '1, 262144, 0, 1'), (2, '1, 262144, 1, 1'), (3, '1, 262143, 2, 1'), (4, '1, -1, 1, 1'), (5, '1, -1, 2, 1'),
    (6, '1, 0, -1, 1'), (7, '1, 0, -1, 2'), (8, '1, 1, -1, 1'), (9, '1, 5, 0, 10000'), (10, '1, 3, 2, 3'), (11, '0, 5, -1, 1')) _ (n, v);
SELECT outcome('SELECT raw_log(1, 262143, 2)'), outcome('SELECT raw_log(-1, 0, 0)'), outcome('SELECT raw_log(2, 0, 4)');
-- more than is kept: the end of it, cut within a character
SELECT say(1, convert_to('éé' || repeat(E'\n', 65531) || 'last', 'UTF8')) AS bytes;
-- no lines
SELECT raw(1, 0, 0, 30000), say(1, ''), say(1, E'\n\n');

-- it changes nothing: the same result, the same fuel, no matter what was said before; and it is no impurity
SELECT export, stateless, changes FROM wasm.exports('talk') WHERE export IN ('log', 'raw_log', 'print_and_log');
SET plwasm.guest_messages = off;
SELECT count(*), sum(say(1, repeat('x', n)::bytea)) FROM generate_series(1, 70000, 1001) n;
SET plwasm.guest_messages = notice;
SELECT say(1, 'after');

-- isolation by statement, sets, aggregates, prepared functions, DO, PL/pgSQL
SELECT kept_say(1, n::text::bytea) FROM generate_series(1, 2) n;
SELECT * FROM three();
SELECT total(n) FROM generate_series(1, 3) n;
SELECT n % 2 AS g, total(n) FROM generate_series(1, 3) n GROUP BY 1 ORDER BY 1;
SELECT times(3, n) FROM generate_series(0, 2) n;
SELECT times(4, 1), times(4, 0);
DO LANGUAGE wasm $$(module (import "plwasm:host/log" "log" (func $log (param i32 i32 i32))) (memory 1)
  (data (i32.const 0) "in a block") (func (export "run") (call $log (i32.const 2) (i32.const 0) (i32.const 10))))$$;
DO $$ BEGIN PERFORM messages.die('caught'); EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'it failed'; END $$;
SELECT say(1, 'next');

-- another role sees its own messages alone
CREATE ROLE messages_role;
GRANT USAGE ON SCHEMA messages TO messages_role;
SET plwasm.guest_messages = off;
SELECT say(1, 'of the superuser'), kept_say(1, 'of the superuser');
SET plwasm.guest_messages = notice;
SET ROLE messages_role;
SELECT say(1, ''), say(1, 'of the role'), kept_say(1, '');
SET plwasm.guest_messages = warning;
SELECT say(1, 'anyone may set it');
RESET ROLE;
SET plwasm.guest_messages = notice;

-- parallel workers
ALTER FUNCTION say(int, bytea) PARALLEL SAFE COST 10000;
CREATE TABLE many AS SELECT generate_series(1, 20000) AS n;
ALTER TABLE many SET (parallel_workers = 1);
ANALYZE many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT count(say(1, CASE n WHEN 777 THEN 'in a worker' ELSE '' END::bytea)) FROM many;

-- before any call: to no one, except in an error
CREATE FUNCTION quiet_guest() RETURNS wasm.module LANGUAGE wasm AS $$
(module (import "plwasm:host/log" "log" (func $log (param i32 i32 i32))) (memory 1) (data (i32.const 0) "startcall")
  (func $start (call $log (i32.const 1) (i32.const 0) (i32.const 5)))
  (start $start)
  (func (export "quiet") (param i32) (result i32)
    (if (local.get 0) (then (call $log (i32.const 1) (i32.const 5) (i32.const 4))))
    (local.get 0)))$$;
CREATE FUNCTION quiet(int) RETURNS int LANGUAGE wasm AS 'quiet_guest warm=quiet(7)';
SELECT quiet(0), quiet(1), quiet(0);
CREATE FUNCTION fails() RETURNS int LANGUAGE wasm AS $$
(module (import "plwasm:host/log" "log" (func $log (param i32 i32 i32))) (memory 1) (data (i32.const 0) "start")
  (func $start (call $log (i32.const 3) (i32.const 0) (i32.const 5)) (unreachable))
  (start $start)
  (func (export "fails") (result i32) (i32.const 1)))$$;
SELECT error('SELECT fails()');

-- the log is there without WASI; of another type, or by another name, it is refused
SET plwasm.wasi = 'none';
SELECT quiet(1);
SELECT error('SELECT say(1, ''hello'')');
SELECT error($test$CREATE FUNCTION f() RETURNS int LANGUAGE wasm AS
    '(module (import "plwasm:host/log" "log" (func (param i32 i32))) (func (export "f") (result i32) (i32.const 1)))'$test$);
SELECT error($test$CREATE FUNCTION f() RETURNS int LANGUAGE wasm AS
    '(module (import "plwasm:host/log" "write" (func (param i32 i32))) (func (export "f") (result i32) (i32.const 1)))'$test$);
SELECT error($test$CREATE FUNCTION f() RETURNS int LANGUAGE wasm AS
    '(module (import "messages" "memory" (memory 2 2)) (import "plwasm:host/log" "log" (func (param i32 i32 i32))) (func (export "f") (result i32) (i32.const 1)))'$test$);
-- a module cannot take the memory of messages for itself: its own memories are what they were
CREATE FUNCTION own(int) RETURNS int LANGUAGE wasm AS $$
(module (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
  (memory (export "plwasm messages") 2 2) (memory (export "messages") 2 2)
  (data (i32.const 0) "text")
  (func (export "own") (param i32) (result i32)
    (call $log (i32.const 1) (i32.const 0) (i32.const 4))
    (i64.store 0 (i32.const 65536) (i64.add (i64.load 0 (i32.const 65536)) (i64.const 9)))
    (i64.store 1 (i32.const 65536) (i64.add (i64.load 1 (i32.const 65536)) (i64.const 9)))
    (i32.wrap_i64 (i64.add (i64.load 0 (i32.const 65536)) (i64.load 1 (i32.const 65536))))))$$;
SELECT own(1), own(2), own(3);
-- a program of wasi-libc, built with ordinary flags: printf, fprintf, assert
SET plwasm.wasi = 'inert';
SET plwasm.guest_messages = notice;
SET client_min_messages = notice;
\getenv guests PLWASM_GUESTS
\set code `base64 -w0 :'guests'/stdio/stdio.wasm`
CREATE FUNCTION stdio() RETURNS wasm.module LANGUAGE wasm AS :'code';
CREATE FUNCTION boxes(int, int) RETURNS int LANGUAGE wasm AS 'stdio';
SELECT boxes(7, 2), boxes(8, 2);
SELECT error('SELECT boxes(7, 0)');
SELECT boxes(7, 7);
RESET plwasm.wasi;
RESET client_min_messages;
DROP OWNED BY messages_role;
DROP ROLE messages_role;
RESET ALL;
SET client_min_messages = warning;
DROP SCHEMA messages CASCADE;
