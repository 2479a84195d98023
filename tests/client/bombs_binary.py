"""The bombs that are binaries, or begin as binaries do."""

from bombs_registry import FULL, MB, bomb
from wasm_binary import (DROP, END, FUNCREF, I32, I64, MEMORY, NOTHING, STORE, UNREACHABLE, V128, body, func, items,
                         leb, module, name, one, section, signed, sized, times)


@bomb("42P13")
def function_of_8_mb():
    return one(b"\x01" * 8 * MB)


@bomb("54000", "53200", "00000")
def function_of_stores():
    return one(b"\x20\x00\x41\x01\x36\x02\x00" * 40_000, (1, I32), memories=MEMORY)


@bomb("54000", "53200", "00000")
def functions_of_stores():
    return module(types=items(NOTHING), functions=times(200, b"\x00"), memories=MEMORY,
                  code=times(200, body(STORE * 20_000)))


@bomb("54000", "53200", "00000")
def functions_100_000():
    return module(types=items(NOTHING), functions=times(100_000, b"\x00"), memories=MEMORY,
                  code=times(100_000, body(STORE * 4)))


@bomb("54000", "53200", "00000", "42P13")
def functions_1_000_000():
    n = 999_990
    return module(types=items(NOTHING), functions=times(n, b"\x00"), code=times(n, body(b"")))


@bomb("54000", "53200", "00000")
def functions_exported():
    n = 490_000
    exports = b"".join(name(f"{i:x}") + b"\x00" + leb(i) for i in range(n))
    return module(types=items(NOTHING), functions=times(n, b"\x00"), exports=leb(n) + exports,
                  code=times(n, body(b"")))


@bomb("54000", "53200", "00000")
def blocks():
    n = 500_000
    return one(b"\x02\x40" * n + END * n)


@bomb("54000")
def loops():
    n = 500_000
    return one(b"\x03\x40" * n + END * n)


@bomb("54000", "53200", "00000")
def loops_many():
    deep = b"\x03\x40" * 490 + b"\x41\x00\x0d\x00\x0b" * 490
    return module(types=items(NOTHING), functions=times(8000, b"\x00"), code=times(8000, body(deep)))


@bomb("54000", "53200", "00000")
def ifs():
    n = 200_000
    return one(b"\x41\x00\x04\x40" * n + b"\x05\x0b" * n)


@bomb("54000", "53200", "00000")
def tries():
    n = 100_000
    return one(b"\x1f\x40\x00" * n + END * n)


@bomb("54000", "53200", "00000", "42P13")
def br_table():
    return one(b"\x41\x00\x0e" + times(65_000, b"\x00") + b"\x00")


@bomb("54000", "53200", "00000")
def br_tables():
    table = b"\x41\x00\x0e" + times(10_000, b"\x00") + b"\x01"
    deep = b"\x02\x40" * 150 + (table + END) * 150
    return module(types=items(NOTHING), functions=times(20, b"\x00"), code=times(20, body(deep)))


@bomb("54000", "53200", "00000")
def br_tables_of_values():
    """900 values are passed in a branch to each of a million targets."""
    wide = func([], [I64] * 900)
    table = b"\x10\x00" + b"\x41\x00\x0e" + times(50_000, b"\x00") + b"\x00"
    code = (b"\x02\x01" + table + END + DROP * 900) * 20
    return module(types=items(wide, wide), functions=times(2, b"\x00"),
                  code=items(body(UNREACHABLE), body(code + UNREACHABLE)))


@bomb("54000")
def locals_50_000():
    return module(types=items(NOTHING), functions=times(10_000, b"\x00"),
                  code=times(10_000, body(b"", (50_000, I64))))


@bomb("54000", "53200", "00000")
def locals_in_loops():
    """500 loops around 900 locals, all of which each loop changes."""
    change = b"".join(b"\x20" + leb(i) + b"\x42\x01\x7c\x21" + leb(i) for i in range(900))
    deep = b"\x03\x40" * 490 + change + b"\x41\x00\x0d\x00\x0b" * 490
    return module(types=items(NOTHING), functions=times(20, b"\x00"), code=times(20, body(deep, (900, I64))))


def ifs_of(locals_, times):
    """All locals are live at all of the branches, and each branch changes one."""
    setting = b"".join(b"\x41\x08\x29\x03\x00\x21" + leb(i) for i in range(locals_))
    branch = [b"\x41\x08\x28\x02\x00\x04\x40\x42\x01\x21" + leb(i * 7 % locals_) + END for i in range(times)]
    using = b"".join(b"\x41\x08\x20" + leb(i) + b"\x37\x03\x00" for i in range(locals_))
    return one(setting + b"".join(branch) + using, (locals_, I64), memories=MEMORY)


