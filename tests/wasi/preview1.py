"""Owns the calls of WASI preview 1 that are compared: every function, with all combinations of valid and invalid arguments, and
random sequences of calls, as one call can change what the next one finds.

The guest has a wrapper for each function. It runs twice, call by call: with wasmtime's WASI, which was given nothing, and with
ours merged into it. What a call writes into the memory is part of its outcome.
"""

import itertools
import random
import struct
from dataclasses import dataclass

import wasmtime

MODULE = "wasi_snapshot_preview1"
SIZE = 0x10000  # the size of the guest's memory, in bytes
OUTSIDE = SIZE - 2  # an address at which the end of anything written is outside the memory

# The addresses of things in memory. All other bytes are 0xaa.
VECTORS = 0x1000  # three vectors of 16 bytes each
OUTSIDE_VECTORS = 0x1100  # one vector that points outside the memory
EMPTY_VECTORS = 0x1200  # two empty vectors
LARGE_VECTORS = 0x1300  # two vectors whose total length does not fit into 32 bits
BUFFERS = 0x2000
PATH = 0x3000  # "a/b"
NO_UTF8 = 0x3100
SUBSCRIPTIONS = 0x4000  # one subscription of each kind
RESULT = 0x8000
SECOND = 0x8400

CLOCK, READ, WRITE = 0, 1, 2
SUBSCRIPTION, EVENT = 48, 32  # their sizes


def subscription(user, type_, fd=0, clock=0, timeout=0, flags=0):
    if type_ == CLOCK:
        return struct.pack("<QB7xI4xQQH6x", user, type_, clock, timeout, 1, flags)
    return struct.pack("<QB7xI28x", user, type_, fd)


# The subscriptions that nothing refuses come first. Timeouts are short, because wasmtime's WASI waits.
SUBSCRIBED = [
    subscription(1, CLOCK, clock=1, timeout=1000),
    subscription(2, READ, fd=0),
    subscription(3, WRITE, fd=1),
    subscription(4, WRITE, fd=2),
    subscription(5, READ, fd=7),
    subscription(6, CLOCK, clock=0, timeout=1, flags=1),
    subscription(7, CLOCK, clock=9, timeout=1),
    subscription(8, CLOCK, clock=1, timeout=1, flags=2),
    subscription(9, 3),
    subscription(10, READ, fd=1),
    subscription(11, WRITE, fd=0),
]


def memory():
    """What is in the memory before each call."""
    content = bytearray(b"\xaa" * SIZE)
    for at, what in [
        (VECTORS, struct.pack("<6I", BUFFERS, 16, BUFFERS + 16, 16, BUFFERS + 32, 16)),
        (OUTSIDE_VECTORS, struct.pack("<2I", SIZE, 16)),
        (EMPTY_VECTORS, struct.pack("<4I", BUFFERS, 0, 0, 0)),
        (LARGE_VECTORS, struct.pack("<4I", 0, 0xFFFFFFFF, 0, 0xFFFFFFFF)),
        (BUFFERS, bytes(range(64))),
        (PATH, b"a/b"),
        (NO_UTF8, b"\xff\xfe\xfd"),
        (SUBSCRIPTIONS, b"".join(SUBSCRIBED)),
    ]:
        content[at : at + len(what)] = what
    return bytes(content)


MEMORY = memory()


class Wide(int):
    """An argument of 64 bits."""


@dataclass(frozen=True)
class Values:
    """The values of a parameter that are tried. Of a pointer also what is there: its size and alignment; of an enum or flags,
    which are none of theirs."""

    tried: tuple
    size: int = 0
    align: int = 1
    invalid: tuple = ()


def values(*tried, invalid=()):
    return Values((*tried, *invalid), invalid=invalid)


def pointer(size, align, at=RESULT):
    return Values((at, at + 1, 0, OUTSIDE, 0xFFFFFFFF), size, align)


