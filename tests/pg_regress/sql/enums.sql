-- Enums as enum: a label is passed as its position in the type's order.
CREATE SCHEMA enums;
SET search_path = enums, public;

CALL make_guest('guest', $$
  (func (export "same") (param i32) (result i32) (local.get 0))
  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "maybe") (param i32 i32) (result i32)
    (i32.store8 (i32.const 0) (local.get 0))
    (i32.store8 (i32.const 1) (local.get 1))
    (i32.const 0))
  (func (export "list") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  ;; how many bytes from the first element of 256 to the second
  (func (export "bytes") (param i32 i32) (result i32)
    (i32.sub (global.get $free) (local.get 0)))
$$);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE FUNCTION place(mood) RETURNS int LANGUAGE wasm AS 'guest#same';
CREATE FUNCTION at(int) RETURNS mood LANGUAGE wasm AS 'guest#same';
CREATE FUNCTION next(mood) RETURNS mood LANGUAGE wasm AS 'guest';
CREATE FUNCTION maybe(mood) RETURNS mood LANGUAGE wasm AS 'guest';
CREATE FUNCTION echo(anyarray) RETURNS anyarray LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION echo(anyenum) RETURNS anyenum LANGUAGE wasm AS 'guest#same';
SELECT m, place(m), at(place(m)), maybe(m), echo(m) FROM unnest(enum_range(NULL::mood)) m;
SELECT maybe(NULL) IS NULL AS null, place(NULL) IS NULL AS null, echo(enum_range(NULL::mood)), next('sad'), next('ok');
SELECT error($$SELECT next('happy')$$);
SELECT outcome(format('SELECT at(%s)', n)) FROM unnest('{-1,2,3,256,65536,2147483647,-2147483648}'::int[]) n;

-- labels are added to the type, also between others: their order counts, not their age
CREATE FUNCTION in_plan(m mood) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN place(m) || ' ' || next(m); END $$;
PREPARE prepared(mood) AS SELECT place($1), next($1), echo(array[$1]);
SELECT in_plan('sad');
EXECUTE prepared('sad');
ALTER TYPE mood ADD VALUE 'bored' BEFORE 'ok';
ALTER TYPE mood ADD VALUE 'furious' BEFORE 'sad';
ALTER TYPE mood ADD VALUE 'elated';
ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok';
SELECT m, place(m), at(place(m)), echo(array[m]) FROM unnest(enum_range(NULL::mood)) m;
SELECT in_plan('sad'), next('happy');
EXECUTE prepared('sad');
-- labels are renamed
ALTER TYPE mood RENAME VALUE 'ok' TO 'o k';
SELECT next('bored'), place('o k'), in_plan('bored');
-- in the transaction that adds a label, it cannot be used: after a rollback indexes would still contain it
BEGIN;
ALTER TYPE mood ADD VALUE 'new';
SELECT place('elated');
SELECT outcome($$SELECT at(7)$$);
COMMIT;
SELECT at(7), echo('{new,sad}'::mood[]);
BEGIN;
ALTER TYPE mood ADD VALUE 'never';
SELECT error($$SELECT next('new')$$);
ROLLBACK;
SELECT outcome($$SELECT next('new')$$);
-- while a statement runs that has made its plan
CREATE FUNCTION grow(i int) RETURNS mood LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TYPE mood ADD VALUE %L BEFORE %L', 'm' || i, 'sad');
    RETURN 'sad';
END
$$;
SELECT place(grow(i)) FROM generate_series(1, 3) i;
SELECT place('sad');

-- labels of any kind
CREATE TYPE odd AS ENUM ('', ' ', 'A', 'a', 'ä_Ö', '日本', 'a b-c', '1', 'true');
SELECT o, echo(o) = o AS same FROM unnest(enum_range(NULL::odd)) o;
SELECT echo(enum_range(NULL::odd)) = enum_range(NULL::odd) AS same;
SELECT error($$CREATE FUNCTION z(odd) RETURNS odd LANGUAGE wasm AS '(module (func (export "z")))'$$);
-- an enum with one label, and one without labels
CREATE TYPE one AS ENUM ('only');
CREATE TYPE nobody AS ENUM ();
CREATE FUNCTION at_one(int) RETURNS one LANGUAGE wasm AS 'guest#same';
CREATE FUNCTION at_none(int) RETURNS nobody LANGUAGE wasm AS 'guest#same';
CREATE FUNCTION place(nobody) RETURNS int LANGUAGE wasm AS 'guest#same';
SELECT at_one(0), outcome('SELECT at_one(1)'), outcome('SELECT at_none(0)'), place(NULL::nobody), echo('{}'::nobody[]);

-- a discriminant takes a byte, and two if there are more than 256 labels; flat it is always an i32
DO $$
BEGIN
    EXECUTE (SELECT format('CREATE TYPE byte AS ENUM (%s)', string_agg(format('''l%s''', i), ', ')) FROM generate_series(0, 255) i);
    EXECUTE (SELECT format('CREATE TYPE word AS ENUM (%s)', string_agg(format('''l%s''', i), ', ')) FROM generate_series(0, 256) i);
    EXECUTE (SELECT format('CREATE TYPE many AS ENUM (%s)', string_agg(format('''l%s''', i), ', ')) FROM generate_series(0, 2999) i);
END
$$;
CREATE FUNCTION bytes(anyarray) RETURNS int LANGUAGE wasm AS 'guest';
CREATE FUNCTION many_at(int) RETURNS many LANGUAGE wasm AS 'guest#same';
SELECT echo(array['l0', 'l255']::byte[]), bytes(array['l0', 'l255', 'l1']::byte[]), echo(array['l0', 'l255', 'l256']::word[]), bytes(array['l0', 'l255', 'l1']::word[]),
       echo(array['l0', 'l2999']::many[]), echo('l2999'::many), many_at(2999), outcome('SELECT many_at(3000)');
SELECT echo(enum_range(NULL::many)) = enum_range(NULL::many) AS same, bool_and(echo(m) = m) AS each FROM unnest(enum_range(NULL::many)) m;
-- one more label changes the size
SELECT bytes(array['l0', 'l1', 'l2']::byte[]);
ALTER TYPE byte ADD VALUE 'l256';
SELECT bytes(array['l0', 'l1', 'l2']::byte[]), echo(array['l0', 'l256']::byte[]);

DEALLOCATE prepared;
SET client_min_messages = error;
DROP SCHEMA enums CASCADE;
RESET search_path;
