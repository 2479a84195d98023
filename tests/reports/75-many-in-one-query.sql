-- source: plv8/plv8 #374, #411, as notes/peers.md has them (memory of sessions)
-- situation: more than a thousand functions in one query, each with its own code
-- expected: right results; memory within plwasm.backend_memory
DO $$ BEGIN FOR i IN 1 .. 1100 LOOP
    EXECUTE format('CREATE FUNCTION f%s(int) RETURNS int LANGUAGE wasm AS ''(module (memory 1) (func (export "f%1$s") (param i32) (result i32) (i32.store (i32.const 64) (local.get 0)) (i32.add (i32.load (i32.const 64)) (i32.const %1$s))))''', i);
END LOOP; END $$;
SELECT string_agg(format('f%s(g)', i), ', ' ORDER BY i) AS calls FROM generate_series(1, 1100) i \gset
SELECT pg_temp.gives('three rows of all', format('SELECT sum(v) FROM generate_series(1, 3) g, unnest(ARRAY[%s]) v', :'calls'), '1823250');
SELECT pg_temp.gives('again', format('SELECT sum(v) FROM generate_series(1, 3) g, unnest(ARRAY[%s]) v', :'calls'), '1823250');
