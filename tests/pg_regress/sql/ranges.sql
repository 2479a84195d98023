-- Ranges as records, multiranges as lists of them.
CREATE SCHEMA ranges;
SET search_path = ranges, public;

\getenv guests PLWASM_GUESTS
\set echo `cat :'guests'/echo/echo.wat`
CREATE FUNCTION echo() RETURNS wasm.module LANGUAGE wasm AS :'echo';
CREATE FUNCTION guest() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 20)
  ;; empty, lower, upper, lower-inc, upper-inc: of bounds of 4 bytes
  (func $range (export "range") (param $empty i32) (param $l i32) (param $lower i32) (param $u i32) (param $upper i32) (param $li i32) (param $ui i32) (result i32)
    (i32.store8 (i32.const 0) (local.get $empty))
    (i32.store (i32.const 4) (local.get $l))
    (i32.store (i32.const 8) (local.get $lower))
    (i32.store (i32.const 12) (local.get $u))
    (i32.store (i32.const 16) (local.get $upper))
    (i32.store8 (i32.const 20) (local.get $li))
    (i32.store8 (i32.const 21) (local.get $ui))
    (i32.const 0))
  ;; as one string: how the guest sees it
  (func (export "seen") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store8 (i32.const 100) (i32.add (i32.const 48) (local.get 0)))
    (i32.store8 (i32.const 101) (i32.add (i32.const 48) (local.get 1)))
    (i32.store8 (i32.const 102) (i32.add (i32.const 48) (local.get 2)))
    (i32.store8 (i32.const 103) (i32.add (i32.const 48) (local.get 3)))
    (i32.store8 (i32.const 104) (i32.add (i32.const 48) (local.get 4)))
    (i32.store8 (i32.const 105) (i32.add (i32.const 48) (local.get 5)))
    (i32.store8 (i32.const 106) (i32.add (i32.const 48) (local.get 6)))
    (i32.store (i32.const 0) (i32.const 100))
    (i32.store (i32.const 4) (i32.const 7))
    (i32.const 0)))
$$;

-- what the guest sees: empty, whether there is a lower bound and which, the upper one, and whether each is inclusive.
-- A range over a discrete type is in its canonical form.
CREATE FUNCTION seen(int4range) RETURNS text LANGUAGE wasm AS 'guest';
CREATE FUNCTION seen(daterange) RETURNS text LANGUAGE wasm AS 'guest';
SELECT r, seen(r) FROM unnest('{"[1,5)","[1,4]","(0,5)","(,5]","[5,)","(,)",empty}'::int4range[]) r;
SELECT seen(daterange('2000-01-02', '2000-01-05', '[]')), seen(NULL::int4range) IS NULL AS null;

-- what a guest can return: ranges are made canonical
CREATE FUNCTION r(empty bool, l int, lower int, u int, upper int, li bool, ui bool) RETURNS int4range LANGUAGE wasm AS 'guest#range';
CREATE FUNCTION d(empty bool, l int, lower int, u int, upper int, li bool, ui bool) RETURNS daterange LANGUAGE wasm AS 'guest#range';
CREATE TYPE float4range AS RANGE (subtype = float4);
CREATE FUNCTION f(empty bool, l int, lower int, u int, upper int, li bool, ui bool) RETURNS float4range LANGUAGE wasm AS 'guest#range';
SELECT r(false, 1, 1, 1, 5, true, false), r(false, 1, 1, 1, 5, true, true), r(false, 1, 1, 1, 5, false, false), r(false, 1, 1, 1, 2, false, false), r(false, 1, 3, 1, 3, true, true), r(false, 1, 3, 1, 3, true, false);
SELECT d(false, 1, 1, 1, 5, false, true), d(false, 1, 2147483647, 0, 0, true, true), d(false, 0, 0, 1, -2147483648, true, true), d(false, 1, -2147483648, 1, 2147483647, true, true);
-- in an empty range, no other field is read
SELECT r(true, 9, 9, 9, 1, true, true), d(true, 1, 2147483646, 7, 0, true, true);
-- a bound that does not exist is never inclusive
SELECT r(false, 0, 5, 0, 5, true, true), r(false, 0, 5, 1, 5, true, true), r(false, 1, 5, 0, 5, true, true), f(false, 0, 0, 0, 0, true, true);
-- values that are no range
SELECT error('SELECT r(false, 1, 5, 1, 1, true, true)');
SELECT outcome('SELECT r(false, 1, 2147483647, 1, 2147483647, true, true)'), outcome('SELECT d(false, 1, 5, 1, 2145031948, true, true)');
SELECT error('SELECT d(false, 1, 5, 1, 2145031949, true, true)');
SELECT error('SELECT r(false, 2, 5, 1, 1, true, true)');
SELECT outcome('SELECT r(false, 1, 5, 255, 1, true, true)');

