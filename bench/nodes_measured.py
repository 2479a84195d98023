#!/usr/bin/python3 -B
"""What bench/nodes measures, on the servers that it has started: COORDINATOR and SHARD_1 to SHARD_NODES are their directories."""

import argparse
import os
import pathlib
import time

from machine import machine, server
from measure import progress
from report import digits, table, where
from session import Session

HERE = pathlib.Path(__file__).resolve().parent
NODES = int(os.environ["NODES"])
# Queries over all shards, the same over rows of one server, and whether their results have to be equal: the last digits of a t-digest
# depend on the order of the rows.
QUERIES = {
    "filter": ("SELECT count(id), sum(id) FROM (SELECT id FROM requests "
               "WHERE soundex(customer) = 'R163' AND levenshtein(customer, 'Robert 5') = 0 OFFSET 0) s",
               "SELECT count(id), sum(id) FROM everything WHERE soundex(customer) = 'R163' AND levenshtein(customer, 'Robert 5') = 0", True),
    "t-digest": ("SELECT tdigest_count(digest(state)), tdigest_finish(digest(state), 0.99) "
                 "FROM (SELECT node, digest(ms) AS state FROM requests GROUP BY node) s",
                 "SELECT tdigest_count(digest(ms)), tdigest_finish(digest(ms), 0.99) FROM everything", False),
}
ALONE = "SET max_parallel_workers_per_gather = 0;"
# As in bench/states: two workers do all the work.
PARALLEL = ("SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off; SET parallel_setup_cost = 0; "
            "SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;")
# The calculation: rows and nodes, groups of the roll-up.
ALL_ROWS, ALL_NODES, GROUPS = 10**10, 100, (1, 1000, 100_000)
# What PostgreSQL's protocol adds to a row and to a column (DataRow in the chapter "Message Formats")
ROW, COLUMN = 7, 4


def connect(directory):
    return Session(f"host={directory} dbname=postgres")


def elapsed(session, sql):
    start = time.perf_counter()
    result = session.run(sql)
    return time.perf_counter() - start, result


class Shard:
    """A shard, and the process in it that works for the coordinator's session."""

    def __init__(self, number):
        self.session = connect(os.environ[f"SHARD_{number}"])
        self.name = f"requests_{number}"

    def worker_cpu(self):
        return int(self.session.run("SELECT coalesce(sum(split_part(pg_read_file('/proc/' || pid || '/schedstat', 0, 4096, true), ' ', 1)"
                                    "::bigint), 0) FROM pg_stat_activity WHERE application_name = 'postgres_fdw'"))

    def fuel(self):
        return int(self.session.run("SELECT coalesce(sum(total_fuel), 0) FROM wasm.stat_functions"))

    def rows(self):
        return int(self.session.run(f"SELECT count(*) FROM {self.name}"))


def same(one, other, exact):
    if exact:
        return one == other
    (rows, p99), (other_rows, other_p99) = one.split("|"), other.split("|")
    return rows == other_rows and abs(float(p99) - float(other_p99)) < 4  # the page says: a fraction of 0.004 of 0 to 1000


def workers(coordinator, options):
    """Yields a row for each query: the time without parallel workers, and with two."""
    coordinator.run("ALTER TABLE everything SET (parallel_workers = 2)")
    for name, (_, query, exact) in QUERIES.items():
        best, results = {}, {}
        for number in range(options.rounds):
            progress(f"parallel workers, {name}: round {number + 1} of {options.rounds}")
            for key, settings in (("none", ALONE), ("two", PARALLEL)):
                coordinator.run(settings)
                seconds, results[key] = elapsed(coordinator, query)
                best[key] = min(seconds, best.get(key, seconds))
        plan = coordinator.run(f"{PARALLEL} EXPLAIN (COSTS OFF) {query}")
        assert "Workers Planned: 2" in plan, plan
        assert same(results["none"], results["two"], exact), results
        yield [name, *(f"{best[key]:.2f} s" for key in best), digits(best["none"] / best["two"]), "1.8"]


