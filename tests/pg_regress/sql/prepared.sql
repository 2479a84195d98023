-- Prepared functions: methods of resources. What the constructor makes of its arguments is kept, and each row calls the
-- method of it. The results are those of constructing it for each row.
CREATE SCHEMA prepared;
SET search_path = prepared, public;
CREATE TABLE server AS SELECT server_started() AS started;

-- pat keeps a string; "!" traps, and "?" loops. slow takes 30 units of fuel for each of n. maybe takes an option.
CALL make_guest('patterns', $$
  (func $same (param i32 i32 i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
      (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
      (br_if $next (i32.eq (i32.load8_u (i32.add (local.get 0) (local.get 2))) (i32.load8_u (i32.add (local.get 1) (local.get 2))))))
    (i32.const 0))
  (func (export "[constructor]pat") (param i32 i32) (result i32) (local $pat i32)
    (if (i32.eq (local.get 1) (i32.const 1)) (then
      (if (i32.eq (i32.load8_u (local.get 0)) (i32.const 33)) (then unreachable))
      (if (i32.eq (i32.load8_u (local.get 0)) (i32.const 63)) (then (loop (br 0))))))
    (local.set $pat (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 12)))
    (i32.store (local.get $pat) (local.get 0))
    (i32.store offset=4 (local.get $pat) (local.get 1))
    (local.get $pat))
  (func (export "[method]pat.is-in") (param $pat i32) (param $at i32) (param $length i32) (result i32)
    (loop $next
      (if (i32.gt_u (i32.load offset=4 (local.get $pat)) (local.get $length)) (then (return (i32.const 0))))
      (if (call $same (local.get $at) (i32.load (local.get $pat)) (i32.load offset=4 (local.get $pat))) (then (return (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (br $next))
    (unreachable))
  ;; how often it was called: once
  (func (export "[method]pat.calls") (param i32) (result i32)
    (i32.store offset=8 (local.get 0) (i32.add (i32.const 1) (i32.load offset=8 (local.get 0))))
    (i32.load offset=8 (local.get 0)))
  (func (export "[method]pat.text") (param i32) (result i32)
    (call $return (i32.load (local.get 0)) (i32.load offset=4 (local.get 0))))
  (func (export "[method]pat.size") (param i32) (result i32) (i32.load offset=4 (local.get 0)))
  ;; itself and an argument, as a row
  (func (export "[method]pat.pair") (param i32 i32) (result i32)
    (i32.store (i32.const 0) (i32.load (local.get 0)))
    (i32.store (i32.const 4) (i32.load offset=4 (local.get 0)))
    (i32.store (i32.const 8) (local.get 1))
    (i32.const 0))
  ;; itself, n times
  (func (export "[method]pat.repeat") (param i32 i32) (result i32) (local $rows i32) (local $at i32)
    (local.set $rows (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (i32.const 8) (local.get 1))))
    (loop $next (if (i32.lt_u (local.get $at) (local.get 1)) (then
      (i64.store align=4 (i32.add (local.get $rows) (i32.mul (i32.const 8) (local.get $at))) (i64.load align=4 (local.get 0)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next))))
    (call $return (local.get $rows) (local.get 1)))
  (func (export "[method]pat.fails") (param i32 i32) (result i32) (i32.div_s (i32.const 84) (local.get 1)))
  (func (export "[method]pat.grows") (param i32 i32) (result i32) (drop (memory.grow (local.get 1))) (memory.size))
  (func (export "[static]pat.version") (result i32) (i32.const 3))

  (func (export "[constructor]slow") (param $n i32) (result i32) (local i32)
    (local.set 1 (local.get 0))
    (loop $next (br_if $next (i32.ne (local.tee 1 (i32.sub (local.get 1) (i32.const 1))) (i32.const 0))))
    (local.get 0))
  (func (export "[method]slow.plus") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))

  ;; option<string>, and a method with an option<s32> that returns an option<s32>
  (func (export "[constructor]maybe") (param i32 i32 i32) (result i32) (local $maybe i32)
    (local.set $maybe (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 4)))
    (i32.store (local.get $maybe) (if (result i32) (local.get 0) (then (local.get 2)) (else (i32.const -1))))
    (local.get $maybe))
  (func (export "[method]maybe.size") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "[method]maybe.plus") (param i32 i32 i32) (result i32)
    (i32.store8 (i32.const 0) (local.get 1))
    (i32.store (i32.const 4) (i32.add (i32.load (local.get 0)) (local.get 2)))
    (i32.const 0))

  ;; list<s32>: its sum; record: its sum
  (func (export "[constructor]ints") (param i32 i32) (result i32) (local $sum i32)
    (loop $next (if (local.get 1) (then
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
      (br $next))))
    (local.get $sum))
  (func (export "[method]ints.get") (param i32) (result i32) (local.get 0))
  (func (export "[constructor]many") (param i32 i64 f64 i32 i32 i32) (result i32)
    (i32.add (i32.add (local.get 0) (i32.wrap_i64 (local.get 1))) (i32.add (i32.trunc_f64_s (local.get 2)) (i32.add (local.get 3) (local.get 5)))))
  (func (export "[method]many.get") (param i32) (result i32) (local.get 0))
  (func (export "[constructor]long") (param i64) (result i32) (local i32)
    (local.set 1 (call 0 (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 8)))
    (i64.store (local.get 1) (local.get 0))
    (local.get 1))
  (func (export "[method]long.get") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "[constructor]kind") (param i32) (result i32) (local.get 0))
  (func (export "[method]kind.get") (param i32) (result i32) (local.get 0))
  (func (export "[constructor]nothing") (result i32) (i32.const 7))
  (func (export "[method]nothing.get") (param i32) (result i32) (local.get 0))
$$);
CREATE FUNCTION is_in(text, text) RETURNS bool LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'patterns#pat.is-in';
CREATE FUNCTION calls(text) RETURNS int LANGUAGE wasm IMMUTABLE AS 'patterns#pat.calls';
CREATE FUNCTION text_of(text) RETURNS text LANGUAGE wasm IMMUTABLE AS 'patterns#pat.text';
CREATE FUNCTION size_of(text) RETURNS int LANGUAGE wasm IMMUTABLE AS 'patterns#pat.size';
CREATE FUNCTION fails(text, int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'patterns#pat.fails';
CREATE FUNCTION grows(text, int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'patterns#pat.grows';
CREATE FUNCTION rows_of(text, int) RETURNS SETOF text LANGUAGE wasm IMMUTABLE AS 'patterns#pat.repeat';
CREATE FUNCTION slow(int, int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'patterns#slow.plus';

-- a name in a body: with - or _, also of a static function
SELECT is_in('b', 'abc'), is_in('d', 'abc'), calls('x'), calls('x'), text_of('xyz'), size_of('xyz');
CREATE FUNCTION is_in_too(text, text) RETURNS bool LANGUAGE wasm AS 'patterns#pat.is_in';
CREATE FUNCTION version() RETURNS int LANGUAGE wasm AS 'patterns#pat.version';
CREATE FUNCTION seven() RETURNS int LANGUAGE wasm AS 'patterns#nothing.get';
SELECT is_in_too('b', 'abc'), prepared.version(), seven();
-- what cannot be called: a constructor, a method that is not there, a method whose resource has no constructor
SELECT error($$CREATE FUNCTION f(text) RETURNS int LANGUAGE wasm AS 'patterns#[constructor]pat'$$);
SELECT error($$CREATE FUNCTION f(text) RETURNS int LANGUAGE wasm AS 'patterns#pat'$$);
SELECT error($$CREATE FUNCTION f(text) RETURNS int LANGUAGE wasm AS 'patterns#pat.none'$$);
SELECT error($$CREATE FUNCTION f(text) RETURNS int LANGUAGE wasm AS '(module (func (export "[method]r.f") (param i32) (result i32) (local.get 0)))'$$);
SELECT error($$CREATE FUNCTION f() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "[method]r.f") (param i32) (result i32) (local.get 0)))'; CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS 'f#r.f'$$);
-- signatures that do not fit: both are shown
SELECT error($$CREATE FUNCTION f(text, float8) RETURNS bool LANGUAGE wasm AS 'patterns#pat.is-in'$$);
SELECT error($$CREATE FUNCTION f(text) RETURNS bool LANGUAGE wasm AS 'patterns#pat.is-in'$$);
SELECT error($$CREATE FUNCTION f() RETURNS bool LANGUAGE wasm AS 'patterns#pat.is-in'$$);
SELECT error($$CREATE FUNCTION f(text, text) RETURNS float8 LANGUAGE wasm AS 'patterns#pat.is-in'$$);
SELECT error($$CREATE FUNCTION f(text, text, text) RETURNS bool LANGUAGE wasm AS 'patterns#pat.is-in'$$);
-- its state is always kept between calls
SELECT error($$CREATE FUNCTION f(text) RETURNS int LANGUAGE wasm AS 'patterns#pat.calls isolation=statement'$$);

-- each row finds what the constructor made: constants and variables, one after another and in turn
SELECT count(*), sum(calls('x')), count(*) FILTER (WHERE is_in('99', n::text)) FROM generate_series(1, 1000) n;
SELECT sum(calls((n % 3)::text)), count(*) FILTER (WHERE is_in((n % 7)::text, n::text) = (n::text LIKE '%' || n % 7 || '%')) FROM generate_series(1, 1000) n;
SELECT n, text_of(repeat('x', n)), grows('x', n) FROM generate_series(1, 4) n;
-- the constructor runs once for a constant, and a value comes back that was asked for twice. A run takes 300,000 units.
SET plwasm.statement_fuel = 5e6;
SELECT sum(slow(100000, n)) FROM generate_series(1, 1000) n;
SELECT sum(slow(100000 + n % 4, n)) FROM generate_series(1, 1000) n;
SELECT outcome('SELECT sum(slow(100000 + n, n)) FROM generate_series(1, 1000) n');
RESET plwasm.statement_fuel;
-- a function may use less fuel than the constructor of a value that another has made
CREATE FUNCTION frugal(int, int) RETURNS int LANGUAGE wasm AS 'patterns#slow.plus fuel=1000';
SELECT slow(200000, 1), outcome('SELECT frugal(200000, 1)'), frugal(10, 1), frugal(10, 2);

-- NULL for a parameter that is no option, of either; NULL that is passed
SELECT is_in(NULL, 'abc') IS NULL, is_in('a', NULL) IS NULL, is_in('a', 'abc');
SELECT count(is_in(CASE WHEN n % 2 = 0 THEN 'a' END, CASE WHEN n % 3 = 0 THEN 'a' END)) FROM generate_series(1, 60) n;
CREATE FUNCTION maybe_size(text) RETURNS int LANGUAGE wasm AS 'patterns#maybe.size';
CREATE FUNCTION maybe_plus(text, int) RETURNS int LANGUAGE wasm AS 'patterns#maybe.plus';
SELECT maybe_size('abc'), maybe_size(NULL), maybe_size(''), maybe_plus('abc', 1), maybe_plus('abc', NULL), maybe_plus(NULL, 1), maybe_plus(NULL, NULL);
SELECT string_agg(maybe_size(CASE WHEN n % 3 > 0 THEN repeat('x', n % 3 - 1) END)::text, ' ') FROM generate_series(1, 9) n;
CREATE FUNCTION strict_size(text) RETURNS int STRICT LANGUAGE wasm AS 'patterns#maybe.size';
SELECT strict_size(NULL) IS NULL, strict_size('abc');

-- prepared statements, with custom plans and generic ones
PREPARE matches(text) AS SELECT count(*) FROM generate_series(1, 100) n WHERE is_in($1, n::text);
SET plan_cache_mode = force_generic_plan;
EXECUTE matches('1');
EXECUTE matches('2');
EXECUTE matches('99');
SET plan_cache_mode = force_custom_plan;
EXECUTE matches('1');
EXECUTE matches('99');
RESET plan_cache_mode;
DEALLOCATE matches;
-- nested loops
SELECT p, (SELECT count(*) FROM generate_series(1, 100) n WHERE is_in(p, n::text)), l FROM (VALUES ('1'), ('0'), ('00'), ('1')) v (p),
    LATERAL (SELECT sum(calls(p) + n) FROM generate_series(1, 3) n) _ (l);
-- PL/pgSQL: variables, constants, and constants in a function that is called again
CREATE FUNCTION loops() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text := '';
    pattern text;
BEGIN
    FOR i IN 1..6 LOOP
        pattern := (i / 2)::text;
        result := result || text_of(pattern) || calls(pattern) || text_of('c') || calls('c') || ' ';
    END LOOP;
    RETURN result;
END
$$;
SELECT loops(), loops();
-- an SQL function that is inlined, and one that is not
CREATE FUNCTION has_a(text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$SELECT is_in('a', $1)$$;
CREATE FUNCTION has_all(text) RETURNS SETOF bool LANGUAGE sql VOLATILE AS $$SELECT is_in('a', $1) UNION ALL SELECT is_in($1, 'abc')$$;
SELECT has_a('abc'), has_a('bcd'), ARRAY(SELECT has_all('bc')), ARRAY(SELECT has_all('ca'));
-- errors of the constructor at some rows, caught
CREATE FUNCTION caught(pattern text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN is_in(pattern, 'abc');
EXCEPTION WHEN external_routine_exception THEN
    RETURN SQLSTATE;
END
$$;
SELECT string_agg(caught(p), ' ') FROM unnest(ARRAY['a', '!', 'd', '!', '!', 'a', 'c']) p;
SELECT error($$SELECT is_in('!', 'abc')$$);
SELECT outcome($$SELECT count(is_in(p, 'abc')) FROM unnest(ARRAY['a', '!']) p$$);
-- errors of the method leave nothing
SELECT outcome('SELECT fails($$x$$, n) FROM generate_series(1, 0, -1) n'), fails('x', 2), calls('x');
-- without a row or a value, nothing is constructed
SELECT is_in('!', NULL) IS NULL, (SELECT count(is_in('!', n::text)) FROM generate_series(1, 0) n);
-- timeout and fuel in a constructor
SET statement_timeout = 200;
SET plwasm.fuel = 1e10;
SELECT outcome($$SELECT is_in(p, 'abc') FROM unnest(ARRAY['a', '?']) p$$);
SELECT is_in('?', 'abc');
RESET statement_timeout;
SET plwasm.fuel = 1e6;
SELECT outcome($$SELECT is_in('?', 'abc')$$);
RESET plwasm.fuel;
SELECT is_in('a', 'abc'), calls('?!');

-- sets, rows and domains as results
SELECT * FROM rows_of('ab', 2);
SELECT rows_of(p, 2) FROM (VALUES ('a'), ('b')) v (p);
SELECT p, r FROM (VALUES ('a', 2), ('b', 0), ('c', 1)) v (p, n), rows_of(p, n) r;
CREATE TYPE pair AS (t text, n int);
CREATE FUNCTION pair(text, int) RETURNS pair LANGUAGE wasm AS 'patterns#pat.pair';
CREATE FUNCTION pair_out(p text, x int, OUT t text, OUT n int) LANGUAGE wasm AS 'patterns#pat.pair';
SELECT pair('a', 1), (pair('b', 2)).t, (pair_out('c', 3)).*;
SELECT * FROM pair_out('c', 3);
CREATE DOMAIN short AS text CHECK (size_of(VALUE) < 3);
CREATE FUNCTION short_of(text) RETURNS short LANGUAGE wasm AS 'patterns#pat.text';
CREATE FUNCTION of_short(short) RETURNS int LANGUAGE wasm AS 'patterns#pat.size';
SELECT short_of('ab'), outcome($$SELECT short_of('abc')$$), of_short('ab'), outcome($$SELECT of_short('abc')$$);
-- arguments of the constructor of all kinds
CREATE FUNCTION of_bytea(bytea) RETURNS text LANGUAGE wasm AS 'patterns#pat.text';
CREATE FUNCTION of_bytes(bytea) RETURNS bytea LANGUAGE wasm AS 'patterns#pat.text';
CREATE FUNCTION of_numeric(numeric) RETURNS text LANGUAGE wasm AS 'patterns#pat.text';
CREATE FUNCTION of_jsonb(jsonb) RETURNS text LANGUAGE wasm AS 'patterns#pat.text';
CREATE FUNCTION of_name(name) RETURNS text LANGUAGE wasm AS 'patterns#pat.text';
CREATE FUNCTION of_ints(int[]) RETURNS int LANGUAGE wasm AS 'patterns#ints.get';
CREATE FUNCTION of_variadic(VARIADIC int[]) RETURNS int LANGUAGE wasm AS 'patterns#ints.get';
CREATE TYPE mixed AS (a int, b int8, c float8, d bool, e text);
CREATE FUNCTION of_mixed(mixed) RETURNS int LANGUAGE wasm AS 'patterns#many.get';
CREATE FUNCTION of_many(int, int8, float8, bool, text) RETURNS int LANGUAGE wasm AS 'patterns#many.get';
CREATE FUNCTION of_any(anyelement) RETURNS text LANGUAGE wasm AS 'patterns#pat.text';
CREATE FUNCTION of_any_array(anyarray) RETURNS int LANGUAGE wasm AS 'patterns#ints.get';
SELECT of_bytea('ab'), of_numeric(1.50), of_numeric(1.5), of_numeric('NaN'), of_jsonb('{"a": [1]}'), of_name('ab');
SELECT of_ints('{1,2,3}'), of_ints('{}'), of_ints('[5:6]={1,2}'), of_variadic(1, 2, 3), of_variadic(VARIADIC '{4,5}'), of_any('x'::text), of_any(2.5), of_any_array('{1,2}'::int[]);
SELECT of_mixed(ROW(1, 20, 300.5, true, 'abc')), of_many(1, 20, 300.5, false, 'ab');
SELECT string_agg(of_mixed(ROW(n % 3, n % 2, n % 5, n % 2 = 0, repeat('x', n % 4)))::text, ' ')
     = string_agg((n % 3 + n % 2 + n % 5 + (n % 2 = 0)::int + n % 4)::text, ' ') FROM generate_series(1, 100) n;
SELECT string_agg(of_any(n % 2.5), ' '), string_agg(of_ints(array_fill(n, ARRAY[n % 3]))::text, ' ') FROM generate_series(1, 6) n;
-- long arguments: in the row, compressed and out of line, also those that differ only at their end
CREATE TABLE long (n int, t text);
ALTER TABLE long ALTER t SET STORAGE EXTERNAL;
INSERT INTO long SELECT n, repeat('x', 100000 * (n % 2)) || n % 4 FROM generate_series(1, 12) n;
SELECT count(*), bool_and(size_of(t) = length(t) AND text_of(t) = t AND is_in(right(t, 1), t)) FROM long;
ALTER TABLE long ALTER t SET STORAGE EXTENDED;
UPDATE long SET t = t || '';
SELECT count(*), bool_and(size_of(t) = length(t) AND text_of(t) = t AND is_in(right(t, 1), t)) FROM long;

-- one constructor, and arguments that have the same bytes but are not the same
SELECT of_numeric(1), of_numeric(1), of_bytea('\x31'), encode(of_bytes('\x00800100'), 'hex') FROM generate_series(1, 2);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION of_mood(mood) RETURNS int LANGUAGE wasm AS 'patterns#kind.get';
SELECT of_mood('sad'), of_mood('happy'), of_mood('sad');
ALTER TYPE mood ADD VALUE 'angry' BEFORE 'sad';
SELECT of_mood('angry'), of_mood('sad'), of_mood('happy');
CREATE FUNCTION of_class(regclass) RETURNS text LANGUAGE wasm AS 'patterns#pat.text';
SELECT of_class('long'), of_class('long');
ALTER TABLE long RENAME TO renamed;
SELECT of_class('renamed');
SET search_path = public;
SELECT prepared.of_class('prepared.renamed');
SET search_path = prepared, public;

-- where expressions live that are not of a query
CREATE TABLE kept (p text CHECK (is_in('a', p)), n int GENERATED ALWAYS AS (size_of(p)) STORED, CHECK (is_in(p, 'banana')));
CREATE INDEX ON kept (text_of(p)) WHERE is_in('n', p);
INSERT INTO kept SELECT p FROM unnest(ARRAY['a', 'an', 'ana', 'banana']) p;
SELECT outcome($$INSERT INTO kept VALUES ('n')$$), outcome($$INSERT INTO kept VALUES ('ab')$$);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT n FROM kept WHERE text_of(p) = 'ana' AND is_in('n', p);
SELECT n FROM kept WHERE text_of(p) = 'ana' AND is_in('n', p);
RESET enable_seqscan;
CREATE OPERATOR ~~~ (FUNCTION = is_in, LEFTARG = text, RIGHTARG = text);
SELECT p FROM kept WHERE 'nan' ~~~ p OR p ~~~ 'a';
SELECT count(*) FROM kept WHERE p ~~~ ANY (ARRAY['a', 'an']);
-- parallel workers
CREATE TABLE many AS SELECT n, n::text AS t FROM generate_series(1, 10000) n;
ALTER TABLE many SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM many WHERE is_in('99', t);
SELECT count(*) FROM many WHERE is_in('99', t);
SELECT count(*) FROM many WHERE is_in((n % 10)::text, t);
SELECT outcome('SELECT count(*) FROM many WHERE is_in(CASE WHEN n < 9000 THEN $$a$$ ELSE $$!$$ END, t)');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- more patterns in a row than a backend has instances for, each with its own state
SELECT count(*), count(*) FILTER (WHERE (is_in('1', t), is_in('2', t), is_in('3', t), is_in('4', t), is_in('5', t), is_in('6', t))
    = (t LIKE '%1%', t LIKE '%2%', t LIKE '%3%', t LIKE '%4%', t LIKE '%5%', t LIKE '%6%')) FROM many WHERE n <= 1000;
SELECT sum(calls('a') + calls('b') + calls('c') + calls('d') + calls('e') + calls('f')) FROM generate_series(1, 100);
-- 2,000 patterns, twice and in turn: what is kept is bounded
SELECT bool_and(text_of(n || repeat('x', 50000)) = n || repeat('x', 50000)) FROM generate_series(1, 2000) n, generate_series(1, 2);
SELECT bool_and(text_of((n % 2000)::text) = (n % 2000)::text) FROM generate_series(1, 4000) n;
SELECT pg_size_bytes(current_setting('plwasm.backend_memory')) >= (SELECT sum(bytes) FROM wasm.backend_memory) AS bounded;
-- values that do not fit in what is left for them
CALL make_guest('large', $$
  (func (export "[constructor]large") (param i32) (result i32) (local i32)
    (local.set 1 (call 0 (i32.const 0) (i32.const 0) (i32.const 8) (local.get 0)))
    (memory.fill (local.get 1) (i32.const 1) (local.get 0))
    (local.get 1))
  (func (export "[method]large.at") (param i32 i32) (result i32) (i32.load8_u (i32.add (local.get 0) (local.get 1))))
$$);
CREATE FUNCTION large_at(int, int) RETURNS int LANGUAGE wasm AS 'large#large.at';
SELECT sum(large_at(5000000 + n % 20, 1000 * n)) FROM generate_series(1, 100) n;
SELECT pg_size_bytes(current_setting('plwasm.backend_memory')) >= (SELECT sum(bytes) FROM wasm.backend_memory) AS bounded;
SELECT large_at(20000000, 19999999), large_at(20000000, 20000000), outcome('SELECT large_at(200000000, 1)');

-- arguments of which the constructor keeps nothing count, too: zeros leave nothing in a memory of zeros
CALL make_guest('sink', $$
  (func (export "[constructor]sink") (param i32 i32) (result i32) (local.get 1))
  (func (export "[method]sink.size") (param i32) (result i32) (local.get 0))
$$);
CREATE FUNCTION sunk(bytea) RETURNS int LANGUAGE wasm AS 'sink#sink.size';
SELECT sum(sunk(decode(repeat('00', 1000000 + n % 20), 'hex'))) FROM generate_series(1, 40) n;
SELECT count(*) FROM wasm.backend_memory WHERE object = 'prepared value' AND bytes BETWEEN 1000000 AND 1001000;

-- a constructor whose state cannot be kept is called for each row
CREATE FUNCTION unkeepable() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory 1) (memory $other 1) (table 1 funcref)
  (func $one (result i32) (i32.const 1)) (elem declare func $one)
  (func (export "[constructor]table") (result i32) (table.set 0 (i32.const 0) (ref.func $one)) (i32.const 5))
  (func (export "[method]table.get") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (i32.add (i32.load (i32.const 0)) (call_indirect (result i32) (i32.const 0))))
  (func (export "[constructor]other") (param i32) (result i32) (i32.store $other (i32.const 8) (local.get 0)) (i32.const 8))
  (func (export "[method]other.add") (param i32 i32) (result i32)
    (i32.store $other (local.get 0) (i32.add (i32.load $other (local.get 0)) (local.get 1)))
    (i32.load $other (local.get 0))))
$$;
CREATE FUNCTION table_get() RETURNS int LANGUAGE wasm AS 'unkeepable#table.get';
CREATE FUNCTION other_add(int, int) RETURNS int LANGUAGE wasm AS 'unkeepable#other.add';
SELECT sum(table_get()), string_agg(other_add(n % 2, n)::text, ' '), string_agg(other_add(3, n)::text, ' ') FROM generate_series(1, 5) n;
-- also if no state of the module can be
CREATE FUNCTION with_references() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (global $g (mut funcref) (ref.null func))
  (func $one (result i32) (i32.const 1)) (elem declare func $one)
  (func (export "[constructor]r") (result i32) (if (i32.eqz (ref.is_null (global.get $g))) (then unreachable)) (global.set $g (ref.func $one)) (i32.const 5))
  (func (export "[method]r.get") (param i32) (result i32) (ref.is_null (global.get $g))))
