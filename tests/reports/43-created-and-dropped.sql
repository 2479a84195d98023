-- source: extism/extism #890
-- situation: hundreds of functions and modules are created, called and dropped in one session
-- expected: memory does not grow with their number; nothing is left in wasm.backend_memory
CREATE FUNCTION resident() RETURNS int LANGUAGE sql AS $$ SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmRSS:\s+(\d+)'))[1]::int $$;
CREATE FUNCTION churn(from_ int, to_ int) RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE s int8 := 0; v int;
BEGIN
    FOR i IN from_ .. to_ LOOP
        EXECUTE format('CREATE FUNCTION churned(int) RETURNS int LANGUAGE wasm AS %L',
            format('(module (memory (export "memory") 2) (data (i32.const %s) "x") (func (export "churned") (param i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.add (i32.load (i32.const 8)) (i32.const %1$s))))', i));
        EXECUTE 'SELECT churned(1)' INTO v;
        s := s + v;
        DROP FUNCTION churned;
    END LOOP;
    RETURN s;
END $$;
SELECT pg_temp.gives('warm', 'SELECT churn(1, 100)', '5150');
SELECT resident() AS before \gset
SELECT pg_temp.gives('in one statement', 'SELECT churn(101, 300)', '40300');
SELECT pg_temp.gives('in another', 'SELECT churn(301, 500)', '80300');
SELECT pg_temp.gives('less than 16 MB for 400 functions', format('SELECT CASE WHEN d < 16384 THEN %L ELSE d::text END FROM (SELECT resident() - %s AS d) _', 'yes', :before), 'yes');
SELECT pg_temp.gives('one more', 'SELECT churn(501, 501)', '502');
SELECT pg_temp.gives('not one entry each', $$SELECT CASE WHEN count(*) < 60 THEN 'few' ELSE count(*)::text END FROM wasm.backend_memory$$, 'few');
