-- Owns modules of any size: big(seed, functions) is a binary that exports f(i32) -> i32, which adds the seed, beside so
-- many functions of some 200 bytes each. More than 8 of them are compiled by a process of its own.

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

-- with its length before it
CREATE FUNCTION sized(content bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS
    'SELECT leb(length(content)) || content';

CREATE FUNCTION big(seed int, functions int) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
SELECT '\x0061736d01000000'
    || '\x01'::bytea || sized('\x0160017f017f')
    || '\x03'::bytea || sized(leb(functions + 1) || decode(repeat('00', functions + 1), 'hex'))
    || '\x07'::bytea || sized('\x0101660000')
    || '\x0a'::bytea || sized(leb(functions + 1)
        -- local.get 0, and two constants of five bytes, which are positive: seed and 2^28, and 2^28
        || sized('\x00200041'::bytea || leb(seed + (1 << 28)) || '\x6a4180808080016b0b')
        -- 40 times local.get 0, call 1, drop; and local.get 0
        || decode(repeat(encode(sized(decode('00' || repeat('200010011a', 40) || '20000b', 'hex')), 'hex'), functions), 'hex'))
$$;

-- with a custom section that makes it so many bytes long, or some more
CREATE FUNCTION padded(code bytea, bytes int) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
SELECT code || '\x00'::bytea || sized('\x00'::bytea || decode(repeat('00', bytes - length(code)), 'hex'))
$$;
