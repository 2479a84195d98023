"""The result types of fuzz.py, and their valid values in a guest's memory."""

# The address of the first byte of an input.
BASE = 1024


class Memory:
    """The bytes in a guest's memory from BASE on, and the choices of its contents."""

    def __init__(self, choices):
        self.bytes = bytearray(8)
        self.random = choices

    def allocate(self, size, align):
        self.bytes += b"\0" * (-(BASE + len(self.bytes)) % align)
        at = len(self.bytes)
        self.bytes += b"\0" * size
        return at

    def put(self, at, size, number):
        self.bytes[at:at + size] = (number & (1 << 8 * size) - 1).to_bytes(size, "little")


class Type:
    """A WIT type and the SQL type as which it is returned. `wit` is a keyword, or a definition in which
    `parts` are filled in; `put(memory, at)` writes a valid value.
    """

    def __init__(self, sql, wit, size, align, flat, put, parts=(), named=False, text=True):
        self.sql, self.wit, self.size, self.align, self.flat = sql, wit, size, align, flat
        self.put, self.parts, self.named = put, parts, named
        # Whether SQL can read the text that it writes for any value of the type.
        self.text = text and all(part.text for part in parts)

    def define(self, out):
        """Writes the type's definitions. Returns the name of the type."""
        parts = [part.define(out) for part in self.parts]
        if self.wit.isalnum():
            return self.wit
        number = len(out)
        out.append(f"(type $d{number} {self.wit.format(*parts)})")
        if not self.named:
            return f"$d{number}"
        out.append(f'(export $e{number} "t{number}" (type $d{number}))')
        return f"$e{number}"


def up(at, align):
    return (at + align - 1) & -align


# ---- scalars

EDGES = [0, 1, 2, -1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 62, (1 << 63) - 1]


def number(size, signed):
    low, high = (-(1 << 8 * size - 1), (1 << 8 * size - 1) - 1) if signed else (0, (1 << 8 * size) - 1)
    return lambda r: r.choice([r.randint(low, high), max(low, min(high, r.choice(EDGES)))])


def scalar(sql, wit, size, value, core="i32", **more):
    return Type(sql, wit, size, size, [core], lambda m, at: m.put(at, size, value(m.random)), **more)


def between(low, high):
    return lambda r: r.choice([low, high, r.randint(low, high), max(low, min(high, r.randint(-100, 100)))])


def a_char(r):
    code = r.choice([r.randint(1, 127), r.randint(128, 0xffff), r.randint(0x10000, 0x10ffff)])
    return code if not 0xd800 <= code <= 0xdfff else 0x20ac


