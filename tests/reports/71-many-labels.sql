-- source: wasmtime and jco reports on discriminants of large enums (jco #1646); plv8/pljs #48 (enums arrive as numbers)
-- situation: enums of 3, 257 and 300 labels, with spaces and capitals, in arrays, in rows, after ADD VALUE BEFORE and RENAME VALUE
-- expected: by position in the order of the type; two bytes from 257 labels on
SELECT 'CREATE TYPE big AS ENUM (' || string_agg(quote_literal('L ' || i), ', ' ORDER BY i) || ')' FROM generate_series(1, 300) i \gexec
CREATE TYPE state AS ENUM ('New', 'In Progress', 'done');
SELECT pg_temp.def('echo(big[]) RETURNS big[]', '(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.def('number(big) RETURNS int', '(func (export "number") (param i32) (result i32) (local.get 0))');
SELECT pg_temp.def('next(state) RETURNS state', '(func (export "next") (param i32) (result i32) (i32.add (i32.const 1) (local.get 0)))');
SELECT pg_temp.gives('an array', $$SELECT echo('{L 1,L 256,L 257,L 300}'::big[])$$, '{"L 1","L 256","L 257","L 300"}');
SELECT pg_temp.gives('numbers', $$SELECT string_agg(number(b)::text, ' ') FROM unnest('{L 1,L 256,L 257,L 300}'::big[]) b$$, '0 255 256 299');
SELECT pg_temp.gives('next', $$SELECT next('New') || next('In Progress')::text$$, 'In Progressdone');
SELECT pg_temp.gives('beyond the last', $$SELECT next('done')$$, 'ERROR 39000');
ALTER TYPE state RENAME VALUE 'done' TO 'closed';
SELECT pg_temp.gives('renamed', $$SELECT next('In Progress')$$, 'closed');
ALTER TYPE state ADD VALUE 'waiting' BEFORE 'closed';
SELECT pg_temp.gives('one more between', $$SELECT next('In Progress') || next('waiting')::text$$, 'waitingclosed');
CREATE TABLE t (s state DEFAULT next('New'), CHECK (next(s) <> 'closed'));
INSERT INTO t DEFAULT VALUES;
SELECT pg_temp.gives('in a table', 'SELECT s FROM t', 'In Progress');
