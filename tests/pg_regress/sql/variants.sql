-- WIT's variant and result as values: json and jsonb, exact in both directions.
CREATE SCHEMA variants;
SET search_path = variants, public;

\getenv guests PLWASM_GUESTS
\set ECHO none
SELECT format('CREATE FUNCTION shapes() RETURNS wasm.module LANGUAGE wasm AS %L', pg_read_file(:'guests' || '/echo/variants.wat')) \gexec
\set ECHO all
SELECT export, signature FROM wasm.exports('shapes');
SELECT sql FROM wasm.create_functions('shapes');

-- in slots that cases share
SELECT s, area(s) FROM unnest('{"{\"none\": null}","\"none\"","{\"circle\": 1.5}","{\"box\": [2, 0.5]}","{\"label\": \"four\"}"}'::jsonb[]) s;
SELECT maybe(NULL), maybe('"none"'), maybe('{"label": ""}');
SELECT i, make(i) FROM generate_series(0, 3) i;
SELECT next('"red"'), next('{"amber_or_so": null}'), next(next('"red"'));
-- parameters in memory
SELECT many((1,2,3,4,5,6,7,8,9,10,11,12,13), '{"box": [1, 2]}', '(1,2)');

-- jsonb and json: the whole list or its elements, rows and sets
SELECT echo_shapes('{"\"none\"","{\"circle\": 1}"}');
CREATE FUNCTION whole(jsonb) RETURNS jsonb LANGUAGE wasm AS 'shapes#echo-shapes';
CREATE FUNCTION as_it_is(json) RETURNS json LANGUAGE wasm AS 'shapes#echo-shapes';
CREATE FUNCTION as_rows(jsonb) RETURNS SETOF jsonb LANGUAGE wasm AS 'shapes#echo-shapes';
CREATE FUNCTION of_many(VARIADIC jsonb[]) RETURNS jsonb LANGUAGE wasm AS 'shapes#echo-shapes';
SELECT whole('["none", {"box": [1e-5, 2.50]}]'), as_it_is(' [ "none" , {"box":[1e-5,2.50]}]'), of_many('"none"', '{"label": "x"}');
SELECT * FROM as_rows('["none", {"label": "x"}]');
CREATE DOMAIN round AS jsonb CHECK (VALUE ? 'circle');
CREATE FUNCTION only_round(round[]) RETURNS round[] LANGUAGE wasm AS 'shapes#echo-shapes';
CREATE FUNCTION made_round(int) RETURNS round LANGUAGE wasm AS 'shapes#make';
SELECT made_round(1);
SELECT outcome('SELECT made_round(0)');
SELECT echo_results('{"{\"ok\": 18446744073709551615}","{\"err\": \"\"}"}');
SELECT * FROM echo_items(ARRAY[('a', '{"circle": 1}', '{"ok": 0}'), ('b', '"none"', '{"err": null}'), ('c', '{"label": "l"}', '{"err": "e"}')]::item[]);
SELECT whole(NULL), whole('[]');
CREATE FUNCTION doubly(int) RETURNS jsonb LANGUAGE wasm AS 'shapes#nested';
SELECT doubly(0), doubly(1), doubly(2);
-- the outer result raises an error, the inner one is a value
SELECT tried(0), tried(1);
SELECT outcome('SELECT tried(2)');

-- every type within a variant, exactly
CREATE FUNCTION every(jsonb) RETURNS jsonb LANGUAGE wasm AS 'shapes#echo-all';
CREATE FUNCTION every_json(json) RETURNS json LANGUAGE wasm AS 'shapes#echo-all';
CREATE TABLE everything AS SELECT jsonb '{
    "a-s64": -9223372036854775808, "a-u64": 18446744073709551615, "a-f32": 0.1, "a-f64": 1e300, "a-bool": true, "a-char": "😀",
    "text": "ä\"\\\n\u0001", "bytes": "\\x00ff", "numbers": [-32768, 32767], "pair": [255, -128], "style": ["bold", "big"],
    "level": "high-up", "maybe": 4294967295, "perhaps": {"some": null}, "shape": {"box": [1, "-0"]}, "outcome": {"err": 0}}' AS v;
