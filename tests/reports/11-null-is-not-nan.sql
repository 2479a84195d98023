-- source: postgres-plr/plr #2, #161; apache/spark #56943
-- situation: NULL and NaN of floats, alone and in arrays
-- expected: NULL stays NULL, NaN stays NaN
SELECT pg_temp.def('same(float4) RETURNS float4', '(func (export "same") (param f32) (result f32) (local.get 0))');
SELECT pg_temp.def('is_told(float4) RETURNS int', '(func (export "is_told") (param i32 f32) (result i32) (i32.store8 (i32.const 8) (i32.const 1)) (i32.store (i32.const 12) (local.get 0)) (i32.const 8))');
SELECT pg_temp.def('echo(int[]) RETURNS int[]', '(func (export "echo") (param $d i32) (param $p i32) (param $n i32) (result i32)
    (i32.store8 (i32.const 8) (local.get $d)) (i32.store (i32.const 12) (local.get $p)) (i32.store (i32.const 16) (local.get $n)) (i32.const 8))');
SELECT pg_temp.def('echo(float8[]) RETURNS float8[]', '(func (export "echo") (param $d i32) (param $p i32) (param $n i32) (result i32)
    (i32.store8 (i32.const 8) (local.get $d)) (i32.store (i32.const 12) (local.get $p)) (i32.store (i32.const 16) (local.get $n)) (i32.const 8))');
SELECT pg_temp.gives('NULL', 'SELECT same(NULL) IS NULL', 'true');
SELECT pg_temp.gives('NaN', $$SELECT same('NaN')$$, 'NaN');
SELECT pg_temp.gives('-0', $$SELECT same('-0')$$, '-0');
SELECT pg_temp.gives('told of NULL', $$SELECT is_told(NULL) || ' ' || is_told('NaN')$$, '0 1');
SELECT pg_temp.gives('int[]', $$SELECT echo('{1,NULL,3}'::int[])$$, '{1,NULL,3}');
SELECT pg_temp.gives('float8[]', $$SELECT echo('{1.5,NULL,NaN,-Infinity}'::float8[])$$, '{1.5,NULL,NaN,-Infinity}');
SELECT pg_temp.gives('all NULL', $$SELECT echo('{NULL,NULL}'::int[])$$, '{NULL,NULL}');
