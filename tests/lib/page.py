"""Runs a page of documentation: its fenced blocks, from top to bottom, as one session of a reader.

    page.py PAGE NAME SCRATCH    prints `ok NAME`, `FAILED NAME` and why, or `skipped NAME: why`

SCRATCH is an empty directory, in which the page begins; the server is the one that psql connects to. A block is

    sql                 passed to a `psql -X` of its own, which stops at the first error
    sh, sh fails        passed to `bash -e`; the next block keeps the working directory and exported variables
    LANG title="PATH"   written to that file
    ini title="postgresql.conf"
                        added to the server's, which is restarted
    text                directly after an sql or sh block: its expected output, except for blanks at the ends of lines
                        and at the end; `...` matches anything, with the blanks around it, and on a line of its own
                        any lines. If it contains `ERROR:`, the sql must fail

and nothing else, so that every block on a page is run. A page is skipped if an sh block exits with 77, or if a
package manager finds no network. Only what runs is judged here, not how the page reads."""

import difflib
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
SECONDS = int(os.environ.get("PAGE_SECONDS", 300))  # the time for a page
PACKAGES = re.compile(r"\b(npm|npx|pip|cargo|rustup|go|make)\b")
NO_NETWORK = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|network|could not (resolve|download)|no such host"
    r"|failed to (get|download)|No matching distribution|rustup: command not found",
    re.IGNORECASE,
)


class Failed(Exception):
    """A line of the page, what was done there, and what went wrong."""

    def __init__(self, line, what, why):
        super().__init__(f"line {line}: {what}\n{why}")


class Skipped(Exception):
    pass


@dataclass
class Block:
    line: int
    language: str
    fails: bool
    title: str | None
    content: str
    expected: str | None = None


def blocks(page):
    """Returns the blocks of a page, each with the output that is expected of it."""
    found = []
    before = None  # the block that ends directly before this token
    for token in MarkdownIt().parse(page):
        if token.type == "code_block":
            raise Failed(token.map[0] + 1, "an indented block", "what is not fenced is not run")
        if token.type != "fence":
            before = None
            continue
        line = token.map[0] + 1
        if token.level:
            raise Failed(line, "```" + token.info, "the site shows no block within a list or a quotation")
        info = re.fullmatch(r'(?P<language>[\w+-]*)(?P<fails> fails)?(?: title="(?P<title>[^"]+)")?', token.info.strip())
        if not info:
            raise Failed(line, "```" + token.info, "no such block is known")
        block = Block(line, info["language"], bool(info["fails"]), info["title"], token.content)
        if block.title is None and block.language == "text":
            if before is None:
                raise Failed(line, "```text", "there is no sql or sh block directly before it")
            before.expected = block.content
            before = None
            continue
        runs = block.title is None and block.language in ("sql", "sh")
        if not runs and block.title is None or block.fails and (not runs or block.language != "sh"):
            raise Failed(line, "```" + token.info, "no such block is known")
        before = block if runs else None
        found.append(block)
    return found


def lines(text):
    return [line.rstrip() for line in text.rstrip().splitlines()]


def agrees(expected, actual):
    pattern = ""
    for line in lines(expected):
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(map(re.escape, re.split(r" *\.\.\. *", line))) + r"\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in lines(actual))) is not None


def difference(expected, actual):
    """Returns the differences as diff does. A line with `...` that matches a printed line is no difference."""
    known = [next((other for other in actual if line != "..." and agrees(line, other)), line) for line in expected]
    return "\n".join(difflib.unified_diff(known, actual, "expected", "printed", lineterm=""))