SELECT every(jsonb_build_array(jsonb_build_object('all', v), '{"nothing": null}'::jsonb)) = jsonb_build_array(jsonb_build_object('all', v), '{"nothing": null}'::jsonb) AS same,
       every_json(json_build_array(json_build_object('all', v), '{"nothing": null}'::json))::jsonb = jsonb_build_array(jsonb_build_object('all', v), '{"nothing": null}'::jsonb) AS same_json
  FROM everything;
SELECT every(jsonb_build_array(jsonb_build_object('all', v || changed)))->0->'all' @> expected AS found, left(changed::text, 60) AS changed
  FROM everything, (VALUES
    ('{"a-f64": "NaN", "a-f32": "-Infinity"}'::jsonb, '{"a-f64": "NaN", "a-f32": "-Infinity"}'::jsonb),
    ('{"a-f64": 5e-324, "a-f32": 1e-45}', '{"a-f64": 5e-324, "a-f32": 1e-45}'),
    ('{"a-f64": 9007199254740993}', '{"a-f64": 9007199254740992}'),
    ('{"bytes": [0, 1], "numbers": []}', '{"bytes": "\\x0001", "numbers": []}'),
    ('{"a-s64": 1.00, "a-u64": 1e3}', '{"a-s64": 1, "a-u64": 1000}'),
    ('{"style": ["big", "big"], "level": "high_up"}', '{"style": ["big"], "level": "high-up"}'),
    ('{"maybe": null, "perhaps": null}', '{"maybe": null, "perhaps": null}'),
    ('{"perhaps": {"some": 1}}', '{"perhaps": {"some": 1}}'),
    ('{"outcome": "ok"}', '{"outcome": {"ok": null}}')) t (changed, expected);
-- a field that is an option can be missing
SELECT every(jsonb_build_array(jsonb_build_object('all', v - 'maybe')))->0->'all'->'maybe' AS maybe FROM everything;
-- U+0000 is valid in WIT's strings and in json, but not in jsonb
SELECT as_it_is('[{"label": "a\u0000b"}]');
SELECT error('SELECT make(4)');
CREATE FUNCTION make_json(int) RETURNS json LANGUAGE wasm AS 'shapes#make';
SELECT make_json(4);

-- errors name the place
SELECT changed, outcome(format('SELECT every(jsonb_build_array(jsonb_build_object(''all'', %L::jsonb)))', v || changed)) AS outcome
  FROM everything, (VALUES
    ('{"a-s64": 9223372036854775808}'::jsonb), ('{"a-u64": -1}'), ('{"a-u64": 0.5}'), ('{"a-f32": 1e39}'), ('{"a-f64": "1"}'), ('{"a-bool": 1}'),
    ('{"a-char": "ab"}'), ('{"text": null}'), ('{"bytes": "00"}'), ('{"bytes": [256]}'), ('{"numbers": {}}'), ('{"pair": [1]}'), ('{"style": ["red"]}'),
    ('{"style": [null]}'), ('{"level": "none"}'), ('{"maybe": -1}'), ('{"perhaps": 1}'), ('{"shape": {}}'), ('{"shape": "circle"}'),
    ('{"outcome": {"ok": 1}}'), ('{"more": 1}'), ('{"a_bool": true}')) t (changed);
SELECT error(format('SELECT variants.every(%L)', jsonb_build_array('"nothing"'::jsonb, jsonb_build_object('all', v || '{"numbers": [1, 2, 3.5]}')))) FROM everything;
SELECT error($$SELECT * FROM echo_items(ARRAY[('a', '{"circle": 1}', '{"ok": -1}')]::item[])$$);
SELECT error($$SELECT echo_shapes('{"\"none\"","[]"}')$$);
SELECT error($$SELECT as_it_is('[{"label": "\ud800"}]')$$);
SELECT error($$SELECT as_it_is('[{"label": "a", "label": "b"}]')$$);
SELECT error('SELECT make(9)');
SELECT outcome($$CREATE FUNCTION wrong(text) RETURNS float8 LANGUAGE wasm AS 'shapes#area'$$);

