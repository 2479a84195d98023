-- What bench/run-types needs besides the functions that it creates for each type.
CREATE EXTENSION plwasm;
CREATE TYPE bench_mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE bench_point AS (a int4, b float8, c bool);

-- Returns the core type and the WIT type that a function from a type to the same type must have, read from the error
-- of CREATE FUNCTION for a function of another type.
CREATE FUNCTION wanted(type text, OUT core text, OUT wit text) LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    EXECUTE format('CREATE FUNCTION f(%1$s) RETURNS %1$s LANGUAGE wasm AS %2$L', type,
                   '(module (func (export "f") (param v128)))');
EXCEPTION WHEN invalid_function_definition THEN
    GET STACKED DIAGNOSTICS found = PG_EXCEPTION_DETAIL;
    core := substring(found FROM 'expected (.*?) for func');
    wit := substring(found FROM ' for func\(.*?\) -> (.*?), or ');
END
$$;

-- The costs that have a limit, and what they are compared with.
CREATE FUNCTION wasm_norm(bench_point) RETURNS int4 LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS $$
(module
  (func (export "wasm_norm") (param i32 f64 i32) (result i32)
    (i32.add (local.get 0) (i32.add (i32.trunc_sat_f64_s (local.get 1)) (local.get 2)))))
$$;
CREATE FUNCTION plpgsql_norm(v bench_point) RETURNS int4 LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
    'BEGIN RETURN v.a + v.b::int + v.c::int; END';

CREATE FUNCTION wasm_sum(int4[]) RETURNS int4 LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS $$
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "wasm_sum") (param $at i32) (param $count i32) (result i32) (local $sum i32) (local $end i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (local.get $sum)))
$$;
CREATE FUNCTION plpgsql_sum(v int4[]) RETURNS int4 LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    s int4 := 0;
    x int4;
BEGIN
    FOREACH x IN ARRAY v LOOP
        s := s + x;
    END LOOP;
    RETURN s;
END
$$;
