-- Domains: passed as their base types, and checked when they are returned.
CREATE SCHEMA domains;
SET search_path = domains, public;

CALL make_guest('guest', $$
  (global $calls (mut i32) (i32.const 0))
  (func (export "list") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (func (export "option") (param i32 i32 i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.store (i32.const 4) (local.get 1))
    (i32.store (i32.const 8) (local.get 2))
    (i32.const 0))
  (func (export "maybe") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (func (export "rows") (param i32 i32 i32) (result i32) (call $return (local.get 1) (local.get 2)))
  (func (export "number") (param i32) (result i32) (local.get 0))
  (func (export "pair") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  ;; what spoils memory if it runs too soon
  (func (export "is-odd") (param i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 255) (i32.const 262144))
    (i32.and (local.get 0) (i32.const 1)))
  (func (export "trap") (param i32) (result i32) unreachable)
  (func (export "trap-if") (param i32) (result i32)
    (if (i32.gt_s (local.get 0) (i32.const 100)) (then unreachable))
    (i32.const 1))
  (func (export "calls") (param i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.get $calls))
$$, pages => 4);
CREATE DOMAIN small AS int CHECK (value < 10);
CREATE DOMAIN tiny AS small CHECK (value > 0) NOT NULL;
CREATE DOMAIN word AS varchar(3) CHECK (value <> 'bad');
CREATE DOMAIN money2 AS numeric(5, 2) CONSTRAINT positive CHECK (value >= 0);
CREATE DOMAIN sure AS text NOT NULL;
CREATE DOMAIN smalls AS int[] CHECK (cardinality(value) < 3);

-- passed flat
CREATE FUNCTION to_small(int) RETURNS small LANGUAGE wasm AS 'guest#number';
CREATE FUNCTION to_tiny(int) RETURNS tiny LANGUAGE wasm AS 'guest#number';
CREATE FUNCTION to_word(text) RETURNS word LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION to_money2(numeric) RETURNS money2 LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION to_sure(text) RETURNS sure LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION maybe_tiny(int) RETURNS tiny LANGUAGE wasm AS 'guest#maybe';
CREATE FUNCTION maybe_sure(text) RETURNS sure LANGUAGE wasm AS 'guest#option';
CREATE FUNCTION to_smalls(int[]) RETURNS smalls LANGUAGE wasm AS 'guest#list';
SELECT to_small(9), to_tiny(1), to_word('abc'), to_word('a    '), to_money2(1.005), to_sure(''), to_smalls('{1,2}');
SELECT error('SELECT to_small(10)');
SELECT outcome('SELECT to_tiny(0)'), outcome('SELECT to_tiny(10)'), outcome($$SELECT to_word('bad')$$), outcome($$SELECT to_word('abcd')$$),
       outcome('SELECT to_money2(-1)'), outcome('SELECT to_money2(1000)'), outcome($$SELECT to_smalls('{1,2,3}')$$);
-- NOT NULL, for a result from an option; the plain function is not called, so it returns no value that could be checked
SELECT error('SELECT maybe_tiny(NULL)');
SELECT outcome('SELECT maybe_sure(NULL)'), outcome('SELECT to_tiny(NULL)'), outcome('SELECT to_sure(NULL)');
-- arguments need no check
CREATE FUNCTION of_tiny(tiny) RETURNS int LANGUAGE wasm AS 'guest#number';
SELECT of_tiny(5::tiny), of_tiny(5);
SELECT outcome('SELECT of_tiny(11)');

-- in arrays, composites, sets, domains over domains over arrays of domains
CREATE TYPE pair AS (a small, b tiny);
CREATE DOMAIN pairs AS pair[] CHECK (cardinality(value) < 3);
CREATE FUNCTION arrays(int[]) RETURNS tiny[] LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION null_arrays(int[]) RETURNS tiny[] LANGUAGE wasm AS 'guest#option';
CREATE FUNCTION words(text[]) RETURNS word[] LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION pair(int, int) RETURNS pair LANGUAGE wasm AS 'guest';
CREATE FUNCTION rows(int[]) RETURNS SETOF tiny LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION null_rows(int[]) RETURNS SETOF tiny LANGUAGE wasm AS 'guest#rows';
CREATE FUNCTION out_rows(int[]) RETURNS TABLE (a tiny) LANGUAGE wasm AS 'guest#list';
CREATE TYPE plain_pair AS (a int, b int);
CREATE FUNCTION many_pairs(plain_pair[]) RETURNS pairs LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION pair_rows(plain_pair[]) RETURNS SETOF pair LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION pair_table(plain_pair[]) RETURNS TABLE (a small, b tiny) LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION record_rows(plain_pair[]) RETURNS SETOF record LANGUAGE wasm AS 'guest#list';
SELECT arrays('{1,9}'), words('{a,abc}'), pair(-5, 5), many_pairs(array[row(1, 2)]::plain_pair[]);
SELECT * FROM rows('{1,2}'), out_rows('{3}'), pair_rows(array[row(1, 2)]::plain_pair[]);
SELECT outcome($$SELECT arrays('{1,0,2}')$$), outcome($$SELECT arrays('{1,10}')$$), outcome($$SELECT null_arrays('{1,NULL}')$$), outcome($$SELECT words('{a,bad}')$$), outcome($$SELECT words('{abcd}')$$);
SELECT outcome('SELECT pair(10, 5)'), outcome('SELECT pair(5, 0)'), outcome($$SELECT many_pairs(array[row(1, 1), row(11, 1)]::plain_pair[])$$),
       outcome('SELECT many_pairs(array_fill(row(1, 2)::plain_pair, array[3]))');
SELECT outcome($$SELECT count(*) FROM rows('{1,0}')$$), outcome($$SELECT count(*) FROM null_rows('{1,NULL}')$$), outcome($$SELECT count(*) FROM out_rows('{1,10}')$$);
SELECT outcome('SELECT count(*) FROM pair_rows(array[row(1, 0)]::plain_pair[])'), outcome('SELECT count(*) FROM pair_table(array[row(10, 1)]::plain_pair[])'),
       outcome('SELECT count(*) FROM record_rows(array[row(1, 2), row(10, 1)]::plain_pair[]) AS t (a int, b small)'), outcome('SELECT count(*) FROM record_rows(array[row(1, 2), row(10, 1)]::plain_pair[]) AS t (a small, b small)');
-- by name: a domain within a range is the type of its bounds
CREATE TYPE smallrange AS RANGE (subtype = small);
CREATE FUNCTION smallrange(int4range) RETURNS smallrange LANGUAGE wasm AS
    '(module (memory (export "memory") 1) (func (export "smallrange") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
       (i32.store8 (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.store (i32.const 8) (local.get 2))
       (i32.store (i32.const 12) (local.get 3)) (i32.store (i32.const 16) (local.get 4)) (i32.store8 (i32.const 20) (local.get 5)) (i32.store8 (i32.const 21) (local.get 6)) (i32.const 0)))';
SELECT smallrange('[1,5)'), smallrange('(,)'), outcome($$SELECT smallrange('[1,50)')$$);
-- large values, by reference: each is kept until it is checked
CREATE FUNCTION text_rows(text[]) RETURNS SETOF word LANGUAGE wasm AS 'guest#list';
SELECT count(*) FROM text_rows(array_fill('abc'::text, array[5000]));
SELECT outcome($$SELECT count(*) FROM text_rows(array_fill('abc'::text, array[1000]) || 'bad'::text)$$);

-- a check may call anything: here another function of the module, which uses the same memory
CREATE FUNCTION is_odd(int) RETURNS bool LANGUAGE wasm AS 'guest';
CREATE DOMAIN odd AS int CHECK (is_odd(value));
CREATE TYPE odds AS (a odd, b odd);
CREATE FUNCTION to_odd(int) RETURNS odd LANGUAGE wasm AS 'guest#number';
CREATE FUNCTION to_odds(int, int) RETURNS odds LANGUAGE wasm AS 'guest#pair';
CREATE FUNCTION odd_array(int[]) RETURNS odd[] LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION odd_rows(int[]) RETURNS SETOF odd LANGUAGE wasm AS 'guest#list';
SELECT to_odd(i) FROM unnest('{1,3,5}'::int[]) i;
SELECT to_odds(7, 9), odd_array('{1,3,5,7}'), outcome('SELECT to_odds(7, 8)'), outcome($$SELECT odd_array('{1,3,5,6}')$$);
SELECT array_agg(o) FROM odd_rows('{1,3,5,7}') o;
SELECT i, to_odds(i, i + 2), odd_array(array[i, i, i]) FROM generate_series(1, 5, 2) i;
SET plwasm.isolation = call;
SELECT i, to_odds(i, i + 2), odd_array(array[i, i, i]) FROM generate_series(1, 5, 2) i;
RESET plwasm.isolation;
-- a check may call the function itself, with the value that it returns, until the stack is full
CREATE FUNCTION loop(int) RETURNS int LANGUAGE wasm AS 'guest#number';
CREATE DOMAIN endless AS int CHECK (loop(value) = value);
CREATE OR REPLACE FUNCTION loop_back(int) RETURNS endless LANGUAGE wasm AS 'guest#number';
SELECT loop_back(5);
ALTER DOMAIN endless ADD CHECK (loop_back(value::int) = value);
SELECT outcome('SELECT loop_back(5)') ~ '^54001: stack depth limit exceeded' AS "too deep";
-- a function that traps
CREATE FUNCTION trap(int) RETURNS bool LANGUAGE wasm AS 'guest';
CREATE DOMAIN trapping AS int CHECK (trap(value));
CREATE FUNCTION to_trapping(int) RETURNS trapping LANGUAGE wasm AS 'guest#number';
SELECT error('SELECT to_trapping(5)');
-- a function that catches the trap of another, which drops all instances of the module
CREATE FUNCTION trap_if(int) RETURNS bool LANGUAGE wasm AS 'guest';
CREATE FUNCTION caught(int) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    RETURN domains.trap_if($1);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'caught % for %', SQLSTATE, $1;
    RETURN $1 < 1000;
END
$$;
CREATE DOMAIN careful AS int CHECK (caught(value));
CREATE FUNCTION to_careful(int) RETURNS careful LANGUAGE wasm AS 'guest#number';
CREATE FUNCTION careful_array(int[]) RETURNS careful[] LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION careful_rows(int[]) RETURNS SETOF careful LANGUAGE wasm AS 'guest#list';
SELECT to_careful(i), careful_array(array[i, 200, i + 1]) FROM unnest('{1,101,3}'::int[]) i;
SELECT array_agg(c) FROM careful_rows('{1,500,2,501,3}') c;
SELECT error('SELECT careful_array(array[1, 1001])');
-- a check that replaces the function that is being called
CREATE FUNCTION redefined(int) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION domains.to_redefined(int) RETURNS domains.redefining LANGUAGE wasm AS %L', 'guest#number fuel=' || 1000000 + $1);
    EXECUTE 'ALTER TYPE domains.changing RENAME ATTRIBUTE a TO b';
    EXECUTE 'ALTER TYPE domains.changing RENAME ATTRIBUTE b TO a';
    RETURN true;
END
$$;
CREATE DOMAIN redefining AS int CHECK (redefined(value));
CREATE TYPE changing AS (a redefining, c redefining);
CREATE FUNCTION to_redefined(int) RETURNS redefining LANGUAGE wasm AS 'guest#number';
CREATE FUNCTION to_changing(int, int) RETURNS changing LANGUAGE wasm AS 'guest#pair';
SELECT to_redefined(i) FROM generate_series(1, 3) i;
SELECT prosrc FROM pg_proc WHERE proname = 'to_redefined';
SELECT outcome('SELECT to_changing(1, 2)');

-- the domain changes between calls
CREATE FUNCTION in_plan(i int) RETURNS small LANGUAGE plpgsql AS $$ BEGIN RETURN to_small(i); END $$;
PREPARE prepared(int) AS SELECT to_small($1), arrays(array[$1]);
SELECT in_plan(8);
EXECUTE prepared(8);
ALTER DOMAIN small ADD CONSTRAINT even CHECK (value % 2 = 0);
SELECT outcome('SELECT in_plan(7)'), outcome('EXECUTE prepared(7)'), outcome('SELECT to_small(7)'), in_plan(6);
ALTER DOMAIN small DROP CONSTRAINT even;
SELECT in_plan(7);
EXECUTE prepared(7);
ALTER DOMAIN small SET NOT NULL;
CREATE FUNCTION maybe_small(int) RETURNS small LANGUAGE wasm AS 'guest#maybe';
SELECT outcome('SELECT maybe_small(NULL)');
ALTER DOMAIN small DROP NOT NULL;
SELECT maybe_small(NULL);
-- also within one statement
CREATE FUNCTION tighten(i int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    IF i = 3 THEN
        ALTER DOMAIN small ADD CONSTRAINT less CHECK (value < 3);
    END IF;
    RETURN i;
END
$$;
SELECT error('SELECT to_small(tighten(i)) FROM generate_series(1, 3) i');

-- an error of a constraint keeps its SQLSTATE, even one that PostgreSQL does not have; errors that it caught are over
CREATE FUNCTION strict(i int) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        RAISE 'caught' USING ERRCODE = 'MY002';
    EXCEPTION WHEN OTHERS THEN
    END;
    IF i = 1 THEN
        RAISE 'mine' USING ERRCODE = 'MY001';
    ELSIF i = 2 THEN
        RAISE 'internal' USING ERRCODE = 'XX000';
    ELSIF i = 3 THEN
        RAISE WARNING 'mine' USING ERRCODE = 'MY003';
    END IF;
    RETURN i <> 4;
END
$$;
CREATE DOMAIN strict AS int CHECK (strict(value));
CREATE FUNCTION to_strict(int) RETURNS strict LANGUAGE wasm AS 'guest#number';
SELECT i, outcome(format('SELECT to_strict(%s)', i)) FROM generate_series(0, 4) i;

DEALLOCATE prepared;
SET client_min_messages = error;
DROP SCHEMA domains CASCADE;
RESET search_path;