-- NULL
CREATE FUNCTION option(anyarray) RETURNS anyarray LANGUAGE wasm AS 'echo';
CREATE FUNCTION list(anyarray) RETURNS anyarray LANGUAGE wasm AS 'echo';
SELECT option('{"[1,2)",NULL,empty,"(,)"}'::int4range[]), list('{"[1,2)",empty,"(,)"}'::int4range[]);
SELECT outcome($$SELECT list('{"[1,2)",NULL}'::int4range[])$$);

-- over other subtypes: strings, composites, arrays, enums, domains, with another order
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE pair AS (a int, b text);
CREATE TYPE pairrange AS RANGE (subtype = pair);
CREATE TYPE textsrange AS RANGE (subtype = text[]);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE moodrange AS RANGE (subtype = mood);
CREATE TYPE backwards AS RANGE (subtype = text, subtype_opclass = text_pattern_ops, multirange_type_name = multibackwards);
SELECT list(array[textrange('a', 'b'), textrange('', 'ü', '[]'), textrange(NULL, '')]), list(array[pairrange(row(1, 'a'), row(1, 'b')), pairrange(NULL, row(2, ''), '(]')]);
SELECT list(array[textsrange('{a}', '{a,b}')]), option(array[textsrange('{a}', '{a,NULL}'), NULL]), list(array[moodrange('sad', 'happy', '[]'), moodrange('ok', NULL, '(]')]), list(array[backwards('A', 'a')]);
SELECT option(array[pairrange(row(1, NULL), row(2, NULL))]);
SELECT error($$SELECT list(array[pairrange(row(1, 'x'), row(2, NULL))])$$);
-- large bounds, stored out of line
CREATE TABLE stored AS SELECT textrange(repeat('a', n), repeat('b', n)) AS r FROM unnest('{1,1000,100000}'::int[]) n;
SELECT length(lower(r)), list(array[r]) = array[r] AS same FROM stored ORDER BY 1;

-- multiranges: sorted and merged, as sets are
CREATE FUNCTION multi(int4range[]) RETURNS int4multirange LANGUAGE wasm AS 'echo#list';
CREATE FUNCTION multi(textrange[]) RETURNS textmultirange LANGUAGE wasm AS 'echo#list';
CREATE FUNCTION ranges(int4multirange) RETURNS int4range[] LANGUAGE wasm AS 'echo#list';
CREATE FUNCTION rows(int4multirange) RETURNS SETOF int4range LANGUAGE wasm AS 'echo#list';
CREATE FUNCTION multis(anymultirange) RETURNS anymultirange LANGUAGE wasm AS 'echo#list';
SELECT multi('{"[5,7)","[1,3)"}'::int4range[]), multi('{"[1,5)","[3,9)","[20,)"}'::int4range[]), multi('{"[1,3)","[3,5)"}'::int4range[]), multi('{empty,"(,)",empty}'::int4range[]),
       multi('{}'::int4range[]), multi('{empty}'::int4range[]), multi(array[textrange('b', 'c'), textrange('a', 'b', '[]')]);
SELECT ranges('{[1,3),[5,7)}'), ranges('{}'), multis('{[1.0,2],(5,)}'::nummultirange), multis(multirange(backwards('A', 'a')));
SELECT * FROM rows('{[1,3),[5,7)}');
SELECT ranges(NULL) IS NULL AS null, option(array['{[1,2)}', NULL, '{}']::int4multirange[]), list(array['{[1,2),[3,4)}', '{}']::nummultirange[]);
SELECT outcome($$SELECT multi('{"[1,2)",NULL}'::int4range[])$$);
SELECT multis(m) = m AS same, (SELECT count(*) FROM unnest(m)) FROM (SELECT range_agg(int4range(i * 3, i * 3 + 1)) FROM generate_series(1, 10000) i) s (m);

