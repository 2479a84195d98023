-- Polymorphic types are resolved where the function is called.
CREATE SCHEMA polymorphic;
SET search_path = polymorphic, public;

CALL make_guest('guest', $$
  (func (export "list") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (func (export "word") (param i32) (result i32) (local.get 0))
  (func (export "long") (param i64) (result i64) (local.get 0))
  (func (export "larger") (param i32 i32) (result i32) (select (local.get 0) (local.get 1) (i32.gt_s (local.get 0) (local.get 1))))
  (func (export "length") (param i32 i32) (result i32) (local.get 1))
  ;; an array of the two, of four bytes each
  (func (export "both") (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0))
    (i32.store (i32.const 20) (local.get 1))
    (call $return (i32.const 16) (i32.const 2)))
  (func (export "first") (param i32 i32) (result i32) (i32.load (local.get 0)))
  (func (export "range") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store8 (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.store (i32.const 8) (local.get 2)) (i32.store (i32.const 12) (local.get 3))
    (i32.store (i32.const 16) (local.get 4)) (i32.store8 (i32.const 20) (local.get 5)) (i32.store8 (i32.const 21) (local.get 6)) (i32.const 0))
  (func (export "lower") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (local.get 2))
  (func (export "two") (param i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.store (i32.const 4) (i32.const 8))
    (i32.store (i32.const 8) (i32.const 1))
    (i32.store (i32.const 12) (local.get 0))
    (i32.const 0))
$$);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE weather AS ENUM ('rain', 'sun');
CREATE DOMAIN small AS int CHECK (value < 100);
CREATE TYPE num AS (n int);

CREATE FUNCTION word(anyelement) RETURNS anyelement LANGUAGE wasm AS 'guest';
CREATE FUNCTION long(anyelement) RETURNS anyelement LANGUAGE wasm AS 'guest';
CREATE FUNCTION list(anyelement) RETURNS anyelement LANGUAGE wasm AS 'guest';
CREATE FUNCTION nonarray(anynonarray) RETURNS anynonarray LANGUAGE wasm AS 'guest#word';
CREATE FUNCTION enum(anyenum) RETURNS anyenum LANGUAGE wasm AS 'guest#word';
CREATE FUNCTION range(anyrange) RETURNS anyrange LANGUAGE wasm AS 'guest';
CREATE FUNCTION lower_bound(anyrange) RETURNS anyelement LANGUAGE wasm AS 'guest#lower';
CREATE FUNCTION multi(anymultirange) RETURNS anymultirange LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION larger(anyelement, anyelement) RETURNS anyelement LANGUAGE wasm AS 'guest';
CREATE FUNCTION two_of(anyelement, anyelement) RETURNS anyarray LANGUAGE wasm AS 'guest#both';
CREATE FUNCTION first(anyarray) RETURNS anyelement LANGUAGE wasm AS 'guest';
CREATE FUNCTION compatible(anycompatible, anycompatible) RETURNS anycompatible LANGUAGE wasm AS 'guest#larger';
CREATE FUNCTION compatible_array(anycompatible, anycompatible) RETURNS anycompatiblearray LANGUAGE wasm AS 'guest#both';
CREATE FUNCTION compatible_nonarray(anycompatiblenonarray) RETURNS anycompatiblenonarray LANGUAGE wasm AS 'guest#word';
CREATE FUNCTION compatible_range(anycompatiblerange) RETURNS anycompatiblerange LANGUAGE wasm AS 'guest#range';
CREATE FUNCTION length(anyarray) RETURNS int LANGUAGE wasm AS 'guest';
CREATE FUNCTION rows(anyarray) RETURNS SETOF anyelement LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION outs(a anyelement, OUT b anyelement, OUT c anyarray) LANGUAGE wasm AS
    '(module (memory (export "memory") 1) (func (export "outs") (param i32) (result i32) (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (i32.const 0)) (i32.store (i32.const 8) (i32.const 1)) (i32.const 0)))';

