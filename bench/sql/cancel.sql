-- The functions that bench/cancel cancels. They take forever, or long, in every place where a guest or its call can
-- spend time. Each line that begins with `-- cancel` is a statement that calls one: where the time is spent (guest,
-- conversion, or the server's own code), its name, and the statement.
SET client_min_messages = warning;
CREATE EXTENSION plwasm;
CREATE FUNCTION good(i int) RETURNS int LANGUAGE wasm IMMUTABLE AS
    '(module (func (export "good") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
-- An endless export `f`: what is in the module, and what is in the loop.
CREATE PROCEDURE loops(f text, fields text, body text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE FUNCTION %I() RETURNS int LANGUAGE wasm AS %L', f,
        format('(module %s (func $f (export "%s") (result i32) (local $i i32) (loop $again %s (br $again)) unreachable))', fields, f, body));
END
$$;

-- cancel | guest | loop | SELECT loop()
CALL loops('loop', '', '');
-- cancel | guest | rows | SELECT sum(good(i % 100)) FROM generate_series(1, 1000000000) i
-- cancel | guest | PL/pgSQL that calls | DO 'BEGIN LOOP PERFORM good(1); END LOOP; END'
-- cancel | guest | DO | DO LANGUAGE wasm '(module (func (export "run") (loop br 0)))'
-- cancel | guest | calls | SELECT calls()
CALL loops('calls', '(func $twice (param i32) (if (local.get 0) (then (call $twice (i32.sub (local.get 0) (i32.const 1)))
    (call $twice (i32.sub (local.get 0) (i32.const 1))))))', '(call $twice (i32.const 20))');
-- cancel | guest | recursion, 5,000 deep | SELECT recursion()
CALL loops('recursion', '(func $deep (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))',
    '(call $deep (i32.const 5000))');
-- cancel | guest | divisions and roots of vectors | SELECT divisions()
CALL loops('divisions', '(global $v (mut v128) (v128.const f64x2 1e300 1e300))',
    '(global.set $v (f64x2.sqrt (f64x2.div (f64x2.sqrt (global.get $v)) (v128.const f64x2 0.9 0.9))))');
-- cancel | guest | stores that miss every cache | SELECT misses()
CALL loops('misses', '(memory 960)', '(local.set $i (i32.add (i32.mul (local.get $i) (i32.const 1664525)) (i32.const 1013904223)))
    (i32.store (i32.rem_u (local.get $i) (i32.const 62914556)) (i32.load (i32.rem_u (i32.shr_u (local.get $i) (i32.const 3)) (i32.const 62914556))))');
-- cancel | guest | memory.fill, 60 MB | SELECT fill()
CALL loops('fill', '(memory 960)', '(memory.fill (i32.const 0) (i32.const 1) (i32.const 62914560))');
-- cancel | guest | memory.copy, 30 MB | SELECT copy()
CALL loops('copy', '(memory 960)', '(memory.copy (i32.const 0) (i32.const 31457280) (i32.const 31457280))');
-- cancel | guest | table.fill, 3 million | SELECT table_fill()
CALL loops('table_fill', '(table 3000000 funcref)', '(table.fill (i32.const 0) (ref.func $f) (i32.const 3000000))');
-- cancel | guest | table.copy, 1.5 million | SELECT table_copy()
CALL loops('table_copy', '(table $a 1500000 funcref) (table $b 1500000 funcref)',
    '(table.copy $a $b (i32.const 0) (i32.const 0) (i32.const 1500000))');
-- cancel | guest | memory.grow to the limit, and refused | SELECT grow()
CALL loops('grow', '(memory 0)', '(drop (memory.grow (i32.const 1)))');
-- cancel | guest | table.grow to the limit, and refused | SELECT table_grow()
CALL loops('table_grow', '(table 0 funcref)', '(drop (table.grow (ref.null func) (i32.const 1000)))');
-- cancel | guest | memory that grows by 60 MB each call | SELECT sum(grow_once(i)) FROM generate_series(1, 1000000000) i
CREATE FUNCTION grow_once(int) RETURNS int LANGUAGE wasm AS '(module (memory 0) (func (export "grow_once") (param i32) (result i32)
    (drop (memory.grow (i32.const 960))) (memory.fill (i32.const 0) (i32.const 1) (i32.const 62914560)) (i32.const 0)))';
