-- C. :lib is bench_c.c compiled with cc -O2. levenshtein is PostgreSQL's own, from fuzzystrmatch; it is declared here
-- directly, so that the extension need not be created.
CREATE FUNCTION c_add(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS :'lib', 'bench_add';

CREATE FUNCTION c_upper(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS :'lib', 'bench_upper';

CREATE FUNCTION c_levenshtein(text, text) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS '$libdir/fuzzystrmatch', 'levenshtein';