-- two call sites with different types in one statement; the type of the result follows
SELECT word(7), word('2000-01-08'::date), word(true), word('ok'::mood), word(5::small), word(row(3)::num), word(4294967295::oid), word((-5)::int2), word('sun'::weather);
SELECT long(7::int8), long('infinity'::timestamptz), long('12:00'::time), list('text'::text), list(1.50), list('{1,2}'::int[]), list('{"a": 1}'::jsonb), list('::1'::inet);
SELECT outcome($$SELECT list('unknown')$$);
SELECT pg_typeof(word(true)), pg_typeof(list(1.5)), pg_typeof(two_of('sad'::mood, 'ok')), pg_typeof(first('{2000-01-01}'::date[])), pg_typeof(lower_bound(int4range(1, 2))), pg_typeof(word(5::small));
SELECT nonarray(5), enum('ok'::mood), enum('sun'::weather), range(int4range(1, 5)), range(daterange('2000-01-01', NULL)), lower_bound(daterange('2000-01-02', NULL)), multi('{[1,2)}'::int4multirange), multi('{[1.5,2)}'::nummultirange);
SELECT larger(1, 2), larger('sad'::mood, 'happy'), two_of(1, 2), two_of('2000-01-01'::date, 'infinity'), first('{9,8}'::int[]), first('{infinity}'::date[]), length('{a,b}'::text[]), length(array[now()]);
SELECT compatible(1::int2, 2), pg_typeof(compatible(1::int2, 2)), compatible_array(1, 2::int2), compatible_nonarray(5::oid), compatible_range(int4range(1, 2));
SELECT * FROM outs(5), outs('2000-01-02'::date) d;
SELECT * FROM rows('{1,2}'::int[]), rows('{a,b}'::text[]) t, rows('{"[1,2)"}'::int4range[]) r, rows(array[row(5)]::num[]) n;
-- the type is fixed for all rows of a query: one call site has one type
SELECT word(i), word(i::oid), long(i::int8) FROM generate_series(-1, 1) i;
-- NULL
SELECT word(NULL::int) IS NULL AS null, list(NULL::text) IS NULL AS null, outcome('SELECT word(NULL)');

-- the signature is checked when the types are known
SELECT error($$CREATE FUNCTION z(anyelement) RETURNS anyelement LANGUAGE wasm AS 'guest#no_such'$$);
SELECT error($$SELECT word('text'::text)$$);
SELECT error($$SELECT word(1.5::float8)$$);
SELECT error($$SELECT long(5)$$);
SELECT error($$SELECT list(row(1, 'a'))$$);
SELECT outcome($$SELECT enum(5)$$), outcome($$SELECT nonarray('{1}'::int[])$$), outcome($$SELECT larger(1, 'x'::text)$$);
SELECT error('SELECT outs(1.5)');
-- an error concerns one call site; the others work
SELECT word(1), outcome('SELECT word(1), word(1.5)');

-- called by other functions
CREATE FUNCTION of_sql(anyelement) RETURNS anyelement LANGUAGE sql AS 'SELECT word($1)';
CREATE FUNCTION of_plpgsql(anyelement) RETURNS anyelement LANGUAGE plpgsql AS 'BEGIN RETURN word($1); END';
SELECT of_sql(5), of_sql('ok'::mood), of_plpgsql(5), of_plpgsql('infinity'::date), of_plpgsql(true), of_plpgsql(6);
SELECT outcome($$SELECT of_sql('x'::text)$$), outcome($$SELECT of_plpgsql('x'::text)$$);
-- aggregates, plain, over groups and windows
CREATE AGGREGATE largest(anyelement) (sfunc = larger, stype = anyelement, initcond = '0');
CREATE FUNCTION larger_strict(anyelement, anyelement) RETURNS anyelement STRICT LANGUAGE wasm AS 'guest#larger';
CREATE AGGREGATE greatest_of(anyelement) (sfunc = larger_strict, stype = anyelement, finalfunc = word);
SELECT greatest_of(i), greatest_of(i::text::date), greatest_of(m) FROM (VALUES (20000101, 'ok'::mood), (20500101, 'sad'), (NULL, 'happy')) s (i, m);
SELECT i % 2 AS odd, greatest_of(i), greatest_of(i) FILTER (WHERE i < 5) FROM generate_series(1, 9) i GROUP BY 1 ORDER BY 1;
SELECT i, greatest_of(-i) OVER (ORDER BY i ROWS 1 PRECEDING) FROM generate_series(1, 3) i;
SELECT outcome('SELECT greatest_of(1.5)');
-- index expressions, constraints, defaults, generated columns
CREATE FUNCTION word_of(anyelement) RETURNS anyelement IMMUTABLE LANGUAGE wasm AS 'guest#word';
CREATE TABLE t (i int CHECK (word_of(i) < 1000), d date DEFAULT word_of('2000-01-01'::date), m mood GENERATED ALWAYS AS (word_of('ok'::mood)) STORED);
CREATE INDEX ON t (word_of(i), word_of(d));
INSERT INTO t (i) SELECT generate_series(1, 500);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM t WHERE word_of(i) = 77;
SELECT * FROM t WHERE word_of(i) = 77;
SELECT count(*) FROM t WHERE word_of(i) > 490 AND word_of(d) = '2000-01-01';
RESET enable_seqscan;
SELECT outcome('INSERT INTO t (i) VALUES (1000)');
-- prepared, with the types of the parameters
PREPARE prepared AS SELECT word($1::int), word($2::mood);
EXECUTE prepared(1, 'ok');
EXECUTE prepared(2, 'happy');
DEALLOCATE prepared;
-- operators and casts
CREATE OPERATOR <+> (leftarg = anyelement, rightarg = anyelement, function = larger);
SELECT 3 <+> 5, 'happy'::mood <+> 'sad', '2000-01-01'::date <+> 'infinity';
-- in ORDER BY
SELECT i FROM generate_series(1, 3) i ORDER BY word(-i);

SET client_min_messages = error;
DROP SCHEMA polymorphic CASCADE;
RESET search_path;
