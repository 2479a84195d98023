-- source: plv8/plv8 #54 (also RisingWave #13689)
-- situation: an array of composites with NULL columns and NULL elements goes through a function
-- expected: it comes back as it was, as from PL/pgSQL's RETURN v
CREATE TYPE item AS (x int, y text, z timestamptz);
SELECT pg_temp.def('echo(item[]) RETURNS item[]', '(func (export "echo") (param $d i32) (param $p i32) (param $n i32) (result i32)
    (i32.store8 (i32.const 8) (local.get $d)) (i32.store (i32.const 12) (local.get $p))
    (i32.store (i32.const 16) (local.get $n)) (i32.const 8))');
SET timezone = 'UTC';
SELECT pg_temp.gives('columns are NULL', $$SELECT echo('{"(2,,)"}')$$, '{"(2,,)"}');
SELECT pg_temp.gives('elements are NULL', $$SELECT echo('{NULL,"(,,)",NULL}')$$, '{NULL,"(,,)",NULL}');
SELECT pg_temp.gives('all of it', $$SELECT echo(v) = v FROM (SELECT ARRAY[ROW(1, 'a,"b"\c(', '2021-03-28 01:30+00'), NULL, ROW(NULL, '', 'infinity')]::item[] v) _$$, 'true');
SELECT pg_temp.gives('none', $$SELECT echo('{}')$$, '{}');
SELECT pg_temp.gives('NULL', $$SELECT echo(NULL) IS NULL$$, 'true');
SELECT pg_temp.gives('from a table and back', $$WITH t AS (SELECT array_agg(ROW(i, CASE WHEN i % 3 > 0 THEN i::text END, NULL)::item ORDER BY i) v FROM generate_series(1, 1000) i)
    SELECT count(*) || ' ' || count((u).y) || ' ' || sum((u).x) FROM t, unnest(echo(v)) u$$, '1000 667 500500');
