-- source: RisingWave #20129, Seafowl #105, ClickHouse #70512, as notes/peers.md has them (aggregates); JDBurnZ/postgresql-anyarray #1
-- situation: an ordered-set aggregate with a direct argument, FINALFUNC_EXTRA, a polymorphic one, HYPOTHETICAL-like NULLs
-- expected: as with PL/pgSQL's functions
SELECT pg_temp.def('append(float8[], float8) RETURNS float8[] IMMUTABLE STRICT', '(func (export "append") (param $p i32) (param $n i32) (param $v f64) (result i32) (local $q i32)
    (local.set $q (call $alloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.mul (i32.const 8) (i32.add (i32.const 1) (local.get $n)))))
    (memory.copy (local.get $q) (local.get $p) (i32.mul (i32.const 8) (local.get $n)))
    (f64.store (i32.add (local.get $q) (i32.mul (i32.const 8) (local.get $n))) (local.get $v))
    (i32.store (i32.const 8) (local.get $q)) (i32.store (i32.const 12) (i32.add (i32.const 1) (local.get $n))) (i32.const 8))');
SELECT pg_temp.def('at_fraction(float8[], float8) RETURNS float8 IMMUTABLE STRICT', '(func (export "at_fraction") (param $p i32) (param $n i32) (param $f f64) (result f64)
    (f64.load (i32.add (local.get $p) (i32.mul (i32.const 8) (i32.trunc_f64_s (f64.mul (local.get $f) (f64.convert_i32_s (i32.sub (local.get $n) (i32.const 1)))))))))');
CREATE AGGREGATE pick(float8 ORDER BY float8) (SFUNC = append, STYPE = float8[], INITCOND = '{}', FINALFUNC = at_fraction);
-- PostgreSQL does not sort for ordered-set aggregates that are not its own
SELECT pg_temp.gives('a direct argument', 'SELECT pick(0) WITHIN GROUP (ORDER BY v) || $$ $$ || pick(0.5) WITHIN GROUP (ORDER BY v) FROM unnest(ARRAY[5, 1, 3, 2, 4]::float8[]) v', '5 3');
-- option<list<f64>>, option<f64> (NULL as it is extra) -> option<s32>
SELECT pg_temp.def('how_many(float8[], float8) RETURNS int IMMUTABLE', '(func (export "how_many") (param $d i32) (param $p i32) (param $n i32) (param $e i32) (param $x f64) (result i32)
    (i32.store8 (i32.const 8) (i32.const 1)) (i32.store (i32.const 12) (i32.add (local.get $n) (i32.mul (i32.const 1000) (local.get $e)))) (i32.const 8))');
CREATE AGGREGATE counted(float8) (SFUNC = append, STYPE = float8[], INITCOND = '{}', FINALFUNC = how_many, FINALFUNC_EXTRA);
SELECT pg_temp.gives('FINALFUNC_EXTRA', 'SELECT counted(v) FROM unnest(ARRAY[5, NULL, 3]::float8[]) v', '2');
SELECT pg_temp.gives('of nothing', 'SELECT counted(v) FROM unnest(ARRAY[]::float8[]) v', '0');
SELECT pg_temp.def('last_of(anyelement, anyelement) RETURNS anyelement IMMUTABLE STRICT', '(func (export "last_of") (param i32 i32 i32 i32) (result i32) (i32.store (i32.const 8) (local.get 2)) (i32.store (i32.const 12) (local.get 3)) (i32.const 8))');
CREATE AGGREGATE last_value_of(anyelement) (SFUNC = last_of, STYPE = anyelement);
SELECT pg_temp.gives('polymorphic', $$SELECT last_value_of(t ORDER BY t) || ' ' || last_value_of(n ORDER BY n DESC) FROM (VALUES ('a'::text, 1.5), ('b', 2.5), (NULL, NULL)) v (t, n)$$, 'b 1.5');
