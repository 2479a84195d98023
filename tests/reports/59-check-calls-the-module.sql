-- source: plv8/plv8 #109 (a domain's check in the same language as the function that returns it)
-- situation: while a set of a domain is being returned, its check calls the same module, the same function, and a function that traps and is caught
-- expected: all rows are right; the error of a check is the check's
CREATE FUNCTION tools() RETURNS wasm.module LANGUAGE wasm AS '(module (memory (export "memory") 1) (global $top (mut i32) (i32.const 4096))
    (func $alloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
        (local.set $at (i32.and (i32.const -8) (i32.add (i32.const 7) (global.get $top)))) (global.set $top (i32.add (local.get $at) (local.get 3))) (local.get $at))
    (func (export "list") (param $n i32) (result i32) (local $i i32) (local $at i32)
        (local.set $at (call $alloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (i32.const 8) (local.get $n))))
        (i32.store (i32.const 8) (local.get $at)) (i32.store (i32.const 12) (local.get $n))
        (block $end (loop $next (br_if $end (i32.ge_s (local.get $i) (local.get $n)))
            (i32.store (local.get $at) (i32.add (i32.const 64) (i32.rem_u (local.get $i) (i32.const 20)))) (i32.store offset=4 (local.get $at) (i32.const 3))
            (local.set $at (i32.add (local.get $at) (i32.const 8))) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))
        (i32.const 8))
    (data (i32.const 64) "abcdefghijklmnopqrstuvwxyz")
    (func (export "valid") (param $p i32) (param $n i32) (result i32)
        (memory.fill (i32.const 0) (i32.const 255) (i32.const 8192))
        (if (i32.ne (local.get $n) (i32.const 3)) (then (unreachable)))
        (i32.const 1)))';
CREATE FUNCTION valid(text) RETURNS bool LANGUAGE wasm AS 'tools';
CREATE FUNCTION tried(v text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN BEGIN PERFORM valid(v || 'x'); EXCEPTION WHEN external_routine_exception THEN NULL; END; RETURN valid(v); END $$;
CREATE DOMAIN word AS text CHECK (valid(VALUE));
CREATE DOMAIN tried_word AS text CHECK (tried(VALUE));
CREATE FUNCTION words(int) RETURNS SETOF word LANGUAGE wasm AS 'tools#list';
CREATE FUNCTION word_array(int) RETURNS word[] LANGUAGE wasm AS 'tools#list';
CREATE FUNCTION tried_words(int) RETURNS SETOF tried_word LANGUAGE wasm AS 'tools#list';
CREATE FUNCTION tried_array(int) RETURNS tried_word[] LANGUAGE wasm AS 'tools#list';
SELECT pg_temp.gives('a set', $$SELECT string_agg(w, ' ') FROM words(5) w$$, 'abc bcd cde def efg');
SELECT pg_temp.gives('an array', $$SELECT word_array(3)$$, '{abc,bcd,cde}');
SELECT pg_temp.gives('traps that are caught', $$SELECT string_agg(w, ' ') FROM tried_words(5) w$$, 'abc bcd cde def efg');
SELECT pg_temp.gives('in an array', $$SELECT tried_array(3)$$, '{abc,bcd,cde}');
SELECT pg_temp.gives('many', $$SELECT count(DISTINCT w) || ' ' || count(*) FROM tried_words(500) w$$, '20 500');
CREATE FUNCTION itself(v text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN length(v) = 3 AND (v <> 'abc' OR (SELECT count(*) FROM nested(1)) = 1 OR true); END $$;
CREATE DOMAIN nested_word AS text CHECK (itself(VALUE));
CREATE FUNCTION nested(int) RETURNS SETOF text LANGUAGE wasm AS 'tools#list';
CREATE FUNCTION nesting(int) RETURNS SETOF nested_word LANGUAGE wasm AS 'tools#list';
SELECT pg_temp.gives('the check calls the same export', $$SELECT string_agg(w, ' ') FROM nesting(3) w$$, 'abc bcd cde');
DROP DOMAIN word CASCADE;
CREATE DOMAIN word AS text CHECK (valid(VALUE || 'x'));
CREATE FUNCTION words(int) RETURNS SETOF word LANGUAGE wasm AS 'tools#list';
SELECT pg_temp.gives('the check traps', $$SELECT * FROM words(2)$$, 'ERROR 38000');
SELECT pg_temp.gives('and then', $$SELECT count(*) FROM nested(4)$$, '4');
