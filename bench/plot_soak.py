#!/usr/bin/python3 -B
"""Plots a soak: the work done per second of processor time, and memory. bench/soak runs it:

    plot_soak.py SAMPLES CHECKS DIRECTORY
"""

import csv
import os
import pathlib
import sys

from machine import machine

PARTS = 60  # each is a point of the first panel


def rates(samples):
    """Returns (seconds, work done per second of processor time) for pieces of the soak."""
    step = max(len(samples) // PARTS, 1)
    for first, last in zip(samples[::step], samples[step::step]):
        yield last["seconds"], (last["done"] - first["done"]) / max(last["cpu"] - first["cpu"], 0.01)


def plot(samples, about, path):
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "plwasm", "font.size": 9})
    import matplotlib.pyplot as plt

    minutes = [sample["seconds"] / 60 for sample in samples]
    figure, (speed, memory) = plt.subplots(2, 1, figsize=(8.2, 5.4), sharex=True)
    points = list(rates(samples))
    speed.plot([seconds / 60 for seconds, _ in points], [rate for _, rate in points], color="#654ff0")
    speed.set_title("what is done in a second of processor time", loc="left", fontweight="bold", fontsize=10)
    memory.plot(minutes, [s["anonymous"] / 1024 for s in samples], color="#654ff0", label="of all sessions (RssAnon)")
    memory.plot(minutes, [s["shared"] / 1024 for s in samples], color="#5f6773", label="shared (RssShmem of the postmaster)")
    memory.set_title("memory, MB", loc="left", fontweight="bold", fontsize=10)
    memory.legend(loc="lower right", frameon=False, fontsize=8)
    memory.set_xlabel("minutes")
    for axes in (speed, memory):
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", color="#e8eaee", linewidth=0.8)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.suptitle(f"Sixteen sessions of good and evil guests, {minutes[-1]:.0f} minutes", x=0.01, ha="left",
                    fontsize=12, fontweight="bold")
    figure.text(0.01, 0.008, f"{about['cpu']}, {about['cores']} cores, {about['system']}, {about['date']}, load at the "
                f"end {about['load']}", fontsize=7.5, color="#5f6773")
    figure.tight_layout(rect=(0, 0.03, 1, 0.99))
    figure.savefig(path, metadata={"Date": None}, facecolor="white")


def main():
    source, checks, out = map(pathlib.Path, sys.argv[1:])
    with source.open() as file:
        samples = [{what: float(value) for what, value in row.items()} for row in csv.DictReader(file)]
    about = machine("bench/soak")
    text = f"# Soak\n\n{about['cpu']}, {about['cores']} cores, {about['system']}, {about['date']}, load at the end " \
           f"{about['load']}:\n`SOAK={os.environ['SOAK']} bench/soak`. What goes on is in `tests/lib/soak.py`.\n\n" \
           f"![Throughput and memory](soak.svg)\n\n```\n{checks.read_text()}```\n"
    (out / "soak.md").write_text(text)
    try:
        plot(samples, about, out / "soak.svg")
    except ImportError as error:
        print(f"no plot, since {error}: it takes Debian's python3-matplotlib", file=sys.stderr)


if __name__ == "__main__":
    main()
