-- source: 4paradigm/OpenMLDB #1540 (a string of more than 2048 bytes crashed the server); ClickHouse #115124; scylladb #9108
-- situation: strings from 0 bytes to many megabytes, stored short, plain, compressed and in TOAST, echoed and doubled
-- expected: the same bytes; what does not fit into the function's memory is an error about memory, and the next row is fine
SELECT pg_temp.def('echo(text) RETURNS text', '(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.def('twice(text) RETURNS text', '(func (export "twice") (param $p i32) (param $n i32) (result i32) (local $q i32)
    (local.set $q (call $alloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.mul (i32.const 2) (local.get $n))))
    (memory.copy (local.get $q) (local.get $p) (local.get $n)) (memory.copy (i32.add (local.get $q) (local.get $n)) (local.get $p) (local.get $n))
    (i32.store (i32.const 8) (local.get $q)) (i32.store (i32.const 12) (i32.mul (i32.const 2) (local.get $n))) (i32.const 8))');
CREATE TABLE texts (n int, t text, e text, x text);
ALTER TABLE texts ALTER e SET STORAGE EXTERNAL, ALTER x SET STORAGE EXTENDED;
INSERT INTO texts SELECT n, t, t, t FROM (SELECT n, left((SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1 + n / 32) i), n) t FROM unnest('{0,1,126,127,2047,2048,2049,8191,61439,61440,61441,65535,65536,65537,1000000}'::int[]) n) _;
SELECT pg_temp.gives('echo', 'SELECT bool_and(echo(t) = t AND echo(e) = e AND echo(x) = x) FROM texts', 'true');
SELECT pg_temp.gives('doubled', 'SELECT bool_and(twice(t) = t || t AND twice(e) = t || t AND twice(x) = t || t) FROM texts', 'true');
INSERT INTO texts SELECT 3000000, r, r, r FROM (SELECT repeat('abcdefghij', 300000) r) _;
SELECT pg_temp.gives('compressed', 'SELECT bool_and(twice(t) = t || t AND twice(e) = t || t AND twice(x) = t || t) FROM texts', 'true');
SELECT pg_temp.gives('20 MB', $$SELECT length(twice(repeat('x', 20000000)))$$, '40000000');
SELECT pg_temp.gives('more than its memory', $$SELECT length(twice(repeat('x', 40000000)))$$, 'ERROR');
SELECT pg_temp.gives('the error', $$SELECT got FROM seen WHERE what = 'more than its memory' AND got !~ 'ERROR (38000|53200|54000)'$$, NULL);
SELECT pg_temp.gives('then a small one', $$SELECT twice('ab')$$, 'abab');
SELECT pg_temp.gives('with more memory', $$SELECT set_config('plwasm.memory', '512MB', true) || length(twice(repeat('x', 40000000)))$$, '512MB80000000');
SELECT pg_temp.gives('a result beyond max_result_size', $$SELECT set_config('plwasm.memory', '1GB', true) || length(twice(repeat('x', 150000000)))$$, 'ERROR 54000');
