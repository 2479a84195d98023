-- source: ClickHouse #116548
-- situation: a result lies at address 0, which is an address like others to WebAssembly
-- expected: it is read
SELECT pg_temp.def('zero(n int) RETURNS text', '(data (i32.const 0) "hello") (func (export "zero") (param i32) (result i32) (i32.store (i32.const 1024) (i32.const 0)) (i32.store (i32.const 1028) (local.get 0)) (i32.const 1024))');
SELECT pg_temp.def('behind_zero(n int) RETURNS int[]', '(func (export "behind_zero") (param i32) (result i32) (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (local.get 0)) (i32.const 0))');
SELECT pg_temp.gives('text', 'SELECT zero(5)', 'hello');
SELECT pg_temp.gives('list and its header', 'SELECT behind_zero(2)', '{0,2}');
