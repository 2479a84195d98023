-- Triggers: the cases of PostgreSQL's own tests, triggers.sql and plpgsql.sql, for guests, and some more. docs/triggers-cases.md
-- lists them by the same numbers. guest-examples/triggers has the functions: trace and trace_tables write to the log what they
-- are fired for, add adds the trigger's argument to a row, restore returns OLD, skip returns none, refuse fails.
CREATE SCHEMA cases;
SET search_path = cases, public;
SET client_min_messages = notice;
SET plwasm.guest_messages = notice;
\getenv guests PLWASM_GUESTS
\set code `base64 -w0 "$PLWASM_GUESTS/triggers/triggers.wasm"`
SELECT wasm.create_module('triggers', decode(:'code', 'base64'));
CREATE FUNCTION trace() RETURNS trigger LANGUAGE wasm AS 'triggers#trace';
CREATE FUNCTION rows() RETURNS trigger LANGUAGE wasm AS 'triggers#trace_tables';
CREATE FUNCTION adds() RETURNS trigger LANGUAGE wasm AS 'triggers#add';
CREATE FUNCTION restore() RETURNS trigger LANGUAGE wasm AS 'triggers#restore';
CREATE FUNCTION skip() RETURNS trigger LANGUAGE wasm AS 'triggers#skip';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE wasm AS 'triggers#refuse';
CREATE FUNCTION changes() RETURNS trigger LANGUAGE wasm AS 'triggers#record_changes';
CREATE FUNCTION admit() RETURNS trigger LANGUAGE wasm AS 'triggers#policy.admit';
-- the SQLSTATE alone, where the words are PostgreSQL's and change
CREATE FUNCTION state(query text) RETURNS text RETURN left(outcome(query), 5);
CREATE VIEW catalog AS SELECT tgrelid::regclass::text COLLATE "C" AS relation, tgname, tgfoid::regproc AS function, tgenabled AS enabled,
    tgparentid <> 0 AS cloned FROM pg_trigger WHERE NOT tgisinternal OR tgparentid <> 0 ORDER BY 1, 2;

-- 1: comments
CREATE TABLE t (a int);
CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trace();
SELECT state('COMMENT ON TRIGGER none ON t IS ''wrong''');
COMMENT ON TRIGGER one ON t IS 'right';
SELECT obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgrelid = 't'::regclass;
DROP TABLE t;

-- 2: a trigger that returns the unmodified row, alone, and before and after others
CREATE TABLE t (f1 int, f2 text);
CREATE TRIGGER restore BEFORE INSERT OR DELETE OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION restore();
INSERT INTO t VALUES (1, 'foo') RETURNING *;
UPDATE t SET f2 = f2 || 'bar' RETURNING *;
DELETE FROM t RETURNING *;
CREATE TRIGGER alpha BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION adds('{"f1": 10}');
INSERT INTO t VALUES (1, 'foo') RETURNING *;
UPDATE t SET f2 = f2 || 'bar' RETURNING *;
DELETE FROM t RETURNING *;
CREATE TRIGGER zed BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION adds('{"f1": 10}');
INSERT INTO t VALUES (1, 'foo') RETURNING *;
UPDATE t SET f2 = f2 || 'bar' RETURNING *;
DELETE FROM t RETURNING *;
DROP TRIGGER alpha ON t;
INSERT INTO t VALUES (1, 'foo') RETURNING *;
UPDATE t SET f2 = f2 || 'bar' RETURNING *;
DROP TABLE t;

-- 3: the same, where columns have been added and dropped
CREATE TABLE t (a int, b bool DEFAULT true NOT NULL, c text DEFAULT 'xyzzy' NOT NULL);
CREATE TRIGGER restore BEFORE INSERT OR DELETE OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION restore();
INSERT INTO t VALUES (1) RETURNING *;
ALTER TABLE t ADD COLUMN d int DEFAULT 42 NOT NULL;
UPDATE t SET a = 2 RETURNING *;
ALTER TABLE t DROP COLUMN b;
UPDATE t SET a = 2 RETURNING *;
CREATE TRIGGER zed BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION adds('{"d": 1, "c": "!"}');
UPDATE t SET a = 2 RETURNING *;
DROP TABLE t;

-- 4: triggers for a statement
CREATE TABLE t (a int UNIQUE, b int);
INSERT INTO t VALUES (5, 10), (20, 20), (30, 10), (50, 35), (80, 15);
CREATE TRIGGER before_ins BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION trace('x', 'y');
CREATE TRIGGER after_ins AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION trace();
-- FOR EACH STATEMENT is the default
CREATE TRIGGER after_upd AFTER UPDATE ON t EXECUTE FUNCTION trace();
INSERT INTO t VALUES (5, 10) ON CONFLICT (a) DO UPDATE SET b = EXCLUDED.b;
CREATE TRIGGER after_upd_row AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION trace();
INSERT INTO t DEFAULT VALUES;
UPDATE t SET a = a + 1 WHERE b < 30;
-- fired for no rows, too
UPDATE t SET a = a + 2 WHERE b > 100;
COPY t (a, b) FROM stdin;
33	40
55	60
\.
SELECT * FROM t ORDER BY a, b;

-- 5: WHEN, also of whole rows
CREATE TRIGGER modified_a BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (OLD.a <> NEW.a) EXECUTE FUNCTION trace();
CREATE TRIGGER modified_any BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION trace();
CREATE TRIGGER insert_a AFTER INSERT ON t FOR EACH ROW WHEN (NEW.a = 123) EXECUTE FUNCTION trace();
CREATE TRIGGER delete_a AFTER DELETE ON t FOR EACH ROW WHEN (OLD.a = 123) EXECUTE FUNCTION trace();
CREATE TRIGGER insert_when BEFORE INSERT ON t FOR EACH STATEMENT WHEN (true) EXECUTE FUNCTION trace();
CREATE TRIGGER delete_when AFTER DELETE ON t FOR EACH STATEMENT WHEN (true) EXECUTE FUNCTION trace();
SELECT trigger_name, event_manipulation AS event, action_order AS "order", action_condition AS condition, action_orientation AS level,
       action_timing AS timing, action_statement AS statement
  FROM information_schema.triggers WHERE event_object_schema = 'cases' ORDER BY trigger_name COLLATE "C", 2;
INSERT INTO t (a) VALUES (123), (456);
COPY t FROM stdin;
124	999
457	999
\.
DELETE FROM t WHERE a IN (123, 456);
UPDATE t SET a = 50, b = 60 WHERE a = 51;
SELECT pg_get_triggerdef(oid, true) FROM pg_trigger WHERE tgname IN ('modified_a', 'modified_any') ORDER BY tgname;
SELECT pg_get_triggerdef(oid, false) FROM pg_trigger WHERE tgname = 'modified_a';

-- 6: renaming a trigger
ALTER TRIGGER modified_a ON t RENAME TO renamed_a;
UPDATE t SET a = 52 WHERE a = 50;
SELECT count(*) FROM pg_trigger WHERE tgname = 'modified_a';

-- 7: WHEN with system columns
CREATE TABLE s (a int);
INSERT INTO s VALUES (1);
CREATE TRIGGER same_table AFTER UPDATE ON s FOR EACH ROW WHEN (NEW.tableoid = OLD.tableoid AND NEW.tableoid <> 0) EXECUTE FUNCTION trace();
UPDATE s SET a = a + 1;
DROP TABLE s;

-- 8: UPDATE OF columns
DROP TABLE t;
CREATE TABLE t (a int, b int);
INSERT INTO t VALUES (1, 2);
CREATE TRIGGER before_a BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER after_b AFTER UPDATE OF b ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER after_a_b AFTER UPDATE OF a, b ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER before_a_stmt BEFORE UPDATE OF a ON t FOR EACH STATEMENT EXECUTE FUNCTION trace();
CREATE TRIGGER after_b_stmt AFTER UPDATE OF b ON t FOR EACH STATEMENT EXECUTE FUNCTION trace();
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'after_a_b';
UPDATE t SET a = 50;
UPDATE t SET b = 10;

-- 9: a BEFORE trigger that returns its row, followed by AFTER triggers with WHEN
CREATE TABLE s (c bool NOT NULL);
CREATE TRIGGER before BEFORE UPDATE ON s FOR EACH ROW EXECUTE FUNCTION admit('{}');
CREATE TRIGGER after_a AFTER UPDATE ON s FOR EACH ROW WHEN (NOT OLD.c AND NEW.c) EXECUTE FUNCTION trace();
CREATE TRIGGER after_b AFTER UPDATE ON s FOR EACH ROW WHEN (NOT NEW.c) EXECUTE FUNCTION trace();
INSERT INTO s VALUES (true);
UPDATE s SET c = true;
UPDATE s SET c = false;
UPDATE s SET c = true;
DROP TABLE s;

