"""The languages, the three workloads, and the SQL of each workload's query.

There are ten calls a row, so that the cost of the scan, and its uncertainty, matter a tenth as much. count(x)
evaluates x and does hardly anything with it; PostgreSQL does not merge equal calls.
"""

from collections import namedtuple

CALLS = 10

# The name in the functions' names and of the file in sql/; the name in the tables. C comes first: the results of the
# others are compared with C's.
LANGUAGES = {
    "c": "C",
    "wasm": "PL/Wasm",
    "sql": "SQL",
    "plpgsql": "PL/pgSQL",
    "plperl": "PL/Perl",
    "plpython": "PL/Python",
    "pllua": "PL/Lua",
    "pltcl": "PL/Tcl",
}

# share: the part of the requested rows that the table holds. baseline: the same query without calls.
Workload = namedtuple("Workload", "key title table share baseline calls note")


def nested(function, more=""):
    return f"{function}(" * CALLS + "a" + f"{more})" * CALLS


def summed(function):
    return " + ".join(f"{function}({'a, b' if i % 2 == 0 else 'b, a'})" for i in range(CALLS))


WORKLOADS = [
    Workload("add", "add(int4, int4)", "ints", 1, "a",
             lambda language: nested(f"{language}_add", ", 1"),
             "SQL is inlined by the planner: it is the operator +, not a call."),
    Workload("upper", "upper(text) of 32 bytes", "texts", 0.4, "a",
             lambda language: nested(f"{language}_upper"),
             "SQL is inlined: it is the built-in upper() in collation \"C\". "
             "C is an ASCII loop, and so is wasm's guest."),
    Workload("levenshtein", "levenshtein(text, text) of 32 bytes each", "texts", 0.4,
             " + ".join(["n"] * CALLS),
             lambda language: summed(f"{language}_levenshtein"),
             "C is fuzzystrmatch's. SQL has no natural way to write it. "
             "The others are the same two-row loop, each in its own language."),
]


def query(workload, expression, rows):
    return f"SELECT count({expression}) FROM (SELECT * FROM {workload.table} LIMIT {rows}) t"


def check(workload, expression):
    """Returns a query for one value that depends on every result over a few rows. It must be equal in all
    languages.
    """
    return (f"SELECT md5(string_agg(({expression})::text, ',' ORDER BY a)) "
            f"FROM (SELECT * FROM {workload.table} LIMIT 20) t")
