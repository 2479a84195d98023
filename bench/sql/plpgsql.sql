-- PL/pgSQL. levenshtein keeps its two rows in arrays with subscripts 0 to length(b).
CREATE FUNCTION plpgsql_add(a int4, b int4) RETURNS int4
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN a + b;
END
$$;

CREATE FUNCTION plpgsql_upper(s text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN upper(s);
END
$$;

CREATE FUNCTION plpgsql_levenshtein(a text, b text) RETURNS int4
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
