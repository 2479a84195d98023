-- The arguments that bench/warm passes, :rows rows of each kind, and the results that it expects.
CREATE EXTENSION plwasm;

-- 32 bytes
CREATE UNLOGGED TABLE texts AS
    SELECT 'Hello, World! Row ' || lpad(i::text, 8, '0') || ', 100%' AS a FROM generate_series(1, :rows) i;
CREATE FUNCTION expected_slug(text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT trim(both '-' from regexp_replace(lower($1), '[^a-z0-9]+', '-', 'g')) $$;

CREATE UNLOGGED TABLE places AS
    SELECT i::bigint * 7919 % 360000 / 1000.0::float8 - 180 AS a, i::bigint * 6007 % 180000 / 1000.0::float8 - 90 AS b
      FROM generate_series(1, :rows) i;
-- each bit halves the range of a longitude or of a latitude
CREATE FUNCTION expected_geohash(longitude float8, latitude float8) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    least float8[] := '{-180, -90}';
    most float8[] := '{180, 90}';
    place float8[] := ARRAY[longitude, latitude];
    hash text := '';
    digit int := 0;
BEGIN
    FOR bit IN 1 .. 9 * 5 LOOP
        DECLARE
            axis int := 2 - bit % 2;
            middle float8 := (least[axis] + most[axis]) / 2;
        BEGIN
            digit := digit * 2 + (place[axis] >= middle)::int;
            IF place[axis] >= middle THEN
                least[axis] := middle;
            ELSE
                most[axis] := middle;
            END IF;
        END;
        IF bit % 5 = 0 THEN
            hash := hash || substr('0123456789bcdefghjkmnpqrstuvwxyz', digit + 1, 1);
            digit := 0;
        END IF;
    END LOOP;
    RETURN hash;
END $$;

-- about 100 bytes, with one address
CREATE UNLOGGED TABLE mails AS
    SELECT format('Order %s: please confirm by a mail to %s.%s@mail%s.example.com until the end of the month.',
                  i, substr(md5(i::text), 1, 6), i, i % 100) AS a
      FROM generate_series(1, :rows) i;

-- lazy's words, and their positions
CREATE UNLOGGED TABLE words AS
    SELECT a, row_number() OVER (ORDER BY a COLLATE "C")::int AS expected
      FROM (SELECT (SELECT string_agg((ARRAY['ba', 'de', 'fi', 'go', 'ku', 'la', 'me', 'ni', 'po', 'ru'])[digit::int + 1], ''
                                      ORDER BY place)
                      FROM string_to_table((i::bigint * 7919 % 150001)::text, NULL) WITH ORDINALITY AS d (digit, place)) AS a
              FROM generate_series(1, 150000) i) t
     ORDER BY md5(a);

VACUUM (FREEZE, ANALYZE) texts, places, mails, words;