-- 10: what CREATE TRIGGER refuses
SELECT given, state('CREATE TRIGGER bad ' || given || ' EXECUTE FUNCTION trace()') FROM (VALUES
    ('BEFORE UPDATE OR UPDATE OF a ON t FOR EACH ROW'),
    ('BEFORE UPDATE OF a, a ON t FOR EACH ROW'),
    ('BEFORE INSERT OF a ON t FOR EACH ROW'),
    ('BEFORE INSERT OR UPDATE ON t FOR EACH ROW WHEN (OLD.a <> NEW.a)'),
    ('BEFORE DELETE OR UPDATE ON t FOR EACH ROW WHEN (OLD.a <> NEW.a)'),
    ('BEFORE INSERT OR UPDATE ON t FOR EACH ROW WHEN (NEW.tableoid <> 0)'),
    ('BEFORE UPDATE OF a ON t FOR EACH STATEMENT WHEN (OLD.* IS DISTINCT FROM NEW.*)'),
    ('AFTER INSERT OR UPDATE ON t REFERENCING NEW TABLE AS n FOR EACH STATEMENT'),
    ('AFTER UPDATE OF b ON t REFERENCING NEW TABLE AS n FOR EACH STATEMENT'),
    ('BEFORE INSERT ON t REFERENCING NEW TABLE AS n FOR EACH STATEMENT'),
    ('AFTER TRUNCATE ON t FOR EACH ROW')) AS v (given);

-- 11: a column that a trigger names
SELECT state('ALTER TABLE t DROP COLUMN b');
BEGIN;
DROP TRIGGER after_a_b ON t;
DROP TRIGGER after_b ON t;
DROP TRIGGER after_b_stmt ON t;
ALTER TABLE t DROP COLUMN b;
UPDATE t SET a = 51;
ROLLBACK;
UPDATE t SET a = 51;
DROP TABLE t;

-- 12: ENABLE, DISABLE, REPLICA, ALWAYS
CREATE TABLE t (i serial PRIMARY KEY);
CREATE TABLE t2 (i int REFERENCES t (i) ON DELETE CASCADE);
CREATE TRIGGER b_row BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER a_row AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER b_stmt BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION trace();
CREATE TRIGGER a_stmt AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION trace();
INSERT INTO t DEFAULT VALUES;
ALTER TABLE t DISABLE TRIGGER b_row;
INSERT INTO t DEFAULT VALUES;
ALTER TABLE t DISABLE TRIGGER USER;
INSERT INTO t DEFAULT VALUES;
ALTER TABLE t ENABLE TRIGGER a_stmt;
INSERT INTO t DEFAULT VALUES;
SET session_replication_role = replica;
INSERT INTO t DEFAULT VALUES;
ALTER TABLE t ENABLE ALWAYS TRIGGER a_stmt;
INSERT INTO t DEFAULT VALUES;
ALTER TABLE t ENABLE REPLICA TRIGGER b_stmt;
INSERT INTO t DEFAULT VALUES;
RESET session_replication_role;
INSERT INTO t DEFAULT VALUES;
INSERT INTO t2 VALUES (1), (2);
DELETE FROM t WHERE i = 2;
SELECT * FROM t2;
ALTER TABLE t DISABLE TRIGGER ALL;
DELETE FROM t WHERE i = 1;
SELECT * FROM t2;
INSERT INTO t DEFAULT VALUES;
SELECT count(*) FROM t;
DROP TABLE t, t2;

-- 13: what a trigger gets to know, with arguments
CREATE TABLE t (i int, v varchar);
CREATE TRIGGER told BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION trace(23, 'skidoo', 'a ''b'' "c"', '');
INSERT INTO t VALUES (1, 'insert');
UPDATE t SET v = 'update' WHERE i = 1;
DELETE FROM t;
DROP TABLE t;

-- 14: comparing OLD and NEW, with NULLs
CREATE TABLE t (f1 int, f2 text, f3 text, what jsonb);
INSERT INTO t VALUES (1, 'foo', 'bar'), (2, 'baz', 'quux');
CREATE TRIGGER equal BEFORE UPDATE ON t FOR EACH ROW WHEN (ROW (OLD.*) = ROW (NEW.*)) EXECUTE FUNCTION trace();
CREATE TRIGGER not_distinct BEFORE UPDATE ON t FOR EACH ROW WHEN (OLD.* IS NOT DISTINCT FROM NEW.*) EXECUTE FUNCTION trace();
UPDATE t SET f3 = 'bar';
UPDATE t SET f3 = NULL;
UPDATE t SET f3 = NULL;
-- the guest compares
CREATE TRIGGER z BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION changes('what');
UPDATE t SET f3 = 'bar' WHERE f1 = 1 RETURNING what;
UPDATE t SET f3 = 'bar' WHERE f1 = 1 RETURNING what;
UPDATE t SET f3 = NULL WHERE f1 = 1 RETURNING what;
DROP TABLE t;

-- 15: a serializable transaction
CREATE TABLE t (id int, filler text, description text);
INSERT INTO t SELECT a, repeat('xyzxz', 100), 'new' FROM generate_series(1, 50) AS a;
CREATE TRIGGER described BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION adds('{"description": " by the trigger"}');
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE t SET description = 'updated', id = 1 WHERE id = 1;
COMMIT;
SELECT description FROM t WHERE id = 1;
DROP TABLE t;

-- 16: suppress_redundant_updates_trigger, after a guest that changes nothing, and one that does
CREATE TABLE t (f1 text, f2 int, f3 int);
INSERT INTO t VALUES ('a', 1, 2), ('b', 2, NULL);
CREATE TRIGGER m BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION admit('{}');
CREATE TRIGGER z BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
\set QUIET off
UPDATE t SET f1 = f1;
UPDATE t SET f2 = f2 + 1;
UPDATE t SET f3 = 2 WHERE f3 IS NULL;
CREATE TRIGGER n BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION restore();
UPDATE t SET f2 = f2 + 1;
CREATE OR REPLACE TRIGGER n BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION adds('{"f2": 1}');
UPDATE t SET f1 = f1;
\set QUIET on
SELECT * FROM t;
DROP TABLE t;

-- 17: views
CREATE TABLE t (a int, b int);
INSERT INTO t VALUES (1, 10), (2, 20);
CREATE VIEW v AS SELECT a, b FROM t;
SELECT given, state('CREATE TRIGGER bad ' || given || ' EXECUTE FUNCTION trace()') FROM (VALUES
    ('BEFORE INSERT ON v FOR EACH ROW'), ('BEFORE UPDATE ON v FOR EACH ROW'), ('BEFORE DELETE ON v FOR EACH ROW'),
    ('AFTER INSERT ON v FOR EACH ROW'), ('AFTER UPDATE ON v FOR EACH ROW'), ('AFTER DELETE ON v FOR EACH ROW'),
    ('BEFORE TRUNCATE ON v'), ('AFTER TRUNCATE ON v'),
    ('INSTEAD OF INSERT ON t FOR EACH ROW'), ('INSTEAD OF UPDATE ON t FOR EACH ROW'), ('INSTEAD OF DELETE ON t FOR EACH ROW'),
    ('INSTEAD OF UPDATE ON v FOR EACH ROW WHEN (OLD.a <> NEW.a)'),
    ('INSTEAD OF UPDATE OF a ON v FOR EACH ROW'), ('INSTEAD OF UPDATE ON v'),
    ('AFTER UPDATE ON v REFERENCING OLD TABLE AS o FOR EACH STATEMENT')) AS v (given);
CREATE TRIGGER instead_ins INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER instead_upd INSTEAD OF UPDATE ON v FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER instead_del INSTEAD OF DELETE ON v FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER before_stmt BEFORE INSERT OR UPDATE OR DELETE ON v FOR EACH STATEMENT EXECUTE FUNCTION trace();
CREATE TRIGGER after_stmt AFTER INSERT OR UPDATE OR DELETE ON v FOR EACH STATEMENT EXECUTE FUNCTION trace();
\set QUIET off
INSERT INTO v VALUES (20, 30);
INSERT INTO v VALUES (21, 31) RETURNING a, b;
UPDATE v SET b = 31 WHERE a = 1;
UPDATE v SET b = 32 WHERE a = 2 RETURNING a, b;
UPDATE v SET b = 0 WHERE false;
DELETE FROM v WHERE a = 1;
DELETE FROM v WHERE a = 2 RETURNING a, b;
MERGE INTO t USING (VALUES (1, 11), (3, 30)) AS s (a, b) ON t.a = s.a
    WHEN MATCHED THEN UPDATE SET b = s.b WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b);
-- the guest changes no other table: what a rule or another trigger does not write is not written
TABLE t;
\set QUIET on
DROP TRIGGER instead_ins ON v;
DROP TRIGGER instead_del ON v;
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'v'::regclass ORDER BY tgname;
DROP VIEW v;
DROP TABLE t;

