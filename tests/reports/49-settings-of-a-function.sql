-- source: omnigres #960
-- situation: a role that is no superuser gives a function a setting of the language's (CREATE FUNCTION ... SET plwasm.fuel), in a session in which the library is not loaded yet
-- expected: it may, as with SET; plwasm.max_ settings are refused
-- needs: PGHOST, PGPORT, PGUSER and PGDATABASE in the environment, for a second psql
DO $$ BEGIN CREATE ROLE reports_c LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT ALL ON SCHEMA r49 TO reports_c;
CREATE FUNCTION four() RETURNS int LANGUAGE wasm AS '(module (func (export "four") (result i32) (i32.const 4)))';
ALTER FUNCTION four OWNER TO reports_c;
\set preloaded `psql -X -q -t -A -c "SHOW shared_preload_libraries"`
\set first `PGUSER=reports_c psql -X -q -t -A -c "ALTER FUNCTION r49.four() SET plwasm.memory = '16MB'" -c "SELECT r49.four()" 2>&1 | tr '\n' ' '`
\set second `PGUSER=reports_c psql -X -q -t -A -c "CREATE FUNCTION r49.five() RETURNS int LANGUAGE wasm SET plwasm.fuel = '1e6' AS '(module (func (export \"five\") (result i32) (i32.const 5)))'" -c "SELECT r49.five()" 2>&1 | tr '\n' ' '`
\set third `PGUSER=reports_c psql -X -q -t -A -c "SELECT r49.four()" -c "ALTER FUNCTION r49.four() SET plwasm.memory = '8MB'" -c "SELECT r49.four()" 2>&1 | tr '\n' ' '`
\set fourth `PGUSER=reports_c psql -X -q -t -A -c "ALTER FUNCTION r49.four() SET plwasm.max_memory = '2GB'" 2>&1 | tr '\n' ' '`
SELECT pg_temp.gives('ALTER FUNCTION ... SET, first thing in a session', format('SELECT rtrim(%L)', :'first'), '4');
SELECT pg_temp.gives('CREATE FUNCTION ... SET, first thing in a session', format('SELECT rtrim(%L)', :'second'), '5');
SELECT pg_temp.gives('once the library is loaded', format('SELECT rtrim(%L)', :'third'), '4 4');
SELECT pg_temp.gives('a ceiling', format('SELECT %L ~ %L', :'fourth', 'permission denied'), 'true');
