-- NaN: one that a guest computes is canonical wherever its bits can be seen. One that a guest was given, or has as
-- a constant, keeps its bits until the guest computes with it.
CREATE FUNCTION nan() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory 1)
  (data (i32.const 64) "\34\12\00\00\00\00\fc\ff") ;; a signalling one would be f4
  (table funcref (elem $same))
  (type $t (func (param f64) (result f64)))
  (global $g (mut f64) (f64.const 0))
  (func $same (type $t) (local.get 0))
  (func (export "divided") (param f64 f64) (result f64) (f64.div (local.get 0) (local.get 1)))
  (func (export "divided-bits") (param f64 f64) (result i64) (i64.reinterpret_f64 (f64.div (local.get 0) (local.get 1))))
  (func (export "added-bits") (param f64 f64) (result i64) (i64.reinterpret_f64 (f64.add (local.get 0) (local.get 1))))
  (func (export "root-bits") (param f64) (result i64) (i64.reinterpret_f64 (f64.sqrt (local.get 0))))
  (func (export "least-bits") (param f64 f64) (result i64) (i64.reinterpret_f64 (f64.min (local.get 0) (local.get 1))))
  (func (export "narrow-bits") (param f64) (result i32) (i32.reinterpret_f32 (f32.demote_f64 (local.get 0))))
  (func (export "negated-bits") (param f64) (result i64) (i64.reinterpret_f64 (f64.neg (f64.div (local.get 0) (local.get 0)))))
  (func (export "stored-bits") (param f64) (result i64)
    (f64.store (i32.const 8) (f64.div (local.get 0) (local.get 0))) (i64.load (i32.const 8)))
  (func (export "global-bits") (param f64) (result i64)
    (global.set $g (f64.div (local.get 0) (local.get 0))) (i64.reinterpret_f64 (global.get $g)))
  (func (export "called-bits") (param f64) (result i64)
    (i64.reinterpret_f64 (call_indirect (type $t) (f64.div (local.get 0) (local.get 0)) (i32.const 0))))
  (func (export "looped-bits") (param f64) (result i64) (local $x f64) (local $i i32)
    (loop $l
      (local.set $x (f64.sub (f64.mul (local.get $x) (local.get 0)) (local.get 0)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
    (i64.reinterpret_f64 (local.get $x)))
  (func (export "lanes") (param f64) (result i64)
    (v128.store (i32.const 16) (f64x2.div (f64x2.splat (local.get 0)) (f64x2.splat (local.get 0))))
    (i64.or (i64.load (i32.const 16)) (i64.load (i32.const 24))))
  (func (export "narrow-lanes") (param f64) (result i64)
    (i64x2.extract_lane 1 (f32x4.sub (f32x4.splat (f32.demote_f64 (local.get 0))) (f32x4.splat (f32.const inf)))))
  (func (export "given-bits") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))
  (func (export "loaded-bits") (result i64) (i64.reinterpret_f64 (f64.load (i32.const 64))))
  (func (export "passed-bits") (result i64) (i64.reinterpret_f64 (call $same (f64.load (i32.const 64)))))
  (func (export "chosen-bits") (param i32) (result i64)
    (i64.reinterpret_f64 (select (f64.load (i32.const 64)) (f64.div (f64.const 0) (f64.const 0)) (local.get 0))))
  (func (export "constant-bits") (result i64) (i64.reinterpret_f64 (f64.const -nan:0xabcdef)))
  (func (export "negated-constant-bits") (result i64) (i64.reinterpret_f64 (f64.neg (f64.const nan:0xabcdef))))
  (func (export "given-narrow-bits") (param f32) (result i32) (i32.reinterpret_f32 (local.get 0))))
$$;
CREATE FUNCTION divided(float8, float8) RETURNS float8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION divided_bits(float8, float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION added_bits(float8, float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION root_bits(float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION least_bits(float8, float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION narrow_bits(float8) RETURNS int LANGUAGE wasm AS 'nan';
CREATE FUNCTION negated_bits(float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION stored_bits(float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION global_bits(float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION called_bits(float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION looped_bits(float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION lanes(float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION narrow_lanes(float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION given_bits(float8) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION loaded_bits() RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION passed_bits() RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION chosen_bits(int) RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION constant_bits() RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION negated_constant_bits() RETURNS int8 LANGUAGE wasm AS 'nan';
CREATE FUNCTION given_narrow_bits(float4) RETURNS int LANGUAGE wasm AS 'nan';
-- NaNs of other bits than the canonical ones
CREATE FUNCTION float_of(int8) RETURNS float8 LANGUAGE wasm AS '(module (func (export "float_of") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0))))';
CREATE TABLE nans (nan float8);
\copy nans FROM PROGRAM 'printf "PGCOPY\\n\\377\\r\\n\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0\\010\\377\\370\\0\\0\\0\\0\\022\\064\\377\\377"' (FORMAT binary)
SELECT to_hex(given_bits(nan)) AS given, float8send(nan) AS sent FROM nans;

-- computed
SELECT operation, to_hex(bits) AS bits FROM nans, LATERAL (VALUES
    ('0 / 0', divided_bits(0, 0)), ('NaN / 1', divided_bits(nan, 1)), ('1 / NaN', divided_bits(1, nan)), ('NaN + 1', added_bits(nan, 1)), ('inf - inf', added_bits('inf', '-inf')),
    ('NaN + NaN', added_bits(nan, nan)), ('root of -1', root_bits(-1)), ('root of NaN', root_bits(nan)), ('least of NaN and 1', least_bits(nan, 1)), ('-(0 / 0)', negated_bits(0)),
    ('stored', stored_bits(0)), ('stored, of NaN', stored_bits(nan)), ('in a global', global_bits(nan)), ('passed to a callee', called_bits(nan)), ('in a loop', looped_bits(nan)),
    ('two lanes', lanes(nan)), ('two lanes of 0 / 0', lanes(0)), ('two of four lanes', narrow_lanes(nan)), ('two of four lanes of inf - inf', narrow_lanes('inf')), ('narrow', narrow_bits(nan))) v (operation, bits);
SELECT float8send(divided(0, 0)), float8send(divided(nan, 1)), divided(0, 0) = 'NaN'::float8 AS equal FROM nans;
-- kept
SELECT operation, to_hex(bits) AS bits FROM nans, LATERAL (VALUES
    ('given', given_bits(nan)), ('PostgreSQL''s', given_bits('NaN')), ('loaded', loaded_bits()), ('passed', passed_bits()), ('chosen', chosen_bits(1)), ('not chosen', chosen_bits(0)),
    ('constant', constant_bits()), ('its negative', negated_constant_bits()), ('PostgreSQL''s narrow', given_narrow_bits('NaN'))) v (operation, bits);
-- a float that is returned is the canonical NaN
SELECT float8send(float_of(-1)), float8send(float_of(9218868437227405313)), float8send(float_of(4607182418800017408));
-- it is the same for all rows, so it can be indexed
SELECT count(DISTINCT divided_bits(0, i - i)) AS one, count(DISTINCT added_bits(nan, i)) AS one, count(DISTINCT looped_bits(nan)) AS one FROM nans, generate_series(1, 10000) i;

DROP TABLE nans;
DROP FUNCTION float_of;
SET client_min_messages = error;
DROP FUNCTION nan CASCADE;
