-- Pure: a guest stores its argument and returns what was stored before. It returns the pristine value in every call,
-- wherever it stores; with isolation=statement it returns the stored value, which shows that it does store.
CREATE SCHEMA pure;
SET search_path = pure, public;
CREATE TABLE server AS SELECT server_started() AS started;

-- A guest `leak(n)`: $get reads what was stored before (an i64), $set stores n. $pristine is the value before any call,
-- $second the value that the second call of a statement returns if the calls pass 7 and then 9.
CREATE TABLE guest (kind text COLLATE "C" PRIMARY KEY, module text, get text, set text, pristine int8, second text DEFAULT '7', calls int DEFAULT 100);
INSERT INTO guest (kind, module, get, set, pristine)
    SELECT 'memory ' || store, '(memory 1)', '(i64.load8_u (i32.const 100))', format('(%s (i32.const 100) %s)', store, value), 0
      FROM (VALUES ('i32.store', '(i32.wrap_i64 (local.get 0))'), ('i32.store8', '(i32.wrap_i64 (local.get 0))'), ('i32.store16', '(i32.wrap_i64 (local.get 0))'),
        ('i64.store', '(local.get 0)'), ('i64.store8', '(local.get 0)'), ('i64.store16', '(local.get 0)'), ('i64.store32', '(local.get 0)'),
        ('f32.store', '(f32.reinterpret_i32 (i32.wrap_i64 (local.get 0)))'), ('f64.store', '(f64.reinterpret_i64 (local.get 0))'),
        ('v128.store', '(i64x2.splat (local.get 0))')) v (store, value)
    UNION ALL SELECT format('memory v128.store%s_lane', bits), '(memory 1)', '(i64.load8_u (i32.const 100))',
        format('(v128.store%s_lane 1 (i32.const 100) (i64x2.splat (i64.mul (i64.const %s) (local.get 0))))', bits, lanes), 0
      FROM (VALUES (8, 257), (16, 65537), (32, 4294967297), (64, 1)) v (bits, lanes)
    -- places in memory: a block has 1 kB, and the 64 bytes after it are restored with it
    UNION ALL SELECT format('store at %s + %s', base, plus), '(memory 1)', format('(i64.load offset=%s (i32.const %s))', plus, base),
        format('(i64.store offset=%s (i32.const %s) (local.get 0))', plus, base), 0
      FROM (VALUES (0, 0), (1016, 0), (1017, 0), (1023, 0), (1024, 0), (0, 1023), (1000, 23), (1023, 1), (1, 1023), (1024, 1080), (0, 65528), (65528, 0), (65520, 8), (1, 65527)) v (base, plus)
    UNION ALL SELECT format('the last %s bytes', width), '(memory 1)', format('(i64.load8_u (i32.const %s))', 65536 - width),
        format('(i64.store%s (i32.const %s) (local.get 0))', width * 8, 65536 - width), 0
      FROM generate_series(1, 2) width
    -- several stores with one base: the one whose value is read
    UNION ALL SELECT format('a frame at %s, + %s', base, plus), '(memory 1)', format('(i64.load offset=%s (i32.const %s))', plus, base),
        format('(local.set $p (i32.const %s)) (i64.store offset=56 (local.get $p) (local.get 0)) (i64.store (local.get $p) (local.get 0)) (i64.store offset=64 (local.get $p) (local.get 0))
            (i64.store offset=120 (local.get $p) (local.get 0)) (i64.store offset=1000 (local.get $p) (local.get 0)) (i64.store (i32.add (local.get $p) (i32.const 2000)) (local.get 0))
            (local.set $p (i32.add (local.get $p) (i32.const 3000))) (i64.store (local.get $p) (local.get 0))', base), 0
      FROM unnest('{1000,1016,1020,2040}'::int[]) base, unnest('{0,56,64,120,1000,2000,3000}'::int[]) plus;
INSERT INTO guest (kind, module, get, set, pristine, second) VALUES
    ('data segment', '(memory 1) (data (i32.const 2048) "\2a")', '(i64.load8_u (i32.const 2048))', '(i64.store8 (i32.const 2048) (local.get 0))', 42, '7'),
    ('data across a border', '(memory 1) (data (i32.const 1020) "\01\02\03\04\05\06\07\08")', '(i64.load (i32.const 1020))', '(i64.store (i32.const 1020) (local.get 0))', 578437695752307201, '7'),
    ('data in the last bytes', '(memory 1) (data (i32.const 65528) "\01\02\03\04\05\06\07\08")', '(i64.load (i32.const 65528))', '(i64.store (i32.const 65528) (local.get 0))', 578437695752307201, '7'),
    ('memory.fill', '(memory 1)', '(i64.load8_u (i32.const 4100))', '(memory.fill (i32.const 1020) (i32.wrap_i64 (local.get 0)) (i32.const 3081))', 0, '7'),
    ('memory.fill, the first byte', '(memory 1)', '(i64.load8_u (i32.const 1023))', '(memory.fill (i32.const 1023) (i32.wrap_i64 (local.get 0)) (i32.const 2))', 0, '7'),
    ('memory.fill, the last byte', '(memory 1)', '(i64.load8_u (i32.const 65535))', '(memory.fill (i32.const 65535) (i32.wrap_i64 (local.get 0)) (i32.const 1))', 0, '7'),
    ('memory.copy', '(memory 1) (data (i32.const 9000) "\2a\2a")', '(i64.load8_u (i32.const 2048))', '(memory.copy (i32.const 2047) (i32.const 9000) (i32.const 2))', 0, '42'),
    ('memory.copy, overlapping', '(memory 1) (data (i32.const 1020) "\01\02\03\04\05\06\07\08")', '(i64.load (i32.const 1022))', '(memory.copy (i32.const 1022) (i32.const 1020) (i32.const 8))', 8826258785283, '578437695752307201'),
    ('memory.init', '(memory 1) (data $d "\2a\2a")', '(i64.load8_u (i32.const 2048))', '(memory.init $d (i32.const 2047) (i32.const 0) (i32.const 2))', 0, '42'),
    ('data.drop', '(memory 1) (data $d "\2a")', '(i64.load8_u (i32.const 8))', '(memory.init $d (i32.const 8) (i32.const 0) (i32.const 1)) (data.drop $d)', 0, '38000'),
    ('data.drop alone', '(memory 1) (data $d "\2a")', '(block (result i64) (memory.init $d (i32.const 8) (i32.const 0) (i32.const 1)) (i64.const 1))', '(data.drop $d)', 1, '38000'),
    ('memory.grow', '(memory 1)', '(i64.extend_i32_u (memory.size))', '(drop (memory.grow (i32.wrap_i64 (local.get 0))))', 1, '8'),
    ('memory.grow, and what is there', '(memory 1)', '(i64.extend_i32_u (memory.size))', '(drop (memory.grow (i32.const 1))) (i64.store (i32.const 65536) (local.get 0)) (i64.store (i32.const 0) (local.get 0))', 1, '2'),
    ('memory.grow by nothing', '(memory 1)', '(i64.load (i32.const 8))', '(i64.store (i32.const 8) (local.get 0)) (drop (memory.grow (i32.const 0)))', 0, '7'),
    ('memory of 64 bits', '(memory i64 1)', '(i64.load (i64.const 1020))', '(i64.store (i64.const 1020) (local.get 0))', 0, '7'),
    ('memory.fill of 64 bits', '(memory i64 1)', '(i64.load8_u (i64.const 1020))', '(memory.fill (i64.const 1000) (i32.wrap_i64 (local.get 0)) (i64.const 50))', 0, '7'),
    ('memory.grow of 64 bits', '(memory i64 1)', '(memory.size)', '(drop (memory.grow (i64.const 1)))', 1, '2'),
    ('the first of two memories', '(memory 1) (memory 1)', '(i64.load 0 (i32.const 8))', '(i64.store 0 (i32.const 8) (local.get 0))', 0, '7'),
    ('the second of two memories', '(memory 1) (memory 1)', '(i64.load 1 (i32.const 8))', '(i64.store 1 (i32.const 8) (local.get 0))', 0, '7'),
    ('memory.copy between memories', '(memory 1) (memory 1) (data (i32.const 8) "\2a")', '(i64.load8_u 1 (i32.const 8))', '(memory.copy 1 0 (i32.const 8) (i32.const 8) (i32.const 1))', 0, '42'),
    ('global i32', '(global $g (mut i32) (i32.const 42))', '(i64.extend_i32_u (global.get $g))', '(global.set $g (i32.wrap_i64 (local.get 0)))', 42, '7'),
    ('global i64', '(global $g (mut i64) (i64.const 42))', '(global.get $g)', '(global.set $g (local.get 0))', 42, '7'),
    ('global f32', '(global $g (mut f32) (f32.const 42))', '(i64.trunc_f32_s (global.get $g))', '(global.set $g (f32.convert_i64_s (local.get 0)))', 42, '7'),
    ('global f64', '(global $g (mut f64) (f64.const 42))', '(i64.trunc_f64_s (global.get $g))', '(global.set $g (f64.convert_i64_s (local.get 0)))', 42, '7'),
    ('global f64, the bits of a NaN', '(global $g (mut f64) (f64.const nan:0x1234))', '(i64.reinterpret_f64 (global.get $g))', '(global.set $g (f64.reinterpret_i64 (local.get 0)))', 9218868437227409972, '7'),
    ('global v128', '(global $g (mut v128) (v128.const i64x2 1 42))', '(i64x2.extract_lane 1 (global.get $g))', '(global.set $g (i64x2.splat (local.get 0)))', 42, '7'),
    ('global funcref', '(global $g (mut funcref) (ref.null func))', '(i64.extend_i32_u (ref.is_null (global.get $g)))', '(global.set $g (ref.func $leak))', 1, '0'),
    ('global externref', '(global $g (mut externref) (ref.null extern))', '(i64.extend_i32_u (ref.is_null (global.get $g)))', '(global.set $g (extern.convert_any (ref.i31 (i32.const 1))))', 1, '0'),
    ('global i31ref, not null', '(global $g (mut (ref i31)) (ref.i31 (i32.const 42)))', '(i64.extend_i32_u (i31.get_u (global.get $g)))', '(global.set $g (ref.i31 (i32.wrap_i64 (local.get 0))))', 42, '7'),
    ('global function, not null', '(type $f (func (result i64))) (func $a (type $f) (i64.const 42)) (func $b (type $f) (i64.const 43)) (elem declare func $a $b) (global $g (mut (ref $f)) (ref.func $a))',
        '(call_ref $f (global.get $g))', '(global.set $g (ref.func $b))', 42, '43'),
    ('global, exported', '(global $g (export "g") (mut i64) (i64.const 42))', '(global.get $g)', '(global.set $g (local.get 0))', 42, '7'),
    ('global, in a callee', '(global $g (mut i64) (i64.const 42)) (func $f (param i64) (global.set $g (local.get 0)))', '(global.get $g)', '(call $f (local.get 0))', 42, '7'),
    ('global, in a tail call', '(global $g (mut i64) (i64.const 42)) (func $f (param i64 i64) (result i64) (global.set $g (local.get 0)) (local.get 1))', '(global.get $g)', '(return_call $f (local.get 0) (local.get $before))', 42, '7'),
    ('global, in an indirect callee', '(type $f (func (param i64))) (table 1 funcref) (elem (i32.const 0) $f) (global $g (mut i64) (i64.const 42)) (func $f (type $f) (global.set $g (local.get 0)))', '(global.get $g)', '(call_indirect (type $f) (local.get 0) (i32.const 0))', 42, '7'),
    ('global, in a callee by reference', '(type $f (func (param i64))) (elem declare func $f) (global $g (mut i64) (i64.const 42)) (func $f (type $f) (global.set $g (local.get 0)))', '(global.get $g)', '(call_ref $f (local.get 0) (ref.func $f))', 42, '7'),
    ('memory, in an indirect callee of a supertype', '(type $t (sub (func (param i64)))) (type $u (sub final $t (func (param i64)))) (memory 1) (table 1 funcref) (elem (i32.const 0) $f) (func $f (type $u) (i64.store (i32.const 8) (local.get 0)))', '(i64.load (i32.const 8))', '(call_indirect (type $t) (local.get 0) (i32.const 0))', 0, '7'),
    ('table.set', '(table $t 3 funcref)', '(i64.extend_i32_u (ref.is_null (table.get $t (i32.const 2))))', '(table.set $t (i32.const 2) (ref.func $leak))', 1, '0'),
    ('table.set to null', '(table $t 3 funcref) (elem (i32.const 2) $leak)', '(i64.extend_i32_u (ref.is_null (table.get $t (i32.const 2))))', '(table.set $t (i32.const 2) (ref.null func))', 0, '1'),
    ('table.set of i31', '(table $t 3 i31ref (ref.i31 (i32.const 42)))', '(i64.extend_i32_u (i31.get_u (table.get $t (i32.const 2))))', '(table.set $t (i32.const 2) (ref.i31 (i32.wrap_i64 (local.get 0))))', 42, '7'),
    ('table.fill', '(table $t 3 funcref)', '(i64.extend_i32_u (ref.is_null (table.get $t (i32.const 2))))', '(table.fill $t (i32.const 0) (ref.func $leak) (i32.const 3))', 1, '0'),
    ('table.copy', '(table $t 3 funcref) (elem (i32.const 0) $leak)', '(i64.extend_i32_u (ref.is_null (table.get $t (i32.const 2))))', '(table.copy $t $t (i32.const 2) (i32.const 0) (i32.const 1))', 1, '0'),
    ('table.init', '(table $t 3 funcref) (elem $e func $leak)', '(i64.extend_i32_u (ref.is_null (table.get $t (i32.const 2))))', '(table.init $t $e (i32.const 2) (i32.const 0) (i32.const 1))', 1, '0'),
    ('elem.drop', '(table $t 3 funcref) (elem $e func $leak)', '(block (result i64) (table.init $t $e (i32.const 2) (i32.const 0) (i32.const 1)) (i64.const 1))', '(elem.drop $e)', 1, '38000'),
    ('table.grow', '(table $t 3 funcref)', '(i64.extend_i32_u (table.size $t))', '(drop (table.grow $t (ref.null func) (i32.wrap_i64 (local.get 0))))', 3, '10'),
    ('table of 64 bits', '(table $t i64 3 funcref)', '(table.size $t)', '(drop (table.grow $t (ref.null func) (local.get 0)))', 3, '10'),
    ('struct.set', '(type $s (struct (field (mut i64)))) (global $g (ref $s) (struct.new $s (i64.const 42)))', '(struct.get $s 0 (global.get $g))', '(struct.set $s 0 (global.get $g) (local.get 0))', 42, '7'),
    ('array.set', '(type $a (array (mut i64))) (global $g (ref $a) (array.new $a (i64.const 42) (i32.const 9)))', '(array.get $a (global.get $g) (i32.const 8))', '(array.set $a (global.get $g) (i32.const 8) (local.get 0))', 42, '7'),
    ('array.fill', '(type $a (array (mut i64))) (global $g (ref $a) (array.new $a (i64.const 42) (i32.const 9)))', '(array.get $a (global.get $g) (i32.const 8))', '(array.fill $a (global.get $g) (i32.const 0) (local.get 0) (i32.const 9))', 42, '7'),
    ('array.copy', '(type $a (array (mut i64))) (global $g (ref $a) (array.new_fixed $a 3 (i64.const 1) (i64.const 2) (i64.const 3)))', '(array.get $a (global.get $g) (i32.const 2))', '(array.copy $a $a (global.get $g) (i32.const 1) (global.get $g) (i32.const 0) (i32.const 2))', 3, '2'),
    ('array.init_data', '(type $a (array (mut i8))) (data $d "\2a") (global $g (ref $a) (array.new $a (i32.const 1) (i32.const 1)))', '(i64.extend_i32_u (array.get_u $a (global.get $g) (i32.const 0)))', '(array.init_data $a $d (global.get $g) (i32.const 0) (i32.const 0) (i32.const 1))', 1, '42'),
    ('struct behind a struct', '(type $s (struct (field (mut i64)))) (type $o (struct (field (ref $s)))) (global $g (ref $o) (struct.new $o (struct.new $s (i64.const 42))))', '(struct.get $s 0 (struct.get $o 0 (global.get $g)))', '(struct.set $s 0 (struct.get $o 0 (global.get $g)) (local.get 0))', 42, '7'),
    ('struct in a table', '(type $s (struct (field (mut i64)))) (table $t 1 (ref null $s) (struct.new $s (i64.const 42)))', '(struct.get $s 0 (table.get $t (i32.const 0)))', '(struct.set $s 0 (table.get $t (i32.const 0)) (local.get 0))', 42, '7'),
    ('struct in a global', '(type $s (struct (field i64))) (global $g (mut (ref $s)) (struct.new $s (i64.const 42)))', '(struct.get $s 0 (global.get $g))', '(global.set $g (struct.new $s (local.get 0)))', 42, '7'),
    ('exception, caught', '(tag $e (param i64)) (global $g (mut i64) (i64.const 42))', '(global.get $g)', '(global.set $g (block $h (result i64) (try_table (catch $e $h) (throw $e (local.get 0))) (i64.const 0)))', 42, '7'),
    ('exception, from a callee', '(tag $e) (memory 1) (func $f (param i64) (i64.store (i32.const 8) (local.get 0)) (throw $e))', '(i64.load (i32.const 8))', '(block $h (try_table (catch $e $h) (call $f (local.get 0))))', 0, '7'),
    ('exception, kept', '(tag $e) (global $g (mut exnref) (ref.null exn))', '(i64.extend_i32_u (ref.is_null (global.get $g)))', '(global.set $g (block $h (result exnref) (try_table (catch_all_ref $h) (throw $e)) (ref.null exn)))', 1, '0'),
    ('start function', '(memory 1) (global $g (mut i64) (i64.const 0)) (func $s (global.set $g (i64.const 40)) (i64.store (i32.const 1020) (i64.const 2))) (start $s)', '(i64.add (global.get $g) (i64.load (i32.const 1020)))', '(global.set $g (local.get 0)) (i64.store (i32.const 1020) (i64.const 0))', 42, '7'),
    ('start function that grows', '(memory 1) (func $s (drop (memory.grow (i32.const 2))) (i64.store (i32.const 196600) (i64.const 42))) (start $s)', '(i64.add (i64.load (i32.const 196600)) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 32)))', '(i64.store (i32.const 196600) (local.get 0))', 12884901930, '12884901895'),
    ('start function that sets a table', '(table $t 1 funcref) (elem declare func $s) (func $s (table.set $t (i32.const 0) (ref.func $s))) (start $s)', '(i64.extend_i32_u (ref.is_null (table.get $t (i32.const 0))))', '(table.set $t (i32.const 0) (ref.null func))', 0, '1'),
    ('start function that drops', '(memory 1) (data $d "\2a") (func $s (memory.init $d (i32.const 8) (i32.const 0) (i32.const 1)) (data.drop $d)) (start $s)', '(i64.load8_u (i32.const 8))', '(i64.store (i32.const 8) (local.get 0))', 42, '7'),
    ('_initialize', '(memory 1) (global $g (mut i64) (i64.const 0)) (func (export "_initialize") (global.set $g (i64.const 40)) (i64.store (i32.const 1020) (i64.const 2)))', '(i64.add (global.get $g) (i64.load (i32.const 1020)))', '(global.set $g (local.get 0)) (i64.store (i32.const 1020) (i64.const 0))', 42, '7'),
    ('start and _initialize', '(global $g (mut i64) (i64.const 1)) (func $s (global.set $g (i64.mul (global.get $g) (i64.const 21)))) (start $s) (func (export "_initialize") (global.set $g (i64.mul (global.get $g) (i64.const 2))))', '(global.get $g)', '(global.set $g (local.get 0))', 42, '7'),
    ('exports of our names', '(memory (export "plwasm memory") 1) (global $g (export "plwasm snapshot") (mut i64) (i64.const 42)) (func (export "plwasm last 0")) (func (export "plwasm start"))', '(i64.add (global.get $g) (i64.load (i32.const 8)))', '(global.set $g (local.get 0)) (i64.store (i32.const 8) (i64.const 0))', 42, '7'),
    ('a store in a loop', '(memory 1)', '(i64.load (i32.const 60000))', '(loop $l (i64.store (i32.mul (local.get $p) (i32.const 1000)) (local.get 0)) (local.set $p (i32.add (local.get $p) (i32.const 1))) (br_if $l (i32.le_u (local.get $p) (i32.const 60))))', 0, '7'),
    ('a store in one way of an if', '(memory 1)', '(i64.load (i32.const 3000))', '(if (i64.eqz (local.get 0)) (then (i64.store (i32.const 3000) (i64.const 1))) (else (i64.store (local.tee $p (i32.const 3000)) (local.get 0)))) (i64.store (local.get $p) (local.get 0))', 0, '7'),
    ('a store after a store that is jumped over', '(memory 1)', '(i64.load (i32.const 3000))', '(local.set $p (i32.const 3000)) (block $b (br_if $b (i64.ne (local.get 0) (i64.const 0))) (i64.store (local.get $p) (i64.const 1))) (i64.store (local.get $p) (local.get 0))', 0, '7'),
    ('a store after one in an exception', '(memory 1) (tag $e) (func $f (throw $e))', '(i64.load (i32.const 3000))', '(local.set $p (i32.const 3000)) (block $h (try_table (catch $e $h) (call $f) (i64.store (local.get $p) (i64.const 1)))) (i64.store (local.get $p) (local.get 0))', 0, '7');
-- as many blocks as the log holds, and one more
INSERT INTO guest (kind, module, get, set, pristine, second, calls)
    SELECT format('%s blocks', blocks), '(memory 65)', format('(i64.load (i32.const %s))', (blocks - 1) * 1024),
        format('(loop $l (i64.store (i32.mul (local.get $p) (i32.const 1024)) (local.get 0)) (local.set $p (i32.add (local.get $p) (i32.const 1))) (br_if $l (i32.lt_u (local.get $p) (i32.const %s))))', blocks), 0, '7', 5
      FROM unnest('{4095,4096,4097,4160}'::int[]) blocks
    UNION ALL SELECT format('memory.fill of %s blocks', blocks), '(memory 65)', format('(i64.load8_u (i32.const %s))', blocks * 1024 - 1),
        format('(memory.fill (i32.const 0) (i32.wrap_i64 (local.get 0)) (i32.const %s))', blocks * 1024), 0, '7', 5
      FROM unnest('{4095,4096,4097,4160}'::int[]) blocks;

-- row_number() numbers the guests, and with them their modules and functions
CREATE TABLE named AS SELECT row_number() OVER (ORDER BY kind) AS i, * FROM guest;
DO $$
DECLARE
    g named;
BEGIN
    FOR g IN TABLE named LOOP
        EXECUTE format('CREATE FUNCTION module%s() RETURNS wasm.module LANGUAGE wasm AS %L', g.i, format(
            '(module %s (func $leak (export "leak") (param i64) (result i64) (local $p i32) (local $before i64) (local.set $before %s) %s (local.get $before)))', g.module, g.get, g.set));
        EXECUTE format('CREATE FUNCTION leak%s(int8) RETURNS int8 LANGUAGE wasm PARALLEL SAFE AS %L', g.i, format('module%s#leak', g.i));
        EXECUTE format('CREATE FUNCTION keep%s(int8) RETURNS int8 LANGUAGE wasm PARALLEL SAFE AS %L', g.i, format('module%s#leak isolation=statement', g.i));
    END LOOP;
END
$$;
-- Returns the guests for which a query is not true, and its result. %1$s is the function, %2$s the pristine value.
CREATE FUNCTION untrue(query text, function text DEFAULT 'leak') RETURNS TABLE (kind text, result text) LANGUAGE plpgsql AS $$
DECLARE
    g named;
BEGIN
    FOR g IN SELECT * FROM named ORDER BY i LOOP
        result := outcome(format(query, function || g.i, g.pristine, g.calls, g.second));
        kind := g.kind;
        IF result <> 't' AND result <> 'true' THEN RETURN NEXT; END IF;
    END LOOP;
END
$$;
SELECT count(*) >= 120 AS "kinds of state" FROM guest;

-- the guests do store: a statement's state
SELECT * FROM untrue('SELECT left(public.outcome(''SELECT (ARRAY[%1$s(7), %1$s(9)])[2]''), greatest(5, length(''%4$s''))) = ''%4$s''', 'keep');
-- the next call, the next row and the next statement do not see it
SELECT * FROM untrue('SELECT ARRAY[%1$s(7), %1$s(9), %1$s(11)] = array_fill(%2$s::int8, ARRAY[3])');
SELECT * FROM untrue('SELECT bool_and(%1$s(i) = %2$s) FROM generate_series(1, %3$s) i');
SELECT * FROM untrue('SELECT %1$s(7) = %2$s');
-- neither calls of the first role nor those as the owner of a SECURITY DEFINER function see it
CREATE ROLE pure_owner;
CREATE ROLE pure_user;
GRANT USAGE ON SCHEMA pure TO pure_owner, pure_user;
GRANT SELECT ON named TO pure_owner, pure_user;
CREATE FUNCTION as_owner(query text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE is_true boolean; BEGIN EXECUTE query INTO is_true; RETURN is_true; END $$;
ALTER FUNCTION as_owner(text) OWNER TO pure_owner;
SELECT * FROM untrue('SELECT %1$s(7) = %2$s AND pure.as_owner(''SELECT pure.%1$s(7) = %2$s'') AND %1$s(9) = %2$s');
SET ROLE pure_user;
SELECT * FROM untrue('SELECT %1$s(7) = %2$s AND pure.as_owner(''SELECT pure.%1$s(7) = %2$s'') AND %1$s(9) = %2$s');
RESET ROLE;
-- in savepoints, and after an error in the calling code
CREATE FUNCTION divided(int8) RETURNS int8 LANGUAGE wasm AS '(module (func (export "divided") (param i64) (result i64) (i64.div_s (i64.const 1) (local.get 0))))';
CREATE FUNCTION in_savepoint(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    is_true boolean;
BEGIN
    EXECUTE query INTO is_true;
    PERFORM divided(0);
EXCEPTION WHEN division_by_zero THEN
    RETURN is_true;
END
$$;
SELECT * FROM untrue('SELECT %1$s(7) = %2$s AND pure.in_savepoint(''SELECT %1$s(7) = %2$s'') AND %1$s(9) = %2$s AND pure.in_savepoint(''SELECT %1$s(7) = %2$s'')');

-- a million rows each
CREATE FUNCTION i(wanted text, OUT name text) LANGUAGE sql AS 'SELECT ''leak'' || i FROM named WHERE kind = wanted';
SELECT format('SELECT bool_and(%s(i) = %s) AS "%s" FROM generate_series(1, 1000000) i', i(kind), pristine, kind)
  FROM guest WHERE kind IN ('memory i64.store', 'global i64', 'data across a border', 'memory.fill, the first byte')
 ORDER BY kind
\set ECHO none
\gexec
\set ECHO all

-- parallel workers
CREATE TABLE many AS SELECT generate_series(1, 20000) AS n;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
CREATE FUNCTION is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        IF line LIKE '%Gather%' THEN RETURN true; END IF;
    END LOOP;
    RETURN false;
END
$$;
SELECT * FROM untrue('SELECT pure.is_parallel(''SELECT bool_and(%1$s(n) = %2$s) FROM pure.many WHERE n <= %3$s'')');
SELECT * FROM untrue('SELECT bool_and(%1$s(n) = %2$s) FROM pure.many WHERE n <= %3$s');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;

-- several functions of one module do not see each other's state either
CREATE FUNCTION pair() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (data (i32.const 40000) "a\ffb")
  (tag $e)
  (global $g (mut i32) (i32.const 0))
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.sub (i32.add (global.get $free) (local.get $align)) (i32.const 1)) (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func $put (export "put") (param i32) (result i32) (global.set $g (local.get 0)) (i32.store (i32.const 8) (local.get 0)) (local.get 0))
  ;; nothing of the module's state has changed
  (func (export "get") (result i32) (i32.add (i32.add (global.get $g) (i32.load (i32.const 8))) (i32.sub (global.get $free) (i32.const 1024))))
  ;; where its argument is
  (func (export "at") (param i32 i32) (result i32) (local.get 0))
  ;; what is where arguments go
  (func (export "found") (result i64) (i64.load (i32.const 1024)))
  (func (export "echo") (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (drop (call $put (i32.const 5))) (i32.const 16))
  (func (export "cabi_post_echo") (param i32) (drop (call $put (i32.const 6))))
  ;; the result alone changes nothing; what is told of it does
  (func (export "constant") (result i32) (i32.const 32))
  (func (export "cabi_post_constant") (param i32) (drop (call $put (i32.const 6))))
  ;; all change state, then fail
  (func (export "unreachable") (drop (call $put (i32.const 7))) unreachable)
  (func (export "divide") (drop (call $put (i32.const 7))) (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func (export "overflow") (drop (call $put (i32.const 7))) (drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1))))
  (func (export "beyond") (drop (call $put (i32.const 7))) (drop (i32.load (i32.const 65536))))
  (func (export "thrown") (drop (call $put (i32.const 7))) (throw $e))
  (func (export "endless") (drop (call $put (i32.const 7))) (loop (br 0)))
  (func $deep (export "deep") (drop (call $put (i32.const 7))) (call $deep) (call $deep))
  (func (export "latin") (result i32) (drop (call $put (i32.const 7))) (i32.store (i32.const 16) (i32.const 40000)) (i32.store (i32.const 20) (i32.const 3)) (i32.const 16))
  (func (export "nowhere") (result i32) (drop (call $put (i32.const 7))) (i32.const -8))
  (func (export "told") (result i32) (drop (call $put (i32.const 7))) (i32.const 16))
  (func (export "cabi_post_told") (param i32) (drop (call $put (i32.const 8))) unreachable))
$$;
CREATE FUNCTION put(int) RETURNS int LANGUAGE wasm AS 'pair';
CREATE FUNCTION get() RETURNS int LANGUAGE wasm AS 'pair';
CREATE FUNCTION at(text) RETURNS int LANGUAGE wasm AS 'pair';
CREATE FUNCTION found() RETURNS int8 LANGUAGE wasm AS 'pair';
CREATE FUNCTION echo(text) RETURNS text LANGUAGE wasm AS 'pair';
CREATE FUNCTION constant() RETURNS text LANGUAGE wasm AS 'pair';
SELECT put(7) + get() + put(1) + get() AS "8", put(7) + (get() - put(7)) AS "0";
-- the address at which the allocator places a string, and whether the memory there was zero before
SELECT at('some'), at('text'), at('and'), at('more'), found();
SELECT count(*) FILTER (WHERE at(repeat('x', i)) = 1024) AS "1000", sum(found()) AS "0" FROM generate_series(1, 1000) i;
SELECT count(*) FILTER (WHERE echo('row ' || i) = 'row ' || i) AS "1000", sum(found()) + sum(get()) AS "0", min(at(i::text)) = 1024 AS same FROM generate_series(1, 1000) i;
-- more text than fits into the guest's memory, if it were never freed
SELECT bool_and(echo(repeat('x', 30000)) = repeat('x', 30000)) FROM generate_series(1, 100);
SELECT echo('x'), get(), constant(), get(), constant(), get(), at('y');
CREATE FUNCTION secret_by_owner() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN PERFORM pure.at(''secret''), pure.put(1); RETURN pure.echo(''secret''); END';
ALTER FUNCTION secret_by_owner() OWNER TO pure_owner;
SELECT secret_by_owner(), found(), get(), at('z');
-- in a module that contains no store
CREATE FUNCTION reader() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1020))
  (func (export "first") (param i32 i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "look") (result i64) (i64.or (i64.load (i32.const 1020)) (i64.load (i32.const 2040)))))
