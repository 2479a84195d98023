"""The tables of the contents of latest.json, as text and as Markdown."""

from workloads import LANGUAGES, WORKLOADS

HEADS = ["language", "CPU per call", "median", "× C", "× wasm", "rows"]


def digits(x):
    """Returns a number with three digits: 0.25, 5.61, 33.0, 1234."""
    return f"{x:.2f}" if x < 10 else f"{x:.1f}" if x < 100 else f"{x:.0f}"


def nanoseconds(ns, form=digits):
    for unit, scale in (("ms", 1e6), ("µs", 1e3)):
        if ns >= scale:
            return f"{form(ns / scale)} {unit}"
    return f"{form(ns)} ns"


def table(heads, rows):
    """Returns the lines of a Markdown table."""
    return ["| " + " | ".join(heads) + " |", "|---|" + "--:|" * (len(heads) - 1),
            *("| " + " | ".join(row) + " |" for row in rows)]


def ratio(x):
    return "-" if x is None else digits(x)


def ranked(entries):
    """Returns the entries by cost, each with its ratios to C and to wasm (None if that is missing)."""
    cost = {entry["language"]: entry["ns"] for entry in entries}
    for entry in sorted(entries, key=lambda entry: entry["ns"]):
        yield entry, *(entry["ns"] / cost[to] if cost.get(to, 0) > 0 else None
                       for to in ("c", "wasm"))


def where(report):
    plwasm = f", plwasm {report['plwasm']}" if report["plwasm"] else ""
    return (f"{report['cpu']}, {report['cores']} cores, {report['system']}, "
            f"{report['postgresql']}{plwasm}, {report['date']}, load {report['load']}")


def how(report):
    runs = max(len(entry["query_cpu_ns"])
               for entries in report["results"].values() for entry in entries)
    return ("CPU time of the backend per call, over a baseline without the calls. Ten calls a row, "
            f"the least of {runs} interleaved runs, no JIT, no parallel workers. "
            "The median is that of the runs; its distance from the least is the noise.")


def rows(entries):
    for entry, to_c, to_wasm in ranked(entries):
        yield [LANGUAGES[entry["language"]], nanoseconds(entry["ns"]),
               nanoseconds(entry["median_ns"]), ratio(to_c), ratio(to_wasm), f"{entry['rows']:,}"]
    there = {entry["language"] for entry in entries}
    for language in LANGUAGES:
        if language not in there:
            yield [LANGUAGES[language]] + ["-"] * (len(HEADS) - 1)


def missing(report):
    return [f"missing: {what}: {why}" for what, why in report["missing"].items()]


def text(report):
    lines = [where(report), f"$ {report['command']}", how(report)]
    for workload in WORKLOADS:
        lines += ["", workload.title]
        for row in [HEADS, *rows(report["results"][workload.key])]:
            lines.append(f"  {row[0]:<10}" + "".join(f"{cell:>14}" for cell in row[1:]))
        lines.append(f"  {workload.note}")
    return "\n".join(lines + [""] + missing(report)) + "\n"


def markdown(report):
    lines = [f"`{report['command']}` on {where(report)}.", "", how(report)]
    for workload in WORKLOADS:
        lines += ["", f"### {workload.title}", "", "| " + " | ".join(HEADS) + " |",
                  "|---|" + "--:|" * (len(HEADS) - 1)]
        for row in rows(report["results"][workload.key]):
            if row[0] == LANGUAGES["wasm"]:
                row = [f"**{cell}**" for cell in row]
            lines.append("| " + " | ".join(row) + " |")
        lines += ["", workload.note]
    lines += [""] + [f"* {line}" for line in missing(report)]
    return "\n".join(lines).rstrip() + "\n"
