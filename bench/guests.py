"""The modules of first-call: small, of 100 kB, and an interpreter."""

import pathlib
import shutil
import subprocess
import sys
from collections import namedtuple

ROOT = pathlib.Path(__file__).resolve().parent.parent

# module: its name, and of its file; function: how it is created; query, c: a call of it, and the like in C; kind: of
# how long its first call may take
Guest = namedtuple("Guest", "module title path size function query c kind")

FUNCTION, CODE = 3, 10


def number(data, at):
    """A LEB128 number, and where it ends."""
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def leb(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def repeated(binary, size):
    """A module with its functions so many times over that it has `size` bytes: real code, of which one part is used."""
    sections, at = [], 8
    while at < len(binary):
        length, start = number(binary, at + 1)
        sections.append((binary[at], binary[start:start + length]))
        at = start + length
    times = 1 + (size - len(binary)) // len(dict(sections)[CODE])
    out = binary[:8]
    for kind, content in sections:
        if kind in (FUNCTION, CODE):
            count, start = number(content, 0)
            content = leb(count * times) + content[start:] * times
        out += bytes([kind]) + leb(len(content)) + content
    return out


def interpreter():
    """Python as a component, 18 MB; built if it is not there, which takes the network. None if it cannot be."""
    path = ROOT / "guest-examples/python/examples.wasm"
    if not path.exists():
        subprocess.run([path.with_name("build.sh")], check=False, stdout=sys.stderr)
    return path.read_bytes() if path.exists() else None


def guests(scratch):
    """Writes them where the server can read them."""
    text = (ROOT / "guest-examples/c-text/text.wasm").read_bytes()
    upper = "CREATE FUNCTION {0}_upper(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT AS '{0}#upper'"
    add = "CREATE FUNCTION {0}_add(int, int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '{0}#add'"
    run = "CREATE FUNCTION {0}_run(int) RETURNS bigint LANGUAGE wasm IMMUTABLE STRICT AS '{0}#run'"
    for module, title, binary, function, call, c, kind in [
            ("small", "a sort, C", (ROOT / "bench/kernels/quicksort.wasm").read_bytes(), run, "run(0)",
             "c_add(1, 2)", "small"),
            ("tools", "text functions, C", text, upper, "upper('x')", "c_upper('x')", "small"),
            ("copies", "the same 28 times", repeated(text, 100_000), upper, "upper('x')", "c_upper('x')", "small"),
            ("python", "Python, a component", interpreter(), add, "add(1, 2)", "c_add(1, 2)", "large")]:
        if binary is None:
            print("bench/first-call: no Python component, as it cannot be built here", file=sys.stderr)
            continue
        path = pathlib.Path(scratch) / f"{module}.wasm"
        path.write_bytes(binary)
        shutil.copymode(ROOT / "guest-examples/c-text/text.wasm", path)
        yield Guest(module, title, str(path), len(binary), function.format(module), f"SELECT {module}_{call}",
                    f"SELECT {c}", kind)