@bomb("54000")
def ifs_of_locals():
    return ifs_of(1000, 16_000)


@bomb("54000", "53200", "00000")
def ifs_of_locals_allowed():
    """The most complex function that is accepted."""
    return ifs_of(1000, 14_500)


@bomb("54000", "53200", "00000")
def blocks_of_values():
    """A sequence of blocks with 900 values in and out."""
    wide = func([I64] * 900, [I64] * 900)
    return one(b"\x42\x00" * 900 + b"\x02\x01\x0b" * 100_000 + DROP * 900, types=(NOTHING, wide))


@bomb("54000", "53200", "00000")
def loops_of_values():
    wide = func([I64] * 900, [I64] * 900)
    return one(b"\x42\x00" * 900 + b"\x03\x01" * 490 + b"\x41\x00\x0d\x00\x0b" * 490 + DROP * 900,
               types=(NOTHING, wide))


@bomb("54000", "53200", "00000")
def calls_of_values():
    wide = func([], [I64] * 900)
    return module(types=items(wide), functions=times(2, b"\x00"),
                  code=items(body(UNREACHABLE), body(b"\x10\x00" * 50_000 + UNREACHABLE)))


@bomb("54000", "53200", "00000")
def structs_of_10_000_fields():
    struct = b"\x5f" + times(10_000, I64 + b"\x01")
    return one(b"\xfb\x01\x01\x1a" * 50_000, types=(NOTHING, struct))


@bomb("54000", "53200", "00000")
def vectors():
    """300 vectors are live at once, and all of them are used repeatedly."""
    get = [b"\x20" + leb(i) for i in range(300)]
    code = b"".join(get[i] + get[(i * 7 + 1) % 300] + b"\xfd\xd5\x01" + get[(i * 11 + 3) % 300] + b"\xfd\x0d"
                    + bytes(range(16)) + b"\x21" + leb(i) for i in range(300))
    return one(code * 120, (300, V128))


@bomb("54000", "53200", "00000")
def pressure():
    """Hundreds of thousands of values, all of which are live to the end."""
    n = 100_000
    loads = b"".join(b"\x41" + leb(i % 60 * 8) + b"\x29\x03\x00" for i in range(n))
    return one(loads + b"\x85" * (n - 1) + DROP, memories=MEMORY)


@bomb("54000", "53200", "00000")
def floats():
    """NaNs that must be made canonical."""
    code = b"\x20\x00\x20\x00\xa3\x9a\x21\x00" * 30_000
    return module(types=items(NOTHING), functions=times(100, b"\x00"), code=times(100, body(code, (1, b"\x7c"))))


@bomb("54000", "53200", "00000")
def globals_put_back():
    """After each of 20,000 exports 20,000 globals are restored."""
    n = 20_000
    exports = b"".join(name(f"{i:x}") + b"\x00\x00" for i in range(n))
    return one(b"\x41\x00\x24\x00", exports=leb(n) + exports, globals_=times(n, I32 + b"\x01\x41\x00\x0b"))


@bomb("54000", "53200", "00000", "42P13")
def data_segments():
    n = 99_000
    return one(b"", memories=MEMORY, count=leb(n), data=times(n, b"\x01\x01x"))


@bomb("54000", "53200", "00000", "42P13")
def data_segments_active():
    return one(b"", memories=MEMORY, data=times(99_000, b"\x00\x41\x00\x0b\x01x"))


