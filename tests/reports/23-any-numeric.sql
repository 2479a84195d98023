-- source: risingwavelabs/risingwave #11823, #11839
-- situation: numeric without precision, infinities, many digits, trailing zeros
-- expected: exact, scale included
SELECT pg_temp.def('echo(numeric) RETURNS numeric', '(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.def('echo(numeric[]) RETURNS numeric[]', '(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.gives(v, format('SELECT echo(%L::numeric)::text = %1$L::numeric::text', v), 'true')
  FROM unnest('{1.23,0,0.00,-Infinity,Infinity,NaN,12.300,1e-1000,123456789012345678901234567890123456789.000000000000000000001,1e131071}'::text[]) v;
SELECT pg_temp.gives('an array', $$SELECT echo('{1.10,NaN,-Infinity}'::numeric[])$$, '{1.10,NaN,-Infinity}');
SELECT pg_temp.gives('no number', $$SELECT * FROM (SELECT pg_temp.def('made() RETURNS numeric', '(data (i32.const 32) "1,5") (func (export "made") (result i32) (i32.store (i32.const 8) (i32.const 32)) (i32.store (i32.const 12) (i32.const 3)) (i32.const 8))')) _$$, '');
SELECT pg_temp.gives('is 22P02', $$SELECT made()$$, 'ERROR 22P02');
