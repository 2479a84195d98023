-- Triggers: functions of guest-examples/triggers, for all events, levels and kinds of relations.
CREATE SCHEMA triggers;
SET search_path = triggers, public;
\getenv guests PLWASM_GUESTS
\set code `base64 -w0 "$PLWASM_GUESTS/triggers/triggers.wasm"`
SELECT wasm.create_module('triggers', decode(:'code', 'base64'));

CREATE FUNCTION slug() RETURNS trigger LANGUAGE wasm AS 'triggers#slug';
CREATE FUNCTION email() RETURNS trigger LANGUAGE wasm AS 'triggers#email';
CREATE FUNCTION count_versions() RETURNS trigger LANGUAGE wasm AS 'triggers#version';
CREATE FUNCTION balanced() RETURNS trigger LANGUAGE wasm AS 'triggers#balanced';
CREATE FUNCTION keep_locked() RETURNS trigger LANGUAGE wasm AS 'triggers#keep_locked';
CREATE FUNCTION changes() RETURNS trigger LANGUAGE wasm AS 'triggers#record_changes';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE wasm AS 'triggers#refuse';
CREATE FUNCTION admit() RETURNS trigger LANGUAGE wasm AS 'triggers#policy.admit';

-- BEFORE ROW: a column is set, others stay as they are
CREATE TABLE articles (id int GENERATED ALWAYS AS IDENTITY, gone text, title text NOT NULL, slug varchar(12), body text);
ALTER TABLE articles DROP COLUMN gone;
CREATE TRIGGER slug BEFORE INSERT OR UPDATE ON articles FOR EACH ROW EXECUTE FUNCTION slug();
INSERT INTO articles (title, body) VALUES ('Hello, World!', 'x') RETURNING *;
INSERT INTO articles (title, slug) VALUES ('Hello, World!', 'own') RETURNING *;
UPDATE articles SET title = 'Other Words', slug = NULL RETURNING *;
-- a row that comes back unchanged is the same tuple
UPDATE articles SET body = 'y' WHERE id = 1 RETURNING *;
-- checked as an INSERT is
SELECT outcome($$INSERT INTO triggers.articles (title) VALUES ('much too long for a slug')$$);
ALTER TABLE articles ADD CONSTRAINT lower CHECK (slug <> 'bad');
SELECT outcome($$INSERT INTO triggers.articles (title) VALUES ('BAD')$$);
-- NULL where the field is no option
SELECT * FROM error($$INSERT INTO triggers.articles (title) VALUES (NULL)$$);
-- columns that come later change nothing
ALTER TABLE articles ADD COLUMN more text DEFAULT 'more';
INSERT INTO articles (title) VALUES ('A') RETURNING *;
-- a column that is gone or of another type does
ALTER TABLE articles RENAME title TO heading;
SELECT * FROM error($$INSERT INTO triggers.articles (heading) VALUES ('A')$$);
ALTER TABLE articles RENAME heading TO title;
ALTER TABLE articles ALTER COLUMN slug TYPE int USING 1;
SELECT * FROM error($$INSERT INTO triggers.articles (title) VALUES ('A')$$);

-- an error of the guest's, with its SQLSTATE and DETAIL
CREATE TABLE contacts (email text, other int);
CREATE TRIGGER email BEFORE INSERT OR UPDATE OF email ON contacts FOR EACH ROW
    WHEN (NEW.email IS NOT NULL) EXECUTE FUNCTION email();
INSERT INTO contacts VALUES ('  Ann@Example.ORG '), (NULL), ('bob@example.org') RETURNING *;
SELECT * FROM error($$INSERT INTO triggers.contacts VALUES ('ann')$$);
-- UPDATE OF another column does not fire it
UPDATE contacts SET other = 1 RETURNING *;
-- COPY: a failure in the middle leaves nothing
SELECT count(*) FROM contacts;
COPY contacts (email) FROM stdin;
c@example.org
d@example.org
none
e@example.org
\.
SELECT count(*) FROM contacts;
COPY contacts (email) FROM stdin;
C@EXAMPLE.ORG
D@EXAMPLE.ORG
\.
SELECT email FROM contacts ORDER BY 1;

