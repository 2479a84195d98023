-- source: paradedb/pg_analytics #17; risingwave #14271; ClickHouse #88747 (a literal of another integer type did not match)
-- situation: functions of one name for several types; arguments of narrower types and unknown literals
-- expected: PostgreSQL's choice; each runs its own code
SELECT pg_temp.def('kind(int) RETURNS int', '(func (export "kind") (param i32) (result i32) (i32.const 4))');
SELECT pg_temp.def('kind(int8) RETURNS int', '(func (export "kind") (param i64) (result i32) (i32.const 8))');
SELECT pg_temp.def('kind(text) RETURNS int', '(func (export "kind") (param i32 i32) (result i32) (i32.const 1))');
SELECT pg_temp.def('kind(int[]) RETURNS int', '(func (export "kind") (param i32 i32) (result i32) (i32.const 44))');
SELECT pg_temp.def('kind(int, int = 0) RETURNS int', '(func (export "kind") (param i32 i32) (result i32) (i32.const 2))');
SELECT pg_temp.def('wide(numeric) RETURNS text', '(func (export "wide") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.gives('each', $$SELECT kind(1::int8) || ' ' || kind('x'::text) || ' ' || kind('{1}'::int[]) || ' ' || kind(1, 2)$$, '8 1 44 2');
SELECT pg_temp.gives('two fit', 'SELECT kind(1)', 'ERROR 42725');
DROP FUNCTION kind(int, int);
SELECT pg_temp.gives('unknown', $$SELECT kind('x')$$, '1');
SELECT pg_temp.gives('int for numeric', 'SELECT wide(1) || wide(2::int8)', '12');
SELECT pg_temp.gives('name for text', 'SELECT kind($$x$$::name)', '1');
