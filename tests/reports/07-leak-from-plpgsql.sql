-- source: plv8/plv8 #585 (also #530)
-- situation: memory grows with each call from PL/pgSQL: in a loop, by EXECUTE, with errors that are caught
-- expected: after a warm-up it does not
CREATE DOMAIN small AS int CHECK (VALUE < 1000000);
SELECT pg_temp.def('grown(text, int) RETURNS text', '(func (export "grown") (param i32 i32 i32) (result i32)
    (if (i32.eqz (local.get 2)) (then (unreachable)))
    (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.def('kept(int) RETURNS small', '(func (export "kept") (param i32) (result i32) (local.get 0))');
SELECT pg_temp.def('listed(int[]) RETURNS int[]', '(func (export "listed") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
CREATE FUNCTION work(rounds int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE t text; v int[]; n int;
BEGIN
    FOR i IN 1 .. rounds LOOP
        t := grown(repeat('x', 100), i);
        n := kept(i);
        v := listed(ARRAY[i, i + 1]);
    END LOOP;
    FOR i IN 1 .. rounds / 50 LOOP
        EXECUTE 'SELECT grown($1, 1), kept(1), listed(ARRAY[1])' INTO t USING 'y';
        BEGIN
            t := grown('z', 0);
        EXCEPTION WHEN external_routine_exception THEN NULL;
        END;
    END LOOP;
END $$;
CREATE FUNCTION resident(field text) RETURNS int LANGUAGE sql AS $$ SELECT (regexp_match(pg_read_file('/proc/self/status'), field || ':\s+(\d+)'))[1]::int $$;
SELECT work(20000);
SELECT resident('VmRSS') AS before \gset
SELECT work(100000);
SELECT work(100000);
SELECT pg_temp.gives('200,000 rounds took less than 6 MB', format('SELECT CASE WHEN d < 6144 THEN %L ELSE d::text END FROM (SELECT resident(%L) - %s AS d) _', 'yes', 'VmRSS', :before), 'yes');
SELECT resident('VmRSS') AS before \gset
BEGIN;
DO $$
DECLARE t text;
BEGIN
    FOR i IN 1 .. 5000 LOOP
        BEGIN
            t := r07.grown('z', i % 2);
        EXCEPTION WHEN external_routine_exception THEN NULL;
        END;
    END LOOP;
END $$;
SELECT pg_temp.gives('2,500 errors in one transaction took less than 8 MB', format('SELECT CASE WHEN d < 8192 THEN %L ELSE d::text END FROM (SELECT resident(%L) - %s AS d) _', 'yes', 'VmRSS', :before), 'yes');
COMMIT;