class Session:
    """The reader's state: a directory and an environment."""

    def __init__(self, scratch, page):
        self.scratch = scratch
        self.home = scratch / "page"
        self.home.mkdir()
        self.directory = self.home
        self.end = time.monotonic() + SECONDS
        stage = os.environ["PLWASM_STAGE"]
        (self.home / "guest-examples").symlink_to(f"{stage}/guest-examples")
        # Variables that are meant for the tests are hidden from readers: their builds write where their tools put
        # them.
        mine = re.compile(
            "CARGO_TARGET_DIR|RUSTFLAGS|RUSTFMT|PG|PG_CONFIG|DESTDIR|PREFIX|MAKE.*|MFLAGS"
            "|PGRX_.*|PLWASM_.*|CLUSTER|BASH_FUNC_.*"
        )
        self.environment = {name: value for name, value in os.environ.items() if not mine.fullmatch(name)}
        self.environment |= {"PGDATABASE": "docs", "LC_ALL": "C.UTF-8", "PAGER": "cat"}
        subprocess.run(["createdb", "--maintenance-db=postgres", "docs"], check=True)
        if re.search(r"\bpip\b", page):  # making a virtual environment takes seconds
            venv = scratch / "venv"
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
            self.environment |= {
                "VIRTUAL_ENV": str(venv),
                "PATH": f"{venv}/bin:{self.environment['PATH']}",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PIP_RETRIES": "1",
            }

    def run(self, command, text):
        """Runs a command with a text as input. Returns its output and the exit status, or None if the page's
        time is over.
        """
        given, printed = self.scratch / "given", self.scratch / "printed"
        given.write_text(text)
        with given.open() as stdin, printed.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env=self.environment,
                start_new_session=True,
            )
            try:
                status = process.wait(max(self.end - time.monotonic(), 1))
            except subprocess.TimeoutExpired:
                status = None
            try:  # and the processes that it has left behind
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        return status, printed.read_text(errors="replace")

    def sh(self, content):
        """As `run`. The shell passes its directory and environment on to the next one."""
        left = self.scratch / "left"
        status, output = self.run(["bash", "-e", "-c", f"trap 'env -0 >{left}' EXIT; {content}"], "")
        if left.exists():
            self.environment = dict(entry.split("=", 1) for entry in left.read_text().split("\0") if "=" in entry)
            self.directory = Path(self.environment["PWD"])
        return status, output

    def write(self, block):
        path = self.directory / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.content)

    def configure(self, block):
        cluster = Path(os.environ["CLUSTER"])
        with (cluster / "data/postgresql.conf").open("a") as file:
            file.write(block.content)
        restart = f". {ROOT}/pgrx-config/cluster.sh && cluster_ctl restart"
        if subprocess.run(["bash", "-c", restart], capture_output=True).returncode:
            said = lines((cluster / "log").read_text())
            raise Failed(block.line, block.content.rstrip(), "\n".join(["the server does not start", *said[-5:]]))


def judge(block, status, output):
    expected = block.expected
    fails = block.fails or block.language == "sql" and "ERROR:" in (expected or "")
    printed = f"\n{output.rstrip()}"
    why = None
    if status is None:
        why = f"the page has taken more than {SECONDS} s{printed}"
    elif block.language == "sh" and status == 77:
        raise Skipped((lines(output) or ["exit status 77"])[-1])
    elif block.language == "sh" and status and PACKAGES.search(block.content) and NO_NETWORK.search(output):
        raise Skipped(next(line for line in lines(output) if NO_NETWORK.search(line)))
    elif fails and not status:
        why = f"it should fail{printed}"
    elif status and not fails:
        why = f"exit status {status}{printed}"
    elif expected is not None and not agrees(expected, output):
        why = difference(lines(expected), lines(output))
    if why:
        raise Failed(block.line, block.content.rstrip(), why)


def run(page, scratch):
    session = None
    for block in blocks(page):
        session = session or Session(scratch, page)
        if block.title == "postgresql.conf":
            session.configure(block)
        elif block.title is not None:
            session.write(block)
        elif block.language == "sql":
            judge(block, *session.run(["psql", "-X", "-v", "ON_ERROR_STOP=1"], block.content))
        else:
            judge(block, *session.sh(block.content))


def main():
    path, name, scratch = sys.argv[1:]
    try:
        run(Path(path).read_text(), Path(scratch))
    except Skipped as skipped:
        print(f"skipped {name}: {skipped}")
    except Exception as failed:
        print(f"FAILED {name}")
        print(re.sub("^", "    ", str(failed), flags=re.MULTILINE))
        sys.exit(1)
    else:
        print(f"ok {name}")


if __name__ == "__main__":
    main()