$$;
CREATE FUNCTION first(text) RETURNS int LANGUAGE wasm AS 'reader';
CREATE FUNCTION look() RETURNS int8 LANGUAGE wasm AS 'reader';
SELECT first('some text'), look(), first(repeat('x', 2000)), look();
SELECT look();
-- more arguments than can be passed flat
SELECT format('CREATE FUNCTION tuple(%s) RETURNS int LANGUAGE wasm AS $q$(module (memory (export "memory") 1) (global $free (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (global.get $free) (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func (export "tuple") (param i32) (result i32) (i32.add (local.get 0) (i32.load offset=2048 (i32.const 0)))))$q$', string_agg('int', ', ')) FROM generate_series(1, 17)
\set ECHO none
\gexec
\set ECHO all
SELECT format('SELECT min(tuple(%1$s)), max(tuple(%1$s)) FROM generate_series(1, 100) i', string_agg('i', ', ')) FROM generate_series(1, 17)
\set ECHO none
\gexec
\set ECHO all

-- a call fails after it has changed state, and the next call does not see the change
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY '{unreachable,divide,overflow,beyond,thrown,endless,deep}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION %I() RETURNS void LANGUAGE wasm AS ''pair fuel=1e6''', name);
    END LOOP;
    FOREACH name IN ARRAY '{latin,nowhere,told}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION %I() RETURNS text LANGUAGE wasm AS ''pair''', name);
    END LOOP;