-- functions that compare bounds: one of the same module, which spoils its memory, and one that catches a trap, which
-- drops all instances of the module except the one whose result is being read
CALL make_guest('order_guest', $$
  (func (export "compare") (param i32 i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 255) (i32.const 65536))
    (i32.sub (local.get 0) (local.get 1)))
  (func (export "trap") unreachable)
  (func (export "list") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
$$);
CREATE TYPE version AS (n int);
CREATE FUNCTION version_cmp_wasm(version, version) RETURNS int IMMUTABLE LANGUAGE wasm AS 'order_guest#compare';
CREATE FUNCTION version_trap() RETURNS void LANGUAGE wasm AS 'order_guest#trap';
CREATE FUNCTION version_cmp(version, version) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        PERFORM ranges.version_trap();
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    RETURN ranges.version_cmp_wasm($1, $2);
END
$$;
CREATE FUNCTION version_lt(version, version) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT ranges.version_cmp($1, $2) < 0';
CREATE FUNCTION version_eq(version, version) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT ranges.version_cmp($1, $2) = 0';
CREATE OPERATOR <<< (leftarg = version, rightarg = version, function = version_lt);
CREATE OPERATOR === (leftarg = version, rightarg = version, function = version_eq);
CREATE OPERATOR CLASS version_ops FOR TYPE version USING btree AS OPERATOR 1 <<<, OPERATOR 3 ===, FUNCTION 1 version_cmp(version, version);
CREATE OPERATOR CLASS version_wasm_ops FOR TYPE version USING btree AS OPERATOR 1 <<<, OPERATOR 3 ===, FUNCTION 1 version_cmp_wasm(version, version);
CREATE TYPE versionrange AS RANGE (subtype = version, subtype_opclass = version_ops);
CREATE TYPE versionrange2 AS RANGE (subtype = version, subtype_opclass = version_wasm_ops);
CREATE FUNCTION versions(anyarray) RETURNS anyarray LANGUAGE wasm AS 'order_guest#list';
CREATE FUNCTION versions_call(anyarray) RETURNS anyarray LANGUAGE wasm AS 'order_guest#list isolation=call';
CREATE FUNCTION version_rows(anyarray) RETURNS SETOF anyelement LANGUAGE wasm AS 'order_guest#list';
CREATE FUNCTION version_multi(versionrange[]) RETURNS versionmultirange LANGUAGE wasm AS 'order_guest#list';
CREATE TABLE version_ranges AS SELECT array_agg(versionrange(row(i), row(i + 1)) ORDER BY i DESC) AS a, array_agg(versionrange2(row(i), row(i + 1)) ORDER BY i) AS b FROM generate_series(1, 3) i;
SELECT versions(a)::text = a::text AS plpgsql, versions_call(a)::text = a::text AS call, versions(b)::text = b::text AS wasm, versions_call(b)::text = b::text AS call FROM version_ranges, generate_series(1, 2);
SELECT version_rows(a), version_rows(b) FROM version_ranges;
SELECT version_multi(a) FROM version_ranges;
SELECT version_cmp_wasm(row(1), row(2));
-- the instance of a call that failed is not used again, so its counter begins anew
CREATE FUNCTION backwards(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN btint4cmp($2, $1); END';
CREATE OPERATOR CLASS backwards FOR TYPE int USING btree AS OPERATOR 1 >, FUNCTION 1 backwards(int, int);
CREATE TYPE backwardsrange AS RANGE (subtype = int, subtype_opclass = backwards);
CREATE FUNCTION counter() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func (export "count") (param i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.eqz (local.get 0)) (then unreachable))
    (i32.store (i32.const 4) (i32.const 1))
    (i32.store (i32.const 8) (global.get $calls))
    (i32.store (i32.const 12) (i32.const 1))
    (i32.store (i32.const 16) (i32.const 0))
    (i32.store8 (i32.const 20) (i32.const 1))
    (i32.const 0)))
$$;
CREATE FUNCTION count(int) RETURNS backwardsrange LANGUAGE wasm AS 'counter isolation=call';
SELECT count(1), outcome('SELECT count(0)'), count(2), count(3);

-- wrong shapes
SELECT error($$CREATE FUNCTION z(int8range) RETURNS int8range LANGUAGE wasm AS 'guest#range'$$);
-- a range cannot be passed as text
SELECT outcome($$CREATE FUNCTION z(int4range) RETURNS int4range LANGUAGE wasm AS 'echo#list'$$);

SET client_min_messages = error;
DROP SCHEMA ranges CASCADE;
RESET search_path;
