-- More than 16 flat parameters go through memory: one pointer to a tuple. The statements that \gexec generates are
-- long, so they are not shown.

-- the largest number of parameters that fits
SELECT format('CREATE FUNCTION sixteen(%s) RETURNS int LANGUAGE wasm AS $$(module (func (export "sixteen") (param %s) (result i32) (i32.sub (local.get 0) (local.get 15))))$$',
    string_agg('int', ', '), string_agg('i32', ' ')) FROM generate_series(1, 16)
\set ECHO none
\gexec
\set ECHO all
SELECT sixteen(100, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);

CALL make_guest('spilled', $$
  ;; a hundred s32: the sum, each times its number, so that order matters
  (func (export "weigh") (param $tuple i32) (result i32) (local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.mul (i32.add (local.get $i) (i32.const 1))
        (i32.load (i32.add (local.get $tuple) (i32.mul (local.get $i) (i32.const 4)))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 100))))
    (local.get $sum))
  ;; bool s16 s32 s64 f32 f64 u32 string, then ten s64: every alignment. At 0 2 4 8 16 24 32 36 48 ...
  (func (export "mixed") (param $tuple i32) (result f64)
    (f64.add (f64.convert_i32_u (i32.load8_u (local.get $tuple)))
    (f64.add (f64.convert_i32_s (i32.load16_s offset=2 (local.get $tuple)))
    (f64.add (f64.convert_i32_s (i32.load offset=4 (local.get $tuple)))
    (f64.add (f64.convert_i64_s (i64.load offset=8 (local.get $tuple)))
    (f64.add (f64.promote_f32 (f32.load offset=16 (local.get $tuple)))
    (f64.add (f64.load offset=24 (local.get $tuple))
    (f64.add (f64.convert_i32_u (i32.load offset=32 (local.get $tuple)))
    (f64.add (f64.convert_i32_u (i32.load8_u (i32.load offset=36 (local.get $tuple))))
    (f64.add (f64.convert_i32_u (i32.load offset=40 (local.get $tuple)))
    (f64.add (f64.convert_i64_s (i64.load offset=48 (local.get $tuple)))
             (f64.convert_i64_s (i64.load offset=120 (local.get $tuple))))))))))))))
  ;; nine options of s64, 16 bytes each, and the result of one: how many are some, none for 0
  (func (export "some") (param $tuple i32) (result i32) (local $i i32) (local $n i64)
    (loop $next
      (local.set $n (i64.add (local.get $n) (i64.load8_u (i32.add (local.get $tuple) (i32.shl (local.get $i) (i32.const 4))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 9))))
    (i32.store (i32.const 0) (i64.ne (local.get $n) (i64.const 0)))
    (i64.store (i32.const 8) (local.get $n))
    (i32.const 0))
  ;; nine strings: the last
  (func (export "last") (param $tuple i32) (result i32) (i32.add (local.get $tuple) (i32.const 64)))
$$);
SELECT format('CREATE FUNCTION weigh(%s) RETURNS int LANGUAGE wasm AS ''spilled''', string_agg('int', ', ')) FROM generate_series(1, 100)
\set ECHO none
\gexec
\set ECHO all
SELECT format('SELECT weigh(%s), %s AS expected', string_agg(i::text, ', '), sum(i * i)) FROM generate_series(1, 100) i
\set ECHO none
\gexec
\set ECHO all
SELECT format('SELECT weigh(%s) IS NULL AS "null skips"', string_agg(CASE i WHEN 57 THEN 'NULL' ELSE i::text END, ', ')) FROM generate_series(1, 100) i
\set ECHO none
\gexec
\set ECHO all

CREATE FUNCTION mixed(bool, int2, int4, int8, float4, float8, oid, text, int8, int8, int8, int8, int8, int8, int8, int8, int8, int8)
    RETURNS float8 LANGUAGE wasm AS 'spilled';
SELECT mixed(true, -2::int2, 30, -400, 0.5, 0.25, 4000000000, 'Az', 10000, 0, 0, 0, 0, 0, 0, 0, 0, 200000),
       1 - 2 + 30 - 400 + 0.5 + 0.25 + 4000000000 + 65 + 2 + 10000 + 200000 AS expected;

-- nine options are eighteen flat parameters, and the plain signature has nine: so it is clear which one is meant
CREATE FUNCTION known(int8, int8, int8, int8, int8, int8, int8, int8, int8) RETURNS int8 LANGUAGE wasm AS 'spilled#some';
SELECT known(1, NULL, 3, NULL, 5, 6, 7, 8, NULL), known(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) IS NULL AS null;

CREATE FUNCTION last(text, text, text, text, text, text, text, text, text) RETURNS text LANGUAGE wasm AS 'spilled';
SELECT last('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'grüße');

-- a tuple needs an allocator, although its members do not
SELECT format('SELECT error($$CREATE FUNCTION z(%s) RETURNS int LANGUAGE wasm AS ''(module (memory (export "memory") 1) (func (export "z") (param i32) (result i32) (i32.const 1)))''$$)',
    string_agg('int', ', ')) FROM generate_series(1, 17)
\set ECHO none
\gexec
\set ECHO all

DROP FUNCTION sixteen;
SET client_min_messages = error;
DROP FUNCTION spilled CASCADE;
