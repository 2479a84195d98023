-- source: greenplum-db/plcontainer #381 (the backend died)
-- situation: a parameter with a default and two OUT parameters without names, SETOF record
-- expected: rows of two columns; column1 and column2 when expanded
SELECT pg_temp.def('multiout(n int = 1, OUT int, OUT int) RETURNS SETOF record', '(func (export "multiout") (param $n i32) (result i32) (local $i i32)
    (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (local.get $n))
    (block $end (loop $next
        (br_if $end (i32.ge_s (local.get $i) (local.get $n)))
        (i32.store (i32.add (i32.const 64) (i32.shl (local.get $i) (i32.const 3))) (i32.const 1))
        (i32.store (i32.add (i32.const 68) (i32.shl (local.get $i) (i32.const 3))) (i32.const 2))
        (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))
    (i32.const 8))');
SELECT pg_temp.gives('as a row', 'SELECT multiout()::text', '(1,2)');
SELECT pg_temp.gives('expanded', $$SELECT string_agg(column1 || ':' || column2, ' ') FROM multiout(3)$$, '1:2 1:2 1:2');
SELECT pg_temp.gives('by name', $$SELECT count(*) FROM multiout(n => 2)$$, '2');
SELECT pg_temp.gives('none', $$SELECT count(*) FROM multiout(0)$$, '0');