bits = lambda size: lambda r: r.choice([r.getrandbits(8 * size), 0x7f800000 << 32 * (size // 8), 0x7ff4 << 8 * (size - 2), 0])

BOOL = scalar("bool", "bool", 1, lambda r: r.randint(0, 2))
INT4 = scalar("int4", "s32", 4, number(4, True))
INT8 = scalar("int8", "s64", 8, number(8, True), "i64")
FLOAT8 = scalar("float8", "f64", 8, bits(8), "f64")
SCALARS = {
    "bool": BOOL,
    "int2": scalar("int2", "s16", 2, number(2, True)),
    "int4": INT4,
    "int8": INT8,
    "s8": scalar("int2", "s8", 1, number(1, True)),
    "u8": scalar("int2", "u8", 1, number(1, False)),
    "u16": scalar("int4", "u16", 2, number(2, False)),
    "u32": scalar("int8", "u32", 4, number(4, False)),
    "oid": scalar("oid", "u32", 4, number(4, False)),
    "u64": scalar("numeric", "u64", 8, number(8, False), "i64"),
    "float4": scalar("float4", "f32", 4, bits(4), "f32"),
    "float8": FLOAT8,
    "date": scalar("date", "s32", 4, lambda r: r.choice([-1 << 31, (1 << 31) - 1, between(-2451545, 2145031948)(r)])),
    "time": scalar("time", "s64", 8, between(0, 86400000000), "i64"),
    "timestamp": scalar("timestamp", "s64", 8, between(-211813488000000000, 9223371331199999999), "i64"),
    "timestamptz": scalar("timestamptz", "s64", 8, between(-211813488000000000, 9223371331199999999), "i64", text=False),
    "char": scalar("text", "char", 4, a_char),
    "positive": scalar("positive", "s32", 4, between(1, (1 << 31) - 1)),
}


# ---- what lies elsewhere

def strings(sql, value):
    def put(m, at):
        data = value(m.random).encode()
        pointer = m.allocate(len(data), 1)
        m.bytes[pointer:pointer + len(data)] = data
        m.put(at, 4, BASE + pointer)
        m.put(at + 4, 4, len(data))
    return Type(sql, "string", 8, 4, ["i32", "i32"], put)


def a_text(r):
    return "".join(r.choice(["", "a", "B c", "ä", "\u20ac", "\U0001f418", "\u0301", "'\"\\", "\n", "x" * 100]) for _ in range(r.choice([0, 1, 3, 8])))


def one_of(*texts):
    return lambda r: r.choice(texts)


TEXT = strings("text", a_text)
NUMERIC = strings("numeric", one_of("0", "-1.50", "NaN", "Infinity", "1e100", "1e-100", "00012.30", "9" * 200))
ERROR_STATE = strings("text", one_of("22012", "P0001", "38ABC"))


def a_list(element, sql, least=0, most=8):
    def put(m, at):
        count = m.random.randint(least, most)
        pointer = m.allocate(count * element.size, element.align)
        for i in range(count):
            element.put(m, pointer + i * element.size)
        m.put(at, 4, BASE + pointer)
        m.put(at + 4, 4, count)
    return Type(sql, "(list {0})", 8, 4, ["i32", "i32"], put, [element])


def array(element, **more):
    return a_list(element, element.sql + "[]", **more)


def cases(sql, wit, payloads, named=False, **more):
    """The payloads of a variant's cases, each a type or None."""
    tag = 1 if len(payloads) <= 256 else 2
    some = [payload for payload in payloads if payload]
    align = max([tag] + [payload.align for payload in some])
    start = up(tag, align) if some else tag
    size = up(start + max([payload.size for payload in some] + [0]), align)

    def put(m, at):
        case = m.random.randrange(len(payloads))
        m.put(at, tag, case)
        if payloads[case]:
            payloads[case].put(m, at + start)
    width = max([len(payload.flat) for payload in some] + [0])
    return Type(sql, wit, size, align, ["i32"] * (1 + width), put, some, named, **more)


def option(part):
    return cases(part.sql, "(option {0})", [None, part])


def record(sql, wit, fields, named=False, **more):
    offsets, end, align = [], 0, 1
    for field in fields:
        offsets.append(up(end, field.align))
        end, align = offsets[-1] + field.size, max(align, field.align)

    def put(m, at):
        for field, offset in zip(fields, offsets):
            field.put(m, at + offset)
    return Type(sql, wit, up(end, align), align, [core for field in fields for core in field.flat], put, fields, named, **more)


def columns(sql, *fields):
    wit = "(record " + " ".join(f'(field "f{i}" {{{i}}})' for i in range(len(fields))) + ")"
    return record(sql, wit, fields, named=True)


def labels(sql, keyword, names):
    wit = f"({keyword} " + " ".join(f'"{name}"' for name in names) + ")"
    if keyword == "enum":
        return cases(sql, wit, [None] * len(names), named=True)
    size = 1 if len(names) <= 8 else 2 if len(names) <= 16 else 4
    return Type(sql, wit, size, size, ["i32"], lambda m, at: m.put(at, size, m.random.getrandbits(len(names))), named=True)


def a_range(sql, bound, low, high):
    """A range between two bounds in the right order."""
    lower, upper = (option(scalar(bound.sql, bound.wit, bound.size, value, bound.flat[0])) for value in (low, high))
    wit = ('(record (field "empty" bool) (field "lower" {1}) (field "upper" {2}) (field "lower-inc" bool) '
           '(field "upper-inc" bool))')
    return record(sql, wit, [BOOL, lower, upper, BOOL, BOOL], named=True)


INT4RANGE = a_range("int4range", INT4, between(-(1 << 31), 10), between(10, (1 << 31) - 2))
MOOD = labels("mood", "enum", ["sad", "ok", "happy"])
PAIR = columns("pair", INT4, TEXT)
WIDE = columns("wide", BOOL, SCALARS["s8"], INT8, MOOD, option(TEXT), option(FLOAT8), NUMERIC)
SHORT = columns("short", strings("varchar", one_of("", "a", "abc", "abc  ")), strings("bpchar", one_of("", "a", "äöü", "a  ")))
DEEP = columns("deep", array(PAIR), option(INT4RANGE), array(option(MOOD)), SHORT, option(SCALARS["positive"]))
ERROR = record("text", '(record (field "sqlstate" {0}) (field "message" {1}) (field "detail" {2}) (field "hint" {3}))',
               [ERROR_STATE, TEXT, option(TEXT), option(TEXT)], named=True)


def variant(sql):
    return cases(sql, '(variant (case "a" {0}) (case "b" {1}) (case "c" {2}) (case "d" {3}) (case "e"))',
                 [a_list(TEXT, "text[]"), option(SCALARS["char"]), WIDE, labels("text[]", "flags", ["x", "y", "z"]), None], named=True)


# As JSON: numbers of all kinds, nested values, and bytes.
NUMBERS = cases("jsonb", '(variant (case "f32" {0}) (case "f64" {1}) (case "u64" {2}) (case "bytes" {3}) (case "options" {4}))',
                [SCALARS["float4"], FLOAT8, SCALARS["u64"], a_list(scalar("bytea", "u8", 1, number(1, False)), "bytea"), option(option(INT4))],
                named=True)
OTHER = variant("text")

TYPES = SCALARS | {
    "text": TEXT,
    "name": strings("name", a_text),
    "numeric": NUMERIC,
    "jsonb": strings("jsonb", one_of("1", "{}", '{"a": [1, null, "\\u00e4"]}', '"x"', "[[[[]]]]")),
    "inet": strings("inet", one_of("1.2.3.4", "::1", "10.0.0.0/8")),
    "bytea": a_list(scalar("bytea", "u8", 1, number(1, False)), "bytea", most=40),
    "interval": record("interval", '(record (field "months" {0}) (field "days" {1}) (field "microseconds" {2}))',
                       [INT4, INT4, INT8], named=True, text=False),
    "uuid": record("uuid", "(tuple u64 u64)", [INT8, INT8]),
    "mood": MOOD,
    "mood-string": strings("mood", one_of("sad", "ok", "happy")),
    "many": labels("many", "enum", [f"l{i}" for i in range(300)]),
    "flags3": labels("text[]", "flags", ["a", "b", "c"]),
    "flags9": labels("text[]", "flags", [f"l{i}" for i in range(9)]),
    "flags32": labels("text[]", "flags", [f"l{i}" for i in range(32)]),
    "pair": PAIR,
    "one": columns("one", BOOL),
    "tuple": record("pair", "(tuple {0} {1})", [INT4, TEXT]),
    "wide": WIDE,
    "deep": DEEP,
    "int4range": INT4RANGE,
    "daterange": a_range("daterange", SCALARS["date"], between(-2451545, 0), between(0, 2145031947)),
    "multirange": a_list(INT4RANGE, "int4multirange", most=4),
    "option-int4": option(INT4),
    "option-text": option(TEXT),
    "option-deep": option(DEEP),
    "ints": array(INT4, most=40),
    "bools": array(BOOL, most=40),
    "texts": array(TEXT),
    "nulls": array(option(INT8)),
    "uuids": array(record("uuid", "(tuple u64 u64)", [INT8, INT8])),
    "dates": array(SCALARS["date"]),
    "positives": array(option(SCALARS["positive"])),
    "moods": array(MOOD),
    "pairs": array(PAIR),
    "option-deeps": array(option(DEEP), most=3),
    "set-ints": a_list(INT4, "SETOF int4"),
    "set-pairs": a_list(PAIR, "SETOF pair"),
    "set-deeps": a_list(option(DEEP), "SETOF deep", most=3),
    "json-variant": variant("json"),
    "jsonb-variant": variant("jsonb"),
    "jsonb-numbers": NUMBERS,
    "jsonb-results": a_list(cases("jsonb", "(result {0})", [NUMBERS, None]), "jsonb[]"),
    "jsonb-record": record("jsonb", '(record (field "a" {0}) (field "b" {1}))', [a_list(DEEP, "deep[]", most=3), option(MOOD)], named=True),
    "set-jsonb": a_list(variant("jsonb"), "SETOF jsonb"),
    "result": cases("void", "(result)", [None, None]),
    "result-ok": cases("pair", "(result {0})", [PAIR, None]),
    "result-text": cases("int4", "(result {0} (error {1}))", [INT4, TEXT]),
    "result-error": cases("text[]", "(result {0} (error {1}))", [array(TEXT), ERROR]),
    "result-other": cases("float8", "(result {0} (error {1}))", [FLOAT8, OTHER]),
    "result-set": cases("SETOF pair", "(result {0} (error {1}))", [a_list(PAIR, "SETOF pair"), ERROR]),
}
