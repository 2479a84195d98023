"""Runs the work of a soak test (tests/client/soak.sh), and watches the server meanwhile. Prints a line for
each check, as the tests do; the exit status is 1 if one has failed.

Each of sixteen threads has a session, and draws at random what it does next. Another thread cancels and
terminates some of the sessions, at any moment. A third takes samples of the work done, the processor time,
and the memory.
"""

import argparse
import csv
import os
import pathlib
import random
import statistics
import sys
import threading
import time

from wire import Gone, SqlError, Wire

SESSIONS = 16
TICK = os.sysconf("SC_CLK_TCK")
# The SQLSTATEs with which a good statement may end: it was cancelled, or its session was terminated.
CANCELED, TERMINATED = "57014", "57P01"
# The limits: the first third against the last, for the work per second of processor time; the middle against the
# last, for memory.
THROUGHPUT, MEMORY = 1.5, 1.25


class Wrong(Exception):
    """An answer that is wrong."""


class Soak:
    def __init__(self, options):
        self.until = time.monotonic() + options.seconds
        self.sessions = [None] * SESSIONS
        self.counts, self.wrong = {}, []
        self.lock = threading.Lock()

    def is_over(self):
        return time.monotonic() >= self.until or len(self.wrong) > 20

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def say(self, what):
        with self.lock:
            self.wrong.append(what)


