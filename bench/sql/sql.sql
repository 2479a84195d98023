-- SQL. The planner inlines both functions, so the measured functions are int4pl and the built-in upper() in collation
-- "C", without any call of an SQL function. That is what a user of LANGUAGE sql gets. levenshtein is missing: SQL has
-- no natural way to write it.
CREATE FUNCTION sql_add(int4, int4) RETURNS int4
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT $1 + $2';

CREATE FUNCTION sql_upper(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT upper($1)';