-- 18: a view of a join, RETURNING what the guest returns, with a trigger that skips and with rules
CREATE TABLE countries (id serial PRIMARY KEY, country text UNIQUE NOT NULL, continent text NOT NULL);
INSERT INTO countries (country, continent) VALUES ('Japan', 'Asia'), ('UK', 'Europe');
CREATE TABLE cities (id serial PRIMARY KEY, city text NOT NULL, population bigint, country_id int REFERENCES countries);
INSERT INTO cities (city, population, country_id) VALUES ('Tokyo', 13010279, 1), ('London', 7556900, 2);
CREATE VIEW city AS SELECT c.id, city, population, country, continent FROM cities c LEFT JOIN countries o ON o.id = c.country_id;
CREATE TRIGGER ins INSTEAD OF INSERT ON city FOR EACH ROW
    EXECUTE FUNCTION admit('{"required": ["city"], "defaults": {"id": -1, "continent": "?"}, "forbidden": ["population"]}');
CREATE TRIGGER upd INSTEAD OF UPDATE ON city FOR EACH ROW EXECUTE FUNCTION adds('{"population": 1, "city": "!"}');
CREATE TRIGGER del INSTEAD OF DELETE ON city FOR EACH ROW EXECUTE FUNCTION trace();
\set QUIET off
INSERT INTO city (city) VALUES ('York') RETURNING *;
INSERT INTO city (city, population) VALUES ('York', 1);
UPDATE city SET population = 1 WHERE city = 'Paris' RETURNING *;
UPDATE city SET population = 100 WHERE city = 'Tokyo' RETURNING *;
UPDATE city a SET country = b.country FROM city b WHERE b.city = 'Tokyo' AND a.city = 'London' RETURNING *;
DELETE FROM city WHERE city = 'London' RETURNING *;
\set QUIET on
CREATE VIEW european AS SELECT * FROM city WHERE continent = 'Europe';
CREATE TRIGGER none INSTEAD OF INSERT OR UPDATE OR DELETE ON european FOR EACH ROW EXECUTE FUNCTION skip();
\set QUIET off
INSERT INTO european VALUES (0, 'x', 10000, 'y', 'z') RETURNING *;
UPDATE european SET population = 10000 RETURNING *;
DELETE FROM european RETURNING *;
\set QUIET on
CREATE RULE european_upd AS ON UPDATE TO european DO INSTEAD
    UPDATE city SET population = NEW.population WHERE id = OLD.id RETURNING NEW.*;
CREATE RULE european_del AS ON DELETE TO european DO INSTEAD DELETE FROM city WHERE id = OLD.id RETURNING *;
\set QUIET off
UPDATE european SET population = 10000 RETURNING *;
DELETE FROM european RETURNING *;
UPDATE city v SET population = 5 FROM cities c WHERE c.city = 'Tokyo' AND v.id = c.id RETURNING c.id, v.*;
\set QUIET on
DROP TABLE cities, countries CASCADE;

-- 19: the depth of triggers: a guest fires no trigger, but a foreign key's actions do
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE t2 (id int REFERENCES t ON DELETE CASCADE);
CREATE TRIGGER depth0 AFTER INSERT OR DELETE ON t2 FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION trace();
CREATE TRIGGER depth1 AFTER INSERT OR DELETE ON t2 FOR EACH ROW WHEN (pg_trigger_depth() = 1) EXECUTE FUNCTION trace();
INSERT INTO t VALUES (1), (2);
INSERT INTO t2 VALUES (1), (2);
DELETE FROM t WHERE id = 1;
DELETE FROM t2;
DROP TABLE t, t2;

-- 20: statement triggers where all children are excluded
CREATE TABLE t (a int);
CREATE TABLE t1 () INHERITS (t);
CREATE TRIGGER stmt BEFORE UPDATE ON t EXECUTE FUNCTION trace();
CREATE TRIGGER stmt BEFORE UPDATE ON t1 EXECUTE FUNCTION trace();
UPDATE t SET a = a WHERE false RETURNING a + 1 AS aa;
UPDATE t1 SET a = a WHERE false RETURNING a + 1 AS aa;
DROP TABLE t CASCADE;

-- 21: INSERT ON CONFLICT DO UPDATE, with BEFORE triggers that change the row
CREATE TABLE t (key int PRIMARY KEY, color text);
CREATE TRIGGER a_before BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER b_even BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.key % 2 = 0) EXECUTE FUNCTION adds('{"key": 1, "color": " changed"}');
CREATE TRIGGER c_update BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION adds('{"color": "!"}');
CREATE TRIGGER d_after AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION trace();
INSERT INTO t VALUES (1, 'black') ON CONFLICT (key) DO UPDATE SET color = 'updated ' || t.color;
INSERT INTO t VALUES (2, 'red') ON CONFLICT (key) DO UPDATE SET color = 'updated ' || t.color;
INSERT INTO t VALUES (3, 'orange') ON CONFLICT (key) DO UPDATE SET color = 'updated ' || EXCLUDED.color;
INSERT INTO t VALUES (4, 'green') ON CONFLICT (key) DO UPDATE SET color = 'updated ' || t.color;
INSERT INTO t VALUES (5, 'purple') ON CONFLICT (key) DO NOTHING;
SELECT * FROM t;
-- a trigger that skips the update, and one that skips the insert
CREATE OR REPLACE TRIGGER c_update BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION skip();
INSERT INTO t VALUES (1, 'white') ON CONFLICT (key) DO UPDATE SET color = EXCLUDED.color RETURNING *;
CREATE OR REPLACE TRIGGER b_even BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION skip();
INSERT INTO t VALUES (1, 'white') ON CONFLICT (key) DO UPDATE SET color = EXCLUDED.color RETURNING *;
SELECT * FROM t;
DROP TABLE t;

-- 22: TRUNCATE, of several tables, and by a foreign key
CREATE TABLE t (a int PRIMARY KEY);
CREATE TABLE t2 (a int REFERENCES t);
CREATE TRIGGER b BEFORE TRUNCATE ON t EXECUTE FUNCTION trace();
CREATE TRIGGER a AFTER TRUNCATE ON t EXECUTE FUNCTION trace();
CREATE TRIGGER b BEFORE TRUNCATE ON t2 EXECUTE FUNCTION trace();
INSERT INTO t VALUES (1);
TRUNCATE t2, t;
TRUNCATE t CASCADE;
DROP TABLE t, t2;

-- 23: what partitioned tables refuse
CREATE TABLE p (a int) PARTITION BY LIST (a);
SELECT state('CREATE TRIGGER bad INSTEAD OF UPDATE ON p FOR EACH ROW EXECUTE FUNCTION trace()');
SELECT state('CREATE TRIGGER bad AFTER UPDATE ON p REFERENCING OLD TABLE AS o FOR EACH ROW EXECUTE FUNCTION rows()');
DROP TABLE p;

-- 24: triggers of partitions: cloned, dropped, detached, attached
CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000);
CREATE TRIGGER trg AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace('arg', '1');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (2000);
CREATE TABLE p3 (LIKE p);
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (2000) TO (3000);
CREATE TABLE p4 PARTITION OF p FOR VALUES FROM (3000) TO (4000) PARTITION BY RANGE (a);
CREATE TABLE p41 PARTITION OF p4 FOR VALUES FROM (3000) TO (3500);
CREATE TABLE p42 (LIKE p);
ALTER TABLE p4 ATTACH PARTITION p42 FOR VALUES FROM (3500) TO (4000);
TABLE catalog;
INSERT INTO p SELECT a, 0 FROM unnest('{1, 1001, 2001, 3001, 3501}'::int[]) AS a;
SELECT state(format('DROP TRIGGER trg ON %s', partition)) FROM unnest('{p1, p2, p3}'::text[]) AS partition;
DROP TABLE p2;
DROP TRIGGER trg ON p;
TABLE catalog;
CREATE TRIGGER trg AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace();
ALTER TABLE p DETACH PARTITION p3;
SELECT state('DROP TRIGGER trg ON p3');
ALTER TABLE p DETACH PARTITION p4;
SELECT state('DROP TRIGGER trg ON p41');
INSERT INTO p3 VALUES (2002, 0);
DROP TABLE p4;
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (2000) TO (3000);
INSERT INTO p VALUES (2003, 0);
DROP TABLE p3;
CREATE TABLE p3 (LIKE p);
CREATE TRIGGER trg AFTER INSERT ON p3 FOR EACH ROW EXECUTE FUNCTION trace();
SELECT state('ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (2000) TO (3000)');
DROP TABLE p3;
CREATE TRIGGER samename AFTER DELETE ON p EXECUTE FUNCTION trace();
CREATE TRIGGER samename AFTER DELETE ON p1 EXECUTE FUNCTION trace();
TABLE catalog;
DELETE FROM p;
DELETE FROM p1;
DROP TABLE p;

