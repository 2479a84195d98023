-- Makes modules of any size: big(seed, functions) is a binary that exports f(i32) -> i32, which adds the seed, and
-- `functions` more functions of some 200 bytes each. A separate process compiles modules with more than 8 of them.

CREATE FUNCTION leb(n int) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    bytes bytea := '';
BEGIN
    WHILE n >= 128 LOOP
        bytes := bytes || set_byte('\x00', 0, n % 128 + 128);
        n := n / 128;
    END LOOP;
    RETURN bytes || set_byte('\x00', 0, n);
END $$;

-- Returns the content preceded by its length.
CREATE FUNCTION sized(content bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS
    'SELECT leb(length(content)) || content';

CREATE FUNCTION big(seed int, functions int) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
SELECT '\x0061736d01000000'
    || '\x01'::bytea || sized('\x0160017f017f')
    || '\x03'::bytea || sized(leb(functions + 1) || decode(repeat('00', functions + 1), 'hex'))
    || '\x07'::bytea || sized('\x0101660000')
    || '\x0a'::bytea || sized(leb(functions + 1)
        -- local.get 0, and two positive constants of five bytes: seed + 2^28, and 2^28
        || sized('\x00200041'::bytea || leb(seed + (1 << 28)) || '\x6a4180808080016b0b')
        -- 40 times local.get 0, call 1, drop; then local.get 0
        || decode(repeat(encode(sized(decode('00' || repeat('200010011a', 40) || '20000b', 'hex')), 'hex'), functions), 'hex'))
$$;
