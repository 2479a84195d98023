-- source: ClickHouse #53821, #111935; GreenmaskIO/greenmask #77; ParabolInc/parabol #6017
-- situation: COPY in and out (text and binary) of tables with defaults, generated columns, checks and partitions by functions; ON CONFLICT by an expression index
-- expected: as for built-in functions
SELECT pg_temp.def('fresh() RETURNS int', '(func (export "fresh") (result i32) (i32.const 41))');
SELECT pg_temp.def('lowered(text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE', '(func (export "lowered") (param $p i32) (param $n i32) (result i32) (local $i i32) (local $c i32)
    (block $end (loop $next (br_if $end (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $c (i32.load8_u (i32.add (local.get $p) (local.get $i))))
        (if (i32.lt_u (i32.sub (local.get $c) (i32.const 65)) (i32.const 26)) (then (i32.store8 (i32.add (local.get $p) (local.get $i)) (i32.add (local.get $c) (i32.const 32)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))
    (i32.store (i32.const 8) (local.get $p)) (i32.store (i32.const 12) (local.get $n)) (i32.const 8))');
SELECT pg_temp.def('bucket(int) RETURNS int IMMUTABLE STRICT PARALLEL SAFE', '(func (export "bucket") (param i32) (result i32) (i32.rem_u (local.get 0) (i32.const 3)))');
CREATE TABLE t (n int DEFAULT fresh(), w text, g text GENERATED ALWAYS AS (lowered(w)) STORED, CHECK (lowered(w) <> 'bad')) PARTITION BY LIST (bucket(n));
CREATE TABLE t0 PARTITION OF t FOR VALUES IN (0);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE t2 PARTITION OF t DEFAULT;
COPY t (n, w) FROM STDIN;
0	Zero
1	ONE
2	two
\.
COPY t (w) FROM STDIN;
Default
\.
SELECT pg_temp.gives('copied in', 'SELECT string_agg(tableoid::regclass || $$:$$ || g, $$ $$ ORDER BY n) FROM t', 't0:zero t1:one t2:two t2:default');
\copy (SELECT n, lowered(w) FROM t) TO '/tmp/reports_copy.bin' (FORMAT binary)
CREATE TABLE back (n int, w text);
\copy back FROM '/tmp/reports_copy.bin' (FORMAT binary)
\! rm -f /tmp/reports_copy.bin
SELECT pg_temp.gives('binary', 'SELECT count(*) FROM back JOIN t USING (n) WHERE back.w = g', '4');
COPY t (n, w) FROM STDIN;
7	BAD
\.
SELECT pg_temp.gives('the check', 'SELECT count(*) FROM t', '4');
CREATE TABLE u (w text, n int);
CREATE UNIQUE INDEX ON u (lowered(w));
SELECT pg_temp.gives('ON CONFLICT', $$WITH i AS (INSERT INTO u VALUES ('A', 1), ('B', 1) ON CONFLICT (lowered(w)) DO UPDATE SET n = u.n + 1 RETURNING n) SELECT sum(n) FROM i$$, '2');
SELECT pg_temp.gives('a conflict', $$WITH i AS (INSERT INTO u VALUES ('a', 1), ('C', 1) ON CONFLICT (lowered(w)) DO UPDATE SET n = u.n + 1 RETURNING n) SELECT sum(n) FROM i$$, '3');
CREATE FUNCTION plan(query text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE l text; a text := ''; BEGIN FOR l IN EXECUTE 'EXPLAIN ' || query LOOP a := a || l || chr(10); END LOOP; RETURN a; END $$;
SELECT pg_temp.gives('pruned', $$SELECT plan('SELECT * FROM t WHERE bucket(n) = 1') !~ 't0|t2'$$, 'true');
SELECT pg_temp.gives('moved', $$UPDATE t SET n = 3 WHERE n = 1 RETURNING tableoid::regclass || g$$, 't0one');
