-- A NULL that PostgreSQL does not keep from a STRICT function must not reach its guest: the executor looks at STRICT
-- when a query starts.
CREATE FUNCTION shout(text) RETURNS text LANGUAGE wasm AS 'strings#echo';
CREATE TABLE words (word text);
INSERT INTO words VALUES ('a'), ('b'), (NULL), ('d');
\pset null NULL
BEGIN;
DECLARE c CURSOR FOR SELECT shout(word) FROM words;
FETCH 2 c;
ALTER FUNCTION shout(text) STRICT;
FETCH 2 c;
ALTER FUNCTION shout(text) CALLED ON NULL INPUT;
ROLLBACK;

-- an ordinary aggregate with OVER is no window function
CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE wasm STRICT AS
    '(module (func (export "plus") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';
CREATE AGGREGATE total(int) (SFUNC = plus, STYPE = int);
SELECT i, total(i) OVER (ORDER BY i) FROM (VALUES (1), (2), (NULL), (4)) v (i);

-- an export with options can serve a STRICT function, too: it never gets none, and may return it
CREATE FUNCTION z(int8) RETURNS int LANGUAGE wasm STRICT AS
    '(module (memory (export "memory") 1) (data (i32.const 8) "\01\00\00\00\2a")
             (func (export "z") (param i32 i64) (result i32)
               (if (result i32) (local.get 0) (then (i32.const 8)) (else unreachable))))';
SELECT z(1), z(NULL);
DROP FUNCTION z;
DROP AGGREGATE total(int);
DROP TABLE words;
DROP FUNCTION shout, plus;
