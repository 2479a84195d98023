#!/usr/bin/python3 -B
"""Plots a latest.json: a panel for each workload, bars on one log scale, wasm highlighted.

bench/plot.py results/latest.json writes latest.svg beside it.
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
# No time stamp and no random ids: the SVG changes only when the figures do.
matplotlib.rcParams.update({"svg.hashsalt": "plwasm", "font.size": 9})

import matplotlib.pyplot as plt  # noqa: E402  (the backend has to be chosen first)

from report import digits, nanoseconds, ranked, where  # noqa: E402
from workloads import LANGUAGES, WORKLOADS  # noqa: E402

WASM, OTHERS, FAINT = "#654ff0", "#b9c0cc", "#5f6773"


def panel(axes, workload, entries):
    ordered = list(ranked(entries))
    axes.set_title(f"{workload.title}", loc="left", fontweight="bold", fontsize=10)
    axes.set_ylim(len(ordered) - 0.4, -0.6)
    axes.set_yticks(range(len(ordered)), [LANGUAGES[e["language"]] for e, _, _ in ordered])
    for place, (entry, to_c, _) in enumerate(ordered):
        wasm = entry["language"] == "wasm"
        axes.barh(place, entry["ns"], height=0.72, color=WASM if wasm else OTHERS)
        label = nanoseconds(entry["ns"])
        if to_c is not None and entry["language"] != "c":
            label += f"  ({digits(to_c)}× C)"
        axes.annotate(label, (entry["ns"], place), xytext=(4, 0), textcoords="offset points",
                      va="center", color=WASM if wasm else "black",
                      fontweight="bold" if wasm else "normal")
        if wasm:
            axes.get_yticklabels()[place].set(color=WASM, fontweight="bold")
    axes.set_xscale("log")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#e8eaee", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def plot(path):
    path = pathlib.Path(path)
    report = json.loads(path.read_text())
    panels = [(w, report["results"][w.key]) for w in WORKLOADS if report["results"][w.key]]
    figure, grid = plt.subplots(len(panels), 1, figsize=(8.2, 8.4), squeeze=False,
                                gridspec_kw={"height_ratios": [len(e) for _, e in panels]})
    for axes, (workload, entries) in zip(grid[:, 0], panels):
        panel(axes, workload, entries)
        costs = [entry["ns"] for entry in entries if entry["ns"] > 0]
        # From below the cheapest to so far right of the dearest that its label fits.
        axes.set_xlim(min(costs) / 2, max(costs) * (max(costs) / min(costs) * 2) ** 0.28)
        axes.xaxis.set_major_formatter(lambda ns, _: nanoseconds(ns, "{:g}".format))
        axes.xaxis.set_minor_formatter(lambda ns, _: "")
    figure.suptitle("CPU per call of a function (log scale, less is better)", x=0.01, ha="left",
                    fontsize=12, fontweight="bold")
    figure.text(0.01, 0.008, f"{where(report)}\n$ {report['command']}", fontsize=7.5, color=FAINT)
    figure.tight_layout(rect=(0, 0.045, 1, 0.995), h_pad=1.6)
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    plot(sys.argv[1])