-- 25: which triggers of a hierarchy are fired, by INSERT, UPDATE, DELETE and COPY
CREATE TABLE p (a int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE TABLE q (a int) PARTITION BY LIST (a);
CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1);
CREATE TABLE q2 PARTITION OF q FOR VALUES IN (2);
CREATE TRIGGER stmt_before BEFORE INSERT OR UPDATE OR DELETE ON p FOR EACH STATEMENT EXECUTE FUNCTION trace();
CREATE TRIGGER stmt_after AFTER INSERT OR UPDATE OR DELETE ON p FOR EACH STATEMENT EXECUTE FUNCTION trace();
CREATE TRIGGER after_parent AFTER INSERT OR UPDATE OR DELETE ON p FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER before_child BEFORE INSERT OR UPDATE OR DELETE ON p1 FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER after_child AFTER INSERT OR UPDATE OR DELETE ON p1 FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER stmt_before_q BEFORE INSERT OR UPDATE OR DELETE ON q FOR EACH STATEMENT EXECUTE FUNCTION trace();
CREATE TRIGGER stmt_after_q AFTER INSERT OR UPDATE OR DELETE ON q FOR EACH STATEMENT EXECUTE FUNCTION trace();
WITH ins (a) AS (INSERT INTO q VALUES (1), (2) RETURNING a) INSERT INTO p SELECT a FROM ins RETURNING tableoid::regclass, a;
WITH upd AS (UPDATE q SET a = a) UPDATE p SET a = a;
DELETE FROM p;
COPY p (a) FROM stdin;
1
2
\.
COPY p1 (a) FROM stdin;
1
\.
-- disabled for the parent, disabled for the partitions
ALTER TABLE p DISABLE TRIGGER after_parent;
INSERT INTO p VALUES (1);
ALTER TABLE p ENABLE TRIGGER after_parent;
INSERT INTO p VALUES (1);
DROP TABLE p, q;

