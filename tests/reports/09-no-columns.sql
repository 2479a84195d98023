-- source: plv8/plv8 #88 (a backend crashed); pgsql-hackers msg103741 (RETURNS TABLE ())
-- situation: composite types and tables without columns as argument and result
-- expected: the one value that they have, or an error that says so; never a crash
CREATE TYPE nothing AS ();
CREATE TABLE bare ();
INSERT INTO bare DEFAULT VALUES;
INSERT INTO bare DEFAULT VALUES;
SELECT pg_temp.gives('as a result', $q$SELECT pg_temp.def('no_columns() RETURNS nothing', '(func (export "no_columns"))')$q$, '');
SELECT pg_temp.gives('its value', 'SELECT no_columns()', '()');
SELECT pg_temp.gives('as an argument', $q$SELECT pg_temp.def('took(bare) RETURNS int', '(func (export "took") (result i32) (i32.const 7))')$q$, '');
SELECT pg_temp.gives('of rows', 'SELECT sum(took(bare)) FROM bare', '14');
SELECT pg_temp.gives('a set', $q$SELECT pg_temp.def('nones(int) RETURNS SETOF nothing', '(func (export "nones") (param i32) (result i32) (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (local.get 0)) (i32.const 8))')$q$, '');
SELECT pg_temp.gives('its rows', 'SELECT count(*) FROM nones(3)', '3');
SELECT pg_temp.gives('the session goes on', 'SELECT 1', '1');
