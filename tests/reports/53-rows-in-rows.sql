-- source: risingwave #13689, #9988; duckdb #10808 (fields in alphabetical order)
-- situation: arrays of rows within rows, jsonb[] as a result, columns that are in no alphabetical order
-- expected: by position
CREATE TYPE point2 AS (y int, x int);
CREATE TYPE path2 AS (name text, points point2[], closed bool);
CREATE TYPE drawing AS (title text, paths path2[], extra jsonb[]);
SELECT pg_temp.def('echo(drawing) RETURNS drawing', '(func (export "echo") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.store (i32.const 16) (local.get 2)) (i32.store (i32.const 20) (local.get 3)) (i32.store (i32.const 24) (local.get 4)) (i32.store (i32.const 28) (local.get 5)) (i32.const 8))');
SELECT pg_temp.def('echo(jsonb[]) RETURNS jsonb[]', '(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.gives('all of it', $$SELECT echo(d) = d AND echo(d)::text = d::text FROM (SELECT ROW('a', ARRAY[ROW('p', ARRAY[ROW(1, 2), ROW(3, 4)]::point2[], true), ROW('q', '{}', false)]::path2[], ARRAY['{"a": [1, {"b": null}]}', '"x"', '[]']::jsonb[])::drawing d) _$$, 'true');
SELECT pg_temp.gives('by position', $$SELECT (((echo(ROW('a', ARRAY[ROW('p', ARRAY[ROW(1, 2)]::point2[], true)]::path2[], '{}'))).paths[1]).points[1]).x$$, '2');
SELECT pg_temp.gives('jsonb[]', $$SELECT echo('{"{\"a\": 1}","[1, 2]","null","\"s\"",7}'::jsonb[])$$, '{"{\"a\": 1}","[1, 2]","null","\"s\"",7}');
SELECT pg_temp.gives('many', $$SELECT cardinality((echo(ROW('a', array_agg(ROW(i, '{}', i % 2 = 0)::path2), array_agg(to_jsonb(i))))).paths) FROM generate_series(1, 3000) i$$, '3000');
