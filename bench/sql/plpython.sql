-- PL/Python, untrusted: there is no trusted variant.
CREATE EXTENSION IF NOT EXISTS plpython3u;

CREATE FUNCTION plpython_add(a int4, b int4) RETURNS int4
    LANGUAGE plpython3u IMMUTABLE STRICT PARALLEL SAFE AS $$
return a + b
$$;

CREATE FUNCTION plpython_upper(s text) RETURNS text
    LANGUAGE plpython3u IMMUTABLE STRICT PARALLEL SAFE AS $$
return s.upper()
$$;

CREATE FUNCTION plpython_levenshtein(a text, b text) RETURNS int4
    LANGUAGE plpython3u IMMUTABLE STRICT PARALLEL SAFE AS $$
prev = list(range(len(b) + 1))
for i, ca in enumerate(a, 1):
    cur = [i]
    for j, cb in enumerate(b, 1):
        cur.append(min(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + (ca != cb)))
    prev = cur
return prev[-1]
$$;
