-- NULL: a plain signature never gets it, one with options does.

-- plain signatures: the guest would trap if it were called
CREATE FUNCTION plain(int, int) RETURNS int LANGUAGE wasm AS
    '(module (func (export "plain") (param i32 i32) (result i32) unreachable))';
SELECT plain(NULL, 1) IS NULL AS null, plain(1, NULL) IS NULL AS null, plain(NULL, NULL) IS NULL AS null;
SELECT outcome('SELECT plain(1, 1)');
CREATE FUNCTION plain_text(text) RETURNS text LANGUAGE wasm AS 'strings#echo';
SELECT plain_text(NULL) IS NULL AS null, plain_text('') IS NULL AS null;

-- options: there is a discriminant before each value, and the result is behind a pointer
CALL make_guest('options', $$
  ;; the first that is some
  (func (export "first") (param $a i32) (param $va i32) (param $b i32) (param $vb i32) (result i32)
    (i32.store (i32.const 0) (i32.or (local.get $a) (local.get $b)))
    (i32.store (i32.const 4) (select (local.get $va) (local.get $vb) (local.get $a)))
    (i32.const 0))
  (func (export "first64") (param $a i32) (param $va i64) (param $b i32) (param $vb i64) (result i32)
    (i32.store (i32.const 0) (i32.or (local.get $a) (local.get $b)))
    (i64.store (i32.const 8) (select (local.get $va) (local.get $vb) (local.get $a)))
    (i32.const 0))
  (func (export "first-float") (param $a i32) (param $va f64) (param $b i32) (param $vb f64) (result i32)
    (i32.store (i32.const 0) (i32.or (local.get $a) (local.get $b)))
    (f64.store (i32.const 8) (select (local.get $va) (local.get $vb) (local.get $a)))
    (i32.const 0))
  (func (export "first-bool") (param $a i32) (param $va i32) (param $b i32) (param $vb i32) (result i32)
    (i32.store8 (i32.const 0) (i32.or (local.get $a) (local.get $b)))
    (i32.store8 (i32.const 1) (select (local.get $va) (local.get $vb) (local.get $a)))
    (i32.const 0))
  (func (export "first-text") (param $a i32) (param $pa i32) (param $la i32) (param $b i32) (param $pb i32) (param $lb i32) (result i32)
    (i32.store (i32.const 0) (i32.or (local.get $a) (local.get $b)))
    (i32.store (i32.const 4) (select (local.get $pa) (local.get $pb) (local.get $a)))
    (i32.store (i32.const 8) (select (local.get $la) (local.get $lb) (local.get $a)))
    (i32.const 0))
  ;; 1 where the payload of none is 0 as the specification has it
  (func (export "void-of") (param $a i32) (param $p i32) (param $l i32)
    (if (i32.eqz (local.get $a)) (then (if (i32.or (local.get $p) (local.get $l)) (then unreachable)))))
$$);
CREATE FUNCTION first(int, int) RETURNS int LANGUAGE wasm AS 'options';
CREATE FUNCTION first(oid, oid) RETURNS oid LANGUAGE wasm AS 'options';
CREATE FUNCTION first(int8, int8) RETURNS int8 LANGUAGE wasm AS 'options#first64';
CREATE FUNCTION first(float8, float8) RETURNS float8 LANGUAGE wasm AS 'options#first_float';
CREATE FUNCTION first(bool, bool) RETURNS bool LANGUAGE wasm AS 'options#first_bool';
CREATE FUNCTION first(text, text) RETURNS text LANGUAGE wasm AS 'options#first_text';
CREATE FUNCTION first(bytea, bytea) RETURNS bytea LANGUAGE wasm AS 'options#first_text';
CREATE FUNCTION void_of(text) RETURNS void LANGUAGE wasm AS 'options';
\pset null NULL
SELECT first(1, 2), first(NULL, 2), first(1, NULL), first(NULL::int, NULL);
SELECT first(4294967295::oid, NULL), first(NULL::oid, NULL);
SELECT first(-9223372036854775808, NULL), first(NULL, 9223372036854775807), first(NULL::int8, NULL);
SELECT first('-0'::float8, NULL), first(NULL, 'NaN'::float8), first(NULL::float8, NULL);
SELECT first(false, true), first(NULL, true), first(NULL::bool, NULL);
SELECT first('a', NULL), first(NULL, 'ü'), first('', 'x'), first(NULL::text, NULL);
SELECT first('\x00'::bytea, NULL), first(NULL::bytea, NULL);
SELECT void_of(NULL), void_of(''), void_of('x');

-- STRICT: PostgreSQL does not call the function, and the plain signature is the right one
CREATE FUNCTION strictly(int, int) RETURNS int LANGUAGE wasm STRICT AS
    '(module (func (export "strictly") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';
SELECT strictly(1, 2), strictly(NULL, 2);

-- the same for a procedure
CREATE PROCEDURE proceed(int) LANGUAGE wasm AS '(module (func (export "proceed") (param i32) unreachable))';
CALL proceed(NULL);
SELECT outcome('CALL proceed(1)');

DROP PROCEDURE proceed;
DROP FUNCTION plain, plain_text, strictly;
SET client_min_messages = error;
DROP FUNCTION options CASCADE;