-- cancel | guest | instances of 60 MB, one each call | SELECT sum(spoil(i)) FROM generate_series(1, 1000000000) i
CREATE FUNCTION spoil(int) RETURNS int LANGUAGE wasm AS '(module (memory 960) (table 1 funcref)
    (func $start (memory.fill (i32.const 0) (i32.const 1) (i32.const 62914560))) (start $start)
    (func $f (export "spoil") (param i32) (result i32) (table.set (i32.const 0) (ref.func $f)) (i32.const 0)))';
-- cancel | guest | garbage | SELECT garbage()
CALL loops('garbage', '(type $pair (struct (field i32) (field i32)))', '(drop (struct.new $pair (i32.const 1) (i32.const 2)))');
-- cancel | guest | lists of 500,000 objects, dropped at once | SELECT lists()
CALL loops('lists', '(type $node (struct (field (ref null $node)))) (func $list (local $n (ref null $node)) (local $i i32)
    (loop $next (local.set $n (struct.new $node (local.get $n)))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 500000)))))', '(call $list)');
-- cancel | guest | arrays of references, copied | SELECT references_copied()
CALL loops('references_copied', '(type $a (array (mut (ref null $a)))) (global $g (ref $a) (array.new_default $a (i32.const 3000000)))
    (func $start (array.fill $a (global.get $g) (i32.const 0) (global.get $g) (i32.const 3000000))) (start $start)',
    '(array.copy $a $a (global.get $g) (i32.const 0) (global.get $g) (i32.const 1) (i32.const 2999999))');
-- cancel | guest | exceptions | SELECT exceptions()
CALL loops('exceptions', '(tag $t)', '(block $caught (try_table (catch $t $caught) (throw $t)))');
-- cancel | guest | exceptions that swallow everything | SELECT swallow()
CALL loops('swallow', '(tag $t) (func $loop (loop $again (block $caught (try_table (catch_all $caught) (throw $t))) (br $again)))',
    '(block $caught (try_table (catch_all $caught) (call $loop)))');
-- cancel | guest | exceptions through 3,000 frames | SELECT exceptions_deep()
CALL loops('exceptions_deep', '(tag $t) (func $deep (param i32) (if (i32.eqz (local.get 0)) (then (throw $t)))
    (call $deep (i32.sub (local.get 0) (i32.const 1))))', '(block $caught (try_table (catch $t $caught) (call $deep (i32.const 3000))))');
-- cancel | guest | exceptions past 1,000 handlers | SELECT handlers()
DO $$ BEGIN CALL loops('handlers', '(tag $t) (tag $other) (func $throw (throw $t))', '(block $caught (try_table (catch $t $caught) ' ||
    repeat('(block (try_table (catch $other 0) ', 1000) || '(call $throw)' || repeat('))', 1000) || '))'); END $$;
-- cancel | guest | exceptions past 100 handlers in each of 1,000 frames | SELECT handlers_deep()
DO $$ BEGIN CALL loops('handlers_deep', '(tag $t) (tag $other) (func $deep (param i32) (if (i32.eqz (local.get 0)) (then (throw $t))) ' ||
    repeat('(block (try_table (catch $other 0) ', 100) || '(call $deep (i32.sub (local.get 0) (i32.const 1)))' || repeat('))', 100) || ')',
    '(block $caught (try_table (catch $t $caught) (call $deep (i32.const 1000))))'); END $$;
-- cancel | guest | start function | SELECT start_loop()
CREATE FUNCTION start_loop() RETURNS int LANGUAGE wasm AS '(module (func $start (loop br 0)) (start $start)
    (func (export "start_loop") (result i32) (i32.const 1)))';
-- cancel | guest | _initialize | SELECT initialize_loop()
CREATE FUNCTION initialize_loop() RETURNS int LANGUAGE wasm AS '(module (func (export "_initialize") (loop br 0))
    (func (export "initialize_loop") (result i32) (i32.const 1)))';
