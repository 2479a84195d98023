-- Fuel is exact: a call succeeds if its fuel suffices for what it executes, and fails with one unit less, however it is
-- called. An instruction takes one unit; block, loop, else, end, nop, drop, return and unreachable take none. try_table
-- takes one for each handler; growing and throwing take 128; bulk instructions take one more for every eight bytes or
-- elements.
\getenv guests PLWASM_GUESTS
CREATE SCHEMA fuel;
SET search_path = fuel, public;

-- Returns whether a query succeeds with this fuel.
CREATE FUNCTION is_enough(query text, fuel int8) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('plwasm.fuel', fuel::text, true);
    EXECUTE query;
    RETURN true;
EXCEPTION WHEN program_limit_exceeded THEN
    IF SQLERRM <> 'function exceeded its fuel limit of ' || fuel THEN RAISE; END IF;
    RETURN false;
END
$$;
-- Returns the smallest fuel with which it succeeds.
CREATE FUNCTION fuel_of(query text, OUT enough int8) LANGUAGE plpgsql AS $$
DECLARE
    few int8 := 0;
BEGIN
    enough := 1;
    WHILE NOT is_enough(query, enough) LOOP
        few := enough;
        enough := enough * 2;
    END LOOP;
    WHILE enough - few > 1 LOOP
        IF is_enough(query, (enough + few) / 2) THEN
            enough := (enough + few) / 2;
        ELSE
            few := (enough + few) / 2;
        END IF;
    END LOOP;
END
$$;
CREATE FUNCTION is_exact(query text, fuel int8) RETURNS boolean LANGUAGE sql AS 'SELECT is_enough(query, fuel) AND (fuel = 1 OR NOT is_enough(query, fuel - 1))';
CREATE ROLE fuel_owner;
CREATE FUNCTION is_exact_for_owner(query text, fuel int8) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = fuel, public AS 'BEGIN RETURN is_exact(query, fuel); END';
ALTER FUNCTION is_exact_for_owner OWNER TO fuel_owner;
GRANT ALL ON SCHEMA fuel TO fuel_owner;

