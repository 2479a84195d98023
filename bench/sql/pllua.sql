-- PL/Lua, trusted.
CREATE EXTENSION IF NOT EXISTS pllua;

CREATE FUNCTION pllua_add(a int4, b int4) RETURNS int4
    LANGUAGE pllua IMMUTABLE STRICT PARALLEL SAFE AS $$
return a + b
$$;

CREATE FUNCTION pllua_upper(s text) RETURNS text
    LANGUAGE pllua IMMUTABLE STRICT PARALLEL SAFE AS $$
return s:upper()
$$;

CREATE FUNCTION pllua_levenshtein(a text, b text) RETURNS int4
    LANGUAGE pllua IMMUTABLE STRICT PARALLEL SAFE AS $$
local n = #b
local prev = {}
for j = 0, n do prev[j] = j end
for i = 1, #a do
    local ca = a:byte(i)
    local cur = {[0] = i}
    for j = 1, n do
        local cost = ca == b:byte(j) and 0 or 1
        cur[j] = math.min(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + cost)
    end
    prev = cur
end
return prev[n]
$$;