class Session:
    """One session and its work."""

    def __init__(self, soak, number):
        self.soak, self.number = soak, number
        self.random = random.Random(number)
        self.wire = None

    def run(self):
        while not self.soak.is_over():
            action = self.random.choices(ACTIONS, WEIGHTS)[0]
            name = action.__name__
            try:
                if self.wire is None:
                    self.wire = self.soak.sessions[self.number] = Wire()
                action(self)
                self.soak.count(name)
            except Gone as gone:
                self.wire = self.soak.sessions[self.number] = None
                if gone.state != TERMINATED:
                    self.soak.say(f"{name}: {gone}")
                self.soak.count("terminated")
            except SqlError as error:
                if error.state != CANCELED:
                    self.soak.say(f"{name}: {error}")
                self.soak.count("canceled")
                self.again()
            except Wrong as wrong:
                self.soak.say(f"{name}: {wrong}")
        if self.wire:
            self.wire.close()

    def again(self):
        """Ends a transaction that has failed."""
        while self.wire:
            try:
                self.wire.query("ROLLBACK; RESET ALL")
                return
            except SqlError:
                pass
            except Gone:
                self.wire = self.soak.sessions[self.number] = None

    def gives(self, sql, expected):
        found = self.wire.value(sql)
        if found != str(expected):
            raise Wrong(f"{sql}: {found}, not {expected}")

    def fails(self, sql, state):
        try:
            found = self.wire.query(sql)
        except SqlError as error:
            if error.state == state or error.state == CANCELED:
                return
            raise Wrong(f"{sql}: {error}, not {state}") from None
        raise Wrong(f"{sql}: {found}, not {state}")

    # The kinds of work.

    def scalars(self):
        n = self.random.randrange(1, 10000)
        self.gives(f"SELECT sum(add(i, 1)) FROM t WHERE i <= {n}", n * (n + 1) // 2 + n)

    def index(self):
        n = self.random.randrange(1, 10000)
        self.gives(f"SELECT i FROM t WHERE add(i, 1) = {n + 1}", n)

    def pristine(self):
        self.gives(f"SELECT count(*) FROM generate_series(1, {self.random.randrange(1, 1000)}) WHERE counted() <> 1", 0)

    def strings(self):
        n = int(10 ** self.random.uniform(0, 6))
        self.gives(f"SELECT v = echo(v) AND length(v) = {n} FROM repeat('x', {n}) v", "t")

    def lists(self):
        n = int(10 ** self.random.uniform(0, 4))
        self.gives(f"SELECT total(array_agg(i)) = sum(i) FROM generate_series(1, {n}) i", "t")
        self.gives(f"SELECT v = echo_all(v) FROM (SELECT array_agg(i::text) FROM generate_series(1, {n}) i) v (v)", "t")
        self.gives(f"SELECT count(*) = {n} FROM echo_rows(array_fill('x'::text, ARRAY[{n}]))", "t")

    def tools(self):
        self.gives("SELECT slug('Good Morning, ' || 'World'), distance('kitten', 'sitting')", "good-morning-world")
        self.gives("SELECT distance('kitten', 'sitting')", 3)

    def domain(self):
        self.gives("SELECT as_domain(7)", 7)
        self.fails("SELECT as_domain(1000)", "23514")

    def evil(self):
        statement, state = self.random.choice(EVIL)
        self.wire.query("SET plwasm.fuel = 1e7")
        self.fails(statement, state)
        self.wire.query("RESET plwasm.fuel")
        self.gives("SELECT add(20, 22)", 42)

    def timeout(self):
        self.wire.query(f"SET plwasm.fuel = 0; SET statement_timeout = {self.random.randrange(1, 100)}")
        self.fails(f"SELECT {self.random.choice(['evil_loop', 'evil_post'])}()", CANCELED)
        self.wire.query("RESET statement_timeout; RESET plwasm.fuel")

    def caught(self):
        self.wire.query("BEGIN")
        self.gives("SELECT add(20, 22)", 42)
        self.wire.query("SAVEPOINT s")
        self.fails("SELECT evil_trap()", "38000")
        self.wire.query("ROLLBACK TO s")
        self.gives("SELECT add(20, 22)", 42)
        self.wire.query("COMMIT")

    def own(self):
        """Creates, replaces and drops a function of its own. Earlier versions must not be seen."""
        n = self.random.randrange(1000000)
        size = self.random.choice([1, 10, 1000])
        name = f"own_{self.number}"
        for n in (n, n + 1):
            self.wire.query(f"DO $$ BEGIN EXECUTE format('CREATE OR REPLACE FUNCTION {name}() RETURNS wasm.module LANGUAGE wasm AS %L', "
                            f"code({n}, {size})); CREATE OR REPLACE FUNCTION {name}_version() RETURNS int LANGUAGE wasm AS '{name}#version'; END $$")
            self.gives(f"SELECT {name}_version()", n)
        self.wire.query(f"DROP FUNCTION {name} CASCADE")
        self.fails(f"SELECT {name}_version()", "42883")

    def shared(self):
        """Replaces the module that all share. A call returns one of the versions."""
        n = self.random.randrange(1, 100)
        self.wire.query("SET client_min_messages = error")
        self.wire.query("SELECT pg_advisory_lock(1)")
        try:
            self.wire.query(f"DO $$ BEGIN EXECUTE format('CREATE OR REPLACE FUNCTION shared() RETURNS wasm.module LANGUAGE wasm AS %L', code({n}, 500)); END $$")
            self.gives("SELECT version_now()", n)
        finally:
            self.wire.query("SELECT pg_advisory_unlock_all()")

    def version(self):
        self.gives("SELECT version_now() BETWEEN 1 AND 99", "t")

    def prune(self):
        self.wire.query(f"SELECT wasm.prune_code_cache(keep => {self.random.choice([0, 1000000, 30000000])})")

    def reconnect(self):
        self.wire.close()
        self.wire = self.soak.sessions[self.number] = None


EVIL = [("SELECT evil_loop()", "54000"), ("SELECT evil_trap()", "38000"), ("SELECT evil_stack()", "54001"),
        ("SELECT evil_division()", "22012"), ("SELECT evil_bounds()", "38000"), ("SELECT evil_memory()", "38000"),
        ("SELECT evil_table()", "38000"), ("SELECT evil_heap()", "53200"), ("SELECT evil_exception()", "38000"),
        ("SELECT evil_start()", "38000"), ("SELECT evil_instance()", "38000"), ("SELECT evil_realloc('x')", "39000"),
        ("SELECT evil_text()", "39000"), ("SELECT evil_list()", "39000"), ("SELECT evil_post()", "54000"),
        ("CREATE FUNCTION evil() RETURNS int LANGUAGE wasm AS '(module (import \"a\" \"b\" (func)))'", "0A000"),
        ("DO LANGUAGE wasm '(module (func (export \"run\") (loop br 0)))'", "54000")]

S = Session
WEIGHED = {S.scalars: 12, S.index: 4, S.pristine: 8, S.strings: 12, S.lists: 8, S.tools: 8, S.domain: 4, S.evil: 16,
           S.timeout: 4, S.caught: 8, S.own: 8, S.shared: 2, S.version: 6, S.prune: 0.3, S.reconnect: 0.7}
ACTIONS, WEIGHTS = list(WEIGHED), list(WEIGHED.values())
GOOD = {"scalars", "index", "pristine", "strings", "lists", "tools", "domain", "evil", "timeout", "caught", "own",
        "shared", "version"}


def disturb(soak):
    """Cancels and terminates sessions at random."""
    drawn, killer = random.Random(99), Wire()
    while not soak.is_over():
        time.sleep(drawn.uniform(0, 0.1))
        wire = drawn.choice(soak.sessions)
        if wire:
            function = "pg_terminate_backend" if drawn.random() < 0.05 else "pg_cancel_backend"
            # The function only warns about a session that is already gone.
            killer.query(f"SET client_min_messages = error; SELECT {function}({wire.pid})")
    killer.close()


def processes(postmaster):
    """Returns the server's processes, including those that they have started: process id to name."""
    found, new = {}, [postmaster]
    while new:
        pid = new.pop()
        try:
            task = pathlib.Path(f"/proc/{pid}/task/{pid}")
            found[pid] = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            new += map(int, (task / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def times(pid, children):
    """Returns the processor time in seconds, including that of children that have ended."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, stat[11:15 if children else 13])) / TICK


def resident(pid, what):
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(what + ":")), 0)


def watch(soak, data, samples):
    """Takes a sample each second."""
    postmaster = int((data / "postmaster.pid").read_text().split()[0])
    began = time.monotonic()
    while not soak.is_over():
        time.sleep(1)
        alive = processes(postmaster)
        backends = [pid for pid, name in alive.items() if "[local]" in name]
        samples.append({
            "seconds": round(time.monotonic() - began, 1),
            "done": sum(n for what, n in soak.counts.items() if what in GOOD),
            # The postmaster's time includes that of its children that have ended.
            "cpu": round(sum(times(pid, True) for pid in alive), 2),
            "sessions": len(backends),
            "compilers": sum("plwasm compile" in name for name in alive.values()),
            "anonymous": sum(resident(pid, "RssAnon") for pid in backends),
            "shared": resident(postmaster, "RssShmem"),
        })


def rate(part):
    """Returns the work done per second of processor time."""
    return (part[-1]["done"] - part[0]["done"]) / max(part[-1]["cpu"] - part[0]["cpu"], 0.01)


def mean(part, what):
    return statistics.fmean(sample[what] for sample in part)


def check(name, is_good, what):
    print(f"{'ok' if is_good else 'FAILED'} {name}", *([] if is_good else [f"\n    {what}"]), sep="")
    return is_good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the server's data directory")
    parser.add_argument("--samples", type=pathlib.Path, help="a file for the samples")
    options = parser.parse_args()
    soak, samples = Soak(options), []
    threads = [threading.Thread(target=Session(soak, n).run) for n in range(SESSIONS)]
    threads += [threading.Thread(target=disturb, args=[soak]),
                threading.Thread(target=watch, args=[soak, options.data, samples])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if options.samples:
        with options.samples.open("w", newline="") as file:
            writer = csv.DictWriter(file, samples[0])
            writer.writeheader()
            writer.writerows(samples)
    third = len(samples) // 3
    first, middle, last = samples[:third], samples[third:-third], samples[-third:]
    change = rate(last) / rate(first)
    grown = mean(last, "anonymous") / mean(middle, "anonymous")
    shared = mean(last, "shared") / mean(middle, "shared")
    print("# " + ", ".join(f"{n} {what}" for what, n in sorted(soak.counts.items())))
    print(f"# {rate(first):.1f} a second of processor time in the first third, {rate(last):.1f} in the last; sessions have "
          f"{mean(middle, 'anonymous') / 1024:.0f} MB, then {mean(last, 'anonymous') / 1024:.0f} MB; shared "
          f"{mean(middle, 'shared') / 1024:.0f} MB, then {mean(last, 'shared') / 1024:.0f} MB")
    done = [
        check("every answer is right", not soak.wrong, "\n    ".join(soak.wrong[:20])),
        check("everything has happened", all(soak.counts.get(a.__name__) for a in ACTIONS)
              and all(soak.counts.get(what) for what in ("canceled", "terminated")), soak.counts),
        check(f"throughput is the same within a factor of {THROUGHPUT}", 1 / THROUGHPUT <= change <= THROUGHPUT, f"{change:.2f}"),
        check(f"memory of sessions grows by less than a factor of {MEMORY}", grown <= MEMORY, f"{grown:.2f}"),
        check(f"shared memory grows by less than a factor of {MEMORY}", shared <= MEMORY, f"{shared:.2f}"),
    ]
    sys.exit(not all(done))


if __name__ == "__main__":
    main()
