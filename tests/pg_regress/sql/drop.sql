-- DROP: objects that depend on a module, and on the functions that name it, are named or dropped with it.
CREATE SCHEMA tools;
CREATE SCHEMA users;
CREATE FUNCTION tools.m() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (func (export "even") (param i32) (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 1))))
  (func (export "plus") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
$$;
CREATE FUNCTION users.even(int) RETURNS bool LANGUAGE wasm IMMUTABLE STRICT AS 'tools.m';
CREATE FUNCTION users.plus(int, int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS 'tools.m';
CREATE FUNCTION users.alone(int) RETURNS int LANGUAGE wasm IMMUTABLE AS '(module (func (export "alone") (param i32) (result i32) (local.get 0)))';
SET search_path = users, public;
CREATE DOMAIN even_int AS int CHECK (even(VALUE));
CREATE AGGREGATE total(int) (SFUNC = plus, STYPE = int, INITCOND = 0);
CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = plus);
CREATE TABLE t (
    i int CONSTRAINT even_i CHECK (even(i)) DEFAULT plus(1, 1),
    g int GENERATED ALWAYS AS (plus(i, 1)) STORED,
    d even_int);
CREATE INDEX t_even ON t (i) WHERE even(i);
CREATE STATISTICS t_plus ON plus(i, 1), d FROM t;
CREATE TABLE p (i int) PARTITION BY LIST (even(i));
CREATE VIEW v AS SELECT even(i) FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT total(i) FROM t;
CREATE POLICY even_only ON t USING (even(i));
CREATE RULE r AS ON UPDATE TO t WHERE even(NEW.i) DO INSTEAD NOTHING;
CREATE TRIGGER w BEFORE UPDATE ON t FOR EACH ROW WHEN (even(NEW.i)) EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE FUNCTION standard(int) RETURNS int LANGUAGE sql BEGIN ATOMIC RETURN plus($1, 1); END;
CREATE FUNCTION defaulted(int DEFAULT plus(1, 2)) RETURNS int LANGUAGE sql AS 'SELECT $1';
INSERT INTO t (i) VALUES (2), (4);

-- refused, and every dependent object is named
\set VERBOSITY default
DROP FUNCTION tools.m;
\set VERBOSITY terse
SELECT outcome('DROP FUNCTION alone, even'), outcome('DROP SCHEMA tools'), outcome('DROP EXTENSION plwasm');
-- an object of the extension can only be dropped with the extension
SELECT outcome('DROP TYPE wasm.module'), outcome('DROP LANGUAGE wasm CASCADE'), outcome('DROP FUNCTION wasm.call_handler() CASCADE');
-- nothing of it was dropped
SELECT total(i), bool_and(even(g - 1)), standard(2), defaulted() FROM t;

-- the function alone
BEGIN;
DROP FUNCTION even CASCADE;
INSERT INTO t (i) VALUES (3) RETURNING g, i <+> 1;
SELECT outcome('SELECT even(2)'), outcome('SELECT * FROM v'), outcome('SELECT 3::even_int');
ROLLBACK;
-- with CASCADE the module's functions are dropped, and the objects that depend on them; tables stay
BEGIN;
DROP FUNCTION tools.m CASCADE;
SELECT count(*) FROM pg_proc WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'wasm') AND pronamespace = 'users'::regnamespace;
SELECT alone(5);
SELECT attname, atthasdef, attgenerated FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped;
INSERT INTO t VALUES (3);
TABLE t ORDER BY i;
SELECT to_regclass('p'), to_regclass('v'), to_regclass('mv'), to_regclass('t_even'), to_regtype('even_int');
ROLLBACK;
-- the same with its schema
BEGIN;
DROP SCHEMA tools CASCADE;
SELECT outcome('SELECT even(2)'), outcome('SELECT plus(1, 2)'), alone(6);
ROLLBACK;
-- with the extension all of it is dropped, and the extension can be created again
BEGIN;
DROP EXTENSION plwasm CASCADE;
SELECT outcome('SELECT even(2)'), outcome('SELECT alone(6)'), outcome('DO LANGUAGE wasm ''(module)''');
CREATE EXTENSION plwasm;
CREATE FUNCTION even(int) RETURNS bool LANGUAGE wasm AS '(module (func (export "even") (param i32) (result i32) (i32.const 1)))';
SELECT even(3);
ROLLBACK;
-- all of that was undone
SELECT total(i), bool_and(even(g - 1)), standard(2), defaulted(), alone(7) FROM t;
SELECT outcome('SELECT 3::even_int'), outcome('INSERT INTO t VALUES (3)');

-- owners: DROP OWNED drops a role's objects and revokes its privileges
CREATE ROLE ann;
CREATE ROLE bob;
GRANT ALL ON SCHEMA tools, users TO ann, bob;
ALTER FUNCTION tools.m OWNER TO ann;
ALTER FUNCTION even OWNER TO bob;
REVOKE EXECUTE ON FUNCTION tools.m FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tools.m TO bob;
SELECT even(2), outcome('DROP OWNED BY ann'), outcome('DROP ROLE ann');
BEGIN;
DROP OWNED BY ann CASCADE;
SELECT outcome('SELECT even(2)'), outcome('SELECT tools.m()'), alone(8);
ROLLBACK;
BEGIN;
ALTER FUNCTION even OWNER TO ann;
DROP OWNED BY bob;
ALTER FUNCTION even OWNER TO bob;
SELECT error('SELECT even(2)');
ROLLBACK;
SELECT even(2);
REASSIGN OWNED BY ann TO bob;
REVOKE EXECUTE ON FUNCTION tools.m FROM bob;
SELECT outcome('SELECT even(2)');
GRANT EXECUTE ON FUNCTION tools.m TO bob;
SELECT even(2), proowner::regrole FROM pg_proc WHERE oid = 'tools.m'::regproc;
REASSIGN OWNED BY bob TO CURRENT_USER;
DROP OWNED BY ann, bob;
DROP ROLE ann, bob;

SET client_min_messages = error;
RESET search_path;
DROP SCHEMA tools, users CASCADE;