-- cancel | guest | cabi_realloc | SELECT realloc_loop('x')
CREATE FUNCTION realloc_loop(text) RETURNS int LANGUAGE wasm AS '(module (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (loop br 0) unreachable)
    (func (export "realloc_loop") (param i32 i32) (result i32) (i32.const 1)))';
-- cancel | guest | cabi_realloc, a little for each of 100,000 strings | SELECT realloc_slow(array_agg(i::text)) FROM generate_series(1, 100000) i
CREATE FUNCTION realloc_slow(text[]) RETURNS int LANGUAGE wasm AS '(module (memory (export "memory") 100)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $i i32)
        (loop $next (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000000))))
        (i32.const 8))
    (func (export "realloc_slow") (param i32 i32) (result i32) (i32.const 1)))';
-- cancel | guest | cabi_post | SELECT post_loop()
CREATE FUNCTION post_loop() RETURNS text LANGUAGE wasm AS '(module (memory (export "memory") 1)
    (func (export "post_loop") (result i32) (i32.const 16))
    (func (export "cabi_post_post_loop") (param i32) (loop br 0)))';
-- cancel | guest | inert WASI: polling | SELECT polls()
SET plwasm.wasi = inert;
CALL loops('polls', '(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1)',
    '(drop (call $poll (i32.const 96) (i32.const 4096) (i32.const 50) (i32.const 300)))');
-- cancel | guest | inert WASI: random numbers, 48 MB | SELECT randoms()
CALL loops('randoms', '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32))) (memory (export "memory") 768)',
    '(drop (call $random (i32.const 0) (i32.const 0x3000000)))');
RESET plwasm.wasi;
ALTER FUNCTION polls SET plwasm.wasi = inert;
ALTER FUNCTION randoms SET plwasm.wasi = inert;

-- Results: lists of `count` elements at address 16, where a start function has put them.
CREATE PROCEDURE returns(f text, result text, count int, fill text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE FUNCTION %I() RETURNS %s LANGUAGE wasm AS %L', f, result,
        format('(module (memory (export "memory") 960) (func $start (local $i i32) %s) (start $start)
            (func (export "%s") (result i32) (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const %s)) (i32.const 0)))', fill, f, count));
END
$$;
-- That many strings of `size` bytes, which all lie at the same address.
CREATE FUNCTION strings(count int, size int) RETURNS text RETURN format('(memory.fill (i32.const 50000000) (i32.const 49) (i32.const %2$s)) (loop $next
    (i32.store (i32.add (i32.const 16) (i32.shl (local.get $i) (i32.const 3))) (i32.const 50000000))
    (i32.store (i32.add (i32.const 20) (i32.shl (local.get $i) (i32.const 3))) (i32.const %2$s))
    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const %1$s))))', count, size);
-- cancel | conversion | result: text of 30 MB | SELECT count(give_text()) FROM generate_series(1, 1000000)
CALL returns('give_text', 'text', 30000000, '(memory.fill (i32.const 16) (i32.const 97) (i32.const 30000000))');
-- cancel | conversion | result: bytea of 60 MB | SELECT count(give_bytea()) FROM generate_series(1, 1000000)
CALL returns('give_bytea', 'bytea', 60000000, '');
-- cancel | conversion | result: int4[] of 15 million | SELECT count(give_int4s()) FROM generate_series(1, 1000000)
CALL returns('give_int4s', 'int4[]', 15000000, '');
-- cancel | conversion | result: bool[] of 15 million | SELECT count(give_bools()) FROM generate_series(1, 1000000)
CALL returns('give_bools', 'bool[]', 15000000, '');
-- cancel | conversion | result: text[] of 1 million | SELECT count(give_texts()) FROM generate_series(1, 1000000)
CALL returns('give_texts', 'text[]', 1000000, strings(1000000, 8));
-- cancel | conversion | result: numeric[] of 1 million | SELECT count(give_numerics()) FROM generate_series(1, 1000000)
CALL returns('give_numerics', 'numeric[]', 1000000, strings(1000000, 8));
-- cancel | server | result: numeric of 100,000 digits | SELECT count(give_numeric()) FROM generate_series(1, 1000000)
CALL returns('give_numeric', 'numeric', 100000, '(memory.fill (i32.const 16) (i32.const 49) (i32.const 100000))');
-- cancel | server | result: jsonb of 5 million numbers | SELECT count(give_jsonb()) FROM generate_series(1, 1000000)
CALL returns('give_jsonb', 'jsonb', 9999999, '(memory.fill (i32.const 16) (i32.const 49) (i32.const 9999999)) (loop $next
    (i32.store8 (i32.add (i32.const 18) (local.get $i)) (i32.const 44)) (local.set $i (i32.add (local.get $i) (i32.const 2)))
    (br_if $next (i32.lt_u (local.get $i) (i32.const 9999996)))) (i32.store8 (i32.const 16) (i32.const 91)) (i32.store8 (i32.const 10000014) (i32.const 93))');
