"""Checks monitoring/, for tests/client/stat.sh: `stat_monitoring.py FOLDER`, as the role that psql connects as.

Each query runs, its columns are those that are described, labels identify a row, all else is a number, and the dashboard uses
no other metrics and labels."""

import json
import re
import subprocess
import sys
from pathlib import Path

import yaml

from checks import check, finish

FOLDER = Path(sys.argv[1])


def rows(query):
    """The rows of a query as dictionaries of JSON values."""
    wrapped = f"SELECT coalesce(json_agg(r), '[]') FROM ({query}) r"
    done = subprocess.run(["psql", "-XAtqc", wrapped], capture_output=True, text=True, check=False)
    if done.returncode:
        check("a query runs", False, done.stderr)
        return []
    return json.loads(done.stdout)


queries = yaml.safe_load((FOLDER / "queries.yaml").read_text())
metrics, labels = {}, set()
for name, query in queries.items():
    columns = {column: about for metric in query["metrics"] for column, about in metric.items()}
    own = [column for column, about in columns.items() if about["usage"] == "LABEL"]
    metrics |= {f"{name}_{column}": own for column in columns if column not in own}
    labels |= set(own)
    found = rows(query["query"])
    check(f"{name}: rows", found, query["query"])
    check(f"{name}: columns", all(set(row) == set(columns) for row in found), (found[:1], list(columns)))
    check(f"{name}: usages", all(about["usage"] in ("LABEL", "COUNTER", "GAUGE") and about["description"]
                                 for about in columns.values()), columns)
    check(f"{name}: labels identify a row", len({tuple(row[label] for label in own) for row in found}) == len(found), found)
    numbers = [row[column] for row in found for column in columns if column not in own]
    check(f"{name}: numbers", all(isinstance(number, (int, float)) or number is None for number in numbers), found)

dashboard = json.loads((FOLDER / "grafana.json").read_text())
panels = dashboard["panels"]
targets = [target for panel in panels for target in panel["targets"]]
expressions = [target["expr"] for target in targets] + [variable["query"]["query"] for variable in
                                                       dashboard["templating"]["list"] if isinstance(variable["query"], dict)]
used = {metric for expression in expressions for metric in re.findall(r"\bplwasm_\w+", expression)}
check("the dashboard has panels", len(panels) >= 6 and all(panel["title"] and panel["targets"] for panel in panels), panels)
check("it uses metrics of the queries", used and used <= set(metrics), used - set(metrics))
for target in targets:
    known = set.intersection(*(set(metrics.get(metric, ())) for metric in re.findall(r"\bplwasm_\w+", target["expr"])))
    mentioned = set(re.findall(r"{{(\w+)}}", target["legendFormat"])) | set(re.findall(r"(\w+)=~?\"", target["expr"]))
    if not mentioned <= known:
        check("it uses labels of the queries", False, (target["expr"], mentioned - known))
places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
check("no panel hides another", len(set(places)) == len(places) and len({panel["id"] for panel in panels}) == len(panels), places)
finish()
