#!/usr/bin/python3 -B
"""Plots a kernels.csv: a line for each kernel, a mark for each variant; plain wasmtime is 1.

bench/kernels/plot.py results/kernels.csv writes kernels.svg beside it. The plots contain the
first line of kernels.md, which says where the figures come from.
"""

import csv
import math
import pathlib
import sys

try:
    import matplotlib
except ImportError as error:
    sys.exit(f"no plot, since {error}: it takes Debian's python3-matplotlib")

matplotlib.use("Agg")
# No time stamp and no random ids: the SVG changes only when the figures do.
matplotlib.rcParams.update({"svg.hashsalt": "plwasm", "font.size": 9})

import matplotlib.pyplot as plt  # noqa: E402  (the backend has to be chosen first)

FAINT = "#5f6773"
# Colour, mark and size of each. Later ones are drawn over earlier ones.
VARIANTS = {
    "native": ("#3d4450", "|", 9),
    "fuel": ("#d9dde3", "o", 6),
    "fuel+epochs": ("#9aa3b0", "o", 6),
    "nan": ("#c8bffa", "v", 5),
    "meter": ("#a597f5", "D", 4.5),
    "meter+isolate": ("#8371f2", "s", 5),
    "meter+isolate+nan": ("#654ff0", "o", 6.5),
}


def read(path):
    """Returns the ratios by kernel, with the mean of all of them first, and the variants that there are."""
    ratios = {}
    with open(path, newline="") as lines:
        for line in csv.DictReader(lines):
            ratios.setdefault(line["kernel"], {})[line["variant"]] = float(line["ratio"])
    there = [v for v in VARIANTS if all(v in of_kernel for of_kernel in ratios.values())]
    mean = {v: math.exp(sum(math.log(k[v]) for k in ratios.values()) / len(ratios)) for v in there}
    return {"geomean": mean, **ratios}, there


def plot(path):
    path = pathlib.Path(path)
    ratios, variants = read(path)
    if not variants:
        return
    figure, axes = plt.subplots(figsize=(8.2, 1.9 + 0.24 * len(ratios)))
    axes.set_ylim(len(ratios) - 0.3, -0.7)
    axes.set_yticks(range(len(ratios)), ratios)
    axes.get_yticklabels()[0].set(fontweight="bold")
    for place, of_kernel in enumerate(ratios.values()):
        present = [of_kernel[v] for v in variants] + [1]
        axes.plot([min(present), max(present)], [place] * 2, color="#e8eaee", zorder=1,
                  linewidth=5 if place == 0 else 2)
    for variant in variants:
        color, mark, size = VARIANTS[variant]
        label = f"{variant} ({ratios['geomean'][variant]:.2f})"
        axes.plot([of_kernel[variant] for of_kernel in ratios.values()], range(len(ratios)), mark,
                  color=color, markersize=size, markeredgewidth=2 if mark == "|" else 0,
                  label=label)
    axes.axvline(1, color="#b9c0cc", linewidth=1, zorder=0)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    ticks = [t for t in (0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16) if low <= t <= high]
    axes.set_xticks(ticks, [f"{t:g}×" for t in ticks])
    axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#e8eaee", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.suptitle("CPU time of whole kernels over plain wasmtime (log scale, less is better)",
                    x=0.01, ha="left", fontsize=12, fontweight="bold")
    inch = 1 / figure.get_figheight()
    figure.legend(loc="lower left", bbox_to_anchor=(0.005, 0.3 * inch), ncols=4, frameon=False,
                  fontsize=8, labelcolor=FAINT)
    command, where = path.with_suffix(".md").read_text().splitlines()[0].split(" on ", 1)
    figure.text(0.01, 0.08 * inch, f"{where}\n$ {command.strip('`')}", fontsize=7.5, color=FAINT)
    figure.tight_layout(rect=(0, 0.75 * inch, 1, 0.995))
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    plot(sys.argv[1])
