"""Measures: chooses the number of rows for each language, runs the rounds, and computes the CPU time per
call.

CPU per call = (least CPU of the query - least CPU of its baseline) / (rows * calls per row).
"""

import statistics
import sys

from session import Session, SqlError
from workloads import CALLS, WORKLOADS, check, query


class Entry:
    """One language at one workload: a backend of its own, the number of rows, and the results of the rounds."""

    def __init__(self, language, workload, session):
        self.language, self.workload, self.session = language, workload, session
        self.rows, self.calls, self.baseline = 0, [], []

    def sql(self):
        return query(self.workload, self.workload.calls(self.language), self.rows)

    def base_sql(self):
        return query(self.workload, self.workload.baseline, self.rows)

    def check(self):
        return self.session.run(check(self.workload, self.workload.calls(self.language)))

    def calibrate(self, most, seconds):
        """Sets the number of rows so that the query takes that many seconds, or to all rows. Warms up
        meanwhile.
        """
        self.rows = min(most, 100)
        while (cpu := self.session.cost(self.sql())) < seconds * 1e9 / 20 and self.rows < most:
            self.rows = min(most, self.rows * 8)
        rows = round(self.rows * seconds * 1e9 / cpu)
        digits = 10 ** max(len(str(rows)) - 2, 0)
        self.rows = max(min(most, rows // digits * digits), 1)

    def round(self):
        self.baseline.append(self.session.cost(self.base_sql()))
        self.calls.append(self.session.cost(self.sql()))

    def result(self):
        per_call = 1 / (self.rows * CALLS)
        pairs = [c - b for c, b in zip(self.calls, self.baseline)]
        return {
            "language": self.language,
            "ns": (min(self.calls) - min(self.baseline)) * per_call,
            "median_ns": statistics.median(pairs) * per_call,
            "rows": self.rows,
            "query_cpu_ns": self.calls,
            "baseline_cpu_ns": self.baseline,
        }


def progress(text):
    print(text, file=sys.stderr, flush=True)


def measure(database, here, variables, languages, rows, rounds, seconds):
    """Returns the results by workload, and the error of each language that is missing."""
    entries, sessions, missing, truth = [], [], {}, {}
    for language in languages:
        session = Session(database, **variables)
        sessions.append(session)
        try:
            session.run(f"\\i {here}/sql/{language}.sql")
        except SqlError as error:
            missing[language] = str(error)
        for workload in WORKLOADS:
            function = f"{language}_{workload.key}"
            # Functions that a failed file did create are measured all the same.
            if not session.run(f"SELECT 1 FROM pg_proc WHERE proname = '{function}'"):
                continue
            progress(f"calibrating {function}")
            entry = Entry(language, workload, session)
            try:
                value = entry.check()
                if truth.setdefault(workload.key, value) != value:
                    raise SqlError("its results differ from those of the others")
                entry.calibrate(max(int(rows * workload.share), 1), seconds)
                entries.append(entry)
            except SqlError as error:
                missing[function] = str(error)
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}")
        for entry in entries[:]:
            try:
                entry.round()
            except SqlError as error:
                missing[f"{entry.language}_{entry.workload.key}"] = str(error)
                entries.remove(entry)
    for session in sessions:
        session.close()
    results = {workload.key: [entry.result() for entry in entries if entry.workload is workload]
               for workload in WORKLOADS}
    return results, missing

