-- source: stackoverflow "How to avoid multiple function evals with the (func()).* syntax"
-- situation: sets of rows expanded in the select list, two sets side by side, LATERAL, WITH ORDINALITY
-- expected: as from PL/pgSQL: shorter sets are filled with NULL, rows keep together
-- n rows (i, i * i, n)
SELECT pg_temp.def('powers(n int) RETURNS TABLE (i int, j int8, k int)', '(func (export "powers") (param $n i32) (result i32) (local $i i32) (local $at i32)
    (local.set $at (call $alloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.mul (i32.const 24) (local.get $n))))
    (i32.store (i32.const 8) (local.get $at)) (i32.store (i32.const 12) (local.get $n))
    (block $end (loop $next (br_if $end (i32.ge_s (local.get $i) (local.get $n)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (i32.store (local.get $at) (local.get $i)) (i64.store offset=8 (local.get $at) (i64.extend_i32_s (i32.mul (local.get $i) (local.get $i)))) (i32.store offset=16 (local.get $at) (local.get $n))
        (local.set $at (i32.add (local.get $at) (i32.const 24))) (br $next)))
    (i32.const 8))');
CREATE FUNCTION pl_powers(n int) RETURNS TABLE (i int, j int8, k int) LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT g, g::int8 * g, n FROM generate_series(1, n) g; END $$;
SELECT pg_temp.gives(q, format('SELECT (SELECT array_agg(t::text) FROM (%s) t) = (SELECT array_agg(t::text) FROM (%s) t)', q, replace(q, 'powers', 'pl_powers')), 'true')
  FROM unnest(ARRAY['SELECT (powers(3)).*', 'SELECT g, (powers(g)).* FROM generate_series(1, 4) g', 'SELECT powers(3), powers(2)', 'SELECT powers(g), g FROM generate_series(0, 3) g',
    'SELECT * FROM generate_series(0, 3) g LEFT JOIN LATERAL powers(g) p ON true', 'SELECT * FROM powers(3) WITH ORDINALITY', 'SELECT * FROM ROWS FROM (powers(2), powers(4))',
    'SELECT (powers(g)).j FROM generate_series(1, 3) g ORDER BY 1 DESC', 'SELECT DISTINCT (powers(g)).k FROM generate_series(1, 3) g ORDER BY 1', 'SELECT CASE WHEN true THEN 1 END, powers(2)',
    'SELECT (SELECT sum(j) FROM powers(g)) FROM generate_series(1, 3) g', 'SELECT * FROM powers((SELECT max(j)::int FROM powers(2)))']) q;
SELECT pg_temp.gives('within an expression', 'SELECT CASE WHEN random() < 2 THEN powers(2) END', 'ERROR 0A000');