-- f(int) of each module, and its fuel as counted by hand
CREATE TABLE guest (i int GENERATED ALWAYS AS IDENTITY, what text, module text);
CREATE TABLE cost (what text, argument int, units int8);
INSERT INTO guest (what, module) VALUES
    ('constant', '(func (export "f") (param i32) (result i32) (i32.const 1))'),
    ('sum', '(func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))'),
    ('free', '(func (export "f") (param i32) (result i32) nop (block nop (block)) (loop) (drop (local.get 0)) (return (i32.const 1)))'),
    ('if-else', '(func (export "f") (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.add (i32.const 1) (i32.const 2)))))'),
    ('if', '(func (export "f") (param i32) (result i32) (if (local.get 0) (then (drop (i32.const 1)) (drop (i32.const 2)))) (i32.const 0))'),
    ('loop', '(func (export "f") (param i32) (result i32) (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0))) (i32.const 0))'),
    ('loop of three exits', '(func (export "f") (param i32) (result i32) (block $out (loop $l
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if $out (i32.eq (local.get 0) (i32.const 7)))
        (br_if $out (i32.eqz (local.get 0)))
        (if (i32.eq (local.get 0) (i32.const 3)) (then (return (i32.const 0))))
        (br $l))) (local.get 0))'),
    ('nested loops', '(func (export "f") (param i32) (result i32) (local $i i32) (local $j i32)
        (loop $a
          (local.set $j (i32.const 0))
          (loop $b
            (local.set $j (i32.add (local.get $j) (i32.const 1)))
            (br_if $b (i32.lt_u (local.get $j) (local.get 0))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $a (i32.lt_u (local.get $i) (local.get 0))))
        (i32.const 0))'),
    ('br_table', '(func (export "f") (param i32) (result i32)
        (block $c (block $b (block $a (br_table $a $b $c (local.get 0))) (return (i32.const 10))) (drop (i32.const 1)) (return (i32.const 11)))
        (i32.add (i32.const 1) (i32.add (i32.const 2) (i32.const 3))))'),
    ('br_table into a loop', '(func (export "f") (param i32) (result i32)
        (block $out (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_table $out $l (local.get 0)))) (i32.const 0))'),
    ('br_on_null', '(func (export "f") (param i32) (result i32) (block $b (br_on_null $b (ref.null func)) drop (drop (i32.const 1))) (local.get 0))'),
    ('calls', '(func $g (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))) (func (export "f") (param i32) (result i32) (call $g (call $g (local.get 0))))'),
    ('call_indirect', '(type $t (func (param i32) (result i32))) (table funcref (elem $g)) (func $g (type $t) (i32.add (local.get 0) (i32.const 1)))
        (func (export "f") (type $t) (call_indirect (type $t) (local.get 0) (i32.const 0)))'),
    ('call_ref', '(type $t (func (param i32) (result i32))) (elem declare func $g) (func $g (type $t) (i32.add (local.get 0) (i32.const 1)))
        (func (export "f") (type $t) (call_ref $t (local.get 0) (ref.func $g)))'),
    ('recursion', '(func $f (export "f") (param i32) (result i32) (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
        (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2)))))))'),
    ('tail calls', '(func $f (export "f") (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.const 0)))) (return_call $f (i32.sub (local.get 0) (i32.const 1))))'),
    ('tail calls through a table', '(type $t (func (param i32) (result i32))) (table funcref (elem $f))
        (func $f (export "f") (type $t) (if (i32.eqz (local.get 0)) (then (return (i32.const 0)))) (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))'),
    ('exception from a callee', '(tag $e (param i32)) (func $g (param i32) (local.get 0) (throw $e))
        (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (block $h (result i32) (try_table (catch $e $h) (call $g (local.get 0))) unreachable)))'),
    ('exceptions in a loop', '(tag $e) (func (export "f") (param i32) (result i32)
        (loop $l (block $h (try_table (catch $e $h) (throw $e))) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0))) (i32.const 0))'),
    ('exception across a frame', '(tag $e) (func $t (throw $e))
        (func $g (drop (i32.add (i32.const 1) (i32.const 2))) (drop (i32.add (i32.const 1) (i32.const 2))) (drop (i32.add (i32.const 1) (i32.const 2))) (call $t) (drop (i32.const 1)))
        (func (export "f") (param i32) (result i32) (block $h (try_table (catch_all $h) (call $g))) (local.get 0))'),
    ('exception not thrown', '(tag $e) (func $g (if (i32.const 0) (then (throw $e)))) (func (export "f") (param i32) (result i32) (block $h (try_table (catch $e $h) (call $g))) (local.get 0))'),
    ('memory.fill', '(memory 1) (func (export "f") (param i32) (result i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0)) (i32.const 0))'),
    ('memory.copy', '(memory 1) (func (export "f") (param i32) (result i32) (memory.copy (i32.const 0) (i32.const 1) (local.get 0)) (i32.const 0))'),
    ('memory.init', '(memory 1) (data $d "0123456789abcdef") (func (export "f") (param i32) (result i32) (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)) (i32.const 0))'),
    ('memory.fill of 64 bits', '(memory i64 1) (func (export "f") (param i32) (result i32) (memory.fill (i64.const 0) (i32.const 1) (i64.extend_i32_u (local.get 0))) (i32.const 0))'),
    ('table.fill', '(table 100 funcref) (func (export "f") (param i32) (result i32) (table.fill (i32.const 0) (ref.null func) (local.get 0)) (i32.const 0))'),
    ('table.copy', '(table 100 funcref) (func (export "f") (param i32) (result i32) (table.copy (i32.const 0) (i32.const 1) (local.get 0)) (i32.const 0))'),
    ('array.new', '(type $a (array (mut i64))) (func (export "f") (param i32) (result i32) (array.len (array.new $a (i64.const 1) (local.get 0))))'),
    ('array.fill', '(type $a (array (mut i64))) (func (export "f") (param i32) (result i32) (array.fill $a (array.new_default $a (local.get 0)) (i32.const 0) (i64.const 1) (local.get 0)) (i32.const 0))'),
    ('memory.grow', '(memory 1) (func (export "f") (param i32) (result i32) (memory.grow (local.get 0)))'),
    ('table.grow', '(table 1 funcref) (func (export "f") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))'),
    ('state', '(memory 1) (global $g (mut i32) (i32.const 0)) (func (export "f") (param i32) (result i32)
        (global.set $g (local.get 0)) (i32.store (i32.const 8) (local.get 0)) (i32.store offset=4 (i32.const 8) (local.get 0)) (f32.store (i32.const 16) (f32.div (f32.const 0) (f32.const 0))) (i32.div_u (i32.const 9) (local.get 0)))');
INSERT INTO cost VALUES
    ('constant', 0, 1),
    ('sum', 0, 3), -- local.get const add
    ('free', 0, 2), -- local.get const
    ('if-else', 1, 3), -- local.get if const
    ('if-else', 0, 5), -- local.get if const const add
    ('if', 1, 5), -- local.get if const const, const
    ('if', 0, 3),
    ('loop', 1, 7), -- a round: local.get const sub local.set local.get br_if; const
    ('loop', 1000, 6001),
    ('loop', 100000, 600001), -- more than one slice of 100,000
    ('loop of three exits', 10, 2 * 16 + 8 + 1), -- a round: 4 + 4 + 3 + 4 + 1; to 9 and 8, and half of the third; local.get
    ('loop of three exits', 5, 16 + 16), -- to 4; to 3: 4 + 4 + 3 + 4 + const
    ('loop of three exits', 2, 16 + 11 + 1), -- to 1; to 0: 4 + 4 + 3
    ('nested loops', 10, 10 * (2 + 10 * 8 + 8) + 1),
    ('br_table', 0, 3), -- local.get br_table const
    ('br_table', 1, 4), -- local.get br_table const const
    ('br_table', 2, 7), -- local.get br_table const const const add add
    ('br_table', 99, 7),
    ('br_table into a loop', 1000, 6001), -- a round: local.get const sub local.set local.get br_table; const
    ('br_on_null', 0, 3), -- ref.null br_on_null local.get
    ('calls', 0, 9), -- local.get, twice call and local.get const add
    ('call_indirect', 0, 6), -- local.get const call_indirect, local.get const add
    ('call_ref', 0, 6), -- local.get ref.func call_ref, local.get const add
    ('recursion', 1, 5), -- local.get const lt_u if local.get
    ('recursion', 10, 89 * 5 + 88 * 13), -- else: 4, twice local.get const sub call, add
    ('tail calls', 1000, 1000 * 7 + 4), -- local.get eqz if, local.get const sub return_call; const
    ('tail calls through a table', 1000, 1000 * 8 + 4),
    ('exception from a callee', 0, 134), -- const, one handler, local.get call, local.get throw, add
    ('exceptions in a loop', 100, 13501), -- a handler, throw, as in loop
    ('exception across a frame', 0, 141), -- a handler, call, 3 * 3, call, throw, local.get
    ('exception not thrown', 0, 5), -- a handler, call, const if, local.get
    ('memory.fill', 0, 5), -- const const local.get memory.fill, const
    ('memory.fill', 7, 5),
    ('memory.fill', 8, 6),
    ('memory.fill', 1000, 130),
    ('memory.copy', 1000, 130),
    ('memory.init', 16, 7),
    ('memory.fill of 64 bits', 1000, 131), -- extend too
    ('table.fill', 80, 15),
    ('table.copy', 80, 15),
    ('array.new', 80, 14), -- const local.get array.new array.len
    ('array.fill', 80, 27), -- local.get array.new_default const const local.get array.fill, const; and twice 10
    ('memory.grow', 1, 129),
    ('table.grow', 1, 130),
    ('state', 3, 16); -- 2, 3, 3, 1 + 3 + 1, 3
DO $$
DECLARE
    g guest;
BEGIN
    FOR g IN TABLE guest LOOP
        EXECUTE format('CREATE FUNCTION m%s() RETURNS wasm.module LANGUAGE wasm AS %L', g.i, '(module ' || g.module || ')');
        EXECUTE format('CREATE FUNCTION f%s(int) RETURNS int LANGUAGE wasm PARALLEL SAFE AS %L', g.i, format('m%s#f', g.i));
        EXECUTE format('CREATE FUNCTION kept%s(int) RETURNS int LANGUAGE wasm PARALLEL SAFE AS %L', g.i, format('m%s#f isolation=statement', g.i));
    END LOOP;
END
$$;
CREATE TABLE measured AS SELECT cost.*, i, format('%s(%s)', i, argument) AS call FROM cost JOIN guest USING (what);
GRANT SELECT ON measured TO fuel_owner;
SELECT what, argument, fuel_of('SELECT f' || call) AS fuel, units AS "by hand" FROM measured ORDER BY i, argument;
-- measured
SELECT what, argument FROM measured WHERE NOT is_exact('SELECT f' || call, units);
-- with state for a statement
SELECT what, argument FROM measured WHERE NOT is_exact('SELECT kept' || call, units);
-- in the second and the third call, with and without state
SELECT what, argument FROM measured WHERE NOT is_enough(format('SELECT f%1$s, f%1$s, f%1$s, kept%1$s, kept%1$s', call), units);
SELECT what, argument FROM measured WHERE units > 1
   AND outcome(format('SELECT set_config(''plwasm.fuel'', %L, true), %s', units, format('ARRAY[f%1$s, f%1$s, set_config(''plwasm.fuel'', %2$L, true)::int, f%1$s]', call, units - 1)))
       <> '54000: function exceeded its fuel limit of ' || units - 1;
-- by another role
SELECT what, argument FROM measured WHERE NOT is_exact_for_owner('SELECT f' || call, units);
-- in a worker
CREATE TABLE ones AS SELECT 1 AS n FROM generate_series(1, 20);
ALTER TABLE ones SET (parallel_workers = 2);
GRANT SELECT ON ones TO fuel_owner;
ANALYZE ones;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT max(f1(n)) FROM ones;
SELECT what, argument FROM measured WHERE NOT is_exact(format('SELECT max(f%s(%s * n)) FROM ones', i, argument), units);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- everything that belongs to a call uses the same fuel: cabi_realloc, the function, cabi_post
CREATE FUNCTION tank() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)) ;; 1
  (func (export "size") (param i32 i32) (result i32) (local.get 1)) ;; 1
  (func (export "echo") (param i32 i32) (result i32) ;; 7
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
  (func (export "cabi_post_echo") (param i32) (drop (i32.add (local.get 0) (i32.const 1))))) ;; 3
