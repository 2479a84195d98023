-- The functions of the soak test (tests/client/soak.sh): good ones, evil ones, and tables of their results.
CREATE EXTENSION plwasm;
CREATE FUNCTION add(int, int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS
    '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';
CREATE FUNCTION counted() RETURNS int LANGUAGE wasm AS '(module (memory 1) (global $n (mut i32) (i32.const 0)) (func (export "counted") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (i32.store (i32.const 5000) (i32.add (i32.load (i32.const 5000)) (i32.const 1)))
    (i32.mul (global.get $n) (i32.load (i32.const 5000)))))';
CREATE FUNCTION strings() RETURNS wasm.module LANGUAGE wasm AS '(module (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 16))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
        (global.set $free (i32.add (local.get $at) (local.get 3)))
        (if (i32.gt_u (global.get $free) (i32.shl (memory.size) (i32.const 16))) (then
            (if (i32.eq (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16))))) (then unreachable))))
        (local.get $at))
    (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
    (func (export "total") (param i32 i32) (result i64) (local $sum i64)
        (block $none (br_if $none (i32.eqz (local.get 1)))
            (loop $next
                (local.set $sum (i64.add (local.get $sum) (i64.load32_s (local.get 0))))
                (local.set 0 (i32.add (local.get 0) (i32.const 4)))
                (br_if $next (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
        (local.get $sum)))';
CREATE FUNCTION echo(text) RETURNS text LANGUAGE wasm IMMUTABLE AS 'strings';
CREATE FUNCTION echo_all(text[]) RETURNS text[] LANGUAGE wasm IMMUTABLE AS 'strings#echo';
CREATE FUNCTION echo_rows(text[]) RETURNS SETOF text LANGUAGE wasm IMMUTABLE AS 'strings#echo';
CREATE FUNCTION total(int[]) RETURNS int8 LANGUAGE wasm IMMUTABLE AS 'strings';
SELECT wasm.create_module('text_tools', pg_read_binary_file(:'guests' || '/c-text/text.wasm'));
CREATE FUNCTION slug(text) RETURNS text LANGUAGE wasm IMMUTABLE AS 'text_tools#slugify';
CREATE FUNCTION distance(text, text) RETURNS int LANGUAGE wasm IMMUTABLE AS 'text_tools#levenshtein';
CREATE DOMAIN small AS int CHECK (add(VALUE, 1) < 1000);
CREATE FUNCTION as_domain(int) RETURNS small LANGUAGE wasm AS '(module (func (export "as_domain") (param i32) (result i32) (local.get 0)))';
CREATE TABLE t AS SELECT i FROM generate_series(1, 10000) i;
CREATE INDEX ON t (add(i, 1));
ANALYZE t;
-- Replaced and dropped all the time.
CREATE FUNCTION shared() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "version") (result i32) (i32.const 1)))';
CREATE FUNCTION version_now() RETURNS int LANGUAGE wasm AS 'shared#version';
CREATE FUNCTION code(n int, size int DEFAULT 1) RETURNS text RETURN
    format('(module (memory 1) (func (export "version") (result i32) (i32.const %s) %s (i32.const %s) (i32.add) (i32.const %s) (i32.sub)))',
        n, repeat('(i32.const 1) (i32.mul) ', size), n, n);

-- Evil functions, each with its result.
CREATE FUNCTION evil_loop() RETURNS int LANGUAGE wasm AS '(module (func (export "evil_loop") (result i32) (loop br 0) unreachable))';
CREATE FUNCTION evil_trap() RETURNS int LANGUAGE wasm AS '(module (memory 1) (func (export "evil_trap") (result i32) (i32.store (i32.const 8) (i32.const 1)) unreachable))';
CREATE FUNCTION evil_stack() RETURNS int LANGUAGE wasm AS '(module (func $f (export "evil_stack") (result i32) (i32.add (call $f) (i32.const 1))))';
CREATE FUNCTION evil_division() RETURNS int LANGUAGE wasm AS '(module (func (export "evil_division") (result i32) (i32.div_s (i32.const 1) (i32.const 0))))';
CREATE FUNCTION evil_bounds() RETURNS int LANGUAGE wasm AS '(module (memory 1) (func (export "evil_bounds") (result i32) (i32.load (i32.const -1))))';
CREATE FUNCTION evil_memory() RETURNS int LANGUAGE wasm AS '(module (memory 0) (func (export "evil_memory") (result i32)
    (loop $again (br_if $again (i32.ne (i32.const -1) (memory.grow (i32.const 64)))))
    (memory.fill (i32.const 0) (i32.const 7) (i32.const 30000000)) unreachable))';
CREATE FUNCTION evil_table() RETURNS int LANGUAGE wasm AS '(module (table 0 funcref) (func (export "evil_table") (result i32)
    (loop $again (br_if $again (i32.ne (i32.const -1) (table.grow (ref.null func) (i32.const 300000))))) unreachable))';
CREATE FUNCTION evil_heap() RETURNS int LANGUAGE wasm AS '(module (type $a (array (mut i64))) (type $n (struct (field (ref $a)) (field (ref null $n)))) (func (export "evil_heap") (result i32)
    (local $n (ref null $n)) (loop $next (local.set $n (struct.new $n (array.new_default $a (i32.const 10000)) (local.get $n))) (br $next)) unreachable))';
CREATE FUNCTION evil_exception() RETURNS int LANGUAGE wasm AS '(module (tag $t) (func $f (param i32) (if (i32.eqz (local.get 0)) (then (throw $t))) (call $f (i32.sub (local.get 0) (i32.const 1))))
    (func (export "evil_exception") (result i32) (block $c (try_table (catch $t $c) (call $f (i32.const 1000)))) (throw $t)))';
CREATE FUNCTION evil_start() RETURNS int LANGUAGE wasm AS '(module (func $s unreachable) (start $s) (func (export "evil_start") (result i32) (i32.const 1)))';
CREATE FUNCTION evil_instance() RETURNS int LANGUAGE wasm AS '(module (memory 500) (table 1 funcref) (func $s (memory.fill (i32.const 0) (i32.const 1) (i32.const 32000000))) (start $s)
    (func $f (export "evil_instance") (result i32) (table.set (i32.const 0) (ref.func $f)) unreachable))';
CREATE FUNCTION evil_realloc(text) RETURNS int LANGUAGE wasm AS '(module (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const -1)) (func (export "evil_realloc") (param i32 i32) (result i32) (i32.const 1)))';
CREATE FUNCTION evil_text() RETURNS text LANGUAGE wasm AS '(module (memory (export "memory") 1) (data (i32.const 8) "\10\00\00\00\02\00\00\00\ff\ff") (func (export "evil_text") (result i32) (i32.const 8)))';
CREATE FUNCTION evil_list() RETURNS int[] LANGUAGE wasm AS '(module (memory (export "memory") 1) (data (i32.const 8) "\10\00\00\00\ff\ff\ff\ff") (func (export "evil_list") (result i32) (i32.const 8)))';
CREATE FUNCTION evil_post() RETURNS text LANGUAGE wasm AS '(module (memory (export "memory") 1) (func (export "evil_post") (result i32) (i32.const 8)) (func (export "cabi_post_evil_post") (param i32) (loop br 0)))';
