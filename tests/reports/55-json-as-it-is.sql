-- source: plv8/plv8 #356, #558, #485; plv8/pljs #15; turbot/steampipe #292
-- situation: jsonb scalars, arrays of objects, big numbers, duplicate keys, \u0000 in json and in jsonb
-- expected: as they went; \u0000 is json's but not jsonb's (22P05)
SELECT pg_temp.def('echo(jsonb) RETURNS jsonb', '(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.def('echo(json) RETURNS json', '(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.def('as_jsonb(json) RETURNS jsonb', '(func (export "as_jsonb") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.gives(v, format('SELECT echo(%L::jsonb) = %1$L::jsonb AND jsonb_typeof(echo(%1$L::jsonb)) = jsonb_typeof(%1$L)', v), 'true')
  FROM unnest(ARRAY['"asd"', '1', 'false', 'null', '[]', '{}', '[{"a": 1},{"b": 2},{"c": 3}]', '{"count": 997854384368767123456789.10}', '"\ud83d\ude00 \" \\ \n"', '[[[[]]]]', '""']) v;
SELECT pg_temp.gives('json keeps its text', $$SELECT echo('  {"a":1, "a":2.0,"b":"\u0000" }  '::json)::text$$, '  {"a":1, "a":2.0,"b":"\u0000" }  ');
SELECT pg_temp.gives('jsonb refuses it', $$SELECT as_jsonb('{"b":"\u0000"}')$$, 'ERROR 22P05');
SELECT pg_temp.gives('deep', $$SELECT echo((repeat('[', 1000) || repeat(']', 1000))::jsonb)::text = repeat('[', 1000) || repeat(']', 1000)$$, 'true');
SELECT pg_temp.gives('too deep', $$SELECT as_jsonb((repeat('[', 6000) || repeat(']', 6000))::json) IS NOT NULL$$, 'true');