def shards(coordinator, options):
    """Yields a row for each query: what shards and coordinator did for it."""
    nodes = [Shard(number + 1) for number in range(NODES)]
    rows = [node.rows() for node in nodes]
    coordinator.run(ALONE + "SET enable_partitionwise_aggregate = on")
    for name, (query, alone, exact) in QUERIES.items():
        progress(f"shards, {name}")
        plan = coordinator.run(f"EXPLAIN (COSTS OFF) {query}")
        assert plan.count("Async Foreign Scan") == NODES, plan
        # the first call compiles
        expected, found = coordinator.run(alone), coordinator.run(query)
        assert same(found, expected, exact), (found, expected)
        best = None
        for _ in range(options.rounds):
            for node in nodes:
                node.session.run("SELECT wasm.stat_reset()")
            before = [node.worker_cpu() for node in nodes], coordinator.cpu()
            seconds, _ = elapsed(coordinator, query)
            own = coordinator.cpu() - before[1]
            work = [node.worker_cpu() - cpu for node, cpu in zip(nodes, before[0])]
            fuel = [node.fuel() for node in nodes]
            if best is None or own + sum(work) < best[1] + sum(best[2]):
                best = seconds, own, work, fuel
        seconds, own, work, fuel = best
        yield [name, f"{min(rows):,} to {max(rows):,}", f"{min(fuel):,} to {max(fuel):,}", spread(fuel),
               f"{sum(work) / 1e9:.2f} s", f"{own / 1e6:.1f} ms", f"{100 * own / (own + sum(work)):.2f} %", f"{seconds:.2f} s"]
    for node in nodes:
        node.session.close()


def spread(values):
    return f"{100 * (max(values) / min(values) - 1):.2f} %"


def size(number):
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= scale:
            return f"{digits(number / scale)} {unit}"
    return f"{number:.0f} bytes"


def moved(coordinator):
    """Yields a row for each number of groups: bytes that would come to the coordinator, with rows and with states."""
    progress("sizes")
    key = 11  # a group's key, as text, about
    row = ROW + COLUMN + float(coordinator.run("SELECT avg(octet_length(ms::text)) FROM everything"))
    for groups in GROUPS:
        each = ALL_ROWS // ALL_NODES // groups
        # A state grows until it is full; beyond the rows of this table it has the same size.
        state = ROW + COLUMN + float(coordinator.run(
            f"SELECT octet_length(digest(ms)::text) FROM (SELECT ms FROM everything LIMIT {each}) s"))
        by_key = 0 if groups == 1 else COLUMN + key
        rows, states = ALL_ROWS * (row + by_key), ALL_NODES * groups * (state + by_key)
        yield [f"{groups:,}", f"{each:,}", size(state), size(rows), size(states), f"{rows / states:,.0f}"]


def main():
    parser = argparse.ArgumentParser(prog="bench/nodes")
    parser.add_argument("--rows", type=int, default=10_000_000, help="of all shards together (default 10000000)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each query, of which the least counts (default 5)")
    options = parser.parse_args()
    coordinator = connect(os.environ["COORDINATOR"])
    found = machine("bench/nodes") | server(coordinator)
    progress("a table with all rows on one server")
    coordinator.run("CREATE TABLE everything AS SELECT * FROM requests")
    coordinator.run("VACUUM ANALYZE everything")
    lines = [
        f"`{found['command']}` on {where(found)}.", "",
        f"{options.rows:,} rows; `filter` is `soundex(customer) = 'R163' AND levenshtein(customer, 'Robert 5') = 0`, `t-digest` the p99 of "
        f"a column. The least of {options.rounds} runs, no JIT. Results are compared before times are taken.", "",
        "## Parallel workers", "",
        "In one server: elapsed, without workers and with two that do all the work.", "",
        *table(["", "none", "two", "×", "at least"], workers(coordinator, options)), "",
        f"## {NODES} shards", "",
        "On one machine, by postgres_fdw, asynchronously. Work is counted, not time, as they share the machine's cores: rows and fuel of "
        "each shard, which may differ by 5 %; CPU of the shards' processes together, and of the coordinator's, of which it may take 5 %.", "",
        *table(["", "rows of a shard", "fuel of a shard", "differ by", "CPU of the shards", "of the coordinator", "its share", "elapsed"],
               shards(coordinator, options)), "",
        f"## {ALL_NODES} nodes: a calculation", "",
        f"Not measured: what comes to the coordinator for the p99 by group of {ALL_ROWS:,} rows on {ALL_NODES} nodes, in the text format "
        "that postgres_fdw reads. The sizes of a value and of a state are those of this table, with the protocol's 7 bytes for a row and 4 "
        "for a column, and 11 for the key of a group.", "",
        *table(["groups", "rows in a state", "a state", "rows moved", "states moved", "×"], moved(coordinator))]
    coordinator.close()
    text = "\n".join(lines) + "\n"
    print(text, end="")
    (HERE / "results/nodes.md").write_text(text)


main()
