-- The three forms of a body: WebAssembly text, base64, a reference.

-- text, after white space and both kinds of comments; the export has the name of the SQL function
CREATE FUNCTION one() RETURNS int LANGUAGE wasm AS $$

  ;; a line
  (; a block (; in a block ;) ;) (module (func (export "one") (result i32) (i32.const 1))) ;; and after
$$;
SELECT one();
-- (module ...) can be left out, as the text format allows
CREATE FUNCTION two() RETURNS int LANGUAGE wasm AS '(func (export "two") (result i32) (i32.const 2))';
SELECT two();
-- the body is stored as the user wrote it
SELECT prosrc FROM pg_proc WHERE proname = 'two';

-- base64, only if wasm.module is returned; white space and missing padding do not matter
CREATE FUNCTION empty() RETURNS wasm.module LANGUAGE wasm AS 'AGFzbQEAAAA=';
CREATE FUNCTION empty_too() RETURNS wasm.module LANGUAGE wasm AS E' AGFz\n\tbQEA\r\nAAA ';
SELECT a.sha256 = b.sha256 AS same, a.size FROM empty() a, empty_too() b;
SELECT outcome($$CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS 'AGFzbQEAAAA='$$);

-- references: [schema.]module[#export] [key=value ...]
CREATE FUNCTION numbers() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (func (export "three") (result i32) (i32.const 3))
  (func (export "thirty-three") (result i32) (i32.const 33))
  (func (export "a:b/c#d") (result i32) (i32.const 4)))
$$;
CREATE FUNCTION three() RETURNS int LANGUAGE wasm AS 'numbers';
CREATE FUNCTION three_too() RETURNS int LANGUAGE wasm AS E'\n\t public.numbers#three\n';
CREATE FUNCTION three_limited() RETURNS int LANGUAGE wasm AS 'Numbers#three  fuel=1e3 memory=64kB isolation=call ';
CREATE FUNCTION three_quoted() RETURNS int LANGUAGE wasm AS '"public"."numbers"#three isolation=statement';
-- snake_case and kebab-case are the same name, with and without #
CREATE FUNCTION thirty_three() RETURNS int LANGUAGE wasm AS 'numbers';
CREATE FUNCTION thirty_three_too() RETURNS int LANGUAGE wasm AS 'numbers#thirty_three';
-- the export of an interface has a # in its name
CREATE FUNCTION four() RETURNS int LANGUAGE wasm AS 'numbers#a:b/c#d';
SELECT three(), three_too(), three_limited(), three_quoted(), thirty_three(), thirty_three_too(), four();
-- an exact match takes precedence over the other spelling, in any order
CREATE FUNCTION a_b() RETURNS int LANGUAGE wasm AS $$
(module (func (export "a-b") (result i32) (i32.const 1)) (func (export "a_b") (result i32) (i32.const 2)))
$$;
SELECT a_b();
-- case matters, because exports are not SQL identifiers
SELECT outcome($$CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS 'numbers#Three'$$);

-- bodies of none of the three forms
SELECT body, outcome('CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS ' || quote_literal(body))
  FROM (VALUES (''), (E' \n'), (';; only a comment'), ('(; open'), ('1numbers'), ('numbers#'), ('numbers # three'),
    ('numbers#three fuel'), ('numbers#three fuel='), ('numbers#three fuel=0'), ('numbers#three fuel=-1'),
    ('numbers#three fuel=1.5'), ('numbers#three fuel=1e99'), ('numbers#three fuel=nan'),
    ('numbers#three memory=4'), ('numbers#three memory=0MB'), ('numbers#three memory=4mb'),
    ('numbers#three memory=99999999999999999999GB'), ('numbers#three fuel=1 fuel=2'),
    ('numbers#three speed=9'), ('numbers#three isolation'), ('numbers#three isolation='), ('numbers#three isolation=row'), ('numbers#three isolation=Call'),
    ('numbers#three isolation=call isolation=call'), ('numbers#three Fuel=9'), ('a.b.c'), ('""'), ('"open'), ('#three'), ('.numbers'),
    ('hello world'), ('\x0061736d'), ('nosuch'), ('nosuch.numbers'), ('now')) bodies (body);
-- a function that is no module is not found as one
SELECT outcome($$CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS 'one'$$);
-- bodies that a module cannot have
SELECT body, outcome('CREATE FUNCTION z() RETURNS wasm.module LANGUAGE wasm AS ' || quote_literal(body))
  FROM (VALUES (''), ('AGFz'), ('AGFzb'), ('AGFz*'), ('numbers'), ('bm90IHdhc20='), ('AGFzbQIAAAA=')) bodies (body);
-- the error for text that does not parse names the place by the user's lines
SELECT error($$CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS '(module
  (func (export "z") (result i32) i32.cons 1))'$$);
-- nothing was created
SELECT count(*) FROM pg_proc WHERE proname = 'z';

-- a module is searched for by its name once: a function with a text of its own is created with one scan less, once the
-- are filled
CREATE FUNCTION scans(body text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint := pg_stat_get_xact_numscans('pg_proc_proname_args_nsp_index'::regclass);
BEGIN
    EXECUTE format('CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS %L', body);
    DROP FUNCTION z();
    RETURN pg_stat_get_xact_numscans('pg_proc_proname_args_nsp_index'::regclass) - before;
END
$$;
SELECT scans('numbers#three') - scans('(module (func (export "z") (result i32) i32.const 3))') AS scans FROM generate_series(1, 2) OFFSET 1;
DROP FUNCTION scans;

DROP FUNCTION one, two, empty, empty_too, a_b;
DROP FUNCTION numbers CASCADE;