END
$$;
SELECT f, left(outcome(format('SELECT %s()', f)), 5) AS sqlstate, get(), found(), at('x')
  FROM unnest('{unreachable,divide,overflow,beyond,thrown,endless,deep,latin,nowhere,told}'::text[]) f;
SELECT f, put(5), left(outcome(format('SELECT echo(''x'') || put(3) || %s()', f)), 5) AS sqlstate, get(), at('x')
  FROM unnest('{unreachable,divide,overflow,beyond,thrown,endless,deep,latin,nowhere,told}'::text[]) f;
-- a call is canceled in the middle
CREATE FUNCTION for_ever() RETURNS void LANGUAGE wasm AS 'pair#endless';
SET plwasm.fuel = 0;
BEGIN;
SAVEPOINT s;
SET LOCAL statement_timeout = '100ms';
SELECT for_ever();
ROLLBACK TO s;
SELECT get(), found(), at('x');
COMMIT;
SET statement_timeout = '100ms';
SELECT for_ever();
RESET statement_timeout;
RESET plwasm.fuel;
SELECT get(), found(), at('x');

-- two cursors, alternately
BEGIN;
DECLARE a CURSOR FOR SELECT put(i), get() FROM generate_series(1, 4) i;
DECLARE b CURSOR FOR SELECT at('b' || i), get() FROM generate_series(1, 4) i;
FETCH 1 a;
FETCH 2 b;
FETCH 2 a;
SELECT put(9), get();
FETCH 1 b;
FETCH 1 a;
COMMIT;
-- blocks of PL/pgSQL, in one statement
DO $$
DECLARE
    saw text := '';