$$;
CREATE FUNCTION size(text) RETURNS int LANGUAGE wasm AS 'tank';
CREATE FUNCTION size(text, text) RETURNS int LANGUAGE wasm AS '(module (memory (export "memory") 1) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)) (func (export "size") (param i32 i32 i32 i32) (result i32) (local.get 1)))';
CREATE FUNCTION echo(text) RETURNS text LANGUAGE wasm AS 'tank';
SELECT fuel_of($$SELECT size('x')$$) AS "2", fuel_of($$SELECT size('x', 'y')$$) AS "3", fuel_of($$SELECT echo('x')$$) AS "11", fuel_of($$SELECT echo(repeat('x', 10000))$$) AS "11";

-- compiled from C and Rust: the fuel is the same everywhere, and the same as in earlier versions
SELECT wasm.create_module('c_text', pg_read_binary_file(:'guests' || '/c-text/text.wasm')), wasm.create_module('rust_text', pg_read_binary_file(:'guests' || '/rust-text/text.wasm'));
DO $$
DECLARE
    lang text;
BEGIN
    FOREACH lang IN ARRAY '{c,rust}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION %1$s_slugify(text) RETURNS text LANGUAGE wasm PARALLEL SAFE AS ''%1$s_text#slugify''', lang);
        EXECUTE format('CREATE FUNCTION %1$s_upper(text) RETURNS text LANGUAGE wasm PARALLEL SAFE AS ''%1$s_text#upper''', lang);
        EXECUTE format('CREATE FUNCTION %1$s_soundex(text) RETURNS text LANGUAGE wasm PARALLEL SAFE AS ''%1$s_text#soundex''', lang);
        EXECUTE format('CREATE FUNCTION %1$s_levenshtein(text, text) RETURNS int LANGUAGE wasm PARALLEL SAFE AS ''%1$s_text#levenshtein''', lang);
    END LOOP;