-- 26: in the order of names, whatever level they come from
CREATE TABLE p (a int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (a);
CREATE TABLE p11 PARTITION OF p1 FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (2000);
CREATE TRIGGER zzz AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER mmm AFTER INSERT ON p11 FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER aaa AFTER INSERT ON p1 FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER bbb AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER qqq AFTER INSERT ON p11 FOR EACH ROW EXECUTE FUNCTION trace();
INSERT INTO p VALUES (50), (1500);
DROP TABLE p;

-- 27: an UPDATE that moves a row, and MERGE
CREATE TABLE p (a int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p VALUES (1);
CREATE TRIGGER before_stmt BEFORE INSERT OR UPDATE OR DELETE ON p FOR EACH STATEMENT EXECUTE FUNCTION trace();
CREATE TRIGGER before_row BEFORE INSERT OR UPDATE OR DELETE ON p FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER after_row AFTER INSERT OR UPDATE OR DELETE ON p FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER after_stmt AFTER INSERT OR UPDATE OR DELETE ON p FOR EACH STATEMENT EXECUTE FUNCTION trace();
UPDATE p SET a = 2 WHERE a = 1;
MERGE INTO p USING (SELECT 1) AS s ON true WHEN MATCHED AND a = 2 THEN UPDATE SET a = 1;
-- not moved if the deletion is skipped
CREATE TRIGGER keep BEFORE DELETE ON p1 FOR EACH ROW EXECUTE FUNCTION skip();
UPDATE p SET a = 2;
SELECT tableoid::regclass, * FROM p;
DROP TABLE p;

-- 28: arguments reach partitions, also those that come later
CREATE TABLE p (a int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TRIGGER aaa AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace('quirky', 1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE TABLE p3 (LIKE p);
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES IN (3);
INSERT INTO p VALUES (1), (2), (3);
DROP TABLE p;

-- 29: partitions whose columns differ in order, and have been dropped, with WHEN
CREATE FUNCTION bark(text) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% <- woof!', $1; RETURN true; END $$;
CREATE TABLE top (fd text, b text, fd2 int, fd3 int, a int) PARTITION BY RANGE (b);
ALTER TABLE top DROP COLUMN fd, DROP COLUMN fd2, DROP COLUMN fd3;
CREATE TABLE middle (fd int, a int, fd2 int, b text) PARTITION BY RANGE (b);
ALTER TABLE middle DROP COLUMN fd, DROP COLUMN fd2;
ALTER TABLE top ATTACH PARTITION middle FOR VALUES FROM ('aaaa') TO ('zzzz');
CREATE TABLE leaf (b text, fd int, a int);
ALTER TABLE leaf DROP COLUMN fd;
ALTER TABLE middle ATTACH PARTITION leaf FOR VALUES FROM ('aaaa') TO ('bbbb');
CREATE TRIGGER all_rows AFTER INSERT ON middle FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER odd AFTER INSERT ON middle FOR EACH ROW WHEN (bark(NEW.b) AND NEW.a % 2 = 1) EXECUTE FUNCTION trace();
CREATE TRIGGER plus BEFORE INSERT ON middle FOR EACH ROW EXECUTE FUNCTION adds('{"a": 10}');
INSERT INTO middle VALUES (1, 'aardvark'), (2, 'aanimals');
INSERT INTO leaf VALUES ('aardwolf', 2);
INSERT INTO top VALUES ('aasvogel', 3) RETURNING *;
SELECT * FROM top ORDER BY b;
DROP TABLE top;

-- 30: BEFORE triggers that would move the row to another partition
CREATE TABLE p (a int, b int, c text) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1) PARTITION BY LIST (b);
CREATE TABLE p11 PARTITION OF p1 FOR VALUES IN (1);
INSERT INTO p VALUES (1, 1, 'v1');
CREATE TRIGGER t BEFORE INSERT OR UPDATE ON p FOR EACH ROW EXECUTE FUNCTION adds('{"a": 1}');
SELECT state('INSERT INTO p VALUES (1, 1, ''v2'')'), state('UPDATE p SET c = c || ''v3''');
CREATE OR REPLACE TRIGGER t BEFORE INSERT OR UPDATE ON p FOR EACH ROW EXECUTE FUNCTION adds('{"b": 1}');
SELECT state('INSERT INTO p VALUES (1, 1, ''v4'')'), state('UPDATE p SET c = c || ''v5''');
CREATE OR REPLACE TRIGGER t BEFORE INSERT OR UPDATE ON p FOR EACH ROW EXECUTE FUNCTION adds('{"c": " by the trigger"}');
INSERT INTO p VALUES (1, 1, 'uno');
UPDATE p SET c = c || ' v6';
SELECT tableoid::regclass, * FROM p;
-- the UPDATE moves it, the trigger still works
TRUNCATE p;
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p VALUES (1, 1, 'v5');
UPDATE p SET a = 2;
SELECT tableoid::regclass, * FROM p;
-- both move it
CREATE TRIGGER t2 BEFORE UPDATE ON p FOR EACH ROW EXECUTE FUNCTION adds('{"a": 1}');
TRUNCATE p;
INSERT INTO p VALUES (1, 1, 'v6');
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
UPDATE p SET a = a + 1;
SELECT tableoid::regclass, * FROM p;
-- there is no partition for 0, but the trigger makes it 1
UPDATE p SET a = 0;
SELECT tableoid::regclass, * FROM p;
DROP TABLE p;
-- partitioned by an expression
CREATE TABLE p (a int, b int, c text) PARTITION BY LIST ((a + b));
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (3, 4);
CREATE TRIGGER t BEFORE INSERT OR UPDATE ON p FOR EACH ROW EXECUTE FUNCTION adds('{"a": 1}');
INSERT INTO p VALUES (0, 1, 'zero win');
SELECT state('INSERT INTO p VALUES (1, 1, ''one fail'')');
SELECT tableoid::regclass, * FROM p;
DROP TABLE p;

-- 31: constraint triggers of partitions, deferred, and SET CONSTRAINTS
CREATE TABLE top (a int, b text) PARTITION BY RANGE (b);
CREATE TABLE middle (a int, b text) PARTITION BY RANGE (b);
ALTER TABLE top ATTACH PARTITION middle FOR VALUES FROM ('aaaa') TO ('zzzz');
CREATE TABLE leaf (a int, b text);
ALTER TABLE middle ATTACH PARTITION leaf FOR VALUES FROM ('aaaa') TO ('bbbb');
CREATE CONSTRAINT TRIGGER one AFTER INSERT ON top DEFERRABLE FOR EACH ROW EXECUTE FUNCTION trace();
CREATE CONSTRAINT TRIGGER two AFTER INSERT ON middle DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (bark(NEW.b) AND NEW.a % 2 = 1) EXECUTE FUNCTION trace();
-- WHEN is evaluated at once
BEGIN;
INSERT INTO middle VALUES (1, 'aardvark');
INSERT INTO leaf VALUES (2, 'aardwolf');
INSERT INTO top VALUES (3, 'aasvogel');
COMMIT;
BEGIN;
SET CONSTRAINTS one DEFERRED;
INSERT INTO middle VALUES (1, 'aardvark');
INSERT INTO leaf VALUES (2, 'aardwolf'), (3, 'aasvogel');
SET CONSTRAINTS two IMMEDIATE;
SAVEPOINT s;
INSERT INTO leaf VALUES (5, 'aback');
ROLLBACK TO s;
COMMIT;
DROP TABLE top;
DROP FUNCTION bark;
SELECT state('CREATE CONSTRAINT TRIGGER bad BEFORE INSERT ON cases.none FOR EACH ROW EXECUTE FUNCTION trace()');

-- 32: WHEN and UPDATE OF, passed on to partitions whose columns differ
CREATE TABLE p (a int, b text) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000);
CREATE TABLE p2 (drp int, a int, b text);
ALTER TABLE p2 DROP COLUMN drp;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (1000) TO (2000);
CREATE TRIGGER w AFTER UPDATE ON p FOR EACH ROW WHEN (NEW.a % 2 = 1 AND length(OLD.b) >= 2) EXECUTE FUNCTION trace();
CREATE TRIGGER u AFTER UPDATE OF b ON p FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TABLE p3 (b text, a int) PARTITION BY RANGE (length(b));
CREATE TABLE p31 PARTITION OF p3 FOR VALUES FROM (1) TO (3);
CREATE TABLE p32 PARTITION OF p3 FOR VALUES FROM (3) TO (5);
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (2000) TO (3000);
INSERT INTO p VALUES (0, 'a'), (1, 'bbb'), (2, 'bcd'), (3, 'c'), (1000, 'c'), (1001, 'ddd'), (1002, 'efg'), (1003, 'f'),
    (2000, 'e'), (2001, 'fff'), (2002, 'ghi'), (2003, 'h');
UPDATE p SET a = a + 2;
UPDATE p SET b = b || 'b' WHERE a % 1000 = 2;
-- a constraint trigger that names another table
CREATE TABLE referenced (a int);
CREATE CONSTRAINT TRIGGER c AFTER UPDATE ON p FROM referenced FOR EACH ROW EXECUTE FUNCTION trace();
SELECT t.tgrelid::regclass, t.tgconstrrelid::regclass, c.conrelid::regclass FROM pg_trigger t JOIN pg_constraint c ON t.tgconstraint = c.oid
 WHERE tgname = 'c' ORDER BY t.tgrelid::regclass::text COLLATE "C";
UPDATE p SET a = a WHERE a = 3;
DROP TABLE p, referenced;

-- 33: DISABLE and ENABLE, with both kinds of inheritance, and for partitions that come later
CREATE TABLE t (a int);
CREATE TABLE t1 () INHERITS (t);
CREATE TRIGGER tg AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER tg AFTER INSERT ON t1 FOR EACH ROW EXECUTE FUNCTION trace();
ALTER TABLE t DISABLE TRIGGER tg;
TABLE catalog;
ALTER TABLE ONLY t ENABLE ALWAYS TRIGGER tg;
TABLE catalog;
DROP TABLE t CASCADE;
CREATE TABLE p (a int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);
CREATE TRIGGER tg AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER tg_stmt AFTER INSERT ON p FOR STATEMENT EXECUTE FUNCTION trace();
SELECT state('INSERT INTO p VALUES (1)');
ALTER TABLE ONLY p ENABLE ALWAYS TRIGGER tg;
ALTER TABLE p ENABLE ALWAYS TRIGGER tg_stmt;
TABLE catalog;
ALTER TABLE p ENABLE ALWAYS TRIGGER tg;
TABLE catalog;
ALTER TABLE p DISABLE TRIGGER tg;
INSERT INTO p VALUES (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE p3 (LIKE p);
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (20) TO (30);
CREATE TABLE p4 PARTITION OF p FOR VALUES FROM (30) TO (40) PARTITION BY LIST (a);
CREATE TABLE p4_30 PARTITION OF p4 FOR VALUES IN (30);
INSERT INTO p VALUES (11), (21), (30);
TABLE catalog;
ALTER TABLE p ENABLE TRIGGER tg;
SELECT a, outcome(format('INSERT INTO p VALUES (%s)', a)) FROM unnest('{1, 11, 21, 30}'::int[]) AS a;
ALTER TABLE p DISABLE TRIGGER USER;
INSERT INTO p VALUES (1);
TABLE catalog;
DROP TABLE p;

-- 34: transition tables of a partitioned table, in its own format, whatever that of the partitions is
CREATE PROCEDURE trace_rows(VARIADIC tables text[]) LANGUAGE plpgsql AS $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY tables LOOP
        EXECUTE format('CREATE TRIGGER %1$s_ins AFTER INSERT ON %1$s REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION rows()', t);
        EXECUTE format('CREATE TRIGGER %1$s_upd AFTER UPDATE ON %1$s REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION rows()', t);
        EXECUTE format('CREATE TRIGGER %1$s_del AFTER DELETE ON %1$s REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION rows()', t);
    END LOOP;
END
$$;
CREATE PROCEDURE untrace_rows(VARIADIC tables text[]) LANGUAGE plpgsql AS $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY tables LOOP
        EXECUTE format('DROP TRIGGER %1$s_ins ON %1$s; DROP TRIGGER %1$s_upd ON %1$s; DROP TRIGGER %1$s_del ON %1$s', t);
    END LOOP;
END
$$;
CREATE TABLE p (a text, b int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('AAA');
CREATE TABLE p2 (x int, a text, b int);
ALTER TABLE p2 DROP COLUMN x;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN ('BBB');
CREATE TABLE p3 (b int, a text);
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES IN ('CCC');
CALL trace_rows('p', 'p1', 'p2', 'p3');
SELECT trigger_name, action_reference_old_table AS old, action_reference_new_table AS new FROM information_schema.triggers
 WHERE event_object_schema = 'cases' ORDER BY trigger_name COLLATE "C";
INSERT INTO p1 VALUES ('AAA', 42);
INSERT INTO p2 VALUES ('BBB', 42);
INSERT INTO p3 VALUES (42, 'CCC');
UPDATE p SET b = b + 1;
DELETE FROM p;
INSERT INTO p VALUES ('AAA', 42), ('BBB', 42), ('CCC', 42);
-- moved
UPDATE p SET a = 'CCC' WHERE a = 'AAA';
DELETE FROM p1;
DELETE FROM p2;
DELETE FROM p3;
COPY p (a, b) FROM stdin;
AAA	42
BBB	42
CCC	42
\.
-- the parent's triggers see all, even if partitions have none
CALL untrace_rows('p1', 'p2', 'p3');
DELETE FROM p;
-- as a BEFORE trigger of a partition has changed it
CREATE TRIGGER intercept BEFORE INSERT ON p3 FOR EACH ROW EXECUTE FUNCTION adds('{"b": 1000}');
INSERT INTO p VALUES ('AAA', 42), ('BBB', 42), ('CCC', 66);
COPY p (a, b) FROM stdin;
AAA	42
BBB	42
CCC	234
\.
DROP TABLE p;

-- 35: row triggers with transition tables: not for partitions and children
CREATE TABLE p (a text, b int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('AAA');
\set row_trigger 'CREATE TRIGGER r AFTER INSERT ON p1 REFERENCING NEW TABLE AS n FOR EACH ROW EXECUTE FUNCTION rows()'
SELECT state(:'row_trigger');
ALTER TABLE p DETACH PARTITION p1;
SELECT outcome(:'row_trigger');
INSERT INTO p1 VALUES ('AAA', 1), ('AAA', 2);
SELECT state('ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (''AAA'')');
DROP TRIGGER r ON p1;
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN ('AAA');
DROP TABLE p;
CREATE TABLE p (a text, b int);
CREATE TABLE p1 () INHERITS (p);
SELECT state(:'row_trigger');
ALTER TABLE p1 NO INHERIT p;
SELECT outcome(:'row_trigger');
SELECT state('ALTER TABLE p1 INHERIT p');
DROP TRIGGER r ON p1;
ALTER TABLE p1 INHERIT p;
DROP TABLE p CASCADE;

-- 36: transition tables with inheritance
CREATE TABLE t (a text, b int);
CREATE TABLE t1 () INHERITS (t);
CREATE TABLE t2 (b int, a text);
ALTER TABLE t2 INHERIT t;
CREATE TABLE t3 (c text) INHERITS (t);
CALL trace_rows('t', 't1', 't2', 't3');
INSERT INTO t1 VALUES ('AAA', 42);
INSERT INTO t2 VALUES (42, 'BBB');
INSERT INTO t3 VALUES ('CCC', 42, 'foo');
UPDATE t SET b = b + 1;
DELETE FROM t;
INSERT INTO t1 VALUES ('AAA', 42);
INSERT INTO t2 VALUES (42, 'BBB');
INSERT INTO t3 VALUES ('CCC', 42, 'foo');
DELETE FROM t1;
DELETE FROM t2;
DELETE FROM t3;
COPY t (a, b) FROM stdin;
AAA	42
BBB	42
\.
CREATE INDEX ON t (b);
COPY t (a, b) FROM stdin;
DDD	42
\.
INSERT INTO t3 VALUES ('CCC', 42, 'foo');
CALL untrace_rows('t1', 't2', 't3');
DELETE FROM t;
DROP TABLE t CASCADE;

-- 37: several modifications in one statement
CREATE TABLE t1 (a int);
CREATE TABLE t2 (a text);
CALL trace_rows('t1', 't2');
WITH w AS (INSERT INTO t1 VALUES (42)) INSERT INTO t2 VALUES ('hello world');
WITH w AS (INSERT INTO t1 VALUES (43)) INSERT INTO t1 VALUES (44);
WITH w AS (DELETE FROM t1 WHERE a = 43 RETURNING a), x AS (UPDATE t2 SET a = 'moved') INSERT INTO t1 SELECT -a FROM w;
DROP TABLE t1, t2;

-- 38: INSERT ON CONFLICT DO UPDATE with transition tables, also of a partitioned table
CREATE TABLE t (a int PRIMARY KEY, b text);
CREATE TABLE p (a int PRIMARY KEY, b text) PARTITION BY LIST (a);
CREATE TABLE p12 PARTITION OF p FOR VALUES IN (1, 2);
CREATE TABLE p34 PARTITION OF p FOR VALUES IN (3, 4);
CALL trace_rows('t', 'p');
INSERT INTO t VALUES (1, 'AAA'), (2, 'BBB') ON CONFLICT (a) DO UPDATE SET b = t.b || ':' || EXCLUDED.b;
INSERT INTO t VALUES (1, 'AAA'), (2, 'BBB'), (3, 'CCC'), (4, 'DDD') ON CONFLICT (a) DO UPDATE SET b = t.b || ':' || EXCLUDED.b;
INSERT INTO t VALUES (3, 'CCC'), (4, 'DDD') ON CONFLICT (a) DO UPDATE SET b = t.b || ':' || EXCLUDED.b;
INSERT INTO p VALUES (1, 'AAA'), (2, 'BBB') ON CONFLICT (a) DO UPDATE SET b = p.b || ':' || EXCLUDED.b;
INSERT INTO p VALUES (1, 'AAA'), (2, 'BBB'), (3, 'CCC'), (4, 'DDD') ON CONFLICT (a) DO UPDATE SET b = p.b || ':' || EXCLUDED.b;
INSERT INTO p VALUES (3, 'CCC'), (4, 'DDD') ON CONFLICT (a) DO UPDATE SET b = p.b || ':' || EXCLUDED.b;
DROP TABLE t, p;

-- 39: transition tables of what a foreign key does
CREATE TABLE r (a int PRIMARY KEY, b text);
CREATE TABLE t (a int REFERENCES r ON UPDATE CASCADE ON DELETE CASCADE, b text);
CREATE TRIGGER before BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION trace();
CALL trace_rows('t');
INSERT INTO r VALUES (1, 'one'), (2, 'two'), (3, 'three');
INSERT INTO t VALUES (1, 'one a'), (1, 'one b'), (2, 'two a'), (2, 'two b'), (3, 'three a'), (3, 'three b');
UPDATE r SET a = 11 WHERE b = 'one';
DELETE FROM r WHERE length(b) = 3;
SELECT * FROM t;
DROP TABLE r, t;

-- 40: a deferred trigger that has not been fired is dropped with its table
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE t (fk int);
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t FROM r DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
BEGIN;
INSERT INTO t VALUES (1);
DROP TABLE r CASCADE;
SELECT state('DROP TABLE t');
ROLLBACK;
BEGIN;
INSERT INTO t VALUES (1);
SELECT state('DROP TRIGGER late ON t');
COMMIT;
TABLE t;
DROP TABLE r, t;

-- 41: a table that refers to itself, with a row trigger that has a transition table, and without
CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t (a) ON DELETE CASCADE);
CREATE TRIGGER before BEFORE DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION trace();
CREATE TRIGGER r AFTER DELETE ON t REFERENCING OLD TABLE AS o FOR EACH ROW EXECUTE FUNCTION rows();
CREATE TRIGGER s AFTER DELETE ON t REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION rows();
INSERT INTO t VALUES (1, NULL), (2, 1), (3, 2);
DELETE FROM t WHERE a = 1;
DROP TRIGGER r ON t;
INSERT INTO t VALUES (1, NULL), (2, 1), (3, 2), (4, 3);
DELETE FROM t WHERE a = 1;
CREATE TRIGGER b_row BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION trace();
INSERT INTO t VALUES (1, NULL), (2, 1), (3, 1);
DELETE FROM t WHERE a = 1;
-- a trigger that skips what the foreign key wants to delete
CREATE TRIGGER c_keep BEFORE DELETE ON t FOR EACH ROW WHEN (OLD.a = 2) EXECUTE FUNCTION skip();
INSERT INTO t VALUES (1, NULL), (2, 1);
SELECT state('DELETE FROM t WHERE a = 1');
SELECT * FROM t;
DROP TABLE t;

-- 42: MERGE with transition tables
CREATE TABLE t (a int PRIMARY KEY, b text);
CALL trace_rows('t');
CREATE TABLE s (a int, b text);
INSERT INTO s VALUES (1, 'initial1'), (2, 'initial2'), (3, 'initial3'), (4, 'initial4');
MERGE INTO t USING s ON t.a = s.a WHEN NOT MATCHED THEN INSERT VALUES (a, b);
MERGE INTO t USING s ON t.a = s.a WHEN MATCHED AND s.a <= 2 THEN UPDATE SET b = t.b || ' updated'
    WHEN MATCHED AND s.a > 2 THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (a, b);
MERGE INTO t USING s ON t.a = s.a WHEN MATCHED AND s.a <= 2 THEN UPDATE SET b = t.b || ' again'
    WHEN MATCHED AND s.a > 2 THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (a, b);
-- row triggers skip and change
CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW WHEN (OLD.a = 1) EXECUTE FUNCTION skip();
CREATE TRIGGER b BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION adds('{"b": "!"}');
MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 'merged';
SELECT * FROM t ORDER BY a;
DROP TABLE s, t;

-- 43: CREATE OR REPLACE TRIGGER, also of partitions
CREATE TABLE t (id int);
CREATE TRIGGER my AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION trace();
SELECT state('CREATE TRIGGER my BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION skip()');
INSERT INTO t VALUES (1);
CREATE OR REPLACE TRIGGER my BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION skip();
INSERT INTO t VALUES (2);
TABLE t;
DROP TABLE t;
CREATE TABLE p (a int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (a);
CREATE TABLE p11 PARTITION OF p1 FOR VALUES FROM (0) TO (100);
CREATE OR REPLACE TRIGGER my AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace('one');
INSERT INTO p VALUES (50);
CREATE OR REPLACE TRIGGER my AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace('two');
INSERT INTO p VALUES (50);
SELECT state('CREATE OR REPLACE TRIGGER my AFTER INSERT ON p1 FOR EACH ROW EXECUTE FUNCTION trace(''three'')');
DROP TRIGGER my ON p;
INSERT INTO p VALUES (50);
CREATE TRIGGER my AFTER INSERT ON p1 FOR EACH ROW EXECUTE FUNCTION trace('four');
INSERT INTO p VALUES (50);
SELECT state('CREATE TRIGGER my AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace(''five'')');
CREATE OR REPLACE TRIGGER my AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace('five');
INSERT INTO p VALUES (50);
DROP TABLE p;

-- 44: rows of transition tables that are converted, with columns that were added; an error in such a trigger
CREATE TABLE r (a text PRIMARY KEY);
CREATE TABLE t (a text PRIMARY KEY REFERENCES r ON DELETE CASCADE ON UPDATE CASCADE);
ALTER TABLE t ADD COLUMN b text NOT NULL DEFAULT 'tutu';
INSERT INTO r VALUES ('1'), ('3');
INSERT INTO t VALUES ('1'), ('3');
CREATE TRIGGER n AFTER UPDATE ON t REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION rows();
UPDATE r SET a = a || '1';
CREATE TRIGGER on2 AFTER UPDATE ON t REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION rows();
UPDATE r SET a = a || '1';
CREATE TRIGGER d AFTER DELETE ON t REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION rows();
DELETE FROM r;
DROP TABLE r, t;
CREATE TABLE p (id int PRIMARY KEY, val int) PARTITION BY RANGE (id);
CREATE TABLE p1 (val int, id int NOT NULL);
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (1) TO (1000);
CREATE TRIGGER upd AFTER UPDATE ON p REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION refuse();
INSERT INTO p VALUES (1, 2);
BEGIN;
SAVEPOINT s;
UPDATE p SET val = 3;
ROLLBACK TO s;
TABLE p;
ROLLBACK;
DROP TABLE p;

-- 45: renaming triggers of partitioned tables, and with inheritance
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10) PARTITION BY RANGE (id);
CREATE TABLE p11 PARTITION OF p1 FOR VALUES FROM (1) TO (5);
CREATE TRIGGER a AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace();
ALTER TRIGGER a ON p RENAME TO b;
TABLE catalog;
SELECT state('ALTER TRIGGER a ON ONLY p RENAME TO b'), outcome('ALTER TRIGGER b ON p1 RENAME TO c') <> 'ok' AS refused;
CREATE TRIGGER c AFTER INSERT ON p1 FOR EACH ROW EXECUTE FUNCTION trace();
SELECT state('ALTER TRIGGER b ON p RENAME TO c');
CREATE TRIGGER s AFTER INSERT ON p FOR EACH STATEMENT EXECUTE FUNCTION trace();
CREATE TRIGGER s AFTER INSERT ON p1 FOR EACH STATEMENT EXECUTE FUNCTION trace();
ALTER TRIGGER s ON p RENAME TO t;
INSERT INTO p VALUES (1);
INSERT INTO p1 VALUES (2);
DROP TABLE p;
CREATE TABLE t (a int);
CREATE TABLE t1 () INHERITS (t);
CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER a AFTER INSERT ON t1 FOR EACH ROW EXECUTE FUNCTION trace();
ALTER TRIGGER a ON t RENAME TO b;
INSERT INTO t VALUES (1);
INSERT INTO t1 VALUES (1);
DROP TABLE t CASCADE;

-- 46: who fires deferred triggers: whoever may write to the table, without EXECUTE; only the creator of a trigger needs it
CREATE ROLE cases_writer;
CREATE ROLE cases_owner;
GRANT USAGE, CREATE ON SCHEMA cases TO cases_writer, cases_owner;
REVOKE EXECUTE ON FUNCTION trace() FROM PUBLIC;
CREATE TABLE t (id int);
GRANT INSERT ON t TO cases_writer;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trace();
BEGIN;
SET ROLE cases_writer;
INSERT INTO t VALUES (1);
RESET ROLE;
COMMIT;
SET ROLE cases_owner;
CREATE TABLE own (id int);
SELECT outcome('CREATE TRIGGER mine AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION trace()');
SELECT outcome('CREATE TRIGGER mine AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION refuse()');
CREATE TRIGGER mine AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION refuse();
RESET ROLE;
GRANT EXECUTE ON FUNCTION trace() TO PUBLIC;
DROP TABLE t, own;
DROP OWNED BY cases_writer, cases_owner;
DROP ROLE cases_writer, cases_owner;

-- plpgsql.sql
-- 47: PSlot and others: a name is checked, and NULLs are replaced, of one row; the check is that of tg_argv
CREATE TABLE pslot (slotname char(20), pfname char(20), slotlink char(20), backlink char(20));
CREATE TRIGGER a_links BEFORE INSERT OR UPDATE ON pslot FOR EACH ROW
    EXECUTE FUNCTION admit('{"required": ["slotname"], "defaults": {"slotlink": "", "backlink": ""}}');
CREATE TRIGGER b_name BEFORE INSERT ON pslot FOR EACH ROW WHEN (left(NEW.slotname, 2) <> 'PS')
    EXECUTE FUNCTION refuse('slotname must begin with PS');
INSERT INTO pslot VALUES ('PS.base.a1', 'PF0_1', NULL, NULL);
INSERT INTO pslot VALUES ('WS.base.a1', 'PF0_1', '', '');
INSERT INTO pslot VALUES (NULL, 'PF0_1', '', '');
SELECT slotname, slotlink = '' AS slotlink, backlink = '' AS backlink FROM pslot;
DROP TABLE pslot;

-- 48: transition_table_base: the rows before and after, of one statement
CREATE TABLE t (id int PRIMARY KEY, val text);
CALL trace_rows('t');
INSERT INTO t VALUES (1, 'One'), (2, 'Two');
INSERT INTO t VALUES (3, 'Three'), (4, 'Four');
UPDATE t SET val = '*' || val || '*' WHERE id BETWEEN 2 AND 3;
UPDATE t SET val = val WHERE id = 0;
DROP TABLE t;

-- 49: transition_table_level1 and level2: one trigger for the deleted rows of a thousand
CREATE TABLE t (no serial NOT NULL, node varchar(255), PRIMARY KEY (no));
CREATE TRIGGER del AFTER DELETE ON t REFERENCING OLD TABLE AS d FOR EACH STATEMENT EXECUTE FUNCTION rows();
INSERT INTO t (node) SELECT 'name ' || i FROM generate_series(1, 1000) AS i;
DELETE FROM t WHERE no BETWEEN 201 AND 203;
DELETE FROM t WHERE no BETWEEN 2001 AND 2010;
DROP TABLE t;

-- 50: alter_table_under_transition_tables
CREATE TABLE t (id int PRIMARY KEY, name text);
INSERT INTO t VALUES (1, '1'), (2, '2'), (3, '3');
CALL trace_rows('t');
UPDATE t SET name = name || name;
ALTER TABLE t ALTER COLUMN name TYPE int USING name::int;
UPDATE t SET name = (name::text || name::text)::int;
ALTER TABLE t DROP COLUMN name;
ALTER TABLE t ADD COLUMN more int DEFAULT 7;
UPDATE t SET id = id;
DROP TABLE t;

-- 51: multi_test: several triggers get the same transition tables
CREATE TABLE t (i int);
INSERT INTO t VALUES (1);
CREATE TRIGGER a AFTER UPDATE ON t REFERENCING NEW TABLE AS n OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION rows();
CREATE TRIGGER b AFTER UPDATE ON t REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION rows();
CREATE TRIGGER c AFTER UPDATE ON t REFERENCING OLD TABLE AS o FOR EACH ROW EXECUTE FUNCTION rows();
UPDATE t SET i = i;
INSERT INTO t VALUES (2);
UPDATE t SET i = i * 10;
DROP TABLE t;

-- more cases
-- 52: generated columns: not there before the change, and cannot be set; there after it
CREATE TABLE t (a int, twice int GENERATED ALWAYS AS (a * 2) STORED, b text);
CREATE TRIGGER a BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER b BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION adds('{"a": 1}');
CREATE TRIGGER c AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER d AFTER UPDATE ON t REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION rows();
CREATE TRIGGER e AFTER UPDATE OF twice ON t FOR EACH ROW EXECUTE FUNCTION trace();
INSERT INTO t (a) VALUES (1) RETURNING *;
UPDATE t SET a = 10 RETURNING *;
UPDATE t SET b = 'x' RETURNING *;
CREATE OR REPLACE TRIGGER b BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION adds('{"twice": 1}');
INSERT INTO t (a) VALUES (1);
DROP TABLE t;
CREATE TABLE p (a int, twice int GENERATED ALWAYS AS (a * 2) STORED) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2);
CREATE TRIGGER a BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER b BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION adds('{"a": 1}');
INSERT INTO p VALUES (1) RETURNING *;
DROP TABLE p;

-- 53: a foreign table, in this database; where postgres_fdw is missing, a table in its place
CREATE TABLE far (a int, b text);
SELECT count(*) = 0 AS missing FROM pg_available_extensions WHERE name = 'postgres_fdw' \gset
\if :missing
\! echo 'triggers_cases: postgres_fdw is not installed' >>"${PLWASM_SKIPPED:-/dev/null}"
CREATE TABLE f (a int, b text);
CREATE VIEW kept AS SELECT * FROM f;
\else
SET client_min_messages = warning;
CREATE EXTENSION postgres_fdw SCHEMA cases;
DO $$ BEGIN
    EXECUTE format('CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
        split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
END $$;
CREATE USER MAPPING FOR PUBLIC SERVER here;
CREATE FOREIGN TABLE f (a int, b text) SERVER here OPTIONS (schema_name 'cases', table_name 'far');
CREATE VIEW kept AS SELECT * FROM far;
SET client_min_messages = notice;
\endif
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON f FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER b BEFORE INSERT OR UPDATE ON f FOR EACH ROW EXECUTE FUNCTION adds('{"b": "!"}');
CREATE TRIGGER c AFTER INSERT OR UPDATE OR DELETE ON f FOR EACH ROW EXECUTE FUNCTION trace();
CREATE TRIGGER d BEFORE DELETE ON f FOR EACH ROW WHEN (OLD.a = 2) EXECUTE FUNCTION skip();
CREATE TRIGGER s AFTER INSERT OR UPDATE OR DELETE ON f FOR EACH STATEMENT EXECUTE FUNCTION trace();
INSERT INTO f VALUES (1, 'one'), (2, 'two') RETURNING *;
UPDATE f SET b = 'ONE' WHERE a = 1 RETURNING *;
DELETE FROM f;
TABLE kept;
CREATE TRIGGER z AFTER INSERT ON f FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT outcome('INSERT INTO f VALUES (3, ''three'')');
TABLE kept;
DROP VIEW kept;
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS postgres_fdw CASCADE;
DROP TABLE IF EXISTS f, far;
SET client_min_messages = notice;

-- 54: the function of a trigger: kept while it is used, renamed, replaced
CREATE TABLE t (id int);
CREATE FUNCTION mine() RETURNS trigger LANGUAGE wasm AS 'triggers#trace';
CREATE TRIGGER tg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION mine();
SELECT state('DROP FUNCTION mine'), state('DROP FUNCTION triggers');
ALTER FUNCTION mine RENAME TO yours;
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'tg';
INSERT INTO t VALUES (1);
CREATE OR REPLACE FUNCTION yours() RETURNS trigger LANGUAGE wasm AS 'triggers#skip';
INSERT INTO t VALUES (2) RETURNING *;
SELECT state('CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION now()'),
       state('CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION none()');
DROP FUNCTION yours CASCADE;
INSERT INTO t VALUES (3) RETURNING *;
DROP TABLE t;

-- 55: a trigger that has not what its function needs
CREATE TABLE t (id int, email int, title text, slug text, amount bigint NOT NULL DEFAULT 0);
INSERT INTO t VALUES (1);
CREATE FUNCTION email() RETURNS trigger LANGUAGE wasm AS 'triggers#email';
CREATE FUNCTION slug() RETURNS trigger LANGUAGE wasm AS 'triggers#slug';
CREATE FUNCTION balanced() RETURNS trigger LANGUAGE wasm AS 'triggers#balanced';
CREATE TABLE tried (what text, command text);
INSERT INTO tried VALUES
    ('BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION slug()', 'DELETE FROM t'),
    ('AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION slug()', 'INSERT INTO t VALUES (2)'),
    ('BEFORE TRUNCATE ON t EXECUTE FUNCTION slug()', 'TRUNCATE t'),
    ('BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION balanced()', 'INSERT INTO t VALUES (2)'),
    ('BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION email()', 'INSERT INTO t VALUES (2)'),
    ('BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION adds()', 'INSERT INTO t VALUES (2)'),
    ('BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION adds(''{"none": 1}'')', 'INSERT INTO t VALUES (2)'),
    ('BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION adds(''{"id": 2147483647}'')', 'INSERT INTO t VALUES (1)');
CREATE FUNCTION tries(what text, command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE 'CREATE TRIGGER tried ' || what;
    result := outcome(command);
    DROP TRIGGER tried ON t;
    RETURN result;
END
$$;
SELECT what, tries(what, command) FROM tried;
SELECT id FROM t;
DROP TABLE t;

-- 56: errors of a guest in AFTER triggers and deferred ones: the statement, or the transaction, leaves nothing
CREATE TABLE t (id int);
CREATE TRIGGER after AFTER INSERT ON t FOR EACH ROW WHEN (NEW.id = 3) EXECUTE FUNCTION refuse();
INSERT INTO t SELECT generate_series(1, 5);
SELECT count(*) FROM t;
DROP TRIGGER after ON t;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id = 3) EXECUTE FUNCTION refuse();
BEGIN;
INSERT INTO t SELECT generate_series(1, 5);
SELECT count(*) FROM t;
COMMIT;
SELECT count(*) FROM t;
BEGIN;
INSERT INTO t VALUES (1);
SAVEPOINT s;
INSERT INTO t VALUES (3);
SET CONSTRAINTS late IMMEDIATE;
ROLLBACK TO s;
COMMIT;
SELECT * FROM t;
DROP TABLE t;

-- 57: guests that attack
CREATE FUNCTION evil() RETURNS wasm.module LANGUAGE wasm AS $wasm$
(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get 3))))
  (func $return (param i32 i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.store (i32.const 4) (local.get 1))
    (i32.const 0))
  ;; {"id":50000}
  (func (export "trap-at50000") (param i32 i32)
    (if (i32.and (i32.eq (local.get 1) (i32.const 12)) (i64.eq (i64.load offset=2 (local.get 0)) (i64.const 0x303030353a226469)))
      (then unreachable)))
  (func (export "spin") (param i32 i32) (loop (br 0)))
  (func (export "outside") (param i32 i32) (result i32) (call $return (i32.const 65530) (i32.const 100)))
  (func (export "huge") (param i32 i32) (result i32) (call $return (i32.const 8) (i32.const -1)))
  (func (export "no-object") (param i32 i32) (result i32) (call $return (i32.const 64) (i32.const 14)))
  (func (export "array") (param i32 i32) (result i32) (call $return (i32.const 78) (i32.const 3)))
  (func (export "cut") (param i32 i32) (result i32) (call $return (i32.const 81) (i32.const 8)))
  (func (export "wrong") (param i32 i32) (result i32) (call $return (i32.const 89) (i32.const 11)))
  (func (export "unknown") (param i32 i32) (result i32) (call $return (i32.const 100) (i32.const 11)))
  (func (export "twice") (param i32 i32) (result i32) (call $return (i32.const 111) (i32.const 18)))
  (func (export "nulls") (param i32 i32) (result i32) (call $return (i32.const 129) (i32.const 12)))
  (func (export "bytes") (param i32 i32) (result i32) (call $return (i32.const 141) (i32.const 2)))
  (data (i32.const 64) "no JSON at all")
  (data (i32.const 78) "[1]")
  (data (i32.const 81) "{\22id\22: 1")
  (data (i32.const 89) "{\22id\22: \22x\22}")
  (data (i32.const 100) "{\22none\22: 1}")
  (data (i32.const 111) "{\22id\22: 7, \22id\22: 8}")
  (data (i32.const 129) "{\22id\22: null}")
  (data (i32.const 141) "\ff\fe")
  (func (export "rows") (param i32 i32))
  (@custom "component-type" "\00asm\0d\00\01\00\00\19\16wit-component-encoding\04\00\07\b2\02\01A\02\01A\1b\01@\01\03news\01\00\04\00\0ctrap-at50000\01\00\01@\01\03news\01\00\04\00\04spin\01\01\01@\01\03news\00s\04\00\07outside\01\02\01@\01\03news\00s\04\00\04huge\01\03\01@\01\03news\00s\04\00\09no-object\01\04\01@\01\03news\00s\04\00\05array\01\05\01@\01\03news\00s\04\00\03cut\01\06\01@\01\03news\00s\04\00\05wrong\01\07\01@\01\03news\00s\04\00\07unknown\01\08\01@\01\03news\00s\04\00\05twice\01\09\01@\01\03news\00s\04\00\05nulls\01\0a\01@\01\03news\00s\04\00\05bytes\01\0b\01ps\01@\01\03new\0c\01\00\04\00\04rows\01\0d\04\00\16plwasm:demo/evil@1.0.0\04\00\0b\0a\01\00\04evil\03\00\00"))
