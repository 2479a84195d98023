-- source: plv8/pljs #47 (types of the first call were kept); JDBurnZ/postgresql-anyarray #7
-- situation: a polymorphic function, called for one type after the other in one session, from one function and one view
-- expected: each call has its own types
SELECT pg_temp.def('same(anyelement) RETURNS anyelement', '(func (export "same") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.def('size(anyarray) RETURNS int', '(func (export "size") (param i32 i32) (result i32) (local.get 1))');
SELECT pg_temp.def('first_of(anyarray) RETURNS anyelement', '(func (export "first_of") (param i32 i32) (result i32) (i32.store (i32.const 8) (i32.load (local.get 0))) (i32.store (i32.const 12) (i32.load offset=4 (local.get 0))) (i32.const 8))');
CREATE FUNCTION shown(a anyelement) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN pg_typeof(same(a)) || '=' || same(a)::text || ';' || first_of(ARRAY[a, a])::text; END $$;
CREATE TYPE mood AS ENUM ('sad', 'happy');
SELECT pg_temp.gives('in turns', $$SELECT string_agg(b, ' ') FROM (VALUES (shown(1.50)), (shown('x'::text)), (shown('{"a": [1]}'::jsonb)), (shown('10.0.0.1/8'::inet)), (shown('y'::text)), (shown(2.5))) t (b)$$,
    'numeric=1.50;1.50 text=x;x jsonb={"a": [1]};{"a": [1]} inet=10.0.0.1/8;10.0.0.1/8 text=y;y numeric=2.5;2.5');
SELECT pg_temp.gives('another core type is an error that says so', $$SELECT same(1::int8)$$, 'ERROR 42P13');
SELECT pg_temp.gives('and then a fitting one', $$SELECT same('z'::varchar)$$, 'z');
SELECT pg_temp.gives('arrays of any element', $$SELECT size('{a,b}'::text[]) || ' ' || size('{1,2,3}'::int[]) || ' ' || size('{2000-01-01}'::date[]) || ' ' || size('{sad}'::mood[])$$, '2 3 1 1');
SELECT pg_temp.gives('nothing to go by', $$SELECT same(NULL)$$, 'ERROR 42804');
CREATE FUNCTION total(r record) RETURNS int LANGUAGE wasm AS $$(component
    (core module $m (memory (export "memory") 1) (func (export "total") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
    (core instance $i (instantiate $m))
    (func (export "total") (param "r" (tuple s32 s32)) (result s32) (canon lift (core func $i "total"))))$$;
CREATE TYPE two AS (a int, b int);
CREATE FUNCTION mixed(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN CASE i % 3 WHEN 0 THEN total(ROW(i, 1)) WHEN 1 THEN total(ROW(i, 2)::two) ELSE total((SELECT t FROM (SELECT i AS x, 3 AS y) t)) END; END $$;
SELECT pg_temp.gives('rows of several types at one place', $$SELECT sum(total(r)) FROM (SELECT ROW(1, 2) r UNION ALL SELECT ROW(3, 4) UNION ALL SELECT (SELECT t FROM (SELECT 5 AS x, 6 AS y) t)) _$$, '21');
SELECT pg_temp.gives('from PL/pgSQL', $$SELECT sum(mixed(i)) FROM generate_series(0, 5) i$$, '27');
SELECT pg_temp.gives('a row that does not fit', $$SELECT total(ROW(1, 'a'::text))$$, 'ERROR 42804');
