-- Creates what the demo compares with: a word list, fuzzystrmatch, the same functions in PL/pgSQL, and a stopwatch.
CREATE EXTENSION fuzzystrmatch;

CREATE TABLE list (id int GENERATED ALWAYS AS IDENTITY, word text);
\copy list (word) FROM pstdin (ENCODING 'UTF8')
CREATE TABLE words AS
    SELECT word, coalesce(lead(word) OVER (ORDER BY id), '') AS next FROM list ORDER BY id;
-- PL/pgSQL is slow, so it gets every 20th row. Then its runs are as short as the others', and as little disturbed.
CREATE TABLE every_20th AS
    SELECT word, next FROM (SELECT *, row_number() OVER () AS n FROM words) AS numbered WHERE n % 20 = 0;
VACUUM ANALYZE words, every_20th;

CREATE SCHEMA c;
CREATE SCHEMA rust;
CREATE SCHEMA plpgsql;

CREATE FUNCTION plpgsql.levenshtein(a text, b text) RETURNS int
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    n    int := length(b);
    prev int[];
    cur  int[];
    ca   text;
BEGIN
    FOR j IN 0 .. n LOOP
        prev[j] := j;
    END LOOP;
    FOR i IN 1 .. length(a) LOOP
        ca := substr(a, i, 1);
        cur[0] := i;
        FOR j IN 1 .. n LOOP
            cur[j] := least(prev[j] + 1,
                            cur[j - 1] + 1,
                            prev[j - 1] + CASE WHEN ca = substr(b, j, 1) THEN 0 ELSE 1 END);
        END LOOP;
        prev := cur;
    END LOOP;
    RETURN prev[n];
END
$$;

CREATE FUNCTION plpgsql.soundex(word text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    letters text := upper(word COLLATE "C");
    codes   text := translate(letters, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01230120022455012623010202');
    i       int := 1;
    result  text;
BEGIN
    WHILE substr(letters, i, 1) NOT BETWEEN 'A' AND 'Z' COLLATE "C" LOOP
        i := i + 1;
        IF i > length(letters) THEN
            RETURN '';
        END IF;
    END LOOP;
    result := substr(letters, i, 1);
    WHILE length(result) < 4 LOOP
        i := i + 1;
        EXIT WHEN i > length(letters);
        IF substr(codes, i, 1) NOT IN ('0', substr(codes, i - 1, 1))
           AND substr(letters, i, 1) BETWEEN 'A' AND 'Z' COLLATE "C" THEN
            result := result || substr(codes, i, 1);
        END IF;
    END LOOP;
    RETURN rpad(result, 4, '0');
END
$$;

CREATE FUNCTION milliseconds(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz := clock_timestamp();
BEGIN
    EXECUTE query;
    RETURN 1000 * extract(epoch FROM clock_timestamp() - started);
END
$$;