FD = values(0, 1, 2, 3, 5, 0xFFFFFFFF)
WIDE = values(Wide(0), Wide(1), Wide(2**63), Wide(2**64 - 1))
RIGHTS = values(Wide(0), Wide(0x1FFFFFFF), invalid=(Wide(2**64 - 1),))
TIMES = values(*range(16), invalid=(16, 0xFFFF, 0xFFFFFFFF))
LOOKUP = values(0, 1, invalid=(2, 0xFFFFFFFF))
LENGTH = values(0, 1, 3, 0xFFFFFFFF)
# Two arguments each: an address, and a count or a length.
VECTOR_LIST = Values(
    ((VECTORS, 3), (VECTORS, 0), (EMPTY_VECTORS, 2), (OUTSIDE_VECTORS, 1), (LARGE_VECTORS, 2), (OUTSIDE, 1), (VECTORS, 0xFFFFFFFF),
     (0xFFFFFFF8, 0), (VECTORS + 1, 1)),
    align=4,
)
PATHS = Values(((PATH, 3), (PATH, 0), (NO_UTF8, 3), (OUTSIDE, 3), (PATH, 0xFFFFFFFF)))

# The parameters of each function, in their order. differences1.py uses their names.
FUNCTIONS = {
    "args_get": {"argv": pointer(0, 4), "buffer": pointer(0, 1)},
    "args_sizes_get": {"count": pointer(4, 4), "total": pointer(4, 4, SECOND)},
    "environ_get": {"environ": pointer(0, 4), "buffer": pointer(0, 1)},
    "environ_sizes_get": {"count": pointer(4, 4), "total": pointer(4, 4, SECOND)},
    "clock_res_get": {"clock": values(0, 1, 2, 3, invalid=(4, 5)), "result": pointer(8, 8)},
    "clock_time_get": {"clock": values(0, 1, 2, 3, invalid=(4, 5)), "precision": WIDE, "result": pointer(8, 8)},
    "fd_advise": {"fd": FD, "offset": WIDE, "span": WIDE, "advice": values(*range(6), invalid=(6, 0xFFFFFFFF))},
    "fd_allocate": {"fd": FD, "offset": WIDE, "span": WIDE},
    "fd_close": {"fd": FD},
    "fd_datasync": {"fd": FD},
    "fd_fdstat_get": {"fd": FD, "result": pointer(24, 8)},
    "fd_fdstat_set_flags": {"fd": FD, "flags": values(0, 1, 2, 4, 8, 16, 31, invalid=(32, 0xFFFF, 0x10000, 0xFFFFFFFF))},
    "fd_fdstat_set_rights": {"fd": FD, "base": RIGHTS, "inheriting": RIGHTS},
    "fd_filestat_get": {"fd": FD, "result": pointer(64, 8)},
    "fd_filestat_set_size": {"fd": FD, "size": WIDE},
    "fd_filestat_set_times": {"fd": FD, "accessed": WIDE, "modified": WIDE, "times": TIMES},
    "fd_pread": {"fd": FD, "vectors": VECTOR_LIST, "offset": WIDE, "result": pointer(4, 4)},
    "fd_prestat_get": {"fd": FD, "result": pointer(8, 4)},
    "fd_prestat_dir_name": {"fd": FD, "path": PATHS},
    "fd_pwrite": {"fd": FD, "vectors": VECTOR_LIST, "offset": WIDE, "result": pointer(4, 4)},
    "fd_read": {"fd": FD, "vectors": VECTOR_LIST, "result": pointer(4, 4)},
    "fd_readdir": {"fd": FD, "path": PATHS, "cookie": WIDE, "result": pointer(4, 4)},
    "fd_renumber": {"fd": FD, "to": FD},
    "fd_seek": {"fd": FD, "offset": WIDE, "whence": values(0, 1, 2, invalid=(3, 256, 0xFFFFFFFF)), "result": pointer(8, 8)},
    "fd_sync": {"fd": FD},
    "fd_tell": {"fd": FD, "result": pointer(8, 8)},
    "fd_write": {"fd": FD, "vectors": VECTOR_LIST, "result": pointer(4, 4)},
    "path_create_directory": {"fd": FD, "path": PATHS},
    "path_filestat_get": {"fd": FD, "lookup": LOOKUP, "path": PATHS, "result": pointer(64, 8)},
    "path_filestat_set_times": {"fd": FD, "lookup": LOOKUP, "path": PATHS, "accessed": WIDE, "modified": WIDE, "times": TIMES},
    "path_link": {"fd": FD, "lookup": LOOKUP, "path": PATHS, "to": FD, "new": PATHS},
    "path_open": {"fd": FD, "lookup": LOOKUP, "path": PATHS, "how": values(0, 1, 15, invalid=(16, 0xFFFFFFFF)), "base": RIGHTS,
                  "inheriting": RIGHTS, "flags": values(0, 1, 31, invalid=(32,)), "result": pointer(4, 4)},
    "path_readlink": {"fd": FD, "path": PATHS, "new": PATHS, "result": pointer(4, 4)},
    "path_remove_directory": {"fd": FD, "path": PATHS},
    "path_rename": {"fd": FD, "path": PATHS, "to": FD, "new": PATHS},
    "path_symlink": {"path": PATHS, "fd": FD, "new": PATHS},
    "path_unlink_file": {"fd": FD, "path": PATHS},
    "poll_oneoff": {
        "subscriptions": Values((*range(SUBSCRIPTIONS, SUBSCRIPTIONS + len(SUBSCRIBED) * SUBSCRIPTION, SUBSCRIPTION),
                                 SUBSCRIPTIONS + 4, OUTSIDE), SUBSCRIPTION, 8),
        "events": Values((SECOND, SECOND + 4, OUTSIDE), EVENT, 8),
        "number": values(0, 1, 2, 3, len(SUBSCRIBED), 0xFFFFFFFF),
        "result": pointer(4, 4),
    },
    "proc_exit": {"code": values(0, 1, 125, 126, 0xFFFFFFFF)},
    "proc_raise": {"signal": values(*range(31), invalid=(31, 0xFFFFFFFF))},
    "sched_yield": {},
    "random_get": {"buffer": pointer(0, 1), "length": LENGTH},
    "sock_accept": {"fd": FD, "flags": values(0, 4, invalid=(0xFFFFFFFF,)), "result": pointer(4, 4)},
    "sock_recv": {"fd": FD, "vectors": VECTOR_LIST, "flags": values(0, 3, invalid=(4, 0xFFFFFFFF)), "result": pointer(4, 4),
                  "result_flags": pointer(2, 2, SECOND)},
    "sock_send": {"fd": FD, "vectors": VECTOR_LIST, "flags": values(0, 1, 0xFFFF, invalid=(0x10000,)), "result": pointer(4, 4)},
    "sock_shutdown": {"fd": FD, "how": values(1, 2, 3, invalid=(4, 0xFFFFFFFF))},
}

