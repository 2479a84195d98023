"""`plwasm stat` on a pseudo-terminal, for tests/client/stat.sh.

    stat_terminal.py COMMAND    prints `ok NAME` or `FAILED NAME` and why, for each check

COMMAND is the command plwasm; the server is the one that psql connects to, in which the functions `short` and `long` are being
called all the time. It must have nothing in it that knows how plwasm draws, except that a frame begins with clearing the screen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from checks import check, finish

PLWASM = sys.argv[1]


def sql(query):
    done = subprocess.run(["psql", "-XAtqc", query], check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Terminal:
    """The command on a terminal of a size, and what it has written there."""

    def __init__(self, columns, rows, user=None, controls=True):
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows, False)
        self.before = termios.tcgetattr(self.slave)
        self.output = ""
        environment = os.environ | {"TERM": "xterm", "PGAPPNAME": "stat_test"} | ({"PGUSER": user} if user else {})
        self.process = subprocess.Popen(
            [PLWASM, "stat", "--interval", "0.3"], stdin=self.slave, stdout=self.slave,
            stderr=subprocess.PIPE, env=environment, start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controls else None)

    def resize(self, columns, rows, tells=True):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tells:
            os.kill(self.process.pid, signal.SIGWINCH)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def read(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self.master], [], [], left)[0]:
            self.output += os.read(self.master, 65536).decode(errors="replace")
            end = min(end, time.monotonic() + 0.15)  # what is written at once

    def frame(self, wanted, seconds=20):
        """The lines of the first frame from now on that fits `wanted`, by row; the last one if none does."""
        self.output = ""
        end = time.monotonic() + seconds
        lines = {}
        while time.monotonic() < end:
            self.read(0.5)
            for drawn in self.output.split("\x1b[2J")[1:]:
                places = re.findall(r"\x1b\[(\d+);(\d+)H((?:\x1b\[\d*m|[^\x1b])*)", drawn)
                lines = {int(row): re.sub(r"\x1b\[\d*m", "", text) for row, _, text in places}
                if wanted(lines):
                    return lines
        return lines

    def end(self, seconds=20):
        """The exit status, what was said on standard error, and whether the terminal is as it was."""
        self.read(0.3)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "none: it was killed"
        self.read(0.3)
        said = self.process.stderr.read().decode()
        restored = termios.tcgetattr(self.slave) == self.before
        left = self.output.rfind("\x1b[?1049l") > self.output.rfind("\x1b[?1049h")
        shown = self.output.rfind("\x1b[?25h") > self.output.rfind("\x1b[?25l")
        os.close(self.master)
        os.close(self.slave)
        return status, said, (restored, left, shown)


AS_IT_WAS = (True, True, True)


def names(lines):
    """The functions of a frame, from top to bottom, of those that are known."""
    found = (re.search(r"public\.(short|long)\(", lines[row]) for row in sorted(lines))
    return [name[1] for name in found if name]


def has_both(lines):
    return len(names(lines)) == 2


def fits(lines, columns, rows):
    return bool(lines) and max(lines) <= rows and max(map(len, lines.values())) <= columns


def large():
    terminal = Terminal(120, 30)
    lines = terminal.frame(has_both)
    check("a large terminal: sorted by fuel", names(lines) == ["long", "short"], lines)
    check("with a summary, a head and the keys", "functions, " in lines.get(1, "") and "fuel/s" in lines.get(2, "")
          and "(q)uit" in lines.get(30, ""), lines)
    check("it fits", fits(lines, 120, 30), lines)
    terminal.press("c")
    lines = terminal.frame(lambda lines: names(lines) == ["short", "long"])
    check("c sorts by calls", names(lines) == ["short", "long"], lines)
    terminal.press("xm")
    lines = terminal.frame(lambda lines: names(lines) == ["long", "short"])
    check("m sorts by mean, and other keys do nothing", names(lines) == ["long", "short"], lines)
    terminal.press("n")
    terminal.resize(30, 6)
    lines = terminal.frame(lambda lines: bool(lines) and max(lines) == 6)
    check("a smaller size: it fits", fits(lines, 30, 6) and "sort by" in lines.get(6, ""), lines)
    terminal.resize(100, 20)
    lines = terminal.frame(lambda lines: has_both(lines) and max(lines) == 20)
    check("a larger size: it fits", fits(lines, 100, 20) and has_both(lines), lines)
    terminal.press("q")
    check("q quits", terminal.end() == (0, "", AS_IT_WAS), "status, standard error, (mode, screen, cursor)")


def small():
    for columns, rows in [(40, 4), (9, 3), (1, 1)]:
        terminal = Terminal(columns, rows)
        lines = terminal.frame(lambda lines: len(lines) == rows)
        check(f"a terminal of {columns} by {rows}", fits(lines, columns, rows) and len(lines) == rows, lines)
        if rows == 4:
            check("says how many functions are not shown", re.fullmatch(r"and \d+ more", lines.get(3, "")), lines)
        terminal.press("\x03")
        outcome = terminal.end()
        check("Ctrl-C quits", outcome == (0, "", AS_IT_WAS), outcome)


def backend():
    return int(sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'stat_test'"))


def lost():
    terminal = Terminal(80, 24)
    terminal.frame(has_both)
    sql(f"SELECT pg_terminate_backend({backend()})")
    status, said, state = terminal.end()
    check("a lost connection: the exit status", status == 6, (status, said))
    check("and what happened", said.startswith("plwasm: error: "), said)
    check("and the terminal is as it was", state == AS_IT_WAS, state)
    terminal = Terminal(80, 24)
    terminal.frame(has_both)
    pid = backend()
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.5)
    terminal.press("q")
    outcome = terminal.end()
    os.kill(pid, signal.SIGCONT)
    check("q quits while the server does not answer", outcome == (0, "", AS_IT_WAS), outcome)


def detached():
    terminal = Terminal(80, 24, controls=False)
    status, said, state = terminal.end()
    check("a terminal that controls no process has no keys", status == 3 and
          said.startswith("plwasm: error: could not use the terminal: ") and state[0], (status, said, state))


def roles():
    terminal = Terminal(80, 24, user="nobody")
    lines = terminal.frame(lambda lines: "  0 functions, " in lines.get(1, ""))
    check("a role without rights sees no function", "  0 functions, " in lines.get(1, "") and not names(lines), lines)
    terminal.press("q")
    terminal.end()
    terminal = Terminal(80, 24, user="watcher")
    lines = terminal.frame(has_both)
    check("a member of pg_monitor sees them", has_both(lines), lines)
    terminal.press("q")
    terminal.end()
    terminal = Terminal(80, 24, user="stranger")
    status, said, state = terminal.end()
    check("a role that may not use the schema", (status, said.splitlines()[:1]) ==
          (6, ["plwasm: error: 42501: permission denied for schema wasm"]), (status, said))
    check("gets no table", "\x1b[" not in terminal.output and state[0], terminal.output)


for test in (large, small, lost, detached, roles):
    test()
finish()
