-- Statistics of functions, of this session, as the library is not preloaded: tests/client/statistics.sh has those of a server.
CREATE SCHEMA statistics;
SET search_path = statistics, public;
SELECT wasm.stat_reset();
-- A call of spin(n) takes 5 n + 1 units.
CREATE FUNCTION guests() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (func (export "spin") (param i32) (result i32)
    (loop $next
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0))
  (func (export "trap") unreachable)
  (func (export "forever") (loop $l (br $l)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "wrong") (result i32) (i32.const -8))
  ;; a string that is longer than the largest result
  (func (export "large") (result i32) (drop (memory.grow (i32.const 1))) (i32.store (i32.const 8) (i32.const 1024)) (i32.store (i32.const 12) (i32.const 70000)) (i32.const 8))
  (func (export "[constructor]sum") (param i32) (result i32) (local.get 0))
  (func (export "[method]sum.plus") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
$$;
CREATE FUNCTION spin(int) RETURNS int LANGUAGE wasm VOLATILE AS 'guests';
CREATE FUNCTION idle(int) RETURNS int LANGUAGE wasm VOLATILE AS 'guests#spin';
CREATE FUNCTION near(int) RETURNS int LANGUAGE wasm VOLATILE AS 'guests#spin fuel=1000';
CREATE FUNCTION trap() RETURNS void LANGUAGE wasm VOLATILE AS 'guests';
CREATE FUNCTION forever() RETURNS void LANGUAGE wasm VOLATILE AS 'guests fuel=1000';
CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE wasm VOLATILE AS 'guests#sum.plus';
CREATE FUNCTION wrong() RETURNS text LANGUAGE wasm VOLATILE AS 'guests';
CREATE FUNCTION large() RETURNS text LANGUAGE wasm VOLATILE AS 'guests';
CREATE FUNCTION grow(int) RETURNS int LANGUAGE wasm VOLATILE AS 'guests';
CREATE VIEW stats AS SELECT * FROM wasm.stat_functions WHERE schemaname = 'statistics';
SELECT * FROM stats;

-- 99 calls of 51 units, and one of 5001
SELECT count(spin(10)) FROM generate_series(1, 99);
SELECT spin(1000);
SELECT funcname, calls, total_fuel, mean_fuel, p50_fuel, p99_fuel, max_fuel, near_limit, scope FROM stats;
-- almost half of the calls with more
SELECT count(spin(1000)) FROM generate_series(1, 90);
SELECT p50_fuel BETWEEN 51 AND 51 * 1.25, p99_fuel, max_fuel FROM stats;

-- the limit is near from nine tenths on
SELECT near(179), near(180), near(199);
SELECT calls, near_limit, out_of_fuel, max_fuel FROM stats WHERE funcname = 'near';

-- what became of calls
SELECT error('SELECT trap()');
SELECT error('SELECT near(200)');
SELECT error('SELECT forever()');
SELECT error('SELECT wrong()');
SET statement_timeout = 100;
SET plwasm.fuel = 0;
SELECT idle(0);
RESET statement_timeout;
RESET plwasm.fuel;
SELECT funcname, calls, near_limit, out_of_fuel, trapped, raised, canceled, out_of_memory, bad_result, instances_dropped FROM stats ORDER BY funcname COLLATE "C";
-- an error that is caught, and a transaction that is rolled back, count too
BEGIN;
SELECT trap();
ROLLBACK;
SELECT trapped FROM stats WHERE funcname = 'trap';
-- a budget
SET plwasm.statement_fuel = 1000;
SELECT count(spin(10)) FROM generate_series(1, 100);
RESET plwasm.statement_fuel;
SELECT calls, out_of_fuel, max_fuel FROM stats WHERE funcname = 'spin';
SELECT total_fuel - 1000 = (SELECT 99 * 51 + 91 * 5001) AS exact FROM stats WHERE funcname = 'spin';

-- a prepared value is made once, and found by the next query; its constructor is a call
SELECT wasm.stat_reset();
SELECT sum(plus(1, n)) FROM generate_series(1, 3) n;
SELECT sum(plus(1, n)) FROM generate_series(1, 3) n;
SELECT calls, states_made, states_reused FROM stats;
SELECT wasm.stat_reset();

-- most memory, and what does not fit
SELECT grow(0);
SELECT max_memory FROM stats;
SELECT count(*) FROM (SELECT grow(n) FROM generate_series(0, 3) n) s;
SELECT grow(1);
SELECT max_memory FROM stats;
SELECT grow(100000);
SELECT max_memory, out_of_memory FROM stats;
SET plwasm.max_result_size = '64kB';
SELECT error('SELECT large()');
RESET plwasm.max_result_size;
SELECT calls, out_of_memory FROM stats WHERE funcname = 'large';
SELECT wasm.stat_reset();

-- an error that the guest returned, of a language's own toolchain
\getenv guests PLWASM_GUESTS
\set guest :guests '/rust/examples.wasm'
SELECT encode(pg_read_binary_file(:'guest'), 'base64') AS code \gset
CREATE FUNCTION rust() RETURNS wasm.module LANGUAGE wasm AS :'code';
CREATE FUNCTION fail(text) RETURNS text LANGUAGE wasm VOLATILE AS 'rust';
SELECT error($$SELECT fail('no such luck')$$);
SELECT calls, raised, trapped, total_fuel > 0 AS has_fuel, instances_dropped FROM stats;
-- modules
CREATE FUNCTION one() RETURNS int LANGUAGE wasm AS '(module (func (export "one") (result i32) (i32.const 1)))';
SELECT one();
SELECT modulename, loads, compilations <= 1 AS compiled, compile_time >= 0 AS has_time, code_bytes > 0 AS has_code, scope
  FROM wasm.stat_modules WHERE schemaname = 'statistics' ORDER BY modulename COLLATE "C";
SELECT wasm.stat_reset();
SELECT count(*) FROM wasm.stat_modules WHERE schemaname = 'statistics';

-- times are PostgreSQL's
SET track_functions = 'pl';
SELECT spin(1);
SELECT funcname, calls FROM stats;

-- off, and on again
SET plwasm.track = none;
SELECT spin(1);
SET plwasm.track = fuel;
SELECT spin(2);
SELECT calls, total_fuel, max_fuel FROM stats;

-- one function, then all; and what is not one
SELECT idle(1);
SELECT wasm.stat_reset('spin(int)');
SELECT funcname, calls FROM stats;
SELECT wasm.stat_reset();
SELECT count(*) FROM stats;
SELECT error($$SELECT wasm.stat_reset('now()')$$);
SELECT error($$SELECT wasm.stat_reset(0::regprocedure)$$);

-- a dropped function is forgotten
SELECT idle(1);
DROP FUNCTION idle;
SELECT count(*) FROM stats;
SELECT count(*) FROM wasm.stat_function_entries(false) WHERE funcid NOT IN (SELECT oid FROM pg_proc);

-- a session that counts for itself alone counts a limited number of functions, and those that were dropped make room
DO $$ BEGIN FOR i IN 1..300 LOOP
    EXECUTE format('CREATE FUNCTION f%s(int) RETURNS int LANGUAGE wasm AS ''guests#spin''', i);
    EXECUTE format('SELECT f%s(1)', i);
END LOOP; END $$;
SELECT wasm.stat_uncounted();
SELECT count(*) FROM stats;
DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('DROP FUNCTION f%s', i); END LOOP; END $$;
SELECT count(*) FROM stats;

SELECT wasm.stat_reset();
SELECT wasm.stat_uncounted();
-- who sees what
SELECT spin(1);
CREATE ROLE stat_reader;
GRANT USAGE ON SCHEMA statistics, wasm TO stat_reader;
SET ROLE stat_reader;
SELECT count(*) FROM wasm.stat_functions;
SELECT count(*) FROM wasm.stat_modules;
SELECT error('SELECT wasm.stat_reset()');
RESET ROLE;
GRANT pg_read_all_stats TO stat_reader;
SET ROLE stat_reader;
SELECT count(*) > 0 FROM wasm.stat_functions;
RESET ROLE;
DROP OWNED BY stat_reader;
DROP ROLE stat_reader;
-- a user cannot turn it off
CREATE ROLE stat_user;
SET ROLE stat_user;
SELECT error('SET plwasm.track = none');
RESET ROLE;
DROP ROLE stat_user;

-- roles
CREATE ROLE stat_caller;
CREATE ROLE stat_definer;
GRANT USAGE, CREATE ON SCHEMA statistics TO stat_caller, stat_definer;
CREATE VIEW by_role AS SELECT replace(usename, session_user, 'the superuser') AS usename, funcname, calls, total_fuel, max_fuel
    FROM wasm.stat_functions_by_role WHERE schemaname = 'statistics' ORDER BY usename COLLATE "C", funcname COLLATE "C";
SELECT wasm.stat_reset();
-- while nobody asks, nobody is known
SELECT spin(1);
SELECT userid, usename, funcname, calls FROM wasm.stat_functions_by_role WHERE schemaname = 'statistics';
SET plwasm.track_roles = on;
SET ROLE stat_caller;
SELECT spin(2), spin(3);
SELECT error('SELECT trap()');
SET ROLE stat_definer;
SELECT spin(4);
-- within a function that is SECURITY DEFINER, and of one, the role is the owner; of others, whoever calls
CREATE FUNCTION as_definer(n int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN spin(n); END';
CREATE FUNCTION as_caller(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN spin(n); END';
SET ROLE stat_caller;
CREATE FUNCTION definer(int) RETURNS int LANGUAGE wasm VOLATILE SECURITY DEFINER
    AS '(module (func (export "definer") (param i32) (result i32) (local.get 0)))';
SELECT as_definer(10), as_caller(100);
RESET ROLE;
SELECT definer(1);
SELECT * FROM by_role;
-- the sums are those of the other view, which has a row for each function
SELECT funcname, calls, total_fuel, max_fuel, trapped FROM stats ORDER BY funcname COLLATE "C";
SELECT f.funcid FROM wasm.stat_functions f JOIN wasm.stat_functions_by_role r USING (funcid)
  GROUP BY f.funcid, f.calls, f.total_fuel, f.trapped, f.max_fuel
  HAVING (f.calls, f.total_fuel, f.trapped, f.max_fuel) <> (sum(r.calls), sum(r.total_fuel), sum(r.trapped), max(r.max_fuel));
-- one call site, and another role in the middle of its query
SELECT wasm.stat_reset();
SELECT count(CASE WHEN n <= 3 THEN spin(1)
                  WHEN n = 4 THEN length(set_config('role', 'stat_caller', true))
                  ELSE spin(1) END) FROM generate_series(1, 5) n;
DO $$ BEGIN FOR i IN 1..4 LOOP
    PERFORM set_config('role', CASE i % 2 WHEN 0 THEN 'stat_caller' ELSE 'stat_definer' END, true);
    PERFORM spin(i);
END LOOP; END $$;
SELECT * FROM by_role;
-- EXPLAIN shows all calls of a node, whoever makes them
SET plwasm.explain = on;
DO $$ DECLARE line text; BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT CASE n WHEN 2 THEN
        length(set_config(''role'', ''stat_caller'', true)) ELSE spin(1) END FROM generate_series(1, 5) n' LOOP
        IF line ~ 'spin.*calls' THEN RAISE WARNING '%', substring(line FROM 'calls=.*'); END IF;
    END LOOP;
END $$;
RESET plwasm.explain;
-- a constructor counts to the role that calls
SELECT wasm.stat_reset();
SET ROLE stat_definer;
SELECT sum(plus(7, n)) FROM generate_series(1, 3) n;
RESET ROLE;
SELECT usename, funcname, calls, states_made FROM wasm.stat_functions_by_role;
-- one function's numbers, of all roles
SET ROLE stat_caller;
SELECT plus(1, 2);
RESET ROLE;
SELECT wasm.stat_reset('plus(int, int)');
SELECT * FROM by_role;
-- a role that was dropped, and who sees what: the owners of functions
SET ROLE stat_caller;
SELECT spin(1), definer(1);
SELECT usename, funcname FROM wasm.stat_functions_by_role;
SELECT error('SET plwasm.track_roles = off');
RESET ROLE;
DROP OWNED BY stat_caller, stat_definer;
DROP ROLE stat_caller, stat_definer;
SELECT * FROM by_role;
RESET plwasm.track_roles;
SELECT wasm.stat_reset();
DROP SCHEMA statistics CASCADE;
