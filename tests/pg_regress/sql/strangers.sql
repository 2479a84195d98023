-- Attempts of one role to reach another's functions, modules, rows and ceilings. privileges.sql tests who may do what.
CREATE ROLE ann;
CREATE ROLE bob;
CREATE SCHEMA ann AUTHORIZATION ann;
CREATE SCHEMA bob AUTHORIZATION bob;
GRANT USAGE ON SCHEMA ann, bob TO PUBLIC;
SET ROLE ann;
CREATE FUNCTION ann.tools() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
CREATE FUNCTION ann.twice(int) RETURNS int LANGUAGE wasm AS 'tools';
CREATE FUNCTION ann.by_schema(int) RETURNS int LANGUAGE wasm AS 'ann.tools#twice';
RESET ROLE;

-- names are searched for in the function's own schema: neither search_path nor temporary schemas change that
SET ROLE bob;
CREATE FUNCTION bob.tools() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "twice") (param i32) (result i32) (i32.const -1)))';
CREATE FUNCTION pg_temp.tools() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "twice") (param i32) (result i32) (i32.const -2)))';
SET search_path = pg_temp, bob, ann;
SELECT ann.twice(21);
RESET search_path;
-- the schema, the module and the function are ann's
SELECT outcome('ALTER FUNCTION ann.twice(int) SET SCHEMA bob'), outcome('ALTER SCHEMA ann RENAME TO mine'), outcome('ALTER FUNCTION ann.tools() RENAME TO others');
RESET ROLE;
-- a function keeps the module that it was created with: a role that may rename a schema or a module, or move the
-- function, cannot make it use another one
ALTER SCHEMA ann RENAME TO was_ann;
SELECT outcome('SELECT was_ann.by_schema(21)'), outcome('SELECT was_ann.twice(21)');
ALTER SCHEMA bob RENAME TO ann;
SELECT outcome('SELECT was_ann.by_schema(21)'), outcome('SELECT was_ann.twice(21)');
REVOKE EXECUTE ON FUNCTION ann.tools() FROM PUBLIC;
SELECT outcome('SELECT was_ann.by_schema(21)');
GRANT EXECUTE ON FUNCTION ann.tools() TO PUBLIC;
REVOKE USAGE ON SCHEMA ann FROM PUBLIC;
SELECT outcome('SELECT was_ann.by_schema(21)');
GRANT USAGE ON SCHEMA ann TO PUBLIC;
ALTER SCHEMA ann RENAME TO bob;
ALTER SCHEMA was_ann RENAME TO ann;
SELECT ann.by_schema(21);
ALTER FUNCTION ann.twice(int) SET SCHEMA bob;
SELECT bob.twice(21);
ALTER FUNCTION bob.twice(int) SET SCHEMA ann;
SELECT ann.twice(21);

-- ceilings cannot be raised: not in a function's settings, a role's or a session's
SET ROLE bob;
CREATE FUNCTION bob.spin(n int) RETURNS int LANGUAGE wasm AS '(module (func (export "spin") (param i32) (result i32)
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))';
SELECT name, outcome FROM pg_settings, unnest(ARRAY[
    'CREATE FUNCTION bob.lifted(int) RETURNS int LANGUAGE wasm SET %s = %L AS ''tools#twice''',
    'ALTER FUNCTION bob.spin(int) SET %s = %L',
    'ALTER ROLE bob SET %s = %L',
    'ALTER ROLE bob IN DATABASE plwasm_regress SET %s = %L',
    'SET %s = %L',
    'SET LOCAL %s = %L',
    'SELECT set_config(%L, %L, true)']) s, outcome(format(s, name, boot_val))
 WHERE name LIKE 'plwasm.%' AND context = 'superuser' AND outcome NOT LIKE '42501: permission denied to set parameter "plwasm.%';