$$;
CREATE FUNCTION reference_get() RETURNS int LANGUAGE wasm AS 'with_references#r.get';
SELECT sum(reference_get()) FROM generate_series(1, 5) n;

-- components: constructors and methods that return errors, and a static function in place of a constructor
CREATE FUNCTION limits() RETURNS wasm.module LANGUAGE wasm AS $$
(component
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 512) "an empty limit") (data (i32.const 544) "too long")
    (global $free (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func $error (param $at i32) (param $length i32) (result i32)
      (i32.store8 (i32.const 0) (i32.const 1))
      (i32.store (i32.const 4) (local.get $at))
      (i32.store (i32.const 8) (local.get $length))
      (i32.const 0))
    (func $ok (param i32) (result i32)
      (i32.store8 (i32.const 0) (i32.const 0))
      (i32.store (i32.const 4) (local.get 0))
      (i32.const 0))
    (func (export "parse") (param $at i32) (param $length i32) (result i32)
      (if (i32.eqz (local.get $length)) (then (return (call $error (i32.const 512) (i32.const 14)))))
      (i32.store (i32.const 256) (local.get $length))
      (call $ok (call $new (i32.const 256))))
    (func (export "check") (param $limit i32) (param $at i32) (param $length i32) (result i32)
      (if (i32.gt_u (local.get $length) (i32.load (local.get $limit))) (then (return (call $error (i32.const 544) (i32.const 8)))))
      (call $ok (local.get $length)))
    (func (export "one") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "get") (param i32) (result i32) (local.get 0)))
  (type $limit' (resource (rep i32)))
  (type $several' (resource (rep i32)))
  (core func $new (canon resource.new $limit'))
  (core func $new-several (canon resource.new $several'))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (core instance $j (instantiate $m (with "" (instance (export "new" (func $new-several))))))
  (export $limit "limit" (type $limit'))
  (export $several "several" (type $several'))
  (func (export "[static]limit.parse") (param "text" string) (result (result (own $limit) (error string)))
    (canon lift (core func $i "parse") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc"))))
  (func (export "[method]limit.check") (param "self" (borrow $limit)) (param "text" string) (result (result u32 (error string)))
    (canon lift (core func $i "check") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc"))))
  (func (export "[static]several.one") (param "n" u32) (result (own $several)) (canon lift (core func $j "one")))
  (func (export "[static]several.two") (param "n" u32) (result (own $several)) (canon lift (core func $j "one")))
  (func (export "[method]several.get") (param "self" (borrow $several)) (result u32) (canon lift (core func $j "get"))))
$$;
SELECT export, signature FROM wasm.exports('limits');
CREATE FUNCTION check_limit(text, text) RETURNS bigint LANGUAGE wasm IMMUTABLE AS 'limits#limit.check';
SELECT check_limit('abc', 'ab'), check_limit(repeat('x', n), 'ab') FROM generate_series(2, 4) n;
SELECT error($$SELECT check_limit('', 'ab')$$);
SELECT error($$SELECT check_limit('a', 'ab')$$);
CREATE FUNCTION limited(text, text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN check_limit($1, $2); EXCEPTION WHEN external_routine_exception THEN RETURN SQLERRM; END$$;
SELECT string_agg(limited(repeat('x', n % 3), repeat('x', n % 4)), ', ') FROM generate_series(1, 12) n;
SELECT error($$CREATE FUNCTION f(bigint) RETURNS bigint LANGUAGE wasm AS 'limits#several.get'$$);
SELECT error($$CREATE FUNCTION f(int, text) RETURNS bigint LANGUAGE wasm AS 'limits#limit.check'$$);
SELECT error($$CREATE FUNCTION f(text) RETURNS bigint LANGUAGE wasm AS 'limits#limit.check'$$);
SELECT error($$CREATE FUNCTION f() RETURNS bigint LANGUAGE wasm AS 'limits#limit.check'$$);
SELECT error($$CREATE FUNCTION f(text) RETURNS bigint LANGUAGE wasm AS 'limits#limit.parse'$$);

-- roles: what one has made serves others, who need the right to call
CREATE ROLE prepared_guest;
GRANT USAGE ON SCHEMA prepared TO prepared_guest;
REVOKE EXECUTE ON FUNCTION size_of FROM public;
SET ROLE prepared_guest;
SELECT is_in('b', 'abc'), text_of('xyz'), outcome($$SELECT size_of('xyz')$$);
RESET ROLE;
CREATE FUNCTION definer(text) RETURNS int LANGUAGE wasm SECURITY DEFINER AS 'patterns#pat.size';
CREATE FUNCTION with_setting(text, int) RETURNS int LANGUAGE wasm SET plwasm.fuel = 100000 AS 'patterns#pat.fails';
SET ROLE prepared_guest;
SELECT definer('xyz'), with_setting('x', 2), sum(definer((n % 3)::text)) FROM generate_series(1, 30) n;
RESET ROLE;
DROP OWNED BY prepared_guest;
DROP ROLE prepared_guest;

-- the function and the module are replaced, between statements and within one
CREATE OR REPLACE FUNCTION definer(text) RETURNS int LANGUAGE wasm AS 'patterns#pat.calls';
SELECT definer('xyz');
CREATE FUNCTION module_text(n int) RETURNS text LANGUAGE sql AS $$SELECT format('(module (func (export "[constructor]r") (param i32) (result i32) (i32.mul (local.get 0) (i32.const %s)))
    (func (export "[method]r.plus") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))', n)$$;
CREATE PROCEDURE replace(n int) LANGUAGE plpgsql AS $$BEGIN EXECUTE format('CREATE OR REPLACE FUNCTION replaced() RETURNS wasm.module LANGUAGE wasm AS %L', module_text(n)); END$$;
CALL replace(10);
CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE wasm AS 'replaced#r.plus';
SELECT plus(1, 2), plus(1, 3);
CALL replace(100);
SELECT plus(1, 2), plus(1, 3);
CREATE FUNCTION replace_at(n int) RETURNS int LANGUAGE plpgsql AS $$BEGIN IF n > 0 THEN CALL replace(n); END IF; RETURN 0; END$$;
SELECT string_agg((plus(1, n) + replace_at(CASE n WHEN 3 THEN 1000 ELSE 0 END))::text, ' ') FROM generate_series(1, 5) n;
DISCARD ALL;
SET search_path = prepared, public;
SELECT is_in('b', 'abc'), calls('x'), plus(1, 2);

SELECT started = server_started() AS "same server" FROM server;
SET client_min_messages = error;
DROP SCHEMA prepared CASCADE;
