"""Owns the component that makes the calls of preview 2."""

import pathlib
from dataclasses import dataclass

import wasmtime
from functions2 import FUNCTIONS, RESOURCES
from layout import NOTHING, U64

HERE = pathlib.Path(__file__).resolve().parent

# The address of the results of a scenario's calls, 64 bytes each. What is allocated comes after them.
RESULTS, ROOM, HEAP = 0x4000, 64, 0x5000
TEXT = 0x2000  # "localhost"
HANDLES = 0x3000  # lists of handles


@dataclass
class Call:
    """A call of a function, or the dropping of a handle. An argument that is a resource is the number of the call that returned it,
    or None: a handle that does not exist."""

    name: str
    args: list

    def __str__(self):
        return f"{self.name}({', '.join(map(str, self.args))})"


def core_type(kind):
    return "i32 i32" if kind in ("text", "pollables") else "i64" if kind in ("l", "zeroes", "length", "past", "span") else "i32"


def signature(name):
    if name.startswith("drop "):
        return "(param i32)"
    kinds, type_ = FUNCTIONS[name]
    params = " ".join(core_type(kind) for kind in kinds.split())
    flat = "" if "out" in kinds.split() or type_ is NOTHING else "(result i64)" if type_ is U64 else "(result i32)"
    return f"{f'(param {params})' if params else ''} {flat}"


def code(number, call):
    """A call in WebAssembly text: its result goes to its place."""
    place = RESULTS + number * ROOM
    kinds, type_ = FUNCTIONS.get(call.name, (call.name.removeprefix("drop "), NOTHING))
    before, args, rest = "", [], list(call.args)
    for kind in kinds.split():
        if kind == "out":
            args.append(f"(i32.const {place})")
        elif kind == "text":
            args.append(f"(i32.const {TEXT}) (i32.const {rest.pop(0)})")
        elif kind == "pollables":
            handles = rest.pop(0)
            for i, handle in enumerate(handles):
                before += f"(i32.store (i32.const {HANDLES + 4 * i}) {handle_of(handle)})"
            args.append(f"(i32.const {HANDLES}) (i32.const {len(handles)})")
        elif kind in RESOURCES:
            args.append(handle_of(rest.pop(0)))
        else:
            args.append(f"({core_type(kind)}.const {signed(rest.pop(0))})")
    text = f'(call ${mangled(call.name)} {" ".join(args)})'
    if "result" in signature(call.name):
        text = f"({'i64' if type_ is U64 else 'i32'}.store (i32.const {place}) {text})"
    return before + text


def signed(value):
    return value - (value >> 63 << 64)


def handle_of(call):
    return "(i32.const 999)" if call is None else f"(i32.load (i32.const {RESULTS + call * ROOM}))"


def mangled(name):
    return "".join(c if c.isalnum() or c in "-./" else "_" for c in name)


def component(scenarios):
    """A component that runs a scenario, by its number."""
    text = ["(component", (HERE / "imports.wat").read_text()]
    text.append(f"""
      (core module $libc
        (memory (export "memory") 1)
        (data (i32.const {TEXT}) "localhost")
        (global $free (export "free") (mut i32) (i32.const {HEAP}))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
          (global.get $free)
          (global.set $free (i32.add (global.get $free) (local.get 3)))))
      (core instance $libc (instantiate $libc))
      (alias core export $libc "memory" (core memory $memory))
      (alias core export $libc "realloc" (core func $realloc))""")
    main, lowered = [], []
    for name in FUNCTIONS:
        interface, _, function = name.partition("#")
        main.append(f'(import "" "{name}" (func ${mangled(name)} {signature(name)}))')
        text.append(f'(alias export ${mangled(interface)} "{function}" (func ${mangled(name)}))')
        options = "(memory $memory) (realloc (core func $realloc))"
        text.append(f"(core func ${mangled(name)} (canon lower (func ${mangled(name)}) {options}))")
        lowered.append(f'(export "{name}" (func ${mangled(name)}))')
    for resource in RESOURCES:
        main.append(f'(import "" "drop {resource}" (func ${mangled("drop " + resource)} (param i32)))')
        text.append(f"(core func ${mangled('drop ' + resource)} (canon resource.drop ${resource}))")
        lowered.append(f'(export "drop {resource}" (func ${mangled("drop " + resource)}))')
    body = ""
    for number_, calls in enumerate(scenarios):
        assert len(calls) * ROOM <= HEAP - RESULTS
        each = "\n".join(code(i, call) for i, call in enumerate(calls))
        body += f"(func $s{number_} {each})\n"
    table = " ".join(f"$s{number_}" for number_ in range(len(scenarios)))
    text.append(f"""(core module $main {" ".join(main)}
      (import "libc" "memory" (memory 1))
      (import "libc" "free" (global $free (mut i32)))
      {body}
      (table funcref (elem {table}))
      (func (export "scenario") (param i32) (result i32)
        (call_indirect (local.get 0))
        (i32.store (i32.const 16) (i32.const {RESULTS}))
        (i32.store (i32.const 20) (i32.sub (global.get $free) (i32.const {RESULTS})))
        (i32.const 16)))""")
    text.append(f"""
      (core instance $main (instantiate $main (with "" (instance {" ".join(lowered)})) (with "libc" (instance $libc))))
      (func (export "scenario") (param "number" u32) (result (list u8))
        (canon lift (core func $main "scenario") (memory $memory)))""")
    return "\n".join([*text, ")"])


def binary(text):
    return bytes(wasmtime.wat2wasm(text))
