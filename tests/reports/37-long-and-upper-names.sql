-- source: bytecodealliance/wit-bindgen #942; component-model #162
-- situation: WIT names of more than 63 bytes, and acronyms in capitals
-- expected: each function gets a name that calls it, or the reason why not; one bad name does not spoil the others
SELECT 'CREATE FUNCTION named() RETURNS wasm.module LANGUAGE wasm AS $$(component
    (core module $m (func (export "one") (result i32) (i32.const 1)) (func (export "two") (result i32) (i32.const 2)) (func (export "same") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "parse-JSON") (result s32) (canon lift (core func $i "one")))
    (func (export "SHA256") (result s32) (canon lift (core func $i "two")))
    (func (export "a-' || repeat('x', 60) || '-one") (result s32) (canon lift (core func $i "one")))
    (func (export "a-' || repeat('x', 60) || '-two") (result s32) (canon lift (core func $i "two")))
    (func (export "b-' || repeat('x', 61) || '") (result s32) (canon lift (core func $i "two")))
    (func (export "plain") (param "' || repeat('p', 70) || '" s32) (result s32) (canon lift (core func $i "same"))))$$' \gexec
SELECT pg_temp.gives('what is made', $$SELECT count(function) || ' of ' || count(*) FROM wasm.create_functions('named')$$, '3 of 6');
SELECT pg_temp.gives('an acronym, quoted', 'SELECT "parse_json"() + "sha256"()', '3');
SELECT pg_temp.gives('an acronym, as one types it', 'SELECT parse_JSON() + SHA256()', '3');
SELECT pg_temp.gives('63 bytes', 'SELECT b_' || repeat('x', 61) || '()', '2');
SELECT pg_temp.gives('longer ones have a reason', $$SELECT count(*) FROM wasm.create_functions('named', dry_run => true) WHERE sql LIKE '-- %longer than 63 bytes%'$$, '3');
SELECT format('CREATE FUNCTION a1() RETURNS int LANGUAGE wasm AS %L', 'named#a-' || repeat('x', 60) || '-one') \gexec
SELECT format('CREATE FUNCTION a2() RETURNS int LANGUAGE wasm AS %L', 'named#a-' || repeat('x', 60) || '-two') \gexec
SELECT pg_temp.gives('by hand', $$SELECT a1() || ' ' || a2()$$, '1 2');
