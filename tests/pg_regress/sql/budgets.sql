-- Budgets of fuel: how much all calls of a statement, and of a transaction, may use together.
CREATE SCHEMA budgets;
SET search_path = budgets, public;
-- A call of spin(n) takes 5 n + 1 units: five for each round, and one for the result.
CREATE FUNCTION spins() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory 0)
  (func (export "spin") (param i32) (result i32)
    (loop $next
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0))
  ;; three units, none of which is looked at on the way
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  ;; traps at once
  (func (export "trap") unreachable)
  (func (export "forever") (loop $l (br $l))))
$$;
CREATE FUNCTION spin(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spins';
CREATE FUNCTION spin2(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spins#spin';
CREATE FUNCTION add(int, int) RETURNS int LANGUAGE wasm VOLATILE AS 'spins';
CREATE FUNCTION trap() RETURNS void LANGUAGE wasm VOLATILE AS 'spins';
CREATE FUNCTION forever() RETURNS void LANGUAGE wasm VOLATILE AS 'spins#forever fuel=1000';
-- n calls of 51 units
CREATE FUNCTION calls(n int) RETURNS bigint LANGUAGE sql AS 'SELECT count(spin(10)) FROM generate_series(1, n)';

-- the budget of a statement is exact for any number of calls
SET plwasm.statement_fuel = 51000;
SELECT count(spin(10)) FROM generate_series(1, 1000);
SELECT count(spin(10)) FROM generate_series(1, 1001);
SELECT count(spin(10199));
SELECT count(spin(10200));
SELECT count(add(i, i)) FROM generate_series(1, 17000) i;
SELECT count(add(i, i)) FROM generate_series(1, 17001) i;
-- all functions share it, and everything that the statement runs
SELECT count(spin(10) + spin2(10)) FROM generate_series(1, 500);
SELECT error('SELECT count(spin(10) + spin2(10)) FROM generate_series(1, 501)');
SELECT calls(500), calls(500);
SELECT outcome('SELECT calls(500)'), outcome('SELECT calls(501)');
DO $$ BEGIN PERFORM budgets.calls(400); PERFORM budgets.calls(400); PERFORM budgets.calls(201); END $$;
CREATE TABLE t (n int);
CREATE FUNCTION on_insert() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := budgets.spin(NEW.n); RETURN NEW; END';
CREATE TRIGGER on_insert BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION on_insert();
INSERT INTO t SELECT 10 FROM generate_series(1, 1000);
INSERT INTO t SELECT 10 FROM generate_series(1, 1001);
-- a message is one statement, however many statements it contains
SELECT calls(600) \; SELECT calls(600);
SELECT calls(600);
SELECT calls(600);

-- the functions that used it
CREATE FUNCTION f1(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spins#spin';
CREATE FUNCTION f2(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spins#spin';
CREATE FUNCTION f3(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spins#spin';
CREATE FUNCTION f4(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spins#spin';
CREATE FUNCTION f5(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spins#spin';
SELECT error('SELECT spin(1000), f1(500), f2(200), f3(100), f4(50), f5(20), add(1, 2), f1(10000)');

-- an error that is caught returns no fuel
CREATE FUNCTION caught(statement text, times int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    count int := 0;
    state text;
BEGIN
    FOR i IN 1..times LOOP
        BEGIN
            EXECUTE statement;
        EXCEPTION WHEN OTHERS THEN
            state := SQLERRM;
            count := count + 1;
        END;
    END LOOP;
    RETURN count || ' times, then: ' || state;
END
$$;
SELECT caught('SELECT budgets.calls(2000)', 3), outcome('SELECT add(1, 2)');
-- out of the call's own fuel: all of it was used
SELECT caught('SELECT budgets.forever()', 50), error('SELECT calls(20)');
SELECT caught('SELECT budgets.forever()', 51);
-- a trap: what the call had in hand counts, and one slice more, which is more than it used
SELECT caught('SELECT budgets.trap()', 1), calls(900);
SELECT caught('SELECT budgets.trap()', 100), outcome('SELECT calls(1)');
-- an error of the host or of the guest itself: what the call used counts
SELECT caught('SELECT budgets.spin((1 / (random() * 0)::int))', 100), calls(1000);

-- start functions, for each new instance
CREATE FUNCTION starting() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (table 1 funcref)
  (global $n (mut i32) (i32.const 1000))
  (func $start
    (loop $next
      (br_if $next (global.get $n) (global.set $n (i32.sub (global.get $n) (i32.const 1))))))
  (start $start)
  ;; an instance can serve only once
  (func (export "once") (result i32) (table.grow (ref.null func) (i32.const 1))))
$$;
CREATE FUNCTION once() RETURNS int LANGUAGE wasm VOLATILE AS 'starting';
SELECT count(once()) FROM generate_series(1, 8);
SELECT error('SELECT count(once()) FROM generate_series(1, 9)');
DO LANGUAGE wasm '(module (func (export "run") (local i32) (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 7000))))))';
DO LANGUAGE wasm '(module (func (export "run") (local i32) (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 8000))))))';
DO LANGUAGE wasm '(module (func $s (loop $l (br $l))) (start $s) (func (export "run")))';

-- calls within a call: a function compares the bounds of a range. They cannot use what the outer call has in hand.
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION pair_compare(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN budgets.spin(100) IS NOT NULL THEN $1.a - $2.a END';
CREATE OPERATOR CLASS by_a FOR TYPE pair USING btree AS FUNCTION 1 pair_compare(pair, pair);
CREATE TYPE pairs AS RANGE (subtype = pair, subtype_opclass = by_a);
CREATE FUNCTION giver() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  ;; empty, option of a lower bound of 1 and 2, option of an upper one of 3 and 4
  (data (i32.const 0) "\00\00\00\00\01\00\00\00\01\00\00\00\02\00\00\00\01\00\00\00\03\00\00\00\04\00\00\00\01\00")
  (func (export "give") (result i32) (i32.const 0)))
$$;
CREATE FUNCTION give() RETURNS pairs LANGUAGE wasm VOLATILE AS 'giver';
SELECT give();
SELECT count(give()) FROM generate_series(1, 95);
SELECT error('SELECT count(give()) FROM generate_series(1, 102)');

-- objects that live longer than a statement: plans of PL/pgSQL, operator classes
CREATE FUNCTION pl(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN FOR i IN 1..n LOOP IF budgets.spin(10) <> 0 THEN RETURN 1; END IF; END LOOP; RETURN 0; END';
BEGIN;
SELECT pl(1);
SELECT pl(1000);
SELECT pl(1), pl(1000);
ROLLBACK;
CREATE FUNCTION compare(int, int) RETURNS int LANGUAGE wasm IMMUTABLE AS
    '(module (func (export "compare") (param i32 i32) (result i32) (i32.sub (i32.gt_s (local.get 0) (local.get 1)) (i32.lt_s (local.get 0) (local.get 1)))))';
CREATE OPERATOR CLASS by_wasm FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 compare(int, int);
CREATE TABLE indexed (n int);
CREATE INDEX ON indexed (n by_wasm);
INSERT INTO indexed SELECT 1;
INSERT INTO indexed SELECT i FROM generate_series(1, 500) i;
INSERT INTO indexed SELECT i FROM generate_series(1, 5000) i;
INSERT INTO indexed SELECT i FROM generate_series(1, 500) i;

-- cursors: each FETCH is a statement
BEGIN;
DECLARE c CURSOR FOR SELECT spin(10) FROM generate_series(1, 10000);
MOVE 1000 FROM c;
MOVE 1000 FROM c;
MOVE 1001 FROM c;
ROLLBACK;
-- in a function it is not
DO $$
DECLARE
    c CURSOR FOR SELECT budgets.spin(10) FROM generate_series(1, 10000);
    n int;
BEGIN
    OPEN c;
    LOOP
        FETCH c INTO n;
    END LOOP;
END
$$;
PREPARE p AS SELECT calls(600);
EXECUTE p;
EXECUTE p;

-- the budget of a transaction
SET plwasm.transaction_fuel = 102000;
BEGIN;
SELECT calls(900);
SELECT calls(900);
SAVEPOINT s;
SELECT calls(201);
-- a rollback returns no fuel
ROLLBACK TO s;
SELECT error('SELECT calls(1)');
COMMIT;
SELECT calls(900);
BEGIN;
SELECT spin(10000);
SELECT error('SELECT spin2(5000), spin(5399)');
SELECT error('SELECT spin2(10000)');
COMMIT;
-- in one statement, the smaller budget counts
SET plwasm.transaction_fuel = 10000;
SELECT error('SELECT calls(1000)');
SET plwasm.transaction_fuel = 102000;
-- procedures: a new transaction, and still the same statement
SET plwasm.statement_fuel = 204000;
CREATE PROCEDURE three(n int, commits bool) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..3 LOOP
        PERFORM budgets.calls(n);
        IF commits THEN COMMIT; END IF;
    END LOOP;
END
$$;
CALL three(1000, true);
CALL three(1000, false);
CALL three(2001, true);
CALL three(1334, true);
CALL three(1333, true);

-- settings: the values at the time when fuel is drawn
RESET plwasm.transaction_fuel;
SET plwasm.statement_fuel = 51000;
CREATE FUNCTION thrifty(n int) RETURNS bigint LANGUAGE plpgsql SET plwasm.statement_fuel = 5100 AS 'BEGIN RETURN budgets.calls(n); END';
CREATE FUNCTION lavish(n int) RETURNS bigint LANGUAGE plpgsql SET plwasm.statement_fuel = 0 AS 'BEGIN RETURN budgets.calls(n); END';
SELECT thrifty(100);
SELECT calls(50), thrifty(51);
SELECT lavish(5000);
SELECT lavish(5000), calls(1);
SELECT calls(900), set_config('plwasm.statement_fuel', '45900', true), outcome('SELECT calls(1)'), set_config('plwasm.statement_fuel', '45951', true), outcome('SELECT calls(1)');
-- nothing is counted if there is no budget
SET plwasm.statement_fuel = 0;
SELECT calls(900), set_config('plwasm.statement_fuel', '5100', true), calls(100);
-- ceilings, and the setting that the hint names
SET plwasm.max_statement_fuel = 5100;
SELECT error('SELECT calls(101)');
SET plwasm.statement_fuel = 51000;
SELECT error('SELECT calls(101)');
SET plwasm.statement_fuel = 510;
SELECT error('SELECT calls(101)');
SELECT error('SELECT lavish(101)');
RESET plwasm.max_statement_fuel;
SET plwasm.statement_fuel = 0;
SET plwasm.max_transaction_fuel = 5100;
SELECT error('SELECT calls(101)');
RESET plwasm.max_transaction_fuel;
-- a call's own limit is checked, too
SET plwasm.fuel = 50;
SET plwasm.statement_fuel = 51000;
SELECT error('SELECT calls(1)');
SET plwasm.fuel = 51;
SELECT calls(1000);
RESET plwasm.fuel;
-- very large and very small budgets
SET plwasm.statement_fuel = 9e15;
SELECT calls(10);
SET plwasm.statement_fuel = 0.1;
SELECT error('SELECT calls(1)');
RESET plwasm.statement_fuel;
SELECT calls(10000);

SET client_min_messages = error;
DROP SCHEMA budgets CASCADE;
RESET search_path;