BEGIN
    PERFORM put(1), at('abc');
    BEGIN
        PERFORM put(2), at('def');
        BEGIN
            PERFORM put(3), at('ghi');
            PERFORM unreachable();
        EXCEPTION WHEN external_routine_exception THEN
            saw := saw || get() || ' ' || at('x') || ' ' || put(4) || ', ';
        END;
        saw := saw || get() || ' ' || at('x') || ', ';
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        saw := saw || get() || ' ' || at('x') || ' ' || found() || ', ';
    END;
    RAISE WARNING '%', saw || get() || ' ' || at('x');
END
$$;

-- isolation=statement: state for one statement and one role
CREATE FUNCTION put_kept(int) RETURNS int LANGUAGE wasm AS 'pair#put isolation=statement';
CREATE FUNCTION get_kept() RETURNS int LANGUAGE wasm AS 'pair#get isolation=statement';
CREATE FUNCTION get_explicit() RETURNS int LANGUAGE wasm AS 'pair#get isolation=call';
SELECT put_kept(7), get_kept(), get(), get_explicit(), put(1), get_kept();
SELECT get_kept();
CREATE FUNCTION kept_by_owner() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN pure.get_kept() || '' '' || pure.put_kept(1) || '' '' || pure.get_kept(); END';
ALTER FUNCTION kept_by_owner() OWNER TO pure_owner;
SELECT put_kept(7), kept_by_owner(), get_kept();
SELECT outcome($$CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS 'pair#get isolation=row'$$);
SELECT outcome($$CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS 'pair#get isolation=call isolation=statement'$$);
-- only if the settings allow it
SHOW plwasm.isolation;
SET plwasm.isolation = call;
SELECT put_kept(7), get_kept(), get();
RESET plwasm.isolation;
SELECT put_kept(7), get_kept(), get();
SET plwasm.min_isolation = call;
SELECT put_kept(7), get_kept(), get();
SET plwasm.isolation = statement;
SELECT put_kept(7), get_kept(), get();
SET ROLE pure_user;
SET plwasm.min_isolation = statement;
SELECT put_kept(7), get_kept();
SET plwasm.isolation = 'row';
RESET ROLE;
RESET plwasm.isolation;
RESET plwasm.min_isolation;
ALTER FUNCTION put_kept(int) SET plwasm.isolation = call;
SELECT put_kept(7), get_kept();
ALTER FUNCTION put_kept(int) RESET ALL;
SELECT put_kept(7), get_kept();