SELECT count(*) > 5 AS several FROM pg_settings WHERE name LIKE 'plwasm.%' AND context = 'superuser';
-- any role can lower the limits of its own functions
CREATE FUNCTION bob.thrifty(n int) RETURNS int LANGUAGE plpgsql SET plwasm.statement_fuel = 500 AS 'BEGIN RETURN bob.spin(n); END';
CREATE FUNCTION bob.lavish(n int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET plwasm.statement_fuel = 9e15 SET plwasm.transaction_fuel = 0 SET plwasm.fuel = 0 AS 'BEGIN RETURN bob.spin(n); END';
SELECT outcome('SELECT bob.thrifty(100)'), outcome('SELECT bob.lavish(100)');
-- nothing that a role sets exceeds what a superuser has set
RESET ROLE;
SET plwasm.max_statement_fuel = 500;
SET ROLE bob;
SELECT outcome('SELECT bob.spin(100)'), outcome('SELECT bob.lavish(100)');
RESET plwasm.max_statement_fuel;
SELECT outcome('SELECT bob.lavish(100)');
RESET ROLE;
RESET plwasm.max_statement_fuel;
-- a superuser can lift a ceiling for a function: for callers who may set it, or for all if it is SECURITY DEFINER
CREATE FUNCTION bob.lifted(n int) RETURNS int LANGUAGE plpgsql SET plwasm.max_fuel = 0 SET plwasm.fuel = 0 AS 'BEGIN RETURN bob.spin(n); END';
SET plwasm.max_fuel = 500;
SELECT outcome('SELECT bob.spin(100)'), outcome('SELECT bob.lifted(100)');
SET ROLE bob;
SELECT outcome('SELECT bob.lifted(100)');
RESET ROLE;
ALTER FUNCTION bob.lifted(int) SECURITY DEFINER;
SET ROLE bob;
SELECT outcome('SELECT bob.lifted(100)');
RESET ROLE;
RESET plwasm.max_fuel;

-- row security: a function sees no row that a policy hides, however low its COST is. This one traps at 13.
CREATE TABLE numbers (owner name, n int);
INSERT INTO numbers VALUES ('ann', 13), ('bob', 7), ('bob', 8);
GRANT SELECT ON numbers TO bob, ann;
ALTER TABLE numbers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON numbers USING (owner = current_user);
CREATE VIEW of_bob AS SELECT n FROM numbers WHERE owner = 'bob';
CREATE VIEW of_bob_barred WITH (security_barrier) AS SELECT n FROM numbers WHERE owner = 'bob';
GRANT SELECT ON of_bob, of_bob_barred TO bob;
SET ROLE bob;
CREATE FUNCTION bob.peek(n int) RETURNS bool LANGUAGE wasm COST 0.0001 IMMUTABLE STRICT AS '(module
    (func (export "peek") (param i32) (result i32) (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable)) (i32.const 1)))';
SELECT n FROM numbers WHERE bob.peek(n) ORDER BY n;
EXPLAIN (COSTS OFF) SELECT n FROM numbers WHERE bob.peek(n);
SELECT n FROM numbers ORDER BY bob.peek(n), n;
SELECT n FROM of_bob_barred WHERE bob.peek(n) ORDER BY n;
-- security_barrier prevents this
SELECT outcome('SELECT n FROM of_bob WHERE bob.peek(n)');
-- only a superuser can declare a function LEAKPROOF
SELECT outcome('ALTER FUNCTION bob.peek(int) LEAKPROOF'),
       outcome($$CREATE FUNCTION bob.sure(int) RETURNS int LANGUAGE wasm LEAKPROOF AS 'tools#twice'$$);
RESET ROLE;
ALTER FUNCTION bob.peek(int) LEAKPROOF;
SET ROLE bob;
SELECT outcome('SELECT n FROM numbers WHERE bob.peek(n)');
RESET ROLE;
-- in a policy: called as the role that queries, with its limits. If the function fails, no row is seen.
SET ROLE ann;
CREATE FUNCTION ann.even(n int) RETURNS bool LANGUAGE wasm IMMUTABLE STRICT AS '(module
    (func (export "even") (param i32) (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 1)))))';
RESET ROLE;
DROP POLICY own ON numbers;
CREATE POLICY even ON numbers USING (ann.even(n));
SET ROLE bob;
SELECT * FROM numbers;
SET plwasm.statement_fuel = 1;
SELECT outcome('SELECT * FROM numbers');
RESET plwasm.statement_fuel;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION ann.even(int) FROM PUBLIC;
SET ROLE bob;
SELECT outcome('SELECT * FROM numbers');
RESET ROLE;

-- a role that may neither execute a module nor use its schema learns what pg_proc shows to all, and creates nothing
REVOKE EXECUTE ON FUNCTION ann.tools(), ann.twice(int) FROM PUBLIC;
REVOKE USAGE ON SCHEMA ann FROM PUBLIC;
SELECT 'ann.tools()'::regprocedure::oid AS tools, 'ann.twice(int)'::regprocedure::oid AS twice \gset
SET ROLE bob;
SELECT prosrc LIKE '(module%' AS "source is public" FROM pg_proc WHERE oid = :tools;
SELECT export, signature FROM wasm.exports(:tools);
SELECT kind FROM wasm.modules WHERE owner = 'ann';
SELECT outcome($$SELECT * FROM wasm.exports('ann.tools')$$), outcome('SELECT * FROM ann.tools()');
SELECT outcome(replace('SELECT wasm.validator(oid)', 'oid', :'twice')) LIKE '42501: %' AS denied;
SELECT outcome(replace('SELECT * FROM wasm.create_functions(oid)', 'oid', :'tools')), outcome(replace('SELECT * FROM wasm.create_functions(oid, ''bob'')', 'oid', :'tools'));
RESET ROLE;

SET client_min_messages = error;
DROP TABLE numbers CASCADE;
DROP OWNED BY ann, bob CASCADE;
DROP ROLE ann, bob;
