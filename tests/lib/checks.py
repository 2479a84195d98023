"""Checks of scripts in Python, which print what those of client.sh print: `ok NAME`, or `FAILED NAME` and why.

It must never end the script: `finish` does, when all checks are made."""

import sys

failures = 0


def check(name, holds, why=""):
    """Prints whether a check holds."""
    global failures
    if holds:
        print(f"ok {name}")
    else:
        failures += 1
        print(f"FAILED {name}\n    {why!r}")


def finish():
    """Ends the script, with status 1 if a check has failed."""
    sys.exit(failures > 0)
