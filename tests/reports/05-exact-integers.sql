-- source: plv8/plv8 #587, #77, #398; ComponentizeJS #343
-- situation: integers beyond 2^53, and u64 beyond bigint; negative ones
-- expected: exact, or 22003; a numeric that is a whole number within u64 is one however many zeros follow its point
SELECT pg_temp.def('same(int8) RETURNS int8', '(func (export "same") (param i64) (result i64) (local.get 0))');
CREATE FUNCTION same(numeric) RETURNS numeric LANGUAGE wasm AS '(component
    (core module $m (func (export "same") (param i64) (result i64) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "same") (param "n" u64) (result u64) (canon lift (core func $i "same"))))';
SELECT pg_temp.gives('997854384368767', 'SELECT same(997854384368767::int8)', '997854384368767');
SELECT pg_temp.gives('2^53 + 1', 'SELECT same(9007199254740993::int8)', '9007199254740993');
SELECT pg_temp.gives('least', 'SELECT same((-9223372036854775808)::int8)', '-9223372036854775808');
SELECT pg_temp.gives('2^64 - 1', 'SELECT same(18446744073709551615::numeric)', '18446744073709551615');
SELECT pg_temp.gives('2^64', 'SELECT same(18446744073709551616::numeric)', 'ERROR 22003');
SELECT pg_temp.gives('-1', 'SELECT same((-1)::numeric)', 'ERROR 22003');
SELECT pg_temp.gives('1.5', 'SELECT same(1.5::numeric)', 'ERROR 22003');
SELECT pg_temp.gives('NaN', $$SELECT same('NaN'::numeric)$$, 'ERROR 22003');
SELECT pg_temp.gives('Infinity', $$SELECT same('Infinity'::numeric)$$, 'ERROR 22003');
SELECT pg_temp.gives('1e18', $$SELECT same(1e18::numeric)$$, '1000000000000000000');
SELECT pg_temp.gives('of numeric(12,2): 300.00', $$SELECT same(sum(v)) FROM (VALUES (100::numeric(12,2)), (200)) t (v)$$, '300');