-- what wasm.exports() says about the exports
SELECT * FROM wasm.exports('pair') ORDER BY export;
CREATE FUNCTION said() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (type $f (func)) (memory 1) (table 4 funcref) (elem (i32.const 0) $indirect) (data $d "x") (tag $e)
  (type $s (struct (field (mut i32)))) (global $g (mut i32) (i32.const 0))
  (func $bump (global.set $g (i32.const 1)))
  (func $indirect (type $f) (call $bump))
  (func (export "nothing"))
  (func (export "loads") (result i32) (i32.load (global.get $g)))
  (func (export "stores") (i32.store (i32.const 0) (i32.const 1)))
  (func (export "grows") (drop (memory.grow (i32.const 1))))
  (func (export "calls") (call $bump))
  (func (export "calls-indirectly") (call_indirect (type $f) (i32.const 0)))
  (func (export "tail-calls") (return_call $bump))
  (func (export "table") (table.set (i32.const 0) (ref.null func)))
  (func (export "drops") (data.drop $d))
  (func (export "allocates") (drop (struct.new $s (i32.const 1))))
  (func (export "throws") (throw $e))
  (func (export "all") (i32.store (i32.const 0) (i32.const 1)) (drop (memory.grow (i32.const 1))) (call $bump) (data.drop $d) (throw $e)))
$$;
SELECT export, stateless, changes FROM wasm.exports('said') ORDER BY export;

SELECT started = server_started() AS "same server" FROM server;
SET client_min_messages = error;
DROP OWNED BY pure_owner, pure_user;
DROP ROLE pure_owner, pure_user;
DROP SCHEMA pure CASCADE;
