-- The database that everything.bash makes: everything that PostgreSQL lets depend on a function. In the order of
-- names, objects come before those that they need. :code is the binary of the text tools, in base64.
\set ON_ERROR_STOP 1
CREATE EXTENSION plwasm;
CREATE SCHEMA zz;
CREATE SCHEMA "My Schema";
GRANT USAGE ON SCHEMA zz TO reader, writer;
GRANT USAGE ON SCHEMA "My Schema" TO PUBLIC;

-- Modules: a binary, text, and 4 MB that cannot be compressed.
CREATE FUNCTION zz.zz_text() RETURNS wasm.module LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS :'code';
CREATE FUNCTION "My Schema"."My ""Module"""() RETURNS wasm.module LANGUAGE wasm AS $$ ;; a comment
    (module
        (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "Even") (param i32) (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 1))))
        (func (export "plus") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "minus") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
        (func (export "more") (param i32 i32) (result i32)
            (select (local.get 0) (local.get 1) (i32.gt_s (local.get 0) (local.get 1))))
        (func (export "rest") (param i32) (result i32) (i32.rem_u (local.get 0) (i32.const 3)))
        (func (export "gap") (param i32 i32) (result f64) (f64.convert_i32_s (i32.sub (local.get 0) (local.get 1))))
        ;; the other way round: 3 is before 2
        (func (export "cmp") (param i32 i32) (result i32)
            (i32.sub (i32.lt_s (local.get 0) (local.get 1)) (i32.gt_s (local.get 0) (local.get 1))))
        (func (export "lt") (param i32 i32) (result i32) (i32.gt_s (local.get 0) (local.get 1)))
        (func (export "le") (param i32 i32) (result i32) (i32.ge_s (local.get 0) (local.get 1)))
        (func (export "eq") (param i32 i32) (result i32) (i32.eq (local.get 0) (local.get 1)))
        (func (export "ge") (param i32 i32) (result i32) (i32.le_s (local.get 0) (local.get 1)))
        (func (export "gt") (param i32 i32) (result i32) (i32.lt_s (local.get 0) (local.get 1)))
        (func (export "hash") (param i32 i64) (result i64) (i64.add (i64.extend_i32_u (local.get 0)) (local.get 1)))) $$;
-- A custom section named pad, with 0x400000 bytes in all.
SELECT wasm.create_module('zz.zz_big', decode(:'code', 'base64') || '\x0080808002'::bytea || '\x03706164'::bytea
    || substr(string_agg(sha256(i::text::bytea), ''::bytea ORDER BY i), 1, 4194304 - 4)) FROM generate_series(1, 131072) i;
COMMENT ON FUNCTION zz.zz_text() IS 'a module''s comment';
REVOKE ALL ON FUNCTION zz.zz_text() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zz.zz_text() TO writer;