-- numeric as u64: a whole number of any scale
CREATE FUNCTION same(numeric) RETURNS numeric LANGUAGE wasm AS '(component
    (core module $m (func (export "same") (param i64) (result i64) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "same") (param "n" u64) (result u64) (canon lift (core func $i "same"))))';
SELECT same(300.00), same(10::numeric / 5), same(1.5e1), same(18446744073709551615.000), same(-0.00);
SELECT n, outcome(format('SELECT same(%L)', n)) FROM (VALUES ('1.5'), ('0.001'), ('-1.00'), ('18446744073709551616.0'), ('NaN'), ('Infinity'), ('1e1000')) t (n);
SELECT error('SELECT same(1.5)');
-- blanks at the end of a char(n) do not count
CREATE FUNCTION single(char) RETURNS char(3) LANGUAGE wasm AS '(component
    (core module $m (func (export "single") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "single") (param "c" char) (result char) (canon lift (core func $i "single"))))';
SELECT '<' || single('a'::char(3))::text || '>' AS a, '<' || single('ä  '::char(5))::text || '>' AS "ä", single('   '::char(3)) = ' ' AS blank;
SELECT outcome($$SELECT single('ab '::char(3))$$);
-- a NULL is no flag, whatever the flags are called
CREATE FUNCTION bits(text[]) RETURNS int8 LANGUAGE wasm AS '(component
    (core module $m (func (export "bits") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (type $fl (flags "a" "NULL"))
    (export $flags "flags-of-null" (type $fl))
    (func (export "bits") (param "f" $flags) (result u32) (canon lift (core func $i "bits"))))';
SELECT bits('{}'), bits('{"NULL"}'), bits('{"NULL",a}');
SELECT error($$SELECT bits('{a,NULL}')$$);

-- a guest's own error, in WIT's notation
CREATE FUNCTION failing(kind int) RETURNS int LANGUAGE wasm AS '(component
    (core module $m (memory (export "memory") 1)
      (data (i32.const 0) "\01\00\00\00\01\02\ff\00\00\00\c0\7f\01\00\00\00\0a\00\00\00\00\00\00\00\27\00\00\00")
      (func (export "failing") (param i32) (result i32) (i32.store8 (i32.const 20) (local.get 0)) (i32.const 0)))
    (core instance $i (instantiate $m))
    (type $v (variant (case "none") (case "cause" (tuple char))))
    (export $why "why" (type $v))
    (func (export "failing") (param "kind" s32) (result (result s32 (error (tuple (option u8) (tuple s8) f32 bool char $why))))
      (canon lift (core func $i "failing") (memory (core memory $i "memory")))))';
SELECT outcome('SELECT failing(0)'), outcome('SELECT failing(1)');

-- core modules that do not describe their types: only types that fit scalars
CREATE FUNCTION numbers() RETURNS wasm.module LANGUAGE wasm AS '(module
    (memory (export "memory") 1)
    (func (export "fib") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export "Hyp") (param f64 f64) (result f64) (f64.add (local.get 0) (local.get 1)))
    (func (export "wide-one") (param i64 f32) (result i64) (local.get 0))
    (func (export "set") (param i32))
    (func (export "nothing"))
    (func (export "pair") (result i32 i32) (i32.const 1) (i32.const 2))
    (func (export "vector") (param v128))
    (func (export "numbers") (result i64) (i64.const 1))
    (func (export "many") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32))
    (func (export "a b") (param i32))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "malloc") (param i32) (result i32) unreachable)
    (func (export "__wbindgen_free") (param i32 i32))
    (func (export "stackSave") (result i32) unreachable))';
SELECT export, create_function FROM wasm.exports('numbers') ORDER BY export COLLATE "C";
SELECT function, sql FROM wasm.create_functions('numbers');
SELECT fib(41), wide_one(7, 0.5);
-- a module that describes its types exports nothing else
SELECT count(*) FROM wasm.create_functions('shapes', dry_run => true) WHERE sql LIKE '%core%';

DROP SCHEMA variants CASCADE;