# The most combinations of arguments per function. If there are more, this many are chosen at random.
MOST = 1200


def guest(listing):
    """A guest that exports each function under its name; the types are those of engine/tests/wasi/preview1.txt."""
    imports, exports = [], []
    for line in listing.read_text().splitlines():
        if not line.startswith(MODULE + " "):
            continue
        params, _, results = line.partition("->")
        _, name, *params = params.split()
        type_ = f"(param {' '.join(params)}) (result {results})"
        gets = " ".join(f"(local.get {i})" for i in range(len(params)))
        imports.append(f'(import "{MODULE}" "{name}" (func ${name} {type_}))')
        exports.append(f'(func (export "{name}") {type_} (call ${name} {gets}))')
    assert len(imports) == len(FUNCTIONS)
    return "\n".join(["(module", *imports, f'(memory (export "memory") {SIZE >> 16})', *exports, ")"])


@dataclass
class Call:
    name: str
    args: dict

    def flat(self):
        for arg in self.args.values():
            yield from arg if isinstance(arg, tuple) else (arg,)

    def __str__(self):
        return f"{self.name}({', '.join(f'{name}: {shown(arg)}' for name, arg in self.args.items())})"


def shown(arg):
    return "+".join(map(hex, arg)) if isinstance(arg, tuple) else hex(arg)


