"""Connections that last for one statement: what the statement takes, what memory is left in use, how many there can be
in a second."""

import os
import re
import subprocess
import tempfile

from session import Session, SqlError

ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8"}


def first_call(database, query):
    """Milliseconds of a connection's first statement, as psql sees it."""
    done = subprocess.run(["psql", "-XAtq", "-d", database, "-v", "ON_ERROR_STOP=1", "-c", "\\timing on", "-c", query],
                          text=True, capture_output=True, env=ENVIRONMENT)
    time = re.search(r"^Time: ([0-9.]+) ms", done.stdout, re.M)
    if done.returncode or not time:
        raise SqlError(done.stderr.strip())
    return float(time[1])


def memory(database, query):
    """What a backend that has run one statement and waits has of memory, in kB: all, and what no other has."""
    idle, observer = Session(database, privileged=False), Session(database)
    process = idle.run("SELECT pg_backend_pid()")
    idle.run(query)
    rollup = observer.run(f"SELECT pg_read_file('/proc/{process}/smaps_rollup', 0, 4096)")
    idle.close()
    observer.close()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in rollup.splitlines() if line.endswith(" kB")}
    return {"Rss": kilobytes["Rss"], "Private": kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]}


def rate(database, query, seconds):
    """Connections a second, one after another, each with one statement."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(query + ";\n")
        script.flush()
        done = subprocess.run(["pgbench", "-n", "-C", "-T", str(max(1, round(seconds))), "-f", script.name, database],
                              text=True, capture_output=True, env=ENVIRONMENT)
    tps = re.search(r"^tps = ([0-9.]+)", done.stdout, re.M)
    if done.returncode or not tps:
        raise SqlError(done.stderr.strip())
    return float(tps[1])
