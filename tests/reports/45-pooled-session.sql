-- source: plv8/plv8 #512; pgdogdev/pgdog #1341; neondatabase/neon #12681
-- situation: one session serves several roles: SET ROLE, SET SESSION AUTHORIZATION, RESET ALL, DISCARD ALL between uses
-- expected: no state, privilege or setting passes from one to the other; prepared plans and instances survive without harm
DO $$ BEGIN CREATE ROLE reports_a; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE reports_b; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA r45 TO reports_a, reports_b;
CREATE FUNCTION counter() RETURNS wasm.module LANGUAGE wasm AS '(module (global $n (mut i32) (i32.const 0)) (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))';
CREATE FUNCTION each() RETURNS int LANGUAGE wasm AS 'counter#next';
CREATE FUNCTION shared() RETURNS int LANGUAGE wasm AS 'counter#next isolation=statement';
CREATE FUNCTION shared_as_owner() RETURNS int LANGUAGE sql SECURITY DEFINER VOLATILE AS 'SELECT r45.shared()';
REVOKE EXECUTE ON FUNCTION shared FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shared TO reports_a;
GRANT ALL ON seen TO PUBLIC; GRANT ALL ON SEQUENCE seen_n_seq TO PUBLIC;
SET ROLE reports_a;
SELECT pg_temp.gives('of its own', 'SELECT string_agg(r45.each() || $$:$$ || r45.shared(), $$ $$) FROM generate_series(1, 3)', '1:1 1:2 1:3');
SELECT pg_temp.gives('another role in the same statement', 'SELECT r45.shared() || $$ $$ || r45.shared() || $$ $$ || r45.shared_as_owner()', '1 2 1');
SET plwasm.fuel = 1;
SELECT pg_temp.gives('a small limit', 'SELECT r45.each()', 'ERROR 54000');
RESET ALL;
RESET ROLE;
SET ROLE reports_b;
SELECT pg_temp.gives('is reset', 'SELECT r45.each()', '1');
SELECT pg_temp.gives('no privilege', 'SELECT r45.shared()', 'ERROR 42501');
RESET ROLE;
PREPARE p AS SELECT r45.each(), r45.shared();
EXECUTE p \g /dev/null
DISCARD PLANS;
EXECUTE p \g /dev/null
SET SESSION AUTHORIZATION reports_a;
SELECT pg_temp.gives('session authorization', 'SELECT r45.shared()', '1');
RESET SESSION AUTHORIZATION;
CREATE TABLE outcome AS SELECT * FROM seen;
DISCARD ALL;
SET client_min_messages = error;
SET search_path = r45, public;
CREATE TEMP TABLE seen AS SELECT * FROM outcome;
INSERT INTO seen SELECT 100, 'after DISCARD ALL', r = '1:1', r, '1:1' FROM (SELECT each() || ':' || shared() r) _;