$wasm$;
SELECT pg_backend_pid() AS backend, server_started() AS started \gset
CREATE TABLE t (id int);
INSERT INTO t VALUES (1);
CREATE FUNCTION attack(export text, what text, command text DEFAULT 'INSERT INTO t VALUES (2) RETURNING id') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('CREATE FUNCTION f() RETURNS trigger LANGUAGE wasm AS %L', 'evil#' || export);
    EXECUTE format('CREATE TRIGGER f %s FOR EACH ROW EXECUTE FUNCTION f()', what);
    result := outcome(command);
    DROP FUNCTION f CASCADE;
    RETURN split_part(result, E'\n', 1);
END
$$;
SET plwasm.fuel = 1e6;
SET client_min_messages = warning;
SELECT export, attack(export, 'BEFORE INSERT ON t')
  FROM unnest('{spin, outside, huge, no_object, array, cut, wrong, unknown, twice, nulls, bytes, rows}'::text[]) AS export;
SELECT id FROM t ORDER BY 1 NULLS FIRST;
SELECT export, attack(export, 'AFTER INSERT ON t') FROM unnest('{spin, outside, cut, wrong}'::text[]) AS export;
SELECT export, attack(export, 'BEFORE UPDATE ON t', 'UPDATE t SET id = 3 WHERE id = 1') FROM unnest('{spin, wrong}'::text[]) AS export;
RESET plwasm.fuel;
SET client_min_messages = notice;
-- a trap in the middle of a COPY of 100,000 rows
TRUNCATE t;
CREATE FUNCTION traps() RETURNS trigger LANGUAGE wasm AS 'evil#trap_at50000';
CREATE TRIGGER traps BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION traps();
\copy t FROM PROGRAM 'seq 100000'
SELECT count(*) FROM t;
DROP TRIGGER traps ON t;
CREATE TRIGGER traps AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION traps();
\copy t FROM PROGRAM 'seq 100000'
SELECT count(*) FROM t;
\copy t FROM PROGRAM 'seq 100'
SELECT count(*) FROM t;
-- the backend and the server go on
SELECT pg_backend_pid() = :backend AS same_backend, server_started() = :'started' AS same_server;

\set VERBOSITY terse
SET client_min_messages = error;
DROP SCHEMA cases CASCADE;