END
$$;
CREATE TABLE text_call (call text);
INSERT INTO text_call VALUES ('slugify('''')'), ('slugify(''Hello, World!'')'), ('slugify(repeat(''ab CD '', 1000))'), ('upper(''Hello, World!'')'), ('upper(repeat(''x'', 10000))'), ('soundex(''Robert'')'),
    ('levenshtein(''kitten'', ''sitting'')'), ('levenshtein(repeat(''ab'', 100), repeat(''ba'', 150))');
CREATE TABLE measured_text AS SELECT lang || '_' || call AS call, fuel_of(format('SELECT %s_%s', lang, call)) AS fuel FROM text_call, unnest('{c,rust}'::text[]) lang;
SELECT * FROM measured_text ORDER BY call COLLATE "C";
SELECT call FROM measured_text WHERE NOT is_exact('SELECT ' || call, fuel) OR NOT is_exact_for_owner('SELECT ' || call, fuel);
SELECT call FROM measured_text WHERE NOT is_enough(format('SELECT %1$s, %1$s, %1$s', call), fuel);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT call FROM measured_text WHERE NOT is_exact(format('SELECT max(%s) FROM ones', regexp_replace(call, '\)$', ' || repeat('''', n))')), fuel);
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

SET client_min_messages = error;
DROP SCHEMA fuel CASCADE;
DROP OWNED BY fuel_owner;
DROP ROLE fuel_owner;