@dataclass
class Outcome:
    """An errno, None of a function that returns nothing, or "trap"; and what is in the memory then, but not after a trap: nobody
    sees that any more."""

    result: object
    memory: bytes

    def changes(self):
        """The bytes that are not as they were, by address."""
        return {at: byte for at, byte in enumerate(self.memory) if byte != MEMORY[at]} if self.memory != MEMORY else {}

    def __str__(self):
        changes = "".join(f" {at:#x}:{byte:02x}" for at, byte in itertools.islice(self.changes().items(), 64))
        return f"{self.result}{changes and ', writes' + changes}"


class Runner:
    """The guest, with wasmtime's WASI or without imports."""

    def __init__(self, code):
        self.engine = wasmtime.Engine()
        self.module = wasmtime.Module(self.engine, code)
        self.linker = wasmtime.Linker(self.engine)
        self.linker.define_wasi()

    def start(self):
        self.store = wasmtime.Store(self.engine)
        self.store.set_wasi(wasmtime.WasiConfig())
        self.exports = self.linker.instantiate(self.store, self.module).exports(self.store)
        self.memory = self.exports["memory"]

    def call(self, call):
        self.memory.write(self.store, MEMORY)
        try:
            result = self.exports[call.name](self.store, *map(signed, call.flat()))
        except (wasmtime.Trap, wasmtime.ExitTrap, wasmtime.WasmtimeError):
            return Outcome("trap", MEMORY)
        return Outcome(result, bytes(self.memory.read(self.store, 0, SIZE)))


def signed(arg):
    """A number as wasmtime's binding takes it."""
    bits = 64 if isinstance(arg, Wide) else 32
    return int(arg) - (int(arg) >> (bits - 1) << bits)


def single(rng):
    """Each call in an instance of its own."""
    for name, parameters in FUNCTIONS.items():
        combinations = list(itertools.product(*(parameter.tried for parameter in parameters.values())))
        if len(combinations) > MOST:
            combinations = rng.sample(combinations, MOST)
        for combination in combinations:
            yield [Call(name, dict(zip(parameters, combination)))]


def sequences(rng, count):
    """Most of these close descriptors and go on."""
    names = [*FUNCTIONS, *["fd_close", "fd_renumber"] * 12]
    names += [name for name in FUNCTIONS if name.startswith(("fd_", "sock_", "poll"))]
    for _ in range(count):
        calls = []
        for _ in range(rng.randrange(2, 7)):
            name = rng.choice(names)
            args = {parameter: rng.choice(values.tried) for parameter, values in FUNCTIONS[name].items()}
            plain = [parameter for parameter, arg in args.items() if not isinstance(arg, tuple)]
            # poll_oneoff is left out, because wasmtime's WASI waits as long as it is told.
            if plain and rng.random() < 0.2 and name != "poll_oneoff":
                parameter = rng.choice(plain)
                kind, bits = (Wide, 64) if isinstance(args[parameter], Wide) else (int, 32)
                args[parameter] = kind(rng.getrandbits(rng.choice([2, 4, 8, 16, bits])))
            calls.append(Call(name, args))
        yield calls


def compare(theirs, ours, differences, count, seed):
    """How many calls were made, those whose difference nobody explains, and how often each explanation was needed."""
    rng = random.Random(seed)
    used = {reason: 0 for reason, _ in differences}
    made, wrong = 0, []
    for calls in itertools.chain(single(rng), sequences(rng, count)):
        theirs.start()
        ours.start()
        closed = set()
        for call in calls:
            made += 1
            right, found = theirs.call(call), ours.call(call)
            if right != found:
                for reason, explains in differences:
                    if explains(call, right, found, closed):
                        used[reason] += 1
                        break
                else:
                    wrong.append(f"{'; '.join(map(str, calls))}\n    {call}\n    is {found}\n    should be {right}")
            if "trap" in (right.result, found.result):
                break
            if call.name in ("fd_close", "fd_renumber") and right.result == 0 and call.args["fd"] != call.args.get("to"):
                closed.add(call.args["fd"])
    return made, wrong, used