-- Functions: options, owners, grants, defaults, settings.
CREATE FUNCTION slugify(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'zz.zz_text#slugify fuel=1e6 memory=4MB';
CREATE FUNCTION zz.slugify(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT AS 'zz_text';
CREATE FUNCTION big_slugify(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT AS 'zz.zz_big#slugify';
CREATE FUNCTION levenshtein(text, text) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS 'zz.zz_text';
CREATE FUNCTION "My Schema"."Twice"(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '"My ""Module"""#twice';
CREATE FUNCTION is_even(int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""#Even';
CREATE FUNCTION more(int, int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS '"My Schema"."My ""Module"""';
CREATE FUNCTION minus(int, int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS '"My Schema"."My ""Module"""';
CREATE FUNCTION rest(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION gap(int, int) RETURNS float8 LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION cmp(int, int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION lt(int, int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION le(int, int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION eq(int, int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION ge(int, int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION gt(int, int) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION hash(int, bigint) RETURNS bigint LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""';
CREATE FUNCTION next_(step int DEFAULT plus(40, 1)) RETURNS int LANGUAGE wasm VOLATILE COST 7 SET plwasm.fuel = 5000 AS
    '(module (func (export "next_") (param i32) (result i32) (local.get 0)))';
CREATE PROCEDURE nothing() LANGUAGE wasm SECURITY DEFINER AS '(module (func (export "nothing")))';
CREATE FUNCTION standard(int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC RETURN plus($1, 1000); END;
COMMENT ON FUNCTION slugify(text) IS 'a function''s comment';
REVOKE ALL ON FUNCTION slugify(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION slugify(text) TO reader WITH GRANT OPTION;
ALTER FUNCTION levenshtein(text, text) OWNER TO writer;
-- Tables are filled before the grants exist.
ALTER FUNCTION slugify(text) OWNER TO writer;

-- Types, aggregates, operators and their classes, casts.
CREATE DOMAIN even AS int CHECK (is_even(VALUE));
CREATE TYPE half AS (i int);
CREATE FUNCTION whole(half) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""#twice';
CREATE CAST (half AS int) WITH FUNCTION whole(half) AS ASSIGNMENT;
CREATE AGGREGATE most(int) (sfunc = more, stype = int, initcond = '0', combinefunc = more, parallel = safe);
CREATE AGGREGATE moving(int) (sfunc = plus, stype = int, initcond = '0',
    msfunc = plus, minvfunc = minus, mstype = int, minitcond = '0', mfinalfunc = "My Schema"."Twice");
CREATE OPERATOR <~> (leftarg = text, rightarg = text, function = levenshtein);
CREATE OPERATOR <! (leftarg = int, rightarg = int, function = lt, commutator = >!, negator = >=!);
CREATE OPERATOR <=! (leftarg = int, rightarg = int, function = le, commutator = >=!, negator = >!);
CREATE OPERATOR =! (leftarg = int, rightarg = int, function = eq, commutator = =!, merges, hashes);
CREATE OPERATOR >=! (leftarg = int, rightarg = int, function = ge, commutator = <=!, negator = <!);
CREATE OPERATOR >! (leftarg = int, rightarg = int, function = gt, commutator = <!, negator = <=!);
CREATE OPERATOR CLASS backwards FOR TYPE int USING btree AS
    OPERATOR 1 <!, OPERATOR 2 <=!, OPERATOR 3 =!, OPERATOR 4 >=!, OPERATOR 5 >!, FUNCTION 1 cmp(int, int);
CREATE FUNCTION hash(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '"My Schema"."My ""Module"""#rest';
CREATE OPERATOR CLASS rests FOR TYPE int USING hash AS OPERATOR 1 =!, FUNCTION 1 hash(int), FUNCTION 2 hash(int, bigint);
CREATE TYPE span AS RANGE (subtype = int, subtype_opclass = backwards, subtype_diff = gap);

-- Tables: default, checks, generated column, indexes of all kinds, statistics.
CREATE TABLE a (
    id int PRIMARY KEY DEFAULT "My Schema"."Twice"(next_()),
    title text CHECK (slugify(title) <> ''),
    slug text GENERATED ALWAYS AS (slugify(title)) STORED,
    n even,
    s span,
    h half DEFAULT ROW(21),
    w int GENERATED ALWAYS AS (h::int) STORED,
    CONSTRAINT apart EXCLUDE USING gist (int4range(n, plus(n, 2)) WITH &&) WHERE (is_even(n)),
    CONSTRAINT once EXCLUDE USING btree (plus(id, n) WITH =)
);
CREATE INDEX a_slug ON a (slugify(title));
CREATE INDEX a_big ON a (big_slugify(title));
CREATE UNIQUE INDEX a_some ON a (zz.slugify(title)) INCLUDE (n) WHERE is_even(id);
CREATE INDEX a_backwards ON a (id backwards);
CREATE INDEX a_rests ON a USING hash (id rests);
CREATE INDEX a_span ON a USING gist (s);
CREATE STATISTICS a_stat ON (slugify(title)), n FROM a;
INSERT INTO a (id, title, n, s) SELECT i, 'Title, the ' || i || '.', i * 2, span(i + 5, i) FROM generate_series(1, 500) i WHERE i <> 82;
INSERT INTO a (title, n) VALUES ('By Default', 4000);
ALTER TABLE a ADD CONSTRAINT later CHECK (rest(id) < 3) NOT VALID;
-- Partitions by list, range and hash of a function's result, and by operator classes.
CREATE TABLE p (i int, t text) PARTITION BY LIST (is_even(i));
CREATE TABLE p_even PARTITION OF p FOR VALUES IN (true);
CREATE TABLE p_odd PARTITION OF p FOR VALUES IN (false) PARTITION BY RANGE (("My Schema"."Twice"(i)));
CREATE TABLE p_odd_low PARTITION OF p_odd FOR VALUES FROM (MINVALUE) TO (100);
CREATE TABLE p_odd_high PARTITION OF p_odd DEFAULT PARTITION BY HASH (slugify(t));
CREATE TABLE p_odd_high_0 PARTITION OF p_odd_high FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p_odd_high_1 PARTITION OF p_odd_high FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX ON p (rest(i));
INSERT INTO p SELECT i, 'x ' || i FROM generate_series(1, 100) i;
CREATE TABLE q (i int, j int) PARTITION BY RANGE (i backwards);
CREATE TABLE q_high PARTITION OF q FOR VALUES FROM (MINVALUE) TO (50);
CREATE TABLE q_low PARTITION OF q FOR VALUES FROM (50) TO (MAXVALUE) PARTITION BY HASH (j rests);
CREATE TABLE q_low_0 PARTITION OF q_low FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE q_low_1 PARTITION OF q_low FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO q SELECT i, i FROM generate_series(1, 100) i;

-- Views, rules, policies, triggers.
CREATE VIEW v AS SELECT id, slugify(title) AS s FROM a WHERE is_even(id);
CREATE MATERIALIZED VIEW mv AS SELECT id, s, levenshtein(s, 'title-the-100') AS distance, standard(id) AS more FROM v;
CREATE INDEX ON mv ("My Schema"."Twice"(distance));
CREATE MATERIALIZED VIEW aa AS SELECT most(distance), count(*) FROM mv;
ALTER MATERIALIZED VIEW aa OWNER TO writer;
GRANT SELECT ON mv TO writer;
CREATE TABLE ruled (i int);
CREATE RULE no_odd AS ON INSERT TO ruled WHERE NOT is_even(NEW.i) DO INSTEAD NOTHING;
CREATE TABLE guarded AS SELECT i FROM generate_series(1, 10) i;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY even_only ON guarded USING (is_even(i)) WITH CHECK (rest(i) = 0);
GRANT SELECT, INSERT ON guarded TO reader;
CREATE TRIGGER same BEFORE UPDATE ON guarded FOR EACH ROW WHEN (eq(OLD.i, NEW.i)) EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TABLE commands (tag text);
CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.commands VALUES (public.slugify(tg_tag)); END $$;
CREATE EVENT TRIGGER note ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION note();
