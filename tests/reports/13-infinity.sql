-- source: plv8/plv8 #354 (SIGSEGV)
-- situation: infinity and -infinity of dates and times: alone, in rows, in arrays, as bounds
-- expected: they come back as they went
CREATE TYPE period AS (id int, first timestamp, last timestamp, day date);
SELECT pg_temp.def('echo(period) RETURNS period', '(func (export "echo") (param $i i32) (param $f i64) (param $l i64) (param $d i32) (result i32)
    (i32.store (i32.const 16) (local.get $i)) (i64.store (i32.const 24) (local.get $f)) (i64.store (i32.const 32) (local.get $l)) (i32.store (i32.const 40) (local.get $d)) (i32.const 16))');
SELECT pg_temp.def('echo(date[]) RETURNS date[]', '(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.def('echo(tsrange) RETURNS tsrange', '(func (export "echo") (param $e i32) (param $ld i32) (param $l i64) (param $ud i32) (param $u i64) (param $li i32) (param $ui i32) (result i32)
    (i32.store8 (i32.const 16) (local.get $e)) (i32.store8 (i32.const 24) (local.get $ld)) (i64.store (i32.const 32) (local.get $l))
    (i32.store8 (i32.const 40) (local.get $ud)) (i64.store (i32.const 48) (local.get $u)) (i32.store8 (i32.const 56) (local.get $li)) (i32.store8 (i32.const 57) (local.get $ui)) (i32.const 16))');
SET datestyle = 'ISO';
SELECT pg_temp.gives('in a row', $$SELECT echo(ROW(1, '2019-03-01', 'infinity', '-infinity'))$$, '(1,"2019-03-01 00:00:00",infinity,-infinity)');
SELECT pg_temp.gives('as json', $$SELECT to_jsonb(echo(ROW(1, '-infinity', 'infinity', 'infinity')))->>'last'$$, 'infinity');
SELECT pg_temp.gives('in an array', $$SELECT echo('{-infinity,2000-01-01,infinity}'::date[])$$, '{-infinity,2000-01-01,infinity}');
SELECT pg_temp.gives('as bounds', $$SELECT echo('[-infinity,infinity]'::tsrange)$$, '[-infinity,infinity]');
SELECT pg_temp.gives('no bound is not infinity', $$SELECT upper_inf(echo('[2000-01-01,)'::tsrange)) || ' ' || upper_inf(echo('[2000-01-01,infinity)'::tsrange))$$, 'true false');
SELECT pg_temp.gives('empty', $$SELECT echo('empty'::tsrange)$$, 'empty');