@bomb("54000", "53200", "00000")
def data_of_31_mb():
    data = bytes(range(256)) * (31 * MB // 256)
    return one(b"", memories=items(b"\x00" + leb(500)), data=items(b"\x00\x41\x00\x0b" + sized(data)))


@bomb("54000", "53200", "00000", "42P13")
def element_segments():
    return one(b"", tables=items(FUNCREF + b"\x00\x0a"), elements=times(99_000, b"\x01\x00\x01\x00"))


@bomb("54000", "53200", "00000")
def elements():
    segment = b"\x00\x41\x00\x0b" + times(9_900_000, b"\x00")
    return one(b"", tables=items(FUNCREF + b"\x00" + leb(10_000_000)), elements=items(segment))


@bomb("54000", "53200", "00000", "42P13")
def types():
    """A million different types."""
    each = b"".join(b"\x5f\x01\x63" + leb(i) + b"\x00" for i in range(0, 1_000_000))
    return module(types=leb(1_000_000) + each)


@bomb("54000", "53200", "00000", "42P13")
def types_alike():
    return module(types=times(900_000, func([I64] * 30, [])))


@bomb("54000", "53200", "00000", "42P13")
def types_in_one_group():
    """Each type refers to the one before it."""
    n = 900_000
    each = b"".join(b"\x5f\x01\x63" + signed(max(i - 1, 0)) + b"\x00" for i in range(n))
    return module(types=items(b"\x4e" + leb(n) + each))


@bomb("54000", "53200", "00000", "42P13")
def types_in_groups():
    """Chains of subtypes, 60 long, in groups that refer to each other."""
    out, count = [], 0
    while count < 600_000:
        group = []
        for i in range(60):
            above = b"\x00" if i == 0 else b"\x01" + leb(count + i - 1)
            group.append(b"\x50" + above + b"\x5f" + times(1, b"\x63" + signed(max(count - 1, 0)) + b"\x00"))
        out.append(b"\x4e" + items(*group))
        count += 60
    return module(types=items(*out))


@bomb("54000", "53200", "00000", "42P13")
def exports_490_000():
    n = 490_000
    exports = b"".join(name(f"{i:x}") + b"\x00\x00" for i in range(n))
    return one(b"", exports=leb(n) + exports)


@bomb("54000", "53200", "00000", "42P13")
def exports_of_64_kb():
    """500 names, each of 64 kB."""
    exports = b"".join(name(f"{i:05}" + "x" * 65_000) + b"\x00\x00" for i in range(500))
    return one(b"", exports=leb(500) + exports)


@bomb("54000", "53200", "00000", "42P13")
def exports_of_wide_types():
    """Exports of a function with 900 parameters, as many as the bound on type sizes allows."""
    n = 1_000
    exports = b"".join(name(f"{i:x}") + b"\x00\x00" for i in range(n))
    return one(b"", types=(func([I64] * 900, []),), exports=leb(n) + exports)


@bomb("0A000", "42P13")
def imports_1_000_000():
    return module(types=items(NOTHING), imports=times(1_000_000, b"\x01a\x01b\x00\x00"))


@bomb("0A000", "42P13")
def imports_of_64_kb():
    each = name("x" * 65_000) + name("y" * 65_000) + b"\x00\x00"
    return module(types=items(NOTHING), imports=times(250, each))


@bomb("54000", "53200", "00000", "42P13")
def constant_expression():
    """One global that is a sum of ten million terms."""
    n = 5_000_000
    return one(b"", globals_=items(I32 + b"\x00" + b"\x41\x00" + b"\x41\x01\x6a" * n + END))


@bomb("54000", "53200", "00000", "42P13")
def constant_expressions():
    return one(b"", globals_=times(900_000, I32 + b"\x00" + b"\x41\x00" + b"\x41\x01\x6a" * 8 + END))


@bomb("54000", "53200", "00000", "42P13")
def tables_of_expressions():
    segment = b"\x05\x70" + times(900_000, b"\xd2\x00\x0b")
    return one(b"", elements=times(8, segment), tables=items(FUNCREF + b"\x00\x0a"))


@bomb("00000", "42P13", "53200", "54000")
def names():
    """A name section that names a million functions that do not exist, with one name of 8 MB."""
    n = 1_000_000
    functions = leb(n) + b"".join(leb(i) + b"\x05names" for i in range(n))
    big = b"\x00" + sized(sized(b"m" * 8 * MB))
    return one(b"") + section(0, name("name") + big + b"\x01" + sized(functions))


@bomb("00000")
def custom_section():
    return one(b"") + section(0, name("x") + bytes(FULL - 100))


@bomb("42P13")
def junk():
    """Base64 of bytes that begin as a module does."""
    return b"\0asm\1\0\0\0" + bytes(i * i % 251 for i in range(251)) * (FULL // 251 - 1)


@bomb("42P13")
def metadata():
    """A module with component-type sections of junk."""
    return one(b"") + section(0, name("component-type:x") + b"\0asm\x0d\0\1\0" + b"\7\1A\0" * 250_000)


@bomb("42P13", "00000")
def metadata_docs():
    """A module whose comments are JSON nested without end."""
    return one(b"") + section(0, name("package-docs") + b"\x01" + b"[" * 30 * MB)