-- cancel | conversion | result: rows, 4 million | SELECT count(*) FROM generate_series(1, 1000000), LATERAL give_rows()
CALL returns('give_rows', 'SETOF int4', 4000000, '');
-- cancel | conversion | result: rows of strings of 1 MB | SELECT count(*) FROM generate_series(1, 1000000), LATERAL give_long_rows()
CALL returns('give_long_rows', 'SETOF text', 100000, strings(100000, 1000000));
-- cancel | conversion | result: a domain's values, 4 million | SELECT count(give_domain()) FROM generate_series(1, 1000000)
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CALL returns('give_domain', 'small[]', 4000000, '');
-- cancel | server | result: a domain's values, whose check is slow | SELECT count(give_slow()) FROM generate_series(1, 1000000)
CREATE FUNCTION slow_check(int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN PERFORM count(*) FROM generate_series(1, 1000); RETURN true; END';
CREATE DOMAIN slow AS int CHECK (slow_check(VALUE));
CALL returns('give_slow', 'slow[]', 1000000, '');

-- Arguments.
CREATE PROCEDURE takes(f text, argument text, value text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE FUNCTION %I(%s) RETURNS int LANGUAGE wasm AS %L', f, argument,
        format('(module (memory (export "memory") 960) (global $free (mut i32) (i32.const 16))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
                (local.set $at (global.get $free))
                (global.set $free (i32.add (local.get $at) (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16))))
                (local.get $at))
            (func (export "%s") (param i32 i32) (result i32) (local.get 1)))', f));
    EXECUTE format('CREATE TABLE %I AS SELECT %s AS v', f, value);
END
$$;
-- cancel | conversion | argument: text of 50 MB | SELECT sum(take_text(v)) FROM take_text, generate_series(1, 1000000)
CALL takes('take_text', 'text', 'repeat(''x'', 50000000)');
-- cancel | conversion | argument: int4[] of 10 million | SELECT sum(take_int4s(v)) FROM take_int4s, generate_series(1, 1000000)
CALL takes('take_int4s', 'int4[]', 'array_fill(7, ARRAY[10000000])');
-- cancel | conversion | argument: text[] of 1 million | SELECT sum(take_texts(v)) FROM take_texts, generate_series(1, 1000000)
CALL takes('take_texts', 'text[]', 'array_fill(''x''::text, ARRAY[1000000])');
-- cancel | conversion | argument: numeric[] of 1 million | SELECT sum(take_numerics(v)) FROM take_numerics, generate_series(1, 1000000)
CALL takes('take_numerics', 'numeric[]', 'array_fill(7.5, ARRAY[1000000])');

-- cancel | server | compiling | SELECT compile_big()
CREATE FUNCTION compile_big() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wasm.prune_code_cache(0);
    EXECUTE format('CREATE OR REPLACE FUNCTION big() RETURNS int LANGUAGE wasm AS %L', '(module (func (export "big") (result i32) (i32.const 1)) ' ||
        repeat('(func (param i32) (result i32) ' || repeat('(local.set 0 (i32.mul (i32.add (local.get 0) (i32.const 7)) (local.get 0)))', 300) || '(local.get 0))', 300) || ')');
    RETURN 1;
END
$$;
