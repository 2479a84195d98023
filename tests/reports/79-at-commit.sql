-- source: plv8/plv8 #577 (procedures that commit); habit: deferred constraints and WITH HOLD cursors
-- situation: functions run at COMMIT: deferred constraint triggers, cursors WITH HOLD, ON COMMIT; they fail there
-- expected: the transaction is aborted with the function's error, the next one works
SELECT pg_temp.def('inverse(int) RETURNS int', '(func (export "inverse") (param i32) (result i32) (i32.div_s (i32.const 100) (local.get 0)))');
CREATE TABLE t (i int);
CREATE FUNCTION checked() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM r79.inverse(NEW.i); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION checked();
BEGIN; INSERT INTO t VALUES (5); COMMIT;
BEGIN; INSERT INTO t VALUES (6), (0); COMMIT;
SELECT pg_temp.gives('only the first transaction', 'SELECT string_agg(i::text, $$ $$) FROM t', '5');
BEGIN; DECLARE good CURSOR WITH HOLD FOR SELECT inverse(i) FROM generate_series(1, 3) i; COMMIT;
FETCH ALL good \g /dev/null
BEGIN; DECLARE bad CURSOR WITH HOLD FOR SELECT inverse(i) FROM generate_series(-1, 3) i; COMMIT;
SELECT pg_temp.gives('the bad one is gone', $$SELECT string_agg(name, ' ') FROM pg_cursors$$, 'good');
CREATE PROCEDURE stepwise() LANGUAGE plpgsql AS $$ BEGIN FOR i IN REVERSE 3 .. 0 LOOP INSERT INTO t VALUES (inverse(i)); COMMIT; END LOOP; END $$;
CALL stepwise();
SELECT pg_temp.gives('a procedure that commits', 'SELECT string_agg(i::text, $$ $$ ORDER BY i) FROM t', '5 33 50 100');
SELECT pg_temp.gives('after all that', 'SELECT inverse(4)', '25');