-- OLD and NEW
CREATE TABLE versions (id int PRIMARY KEY, version int, value text);
CREATE TRIGGER version BEFORE INSERT OR UPDATE ON versions FOR EACH ROW EXECUTE FUNCTION count_versions();
INSERT INTO versions VALUES (1, NULL, 'a'), (2, 7, 'b') RETURNING *;
UPDATE versions SET value = value || '!' RETURNING *;
INSERT INTO versions VALUES (1, NULL, 'c') ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value RETURNING *;
INSERT INTO versions VALUES (1, NULL, 'd') ON CONFLICT (id) DO NOTHING RETURNING *;
MERGE INTO versions USING (VALUES (1, 'm'), (3, 'n')) AS v (id, value) ON versions.id = v.id
    WHEN MATCHED THEN UPDATE SET value = v.value
    WHEN NOT MATCHED THEN INSERT (id, value) VALUES (v.id, v.value);
SELECT * FROM versions ORDER BY id;

-- an address, and the value of before (a slowly changing dimension of type 3)
CREATE FUNCTION tidy_address() RETURNS trigger LANGUAGE wasm AS 'triggers#tidy_address';
CREATE FUNCTION keep_previous() RETURNS trigger LANGUAGE wasm AS 'triggers#keep_previous';
CREATE TABLE addresses (id int, street text, city text, postal_code varchar(8), country char(2));
CREATE TRIGGER address BEFORE INSERT OR UPDATE ON addresses FOR EACH ROW EXECUTE FUNCTION tidy_address();
INSERT INTO addresses VALUES (1, '  Unter den   Linden 1 ', 'Berlin ', ' 10117', 'de'), (2, '1 The Mall', 'London', 'sw1a 1aa', 'gb')
    RETURNING *;
SELECT * FROM error($$UPDATE triggers.addresses SET country = 'x1' WHERE id = 1$$);
SELECT * FROM error($$UPDATE triggers.addresses SET postal_code = '1011' WHERE id = 1$$);
CREATE TABLE customers (id int, value text, previous text);
CREATE TRIGGER previous BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION keep_previous();
INSERT INTO customers VALUES (1, 'Bonn', 'ignored') RETURNING *;
UPDATE customers SET value = 'Berlin' RETURNING *;
UPDATE customers SET id = 2 RETURNING *;

-- none skips the row
CREATE TABLE locks (id int, locked bool NOT NULL);
CREATE TRIGGER keep BEFORE DELETE ON locks FOR EACH ROW EXECUTE FUNCTION keep_locked();
INSERT INTO locks VALUES (1, true), (2, false), (3, true), (4, false);
DELETE FROM locks RETURNING *;
SELECT * FROM locks;

