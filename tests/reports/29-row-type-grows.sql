-- source: narekg.me "My failed attempts at fixing an obscure Postgres bug" (pgsql-bugs, plpgsql cache invalidation)
-- situation: a polymorphic function takes and returns a table's row; the table gets a column, then loses it, in one session
-- expected: as long as it has the columns of the export's record it works, else the error says what does not fit; never wrong bytes
CREATE TABLE test_table (id serial PRIMARY KEY, vec real[]);
INSERT INTO test_table (vec) VALUES ('{1,2,3}'), ('{4,5,6}');
CREATE FUNCTION same(t anyelement) RETURNS SETOF anyelement LANGUAGE wasm AS $$(component
    (core module $m
        (memory (export "memory") 1) (global $top (mut i32) (i32.const 4096))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (global.get $top)
            (global.set $top (i32.and (i32.const -8) (i32.add (i32.const 7) (i32.add (global.get $top) (local.get 3))))))
        (func (export "same") (param $id i32) (param $p i32) (param $n i32) (result i32)
            (i32.store (i32.const 64) (local.get $id)) (i32.store (i32.const 68) (local.get $p)) (i32.store (i32.const 72) (local.get $n))
            (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 1)) (i32.const 8)))
    (core instance $i (instantiate $m))
    (type $r (record (field "id" s32) (field "vec" (list f32))))
    (export $row "row" (type $r))
    (func (export "same") (param "t" $row) (result (list $row)) (canon lift (core func $i "same") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc")))))$$;
CREATE FUNCTION all_of() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT string_agg(s::text, ' ') FROM test_table t, same(t) s); END $$;
SELECT pg_temp.gives('before', 'SELECT all_of()', '(1,"{1,2,3}") (2,"{4,5,6}")');
ALTER TABLE test_table ADD COLUMN extra int DEFAULT 7;
SELECT pg_temp.gives('one more', 'SELECT all_of()', 'ERROR 42P13');
ALTER TABLE test_table DROP COLUMN extra;
SELECT pg_temp.gives('dropped', 'SELECT all_of()', '(1,"{1,2,3}") (2,"{4,5,6}")');
ALTER TABLE test_table ALTER COLUMN vec TYPE float8[];
SELECT pg_temp.gives('another type', 'SELECT all_of()', 'ERROR 42P13');
ALTER TABLE test_table ALTER COLUMN vec TYPE real[];
SELECT pg_temp.gives('and back', 'SELECT all_of()', '(1,"{1,2,3}") (2,"{4,5,6}")');
