"""Owns the calls of WASI preview 2 that are compared: those that a component can make that was given nothing.

A scenario is a few calls, whose arguments are constants and handles that earlier calls returned. One component has all scenarios;
its function runs one of them, and returns what the calls wrote. It runs twice: with wasmtime's WASI, and in a server with ours.

Methods of what a component cannot have (an open file, a socket) are not compared, nor is HTTP, which reaches the network in
wasmtime.
"""

import itertools
import struct
import subprocess

import wasmtime
from functions2 import FUNCTIONS, RESOURCES, TRIED
from guest2 import RESULTS, ROOM, Call
from layout import NOTHING
from wasmtime import component


class Theirs:
    """A component with wasmtime's WASI, which was given nothing."""

    def __init__(self, text):
        self.engine = wasmtime.Engine()
        self.component = component.Component(self.engine, text)
        self.linker = component.Linker(self.engine)
        self.linker.add_wasip2()

    def run(self, number_):
        store = wasmtime.Store(self.engine)
        store.set_wasi(wasmtime.WasiConfig())
        instance = self.linker.instantiate(store, self.component)
        try:
            return bytes(RESULTS) + bytes(instance.get_func(store, "scenario")(store, number_))
        except (wasmtime.Trap, wasmtime.ExitTrap, wasmtime.WasmtimeError):
            return "trap"


class Ours:
    """The component in a server, whose function `scenario` it is."""

    def __init__(self, count):
        sql = f"""
            SET plwasm.wasi = 'inert';
            CREATE FUNCTION outcome(number bigint) RETURNS text LANGUAGE plpgsql AS $$
            BEGIN
              RETURN encode(scenario(number), 'hex');
            EXCEPTION WHEN external_routine_exception THEN
              RETURN 'trap';
            END $$;
            SELECT outcome(n) FROM generate_series(0, {count - 1}) AS n;"""
        self.outcomes = psql(sql).splitlines()
        assert len(self.outcomes) == count, f"{len(self.outcomes)} outcomes of {count} scenarios"

    def run(self, number_):
        outcome = self.outcomes[number_]
        return outcome if outcome == "trap" else bytes(RESULTS) + bytes.fromhex(outcome)


def psql(sql):
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], input=sql, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outcome(calls, memory):
    """What each call returned."""
    if memory == "trap":
        return "trap"
    return [value(call, memory, RESULTS + i * ROOM) for i, call in enumerate(calls)]


def value(call, memory, at):
    _, type_ = FUNCTIONS.get(call.name, ("", NOTHING))
    try:
        return "a handle" if isinstance(type_, str) else type_.read(memory, at)
    except (struct.error, IndexError, UnicodeDecodeError):
        return "no value of its type"


def scenarios(rng, count):
    """Each function, with all that is tried; the same with a handle that does not exist; and random sequences."""
    makers = {}
    for name, (_, type_) in FUNCTIONS.items():
        if isinstance(type_, str):
            makers.setdefault(type_[1:], []).append(name)
    for name, (kinds, _) in FUNCTIONS.items():
        kinds = [kind for kind in kinds.split() if kind != "out"]
        for values in itertools.product(*(TRIED.get(kind, makers.get(kind)) for kind in kinds)):
            calls, args = [], []
            for kind, value in zip(kinds, values):
                args.append(made(rng, makers, calls, kind, value))
            yield [*calls, Call(name, args)]
        for missing in [kind for kind in kinds if kind in RESOURCES]:
            calls, args = [], []
            for kind in kinds:
                value = rng.choice(TRIED.get(kind) or makers[kind])
                args.append(None if kind == missing else made(rng, makers, calls, kind, value))
            yield [*calls, Call(name, args)]
    names = [name for name in FUNCTIONS if name != "cli/exit#exit"]
    for _ in range(count):
        calls = []
        for _ in range(rng.randrange(2, 8)):
            name = rng.choice(names)
            args = []
            for kind in FUNCTIONS[name][0].split():
                if kind != "out":
                    args.append(made(rng, makers, calls, kind, rng.choice(TRIED.get(kind) or makers[kind])))
            calls.append(Call(name, args))
        # Handles are dropped in reverse order, because a stream outlives its pollables.
        handles = [(i, FUNCTIONS[call.name][1]) for i, call in enumerate(calls)]
        calls += [Call(f"drop {type_[1:]}", [i]) for i, type_ in reversed(handles) if isinstance(type_, str)]
        yield calls


def made(rng, makers, calls, kind, value):
    """An argument; what makes the handle that it is, is called before."""
    if kind == "pollables":
        return [made(rng, makers, calls, "pollable", rng.choice(makers["pollable"])) for _ in range(value)]
    if kind not in RESOURCES:
        return value
    known = [i for i, call in enumerate(calls) if FUNCTIONS[call.name][1] == "+" + kind]
    if known and rng.random() < 0.5:
        return rng.choice(known)
    args = []
    for other in FUNCTIONS[value][0].split():
        args.append(made(rng, makers, calls, other, rng.choice(TRIED.get(other) or makers[other])))
    calls.append(Call(value, args))
    return len(calls) - 1


def compare(theirs, ours, scenarios, differences):
    """How many calls were made, those whose difference nobody explains, and how often each explanation was needed."""
    used = {reason: 0 for reason, _ in differences}
    made, wrong = 0, []
    for number_, calls in enumerate(scenarios):
        made += len(calls)
        right, found = outcome(calls, theirs.run(number_)), outcome(calls, ours.run(number_))
        if right == "trap" or found == "trap":
            pairs = [(calls, right, found)] if right != found else []
        else:
            pairs = [(call, there, here) for call, there, here in zip(calls, right, found, strict=True) if there != here]
        for call, there, here in pairs:
            for reason, explains in differences:
                if explains(call, there, here):
                    used[reason] += 1
                    break
            else:
                wrong.append(f"{'; '.join(map(str, calls))}\n    {call}\n    is {here}\n    should be {there}")
    return made, wrong, used
