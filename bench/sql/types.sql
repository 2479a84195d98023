-- What bench/run-types needs beside the functions that it makes for each type.
CREATE EXTENSION plwasm;
CREATE TYPE bench_mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE bench_point AS (a int4, b float8, c bool);

-- The core type and the WIT type that a function from a type to the same type must have, read from what
-- CREATE FUNCTION says of one that has another.
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
