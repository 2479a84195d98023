"""The types that are measured: for each, an identity guest of its core type, and the values.

A guest gets the flat values of its argument and returns them: a single value as it is, several through
memory. `stores` says where: one store instruction and offset for each flat value.
"""

from collections import namedtuple

# A cost that has a limit, over the values of a type: what is measured, what it is compared with, the greatest ratio.
Limit = namedtuple("Limit", "title ours theirs most")

# sql: the type; value: an expression over g, the row's number; stores: as above, None for one flat value
Type = namedtuple("Type", "sql value stores")

LIST = "i32@0 i32@4"
RANGE = "i32/8@0 i32/8@{p} i@{a} i32/8@{q} i@{b} i32/8@{c} i32/8@{d}"


def range_of(width):
    """Returns the stores of a range's record: empty, two options of a value of that width, two flags."""
    lower, upper = width, 3 * width
    stores = RANGE.format(p=lower, a=2 * width, q=upper, b=4 * width, c=5 * width, d=5 * width + 1)
    return stores.replace(" i@", f" i{8 * width}@")


TYPES = [
    Type("bool", "g % 2 = 0", ""),
    Type("int2", "(g % 1000)::int2", ""),
    Type("int4", "g", ""),
    Type("int8", "g::int8", ""),
    Type("oid", "g::oid", ""),
    Type("float4", "g::float4", ""),
    Type("float8", "g::float8", ""),
    Type("date", "'2000-01-01'::date + g % 10000", ""),
    Type("time", "time '00:00' + g * interval '1 us'", ""),
    Type("timestamp", "timestamp '2000-01-01' + g * interval '1 s'", ""),
    Type("timestamptz", "timestamptz '2000-01-01' + g * interval '1 s'", ""),
    Type("bench_mood", "(ARRAY['sad', 'ok', 'happy'])[g % 3 + 1]::bench_mood", ""),
    Type("interval", "g * interval '1 s'", "i32@0 i32@4 i64@8"),
    Type("uuid", "md5(g::text)::uuid", "i64@0 i64@8"),
    Type("text", "md5(g::text)", LIST),
    Type("bytea", "decode(md5(g::text), 'hex')", LIST),
    Type("name", "md5(g::text)::name", LIST),
    Type("numeric", "(g::numeric * 98765.4321)::numeric(38, 10)", LIST),
    Type("json", "'{\"a\": 1, \"b\": [2, 3]}'::json", LIST),
    Type("jsonb", "'{\"a\": 1, \"b\": [2, 3]}'::jsonb", LIST),
    Type("inet", "('10.0.0.0'::inet + g)", LIST),
    Type("bench_point", "ROW(g, g, g % 2 = 0)::bench_point", "i32@0 f64@8 i32/8@16"),
    Type("int4[]", "(SELECT array_agg(i) FROM generate_series(1, 100) i WHERE g > 0)", LIST),
    Type("text[]", "string_to_array(repeat(md5(g::text) || ',', 9) || 'x', ',')", LIST),
    Type("numeric[]", "ARRAY[g, g + 0.5, g * 2.25]::numeric[]", LIST),
    Type("bench_point[]", "ARRAY[ROW(g, 1, true), ROW(g, 2, false)]::bench_point[]", LIST),
    Type("int4range", "int4range(g, g + 10)", range_of(4)),
    Type("tstzrange", "tstzrange(timestamptz '2000-01-01' + g * interval '1 s', NULL)", range_of(8)),
    Type("int4multirange", "int4multirange(int4range(g, g + 1), int4range(g + 5, g + 9))", LIST),
]


LIMITS = {
    "bench_point": Limit("three scalars of a composite added, by PL/pgSQL's",
                         "wasm_norm(a)", "plpgsql_norm(a)", "1/3"),
    "int4[]": Limit("int4[] of 100 summed, by PL/pgSQL's", "wasm_sum(a)", "plpgsql_sum(a)", "1/3"),
    "numeric": Limit("numeric(38,10) there and back, by a::text::numeric",
                     "f(a)", "a::text::numeric", "3"),
}


def guest(core, stores):
    """Returns the WebAssembly text of the identity on the core type `(params) -> (results)`."""
    params = core[1:core.index(")")].split(", ")
    result = core[core.rindex("(") + 1:-1]
    if not stores:
        return f'(module (func (export "f") (param {params[0]}) (result {result}) (local.get 0)))'
    body = []
    for number, store in enumerate(stores.split()):
        kind, offset = store.split("@")
        kind, _, narrow = kind.partition("/")
        body.append(f"({kind}.store{narrow} (i32.const {64 + int(offset)}) (local.get {number}))")
    return f"""(module (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 1024))
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
        (global.set $top (i32.add (local.get $at) (local.get 3)))
        (local.get $at))
      (func (export "f") (param {" ".join(params)}) (result {result})
        {" ".join(body)}
        (i32.const 64)))"""
