#!/usr/bin/env python3
"""Owns that our WASI with nothing in it answers as wasmtime's that was given nothing, or that differences1.py and differences2.py
say why not.

    oracle.py SCRATCH       prints `ok` or `FAILED` for each preview

The module `wasmtime` is the same release as the crate that the server has, with a WASI of its own (requirements.txt). `plwasm` and
`psql` are in the PATH; the database is the one of PG*, with the extension.
"""

import pathlib
import random
import subprocess
import sys

import differences1
import differences2
import guest2
import preview1
import preview2

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEED = 20260603
SEQUENCES = 3000  # random sequences of calls of preview 1
SCENARIOS = 600  # random scenarios of preview 2


def plwasm(*arguments):
    done = subprocess.run(["plwasm", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def report(name, made, wrong, used):
    """What came of it. An explanation of what is not seen is wrong too: it would hide what comes."""
    idle = [reason for reason, count in used.items() if not count]
    if wrong:
        print(f"FAILED {name}: {len(wrong)} of {made} calls differ, such as\n" + "\n".join(wrong[:5]))
    else:
        print(f"ok {name}: {made} calls, of which {sum(used.values())} differ as they should")
    print(f"FAILED {name}: not seen: {idle}" if idle else f"ok {name}: each of {len(used)} explanations is needed")
    sys.stdout.flush()


def check_preview1(scratch):
    listing = ROOT / "engine/tests/wasi/preview1.txt"
    guest = scratch / "preview1.wat"
    guest.write_text(preview1.guest(listing))
    theirs = preview1.Runner(guest.read_bytes())

    def ours(*options):
        module = scratch / "preview1.wasm"
        plwasm("adapt", guest, "-o", module, *options)
        return preview1.Runner(module.read_bytes())

    report("preview 1", *preview1.compare(theirs, ours("--wasi", "inert"), differences1.DIFFERENCES, SEQUENCES, SEED))
    # A WASI that only reports success must be detected.
    _, wrong, _ = preview1.compare(theirs, ours("--stub", "zero"), differences1.DIFFERENCES, 0, SEED)
    found = {name for name in preview1.FUNCTIONS if any(f"\n    {name}(" in each for each in wrong)}
    missed = set(preview1.FUNCTIONS) - found - {"args_get", "environ_get", "sched_yield"}  # which do just that
    print(f"FAILED preview 1: a wrong {missed} is not found" if missed else f"ok preview 1: {len(found)} wrong functions are found")
    sys.stdout.flush()


def check_preview2(scratch):
    rng = random.Random(SEED)
    scenarios = list(preview2.scenarios(rng, SCENARIOS))
    text = guest2.component(scenarios)
    guest = scratch / "preview2.wat"
    guest.write_text(text)
    binary = scratch / "preview2.wasm"
    binary.write_bytes(guest2.binary(text))
    preview2.psql("ALTER DATABASE postgres SET plwasm.wasi = 'inert'")
    plwasm("push", binary, "--db", "", "--create-functions")
    made, wrong, used = preview2.compare(preview2.Theirs(text), preview2.Ours(len(scenarios)), scenarios, differences2.DIFFERENCES)
    report("preview 2", made, wrong, used)


if __name__ == "__main__":
    scratch = pathlib.Path(sys.argv[1])
    check_preview1(scratch)
    check_preview2(scratch)
