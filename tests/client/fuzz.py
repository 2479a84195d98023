"""The inputs of fuzz.sh: result types, and the bytes in a guest's memory of such a result.

    fuzz.py sql                          prints the SQL that creates the types, the functions and their runners
    fuzz.py inputs COUNT SEED [TYPE...]  prints COUNT inputs of each type as lines for COPY: number, type, validity, bytes
    fuzz.py replay FILE                  prints lines of the same form, made of lines `TYPE HEX`

An input consists of eight bytes, which are the result's slot or the pointer to it, and of the bytes behind
them in memory, from 1032 on. One in three is valid: it has the layout of the canonical ABI and contains a
value of the type. The others were valid, and have been changed.
"""

import random
import sys

from fuzz_types import BASE, TYPES, Memory

PAGES = 2
END = PAGES << 16


# ---- SQL

SETUP = f"""
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE many AS ENUM ({", ".join(f"'l{i}'" for i in range(300))});
CREATE TYPE pair AS (f0 int, f1 text);
CREATE TYPE one AS (f0 bool);
CREATE TYPE wide AS (f0 bool, f1 int2, f2 int8, f3 mood, f4 text, f5 float8, f6 numeric);
CREATE TYPE short AS (f0 varchar(3), f1 char(4));
CREATE TYPE deep AS (f0 pair[], f1 int4range, f2 mood[], f3 short, f4 positive);
CREATE TABLE input (number int, type text, is_right bool, given bytea);
CREATE TABLE outcome (number int, type text, is_right bool, given bytea, state text, message text, is_same bool, ms float8);
"""


def guest(key, kind):
    core = kind.flat[0] if len(kind.flat) == 1 else "i32"
    definitions = []
    ty = kind.define(definitions)
    return f"""(component
  {" ".join(definitions)}
  (core module $m
    (memory (export "memory") {PAGES})
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const {BASE}))
    (func (export "f") (param i32 i32) (result {core}) ({core}.load (local.get 0))))
  (core instance $i (instantiate $m))
  (func (export "{key}") (param "given" (list u8)) (result {ty})
    (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"""


def sql():
    print(SETUP)
    for key, kind in TYPES.items():
        name = '"' + key.replace("-", "_") + '"'
        row = kind.sql.removeprefix("SETOF ")
        print(f"CREATE FUNCTION give.{name}(bytea) RETURNS {kind.sql} LANGUAGE wasm AS $$ {guest(key, kind)} $$;")
        # SQL must read the text that it writes for a value as the same value.
        again = f"bool_and(x::text::{row}::text IS NOT DISTINCT FROM x::text)" if kind.text and row != "void" else "true"
        print(f"""CREATE FUNCTION run.{name}(r input) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
    o outcome;
    began timestamptz := clock_timestamp();
BEGIN
    o.number := r.number; o.type := r.type; o.is_right := r.is_right; o.given := r.given; o.state := '00000';
    BEGIN
        SELECT {again}, left(convert_from(convert_to(string_agg(x::text, ','), 'UTF8'), 'UTF8'), 200)
          INTO o.is_same, o.message FROM give.{name}(r.given) x;
    EXCEPTION WHEN OTHERS THEN
        o.state := SQLSTATE; o.message := SQLERRM;
    END;
    o.ms := extract(epoch FROM clock_timestamp() - began) * 1000;
    RETURN o;
END $$;""")


# ---- inputs

def right(kind, choices):
    m = Memory(choices)
    if len(kind.flat) == 1:
        kind.put(m, 0)
    else:
        at = m.allocate(kind.size, kind.align)
        kind.put(m, at)
        m.put(0, 4, BASE + at)
    return bytes(m.bytes)


WORDS = [0, 1, 2, 3, 4, 7, 8, 255, 256, 257, 300, BASE, BASE + 1, BASE + 8, BASE + 12, END - 8, END - 4, END - 1, END, END + 1, 1 << 24,
         1 << 28, (1 << 28) - 1, (1 << 29) - 1, 1 << 29, 1 << 30, (1 << 31) - 1, 1 << 31, -16, -8, -4, -2, -1, 0xd800, 0xdfff, 0x110000]


def changed(data, choices):
    data = bytearray(data)
    for _ in range(choices.randint(1, 3)):
        at = choices.randrange(len(data) + 1)
        aligned = choices.randrange(len(data) // 4 + 1) * 4
        match choices.randrange(9):
            case 0 if at < len(data):
                data[at] ^= 1 << choices.randrange(8)
            case 1 if at < len(data):
                data[at] = choices.randrange(256)
            case 2:
                del data[at:at + choices.randint(1, 8)]
            case 3:
                data[at:at] = choices.choice([b"\0", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"1", b"{"])
            case 4:
                word = int.from_bytes(data[aligned:aligned + 4], "little") + choices.choice([-4, -1, 1, 3, 4, 8, 1000, 65536])
                data[aligned:aligned + 4] = (word & 0xffffffff).to_bytes(4, "little")
            case 5: # another word of the same input
                other = choices.randrange(len(data) // 4 + 1) * 4
                data[aligned:aligned + 4] = data[other:other + 4]
            case _:
                data[aligned:aligned + 4] = (choices.choice(WORDS) & 0xffffffff).to_bytes(4, "little")
    return bytes(data)


def inputs(count, seed, keys):
    number = 0
    for key in keys or TYPES:
        choices = random.Random(f"{key} {seed}")
        for i in range(count):
            data = right(TYPES[key], choices)
            is_right = i % 3 == 0
            if i % 30 == 29:
                data = data[:4] + choices.randbytes(choices.randrange(200))
            elif not is_right:
                data = changed(data, choices)
            print(number, key, "ft"[is_right], "\\\\x" + data.hex(), sep="\t")
            number += 1


def replay(file):
    with open(file) as lines:
        for number, line in enumerate(lines):
            key, data = line.split()
            print(-1 - number, key, "f", "\\\\x" + data, sep="\t")


def main():
    match sys.argv[1:]:
        case ["sql"]:
            sql()
        case ["inputs", count, seed, *keys]:
            inputs(int(count), int(seed), keys)
        case ["replay", file]:
            replay(file)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
