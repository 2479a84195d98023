-- source: bytecodealliance/wit-bindgen #551 (lists of lists and tuples); scala-wasm #113 (complex WIT); supabase/wrappers #373
-- situation: one record with lists of u64, of char, of byte strings, of uuids, of intervals, options within lists, flags, small integers
-- expected: comes back as it was; what is out of range in one element is an error that says where
CREATE TYPE wide AS (a numeric[], b text[], c numeric, d bytea, e bytea[], g uuid, h uuid[], i bool[], j int2, k int2, l float4, m interval[], n int8, o text, p text[], q int4range[]);
CREATE FUNCTION echo(wide) RETURNS wide LANGUAGE wasm AS $$(component
    (core module $m (memory (export "memory") 1) (global $top (mut i32) (i32.const 4096))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
            (local.set $at (i32.and (i32.const -8) (i32.add (i32.const 7) (global.get $top)))) (global.set $top (i32.add (local.get $at) (local.get 3))) (local.get $at))
        (func (export "echo") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (type $interval (record (field "months" s32) (field "days" s32) (field "microseconds" s64)))
    (export $iv "interval" (type $interval))
    (type $range (record (field "empty" bool) (field "lower" (option s32)) (field "upper" (option s32)) (field "lower-inc" bool) (field "upper-inc" bool)))
    (export $rg "int4range" (type $range))
    (type $fl (flags "red" "green" "blue"))
    (export $colors "colors" (type $fl))
    (type $w (record (field "a" (list u64)) (field "b" (list char)) (field "c" (option u64)) (field "d" (list u8)) (field "e" (list (list u8)))
        (field "g" (tuple u64 u64)) (field "h" (list (option (tuple u64 u64)))) (field "i" (list bool)) (field "j" u8) (field "k" s8) (field "l" f32)
        (field "m" (list $iv)) (field "n" u32) (field "o" char) (field "p" $colors) (field "q" (list (option $rg)))))
    (export $wide "wide" (type $w))
    (func (export "echo") (param "v" $wide) (result $wide) (canon lift (core func $i "echo") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc")))))$$;
CREATE FUNCTION row_with(a text, b text, j int, k int, n int8, o text, p text) RETURNS wide LANGUAGE sql AS $$
    SELECT ROW(a::numeric[], b::text[], NULL, '\x00ff', '{"\\x","\\x0102"}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{NULL,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', '{t,f}', j, k, '-0.1', '{"1 mon -2 days 3 us"}', n, o, p::text[], '{empty,NULL,"(,5)"}')::wide $$;
SELECT pg_temp.gives('all of it', $$SELECT echo(r)::text = r::text FROM (SELECT row_with('{0,18446744073709551615}', '{ä,😀,"\""}', 255, -128, 4294967295, 'ß', '{red,blue}') r) _$$, 'true');
SELECT pg_temp.gives('nothing in it', $$SELECT echo(r)::text = r::text FROM (SELECT ROW('{}', '{}', 5, '', '{}', '00000000-0000-0000-0000-000000000000', '{}', '{}', 0, 0, 'NaN', '{}', 0, 'x', '{}', '{}')::wide r) _$$, 'true');
SELECT pg_temp.gives('flags in another order', $$SELECT (echo(row_with('{1}', '{a}', 0, 0, 0, 'x', '{blue,red,blue}'))).p$$, '{red,blue}');
SELECT pg_temp.gives('u64', $$SELECT echo(row_with('{1,-1}', '{a}', 0, 0, 0, 'x', '{}'))$$, 'ERROR 22003');
SELECT pg_temp.gives('char', $$SELECT echo(row_with('{1}', '{a,bc}', 0, 0, 0, 'x', '{}'))$$, 'ERROR 22023');
SELECT pg_temp.gives('no char', $$SELECT echo(row_with('{1}', '{}', 0, 0, 0, '', '{}'))$$, 'ERROR 22023');
SELECT pg_temp.gives('u8', $$SELECT echo(row_with('{1}', '{}', 256, 0, 0, 'x', '{}'))$$, 'ERROR 22003');
SELECT pg_temp.gives('u32', $$SELECT echo(row_with('{1}', '{}', 0, 0, 4294967296, 'x', '{}'))$$, 'ERROR 22003');
SELECT pg_temp.gives('a flag', $$SELECT echo(row_with('{1}', '{}', 0, 0, 0, 'x', '{purple}'))$$, 'ERROR 22023');
SELECT pg_temp.gives('a NULL flag', $$SELECT echo(row_with('{1}', '{}', 0, 0, 0, 'x', '{NULL}'))$$, 'ERROR 22023');
SELECT pg_temp.gives('a NULL element', $$SELECT echo(row_with('{NULL}', '{}', 0, 0, 0, 'x', '{}'))$$, 'ERROR 22004');
CREATE FUNCTION bits(text[]) RETURNS int8 LANGUAGE wasm AS $$(component
    (core module $m (func (export "bits") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (type $fl (flags "a" "NULL"))
    (export $flags "nullable" (type $fl))
    (func (export "bits") (param "f" $flags) (result u32) (canon lift (core func $i "bits"))))$$;
SELECT pg_temp.gives('a flag of the name NULL', $$SELECT bits('{"NULL"}')$$, '2');
SELECT pg_temp.gives('is not the NULL of SQL', $$SELECT bits('{NULL}')$$, 'ERROR 22');