-- what a trigger tells about itself
CREATE TABLE events (id int, "Key" text);
INSERT INTO events VALUES (1, 'a');
CREATE FUNCTION told(what text, command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'CREATE TRIGGER told ' || what || ' EXECUTE FUNCTION refuse(''one'', ''two'')';
    RETURN QUERY SELECT * FROM error(command);
    EXECUTE 'DROP TRIGGER told ON events';
END
$$;
SELECT told('BEFORE INSERT ON events FOR EACH ROW', 'INSERT INTO events VALUES (2, NULL)');
SELECT told('AFTER UPDATE ON events FOR EACH ROW', 'UPDATE events SET id = 3');
SELECT told('BEFORE DELETE ON events FOR EACH STATEMENT', 'DELETE FROM events');
SELECT told('AFTER TRUNCATE ON events', 'TRUNCATE events');
SELECT * FROM events;
-- constraint triggers, deferred
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION refuse();
BEGIN;
INSERT INTO events VALUES (5, 'e');
SELECT count(*) FROM events;
COMMIT;
SELECT count(*) FROM events;
DROP TRIGGER late ON events;

-- transition tables
CREATE TABLE postings (account int, amount bigint NOT NULL);
CREATE TRIGGER balanced AFTER INSERT ON postings REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION balanced();
INSERT INTO postings VALUES (1, 100), (2, -60), (3, -40);
SELECT * FROM error($$INSERT INTO triggers.postings VALUES (1, 100), (2, -60)$$);
INSERT INTO postings SELECT i, CASE i % 2 WHEN 0 THEN i ELSE -(i + 1) END FROM generate_series(1, 10000) AS i;
INSERT INTO postings SELECT 1, 1 WHERE false;
SELECT count(*), sum(amount) FROM postings;
DROP TRIGGER balanced ON postings;
CREATE TRIGGER balanced AFTER INSERT ON postings FOR EACH STATEMENT EXECUTE FUNCTION balanced();
SELECT * FROM error($$INSERT INTO triggers.postings VALUES (1, 0)$$);
DROP TRIGGER balanced ON postings;
CREATE TRIGGER gone BEFORE DELETE ON articles FOR EACH ROW EXECUTE FUNCTION slug();
ALTER TABLE articles ALTER COLUMN slug TYPE text;
SELECT * FROM error($$DELETE FROM triggers.articles$$);

-- rows as JSON, for any table
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE things (
    id int PRIMARY KEY, n numeric, f float8, at timestamptz, tags text[], "Quoted Name" text, doc jsonb, raw json,
    b bytea, p pair, pos positive, twice int GENERATED ALWAYS AS (id * 2) STORED, history jsonb
);
CREATE TRIGGER changes BEFORE INSERT OR UPDATE ON things FOR EACH ROW EXECUTE FUNCTION changes('history');
SET timezone = 'UTC';
INSERT INTO things VALUES (1, 1.50, 0.1, '2026-01-02 03:04:05.678901', '{a,NULL}', 'q', '{"k": 1}', '{"r":  2}', '\x00ff',
    (1, 'x'), 3) RETURNING id, twice, history;
UPDATE things SET n = 2.00, tags = '{}' RETURNING n, twice, raw, history;
-- unchanged but for the column of the changes, and the values are the same
SELECT id, n, f, at, tags, "Quoted Name", doc, raw, b, p, pos, twice FROM things;
CREATE TABLE no_history (id int);
CREATE TRIGGER changes BEFORE INSERT ON no_history FOR EACH ROW EXECUTE FUNCTION changes('history');
SELECT * FROM error($$INSERT INTO triggers.no_history VALUES (1)$$);
DROP TRIGGER changes ON no_history;
CREATE TRIGGER changes BEFORE INSERT ON no_history FOR EACH ROW EXECUTE FUNCTION changes();
SELECT * FROM error($$INSERT INTO triggers.no_history VALUES (1)$$);

-- prepared: the arguments of the trigger are those of the constructor
CREATE TABLE orders (id int, customer text, amount int, state text, pos positive);
CREATE TRIGGER policy BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION admit(
    '{"required": ["customer"], "defaults": {"state": "new", "pos": 1}, "maximum": {"amount": 1000}}');
INSERT INTO orders VALUES (1, 'ann', 10), (2, 'bob', 1000) RETURNING *;
UPDATE orders SET state = 'paid', amount = 999 WHERE id = 2 RETURNING *;
-- the constructor has run once for all rows of both statements
SELECT states_made FROM wasm.stat_functions WHERE funcid = 'admit()'::regprocedure;
SELECT * FROM error($$INSERT INTO triggers.orders VALUES (3, NULL, 1)$$);
SELECT * FROM error($$INSERT INTO triggers.orders VALUES (4, 'ann', 1001)$$);
CREATE OR REPLACE TRIGGER policy BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION admit(
    '{"defaults": {"pos": -1}}');
SELECT * FROM error($$INSERT INTO triggers.orders VALUES (5, 'ann', 1)$$);
CREATE OR REPLACE TRIGGER policy BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION admit('{"unknown": 1}');
SELECT * FROM error($$INSERT INTO triggers.orders VALUES (6, 'ann', 1)$$);
CREATE OR REPLACE TRIGGER policy BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION admit();
SELECT * FROM error($$INSERT INTO triggers.orders VALUES (7, 'ann', 1)$$);
CREATE OR REPLACE TRIGGER policy BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION admit('{}', 'more');
SELECT * FROM error($$INSERT INTO triggers.orders VALUES (8, 'ann', 1)$$);
SELECT id FROM orders;

-- a prepared JSON Schema: of a column, of one table or another, and of whole rows
\set code `base64 -w0 "$PLWASM_GUESTS/rust-resources/validator.wasm"`
SELECT wasm.create_module('schemas', decode(:'code', 'base64'));
CREATE FUNCTION check_document() RETURNS trigger LANGUAGE wasm AS 'schemas#schema.check-document';
CREATE FUNCTION check_row() RETURNS trigger LANGUAGE wasm AS 'schemas#schema.check-row';
CREATE TABLE documents (id int, document jsonb, other int);
CREATE TRIGGER conform BEFORE INSERT OR UPDATE OF document ON documents FOR EACH ROW EXECUTE FUNCTION check_document(
    '{"required": ["sku"], "properties": {"sku": {"type": "string"}, "n": {"minimum": 1}}}');
INSERT INTO documents VALUES (1, '{"sku": "a", "n": 1}'), (2, NULL), (3, '{"n": 2, "sku": "b"}') RETURNING *;
SELECT * FROM error($$INSERT INTO triggers.documents VALUES (4, '{"sku": 7, "n": 0}')$$);
SELECT * FROM error($$UPDATE triggers.documents SET document = document - 'sku'$$);
UPDATE documents SET other = 1;
COPY documents (id, document) FROM stdin;
5	{"sku": "c"}
6	{}
\.
SELECT count(*) FROM documents;
-- json and text are passed as they are
CREATE TABLE raw_documents (document json);
CREATE TABLE text_documents (id int, document text);
CREATE TRIGGER conform BEFORE INSERT ON raw_documents FOR EACH ROW EXECUTE FUNCTION check_document('{"maxItems": 1}');
CREATE TRIGGER conform BEFORE INSERT ON text_documents FOR EACH ROW EXECUTE FUNCTION check_document('{"maxItems": 1}');
INSERT INTO raw_documents VALUES ('[ 1 ]') RETURNING *;
SELECT * FROM error($$INSERT INTO triggers.raw_documents VALUES ('[ 1, 2 ]')$$);
INSERT INTO text_documents VALUES (1, '{"a":  1}') RETURNING *;
SELECT * FROM error($$INSERT INTO triggers.text_documents VALUES (2, '[1,')$$);
CREATE TABLE int_documents (document int);
CREATE TRIGGER conform BEFORE INSERT ON int_documents FOR EACH ROW EXECUTE FUNCTION check_document('{"maxItems": 1}');
SELECT * FROM error($$INSERT INTO triggers.int_documents VALUES (2)$$);
-- a row has a property for each column
CREATE TABLE stock (sku text, n int, price numeric, tags text[]);
CREATE TRIGGER conform BEFORE INSERT OR UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION check_row('{
    "properties": {"sku": {"pattern": "^[a-z]+$"}, "n": {"minimum": 0}, "tags": {"uniqueItems": true}},
    "if": {"properties": {"n": {"const": 0}}}, "then": {"properties": {"price": {"type": "null"}}}}');
INSERT INTO stock VALUES ('a', 1, 2.50, '{x,y}'), ('b', 0, NULL, NULL) RETURNING *;
SELECT * FROM error($$INSERT INTO triggers.stock VALUES ('A', -1, 1, '{x,x}')$$);
SELECT * FROM error($$UPDATE triggers.stock SET n = 0$$);
-- each schema has been compiled once, for all rows of all statements and tables
SELECT funcid::regprocedure, states_made FROM wasm.stat_functions
    WHERE funcid IN ('check_document()'::regprocedure, 'check_row()'::regprocedure) ORDER BY 1;
-- what is no schema
CREATE TABLE unchecked (document jsonb);
CREATE TRIGGER conform BEFORE INSERT ON unchecked FOR EACH ROW EXECUTE FUNCTION check_document('{"type": "thing"}');
SELECT * FROM error($$INSERT INTO triggers.unchecked VALUES ('1')$$);
CREATE OR REPLACE TRIGGER conform BEFORE INSERT ON unchecked FOR EACH ROW EXECUTE FUNCTION check_document('{');
SELECT * FROM error($$INSERT INTO triggers.unchecked VALUES ('1')$$);
CREATE OR REPLACE TRIGGER conform BEFORE DELETE ON documents FOR EACH ROW EXECUTE FUNCTION check_document('{}');
SELECT * FROM error($$DELETE FROM triggers.documents$$);

-- views
CREATE TABLE base (id int, title text, slug text);
CREATE VIEW shown AS SELECT id, title, slug FROM base;
CREATE TRIGGER slug INSTEAD OF INSERT OR UPDATE ON shown FOR EACH ROW EXECUTE FUNCTION slug();
INSERT INTO shown VALUES (1, 'A view', NULL) RETURNING *;
INSERT INTO base VALUES (2, 'B', NULL);
UPDATE shown SET title = 'New B' RETURNING *;
SELECT * FROM base;

-- partitions and inheritance
CREATE TABLE parts (id int, title text, slug text) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE part2 (slug text, extra int, title text, id int);
ALTER TABLE part2 DROP COLUMN extra;
ALTER TABLE parts ATTACH PARTITION part2 FOR VALUES FROM (10) TO (20);
CREATE TRIGGER slug BEFORE INSERT OR UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION slug();
INSERT INTO parts (id, title) SELECT i, 'Title ' || i FROM generate_series(8, 12) AS i RETURNING tableoid::regclass, *;
UPDATE parts SET id = id + 3 WHERE id < 10 RETURNING tableoid::regclass, *;
CREATE TABLE child (more int) INHERITS (base);
CREATE TRIGGER slug BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION slug();
INSERT INTO child (id, title) VALUES (9, 'Inherited') RETURNING *;

-- other isolation
CREATE FUNCTION slug_of_statement() RETURNS trigger LANGUAGE wasm AS 'triggers#slug isolation=statement';
CREATE TRIGGER again BEFORE INSERT ON base FOR EACH ROW EXECUTE FUNCTION slug_of_statement();
INSERT INTO base (title) SELECT 'T ' || i FROM generate_series(1, 3) AS i RETURNING slug;

-- session_replication_role
ALTER TABLE base ENABLE REPLICA TRIGGER again;
INSERT INTO base (title) VALUES ('origin') RETURNING slug;
SET session_replication_role = replica;
INSERT INTO base (title) VALUES ('Replica') RETURNING slug;
RESET session_replication_role;

-- a trigger function that another trigger of the same statement replaces: the new one is called from then on, if it fits
CREATE TABLE replaced (id int, title text, slug text, version int);
CREATE FUNCTION replaced() RETURNS trigger LANGUAGE wasm AS 'triggers#slug';
CREATE FUNCTION replace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE NEW.title;
    RETURN NEW;
END
$$;
CREATE TRIGGER a BEFORE INSERT ON replaced FOR EACH ROW WHEN (NEW.title LIKE '% %') EXECUTE FUNCTION replace();
CREATE TRIGGER b BEFORE INSERT ON replaced FOR EACH ROW EXECUTE FUNCTION replaced();
\set replace 'CREATE OR REPLACE FUNCTION triggers.replaced() RETURNS trigger LANGUAGE wasm AS '
INSERT INTO replaced VALUES (1, 'A'), (2, :'replace' || '''triggers#version'''), (3, 'C') RETURNING id, slug, version;
INSERT INTO replaced VALUES (4, 'D'), (5, :'replace' || '''triggers#slug''') RETURNING id, left(slug, 6), version;
SELECT * FROM error(format('INSERT INTO triggers.replaced VALUES (6, ''F''), (7, %L)', :'replace' || '''triggers#balanced'''));
SELECT * FROM error(format('INSERT INTO triggers.replaced VALUES (6, ''F''), (7, %L)', :'replace' || '''triggers#email'''));
-- dropped, with or without its trigger; PostgreSQL fires the trigger until the end of the statement
SELECT * FROM error($$INSERT INTO triggers.replaced VALUES (6, 'F'), (7, 'DROP FUNCTION triggers.replaced()')$$);
SELECT left(outcome($$INSERT INTO triggers.replaced VALUES (6, 'F'), (7, 'DROP FUNCTION triggers.replaced() CASCADE')$$), 39);
BEGIN;
INSERT INTO replaced VALUES (6, 'F'), (7, 'DROP TRIGGER b ON replaced'), (8, 'H') RETURNING id, left(slug, 6);
ROLLBACK;
-- its module
SELECT * FROM error($$INSERT INTO triggers.replaced VALUES (6, 'F'),
    (7, 'CREATE OR REPLACE FUNCTION triggers.triggers() RETURNS wasm.module LANGUAGE wasm AS ''(module)''')$$);
SELECT left(outcome($$INSERT INTO triggers.replaced VALUES (6, 'F'), (7, 'DROP FUNCTION triggers.triggers() CASCADE')$$), 39);
-- nothing half done
SELECT id, slug FROM replaced ORDER BY id LIMIT 4;
INSERT INTO replaced VALUES (6, 'F') RETURNING id, slug;
-- a deferred trigger calls what the function is at the end of the transaction
CREATE TABLE late (id int, title text, slug text);
CREATE FUNCTION late() RETURNS trigger LANGUAGE wasm AS 'triggers#slug';
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late();
BEGIN;
INSERT INTO late VALUES (1, 'A');
CREATE OR REPLACE FUNCTION late() RETURNS trigger LANGUAGE wasm AS 'triggers#refuse';
COMMIT;
SELECT count(*) FROM late;

-- what cannot be a trigger function
SELECT * FROM error('CREATE FUNCTION triggers.bad(int) RETURNS trigger LANGUAGE wasm AS ''triggers#slug''');
SELECT * FROM error('CREATE FUNCTION triggers.bad() RETURNS event_trigger LANGUAGE wasm AS ''triggers#slug''');
SELECT * FROM error($$CREATE FUNCTION triggers.bad() RETURNS trigger LANGUAGE wasm
    AS '(module (func (export "bad")))'$$);
SELECT * FROM error('SELECT triggers.slug()');
-- a function that no longer fits its table is found when it is called, and by the module's new version
CREATE TABLE odd (title int, slug text);
CREATE TRIGGER slug BEFORE INSERT ON odd FOR EACH ROW EXECUTE FUNCTION slug();
SELECT * FROM error('INSERT INTO triggers.odd VALUES (1, NULL)');

-- what triggers use is counted
SELECT calls > 0 AS called, total_fuel > 0 AS used FROM wasm.stat_functions WHERE funcid = 'slug()'::regprocedure;
\set VERBOSITY terse
SET client_min_messages = error;
DROP SCHEMA triggers CASCADE;
