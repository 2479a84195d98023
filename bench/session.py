"""One psql that is kept open: runs SQL in one backend and reads the CPU time that the backend has used.

The backend reads /proc/self itself, through pg_read_file. Therefore only the database role must be
privileged, not the user who runs the benchmark. The kernel updates schedstat when a process goes to sleep, as
a backend does between two statements. Therefore statements are sent one at a time.
"""

import os
import re
import subprocess
import time

END = "--end of output--"
PROC = "SELECT pg_read_file('/proc/self/{}', 0, 4096, true)"


class SqlError(Exception):
    pass


class Session:
    def __init__(self, database, **variables):
        command = ["psql", "-XqAt", "-d", database]
        for name, value in variables.items():
            command += ["-v", f"{name}={value}"]
        self.end = "psql has ended"
        # psql must write its errors in English, whatever the caller's language: the code below looks for them.
        self.psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True,
                                     env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.nanoseconds = bool(self.run(PROC.format("schedstat")))

    def run(self, sql):
        """Runs SQL (or \\i file) and returns its output. Raises its first error."""
        end = "" if sql.startswith("\\") or sql.endswith(";") else ";"
        try:
            self.psql.stdin.write(f"{sql}{end}\n\\echo '{END}'\n")
            self.psql.stdin.flush()
        except BrokenPipeError:
            raise SqlError(self.end) from None
        lines = []
        for line in self.psql.stdout:
            if line.rstrip("\n") == END:
                break
            lines.append(line.rstrip("\n"))
        else:
            self.end = " ".join(lines) or self.end
            raise SqlError(self.end)
        for line in lines:
            error = re.search(r"(?:ERROR|FATAL|PANIC):\s+(.*)|(^psql: error: .*)", line)
            if error:
                raise SqlError(error[1] or error[2])
        return "\n".join(lines)

    def cpu(self):
        """Returns the CPU time of the backend so far, user and system, in nanoseconds."""
        if self.nanoseconds:
            return int(self.run(PROC.format("schedstat")).split()[0])
        fields = self.run(PROC.format("stat")).rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")

    def cost(self, sql):
        """Returns the CPU time of one statement, in nanoseconds."""
        before = self.cpu()
        self.run(sql)
        return self.cpu() - before

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()
        self.psql.stdout.close()


def first_statement(database, sql, sessions):
    """Returns the time of a statement that is the first in a new connection, in milliseconds: the least of several
    connections.
    """
    times = []
    for _ in range(sessions):
        session = Session(database)
        session.run("SELECT 1")
        start = time.perf_counter()
        session.run(sql)
        times.append((time.perf_counter() - start) * 1e3)
        session.close()
    return min(times)
