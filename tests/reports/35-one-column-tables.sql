-- source: pgsql-hackers msg103741; stackoverflow (RETURNS TABLE (rec demo) is split into its columns)
-- situation: RETURNS TABLE of one column, OUT parameters of one composite, a composite beside other columns
-- expected: PostgreSQL's rules: one column is its type; a composite alone becomes its columns, beside others it stays
CREATE TYPE demo AS (id int, word text);
SELECT pg_temp.def('one(n int) RETURNS TABLE (f text)', '(data (i32.const 32) "abc") (func (export "one") (param i32) (result i32) (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 1)) (i32.store (i32.const 64) (i32.const 32)) (i32.store (i32.const 68) (local.get 0)) (i32.const 8))');
SELECT pg_temp.def('alone(n int) RETURNS TABLE (rec demo)', '(data (i32.const 32) "abc") (func (export "alone") (param i32) (result i32) (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 1)) (i32.store (i32.const 64) (i32.const 7)) (i32.store (i32.const 68) (i32.const 32)) (i32.store (i32.const 72) (local.get 0)) (i32.const 8))');
SELECT pg_temp.def('beside(n int) RETURNS TABLE (rec demo, more int)', '(data (i32.const 32) "abc") (func (export "beside") (param i32) (result i32) (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 1)) (i32.store (i32.const 64) (i32.const 7)) (i32.store (i32.const 68) (i32.const 32)) (i32.store (i32.const 72) (local.get 0)) (i32.store (i32.const 76) (i32.const 5)) (i32.const 8))');
SELECT pg_temp.def('out_one(n int, OUT f text)', '(data (i32.const 32) "abc") (func (export "out_one") (param i32) (result i32) (i32.store (i32.const 8) (i32.const 32)) (i32.store (i32.const 12) (local.get 0)) (i32.const 8))');
SELECT pg_temp.def('out_rec(n int, OUT rec demo)', '(data (i32.const 32) "abc") (func (export "out_rec") (param i32) (result i32) (i32.store (i32.const 64) (i32.const 7)) (i32.store (i32.const 68) (i32.const 32)) (i32.store (i32.const 72) (local.get 0)) (i32.const 64))');
SELECT pg_temp.def('out_both(n int, OUT rec demo, OUT more int)', '(data (i32.const 32) "abc") (func (export "out_both") (param i32) (result i32) (i32.store (i32.const 64) (i32.const 7)) (i32.store (i32.const 68) (i32.const 32)) (i32.store (i32.const 72) (local.get 0)) (i32.store (i32.const 76) (i32.const 5)) (i32.const 64))');
SELECT pg_temp.gives('TABLE (text)', $$SELECT f || pg_typeof(one(2)) FROM one(2)$$, 'abtext');
SELECT pg_temp.gives('TABLE (demo)', $$SELECT id || word FROM alone(3)$$, '7abc');
SELECT pg_temp.gives('TABLE (demo), no such column', $$SELECT rec FROM alone(3)$$, 'ERROR 42703');
SELECT pg_temp.gives('TABLE (demo, int)', $$SELECT (rec).word || more FROM beside(3)$$, 'abc5');
SELECT pg_temp.gives('OUT text', $$SELECT out_one(1) || pg_typeof(out_one(1))$$, 'atext');
SELECT pg_temp.gives('OUT demo', $$SELECT id || word FROM out_rec(1)$$, '7a');
SELECT pg_temp.gives('OUT demo, OUT int', $$SELECT (rec).id || '' || more FROM out_both(1)$$, '75');
SELECT pg_temp.gives('as a value', $$SELECT out_both(2)::text$$, '("(7,ab)",5)');
