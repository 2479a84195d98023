"""WebAssembly binaries, written section by section."""

I32, I64, V128, FUNCREF = b"\x7f", b"\x7e", b"\x7b", b"\x70"
END, DROP, UNREACHABLE = b"\x0b", b"\x1a", b"\x00"
NOTHING = b"\x60\x00\x00"  # the type (func)


def leb(n):
    out = bytearray()
    while True:
        n, byte = n >> 7, n & 127
        out.append(byte | (128 if n else 0))
        if not n:
            return bytes(out)


def signed(n):
    """Returns a number that is not negative as signed LEB128."""
    out = bytearray()
    while n > 63:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def sized(content):
    return leb(len(content)) + content


def name(text):
    return sized(text.encode())


def items(*each):
    return leb(len(each)) + b"".join(each)


def times(n, one):
    """Returns a vector that contains the same item n times."""
    return leb(n) + one * n


def section(number, content):
    return bytes([number]) + sized(content)


def module(**sections):
    numbers = {"types": 1, "imports": 2, "functions": 3, "tables": 4, "memories": 5, "globals_": 6, "exports": 7,
               "elements": 9, "count": 12, "code": 10, "data": 11, "tags": 13}
    order = ["types", "imports", "functions", "tables", "memories", "tags", "globals_", "exports", "elements", "count",
             "code", "data"]
    return b"\0asm\1\0\0\0" + b"".join(section(numbers[key], sections[key]) for key in order if key in sections)


def body(code, *locals_):
    """Returns a function's body; locals are (count, type)."""
    return sized(items(*(leb(count) + ty for count, ty in locals_)) + code + END)


def one(code, *locals_, types=(NOTHING,), **more):
    """Returns a module of one function of the first type, exported as f."""
    more.setdefault("exports", items(name("f") + b"\x00\x00"))
    return module(types=items(*types), functions=items(b"\x00"), code=items(body(code, *locals_)), **more)


def func(params, results):
    return b"\x60" + items(*params) + items(*results)


MEMORY = items(b"\x00\x01")
STORE = b"\x41\x08\x41\x01\x36\x02\x00"  # i32.const 8 i32.const 1 i32.store
