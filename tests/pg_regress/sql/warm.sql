-- Warm-ups: what a guest does once, before its pristine state is kept. The memory that an allocator takes on its first
-- use, a call with constants that a body asks for, and the custom section in which a module asks for either.
CREATE SCHEMA warm;
SET search_path = warm, public;

-- builds a table on its first call, as a LazyLock of Rust does; `grow` says by how many pages the memory has grown
CREATE FUNCTION lazy() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (global $ready (mut i32) (i32.const 0))
  (func $build (local $n i32)
    (local.set $n (i32.const 1000000))
    (loop $next (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.store (i32.const 8) (i32.const 7))
    (global.set $ready (i32.const 1)))
  (func (export "get") (param i32) (result i32)
    (if (i32.eqz (global.get $ready)) (then (call $build)))
    (i32.add (local.get 0) (i32.load (i32.const 8))))
  (func (export "set") (param i32) (result i32)
    (i32.store (i32.const 8) (local.get 0))
    (global.set $ready (i32.const 1))
    (i32.load (i32.const 8)))
  (func (export "traps") unreachable)
  (func (export "loops") (loop (br 0)))
  (func (export "grows") (result i32) (memory.grow (i32.const 10000))))
$$;

-- cold, each call takes 5,000,000 units
CREATE FUNCTION cold(int) RETURNS int LANGUAGE wasm AS 'lazy#get fuel=1000';
SELECT outcome('SELECT cold(1)');
-- warm, it takes 7. The warm-up has the fuel of one call, as a start function does
CREATE FUNCTION warmed(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=get(1)$$;
SELECT warmed(1), warmed(2);
CREATE FUNCTION own(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=(1) fuel=6e6$$;
SELECT own(1), own(2);
SELECT error('CREATE FUNCTION poor(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=(1) fuel=1000$$');
SET plwasm.statement_fuel = 1000;
SELECT sum(warmed(g)) FROM generate_series(1, 10) AS g;
RESET plwasm.statement_fuel;

-- functions with different warm-ups have different states, and a call leaves nothing behind in any of them
CREATE FUNCTION three(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=set(3)$$;
CREATE FUNCTION four(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=set(4)$$;
CREATE FUNCTION setting(int) RETURNS int LANGUAGE wasm AS $$lazy#set warm=set(4)$$;
SELECT three(0), four(0), setting(9), three(0), four(0), warmed(0);
-- with state, too: each statement begins with the state after the warm-up
CREATE FUNCTION kept(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=set(3) isolation=statement$$;
CREATE FUNCTION kept_setting(int) RETURNS int LANGUAGE wasm AS $$lazy#set warm=set(3) isolation=statement$$;
SELECT kept(0), kept_setting(9), kept(0);
SELECT kept(0);

-- the name in the body is an SQL name or the export's; the function and its module can be renamed
ALTER FUNCTION lazy() RENAME TO "Lazy";
SELECT prosrc FROM pg_proc WHERE oid = 'three'::regproc;
SELECT three(0);
ALTER FUNCTION "Lazy"() RENAME TO lazy;

-- what is wrong with a warm-up is an error of CREATE FUNCTION, and of a call if bodies are not checked
SELECT error('CREATE FUNCTION wrong(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=' || call || '$$')
  FROM unnest('{traps(),loops(),nowhere(),get(),"get(1, 2)","get(''a'')",get(1.5),get(null)}'::text[]) AS call;
SET check_function_bodies = off;
CREATE FUNCTION wrong(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=traps()$$;
CREATE FUNCTION missing(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=nowhere()$$;
RESET check_function_bodies;
SELECT error('SELECT wrong(1)');
SELECT error('SELECT wrong(1)');
SELECT error('SELECT missing(1)');
-- memory that is refused is no error: the guest is told
CREATE FUNCTION refused(int) RETURNS int LANGUAGE wasm AS $$lazy#get warm=grows()$$;
SELECT refused(1);
SELECT outcome($$CREATE FUNCTION heap(int) RETURNS int LANGUAGE wasm AS 'lazy#get heap=1MB'$$);

-- constants of every kind, passed as their WIT types
CREATE FUNCTION typed() RETURNS wasm.module LANGUAGE wasm AS $$
(component
  (core module $m
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    (global $seen (mut i64) (i64.const 0))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $free (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -8)))
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    ;; adds everything that it is given
    (func (export "all") (param $text i32) (param $length i32) (param $n i64) (param $f f64) (param $b i32)
        (param $some i32) (param $value i32) (param $list i32) (param $count i32) (result i32)
      (global.set $seen (i64.add (i64.extend_i32_u (i32.load8_u (local.get $text))) (i64.extend_i32_u (local.get $length))))
      (global.set $seen (i64.add (global.get $seen) (i64.add (local.get $n) (i64.trunc_f64_s (local.get $f)))))
      (global.set $seen (i64.add (global.get $seen) (i64.extend_i32_u (i32.add (local.get $b) (i32.add (local.get $some) (local.get $value))))))
      (if (local.get $count) (then
        (global.set $seen (i64.add (global.get $seen) (i64.extend_i32_u (i32.load8_u (local.get $list)))))))
      (i64.gt_s (local.get $n) (i64.const 1000000)))
    (func (export "seen") (result i64) (global.get $seen)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "all") (param "text" string) (param "n" s64) (param "f" f64) (param "b" bool) (param "o" (option s32))
      (param "l" (list u8)) (result (result))
    (canon lift (core func $i "all") (memory $memory) (realloc (core func $i "cabi_realloc"))))
  (func (export "seen") (result s64) (canon lift (core func $i "seen"))))
$$;
CREATE FUNCTION seen() RETURNS int8 LANGUAGE wasm AS $$typed#seen warm=all('it''s', -5, 1.5e1, true, null, '\x02')$$;
SELECT seen(), ascii('i') + 4 - 5 + 15 + 1 + 2 AS expected;
CREATE FUNCTION seen2() RETURNS int8 LANGUAGE wasm AS $$typed#seen warm=all('A', 5, 0, false, 7, '[9, 1]')$$;
SELECT seen2(), 65 + 1 + 5 + 0 + 0 + 1 + 7 + 9 AS expected;
-- an error that the guest returns, and values that are none of their types
SELECT error('CREATE FUNCTION wrong2() RETURNS int8 LANGUAGE wasm AS $$typed#seen warm=all(' || args || ')$$')
  FROM unnest(ARRAY['''A'', 2000000, 0, false, null, ''\x''', '''A'', 1.5, 0, false, null, ''\x''',
    '''A'', 1, 0, false, null, ''\xg''', '''A'', 1']) AS args;

-- a module asks for a warm-up in a custom section; a body overrides what it says
CREATE FUNCTION asking() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (@custom "plwasm:warm" "warm=prepare(40)")
  (global $n (mut i32) (i32.const 0))
  (func (export "prepare") (param i32) (global.set $n (local.get 0)))
  (func (export "next") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (global.get $n)))
$$;
CREATE FUNCTION next() RETURNS int LANGUAGE wasm AS 'asking';
CREATE FUNCTION next50() RETURNS int LANGUAGE wasm AS $$asking#next warm=prepare(49)$$;
SELECT next(), next(), next50(), next50(), next();
SELECT error($test$CREATE FUNCTION asking2() RETURNS wasm.module LANGUAGE wasm AS
  $$(module (@custom "plwasm:warm" "warm=prepare()") (func (export "prepare") unreachable))$$$test$);
SELECT error($test$CREATE FUNCTION asking3() RETURNS wasm.module LANGUAGE wasm AS
  $$(module (@custom "plwasm:warm" "speed=9"))$$$test$);

-- an allocator that takes its first memory on its first use, and can take memory back: a list of one free block.
-- `grown` says how many pages a call has added; it allocates what it is told
CREATE FUNCTION heap() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 65536))
  (global $end (mut i32) (i32.const 65536))
  (func $allocate (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $size (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8)))
    ;; the last block shrinks where it is
    (if (i32.and (i32.ne (local.get $old) (i32.const 0))
                 (i32.eq (i32.add (local.get $old) (i32.and (i32.add (local.get $old_size) (i32.const 7)) (i32.const -8))) (global.get $top)))
      (then
        (global.set $top (i32.add (local.get $old) (local.get $size)))
        (return (local.get $old))))
    (local.set $at (global.get $top))
    (global.set $top (i32.add (global.get $top) (local.get $size)))
    (if (i32.gt_u (global.get $top) (global.get $end)) (then
      (drop (memory.grow (i32.shr_u (i32.add (i32.sub (global.get $top) (global.get $end)) (i32.const 65535)) (i32.const 16))))
      (global.set $end (i32.shl (memory.size) (i32.const 16)))))
    (local.get $at))
  (func (export "grown") (param i32) (result i32) (local $before i32)
    (local.set $before (memory.size))
    (drop (call $allocate (i32.const 0) (i32.const 0) (i32.const 1) (local.get 0)))
    (i32.sub (memory.size) (local.get $before))))
$$;
CREATE FUNCTION grown(int) RETURNS int LANGUAGE wasm AS 'heap';
SELECT size, grown(size) FROM unnest('{1, 1000, 65528, 65536, 1000000}'::int[]) AS size;
CREATE FUNCTION grown_cold(int) RETURNS int LANGUAGE wasm AS 'heap#grown heap=0';
CREATE FUNCTION grown_much(int) RETURNS int LANGUAGE wasm AS 'heap#grown heap=1MB';
SELECT grown_cold(1), grown_much(1000000), grown_much(1048576);
-- an instance that is kept grows once, so its heap is not warmed by default
CREATE FUNCTION grown_kept(int) RETURNS int LANGUAGE wasm AS 'heap#grown isolation=statement';
SELECT grown_kept(1), grown_kept(1);
-- what warming by default takes is not the function's fuel, but what a body asks for is
CREATE FUNCTION frugal(int) RETURNS int LANGUAGE wasm AS 'heap#grown fuel=60';
SELECT frugal(1);
SELECT error($$CREATE FUNCTION spending(int) RETURNS int LANGUAGE wasm AS 'heap#grown fuel=60 heap=64kB'$$);
-- without the memory for it there is no warm heap by default, but what a body asks for is an error
CREATE FUNCTION small(int) RETURNS int LANGUAGE wasm AS 'heap#grown memory=100kB';
SELECT small(0), small(1);
SELECT error($$CREATE FUNCTION large(int) RETURNS int LANGUAGE wasm AS 'heap#grown memory=1MB heap=2MB'$$);
-- an allocator that never takes anything back is left as it is: the warm heap would be used up at once
CREATE FUNCTION bump() RETURNS int LANGUAGE wasm AS $$#size
(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get 3)))
    (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
      (then (drop (memory.grow (i32.const 1))))))
  (func (export "size") (result i32) (memory.size)))
$$;
SELECT bump();
-- so is one that traps, loops, or returns what is none of its memory
CREATE FUNCTION broken_allocators() RETURNS TABLE (body text, result text) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH body IN ARRAY '{unreachable,(loop (br 0)) (i32.const 0),(i32.const -1),(i32.const 65535)}'::text[] LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION broken() RETURNS int LANGUAGE wasm AS %L', format('#size (module
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (drop (memory.grow (i32.const 1))) %s)
            (func (export "size") (result i32) (memory.size)))', body));
        EXECUTE 'SELECT broken()' INTO result;
        RETURN NEXT;
    END LOOP;
END $$;
SELECT * FROM broken_allocators();

-- states that were made once are in the code cache, and the view of it shows them
SELECT isolation, count(*) > 0 AS has_states, bool_and(is_current) FROM wasm.code_cache
 WHERE sha256 IN (SELECT sha256 FROM wasm.code_cache WHERE isolation IS NULL)
 GROUP BY isolation ORDER BY isolation;
DROP SCHEMA warm CASCADE;
