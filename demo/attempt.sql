-- Makes :code a function, calls it, and records the outcome in attempts. Shows these commands if :show is all.
\set ECHO :show
\set module '(module (memory 1) (func $evil (export "evil") (result i32) ' :code '))'
CREATE OR REPLACE FUNCTION evil() RETURNS int LANGUAGE wasm AS :'module';
\set ECHO none
\set show none
SELECT clock_timestamp() AS started \gset
\set ON_ERROR_STOP 0
SELECT 'no error, but refused: the result is ' || evil() AS message \gset
\set ON_ERROR_STOP 1
\set sqlstate :SQLSTATE
\if :ERROR
    \set message :LAST_ERROR_MESSAGE
\endif
INSERT INTO attempts (code, expected, sqlstate, message, ms)
    VALUES (:'code', :'expected', :'sqlstate', :'message',
            1000 * extract(epoch FROM clock_timestamp() - :'started'));
