"""What bench/warm measures: functions of guests as their toolchains build them, and functions of guest-examples/lazy."""

from collections import namedtuple

from workloads import CALLS, Workload

PATTERN = "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+"

# A function: its export, its SQL type, the table of its arguments, the arguments, and the expected result, both as
# expressions of the table's columns; and what its body says for a warm-up.
Function = namedtuple("Function", "export type table arguments expected warm_up")

SLUGIFY = Function("slugify", "(text) RETURNS text", "texts", "a", "expected_slug(a)", "warm=('Hello, World!')")
GEOHASH = Function("geohash", "(float8, float8, int) RETURNS text", "places", "a, b, 9", "expected_geohash(a, b)",
                   "warm=(10.4, 57.6, 9)")
MASK = Function("mask", "(text) RETURNS text", "mails", "a", f"regexp_replace(a, '{PATTERN}', '***', 'g')",
                "warm=('Write to jo.doe@mail.example.com.')")
RANK = Function("rank", "(text) RETURNS int", "words", "a", "expected", "warm=('de')")

# A guest: its name, its file, the function that is measured, and the greatest ratio of an isolated call to one with
# isolation=statement. wasi: what replaces WASI.
Guest = namedtuple("Guest", "name file function most wasi", defaults=(None, "none"))

GUESTS = [
    Guest("rust", "rust/examples.wasm", SLUGIFY, 1.3),
    Guest("cpp", "cpp/examples.wasm", SLUGIFY, 1.3),
    Guest("zig", "zig/examples.wasm", SLUGIFY, 1.3),
    Guest("assemblyscript", "assemblyscript/examples.wasm", SLUGIFY, 1.3),
    Guest("crates", "crates/crates.wasm", GEOHASH),
    Guest("go", "go/examples.wasm", SLUGIFY, wasi="inert"),
    Guest("javascript", "javascript/examples.wasm", SLUGIFY),
    Guest("python", "python/examples.wasm", SLUGIFY),
]
LAZY = Guest("lazy", "lazy/lazy.wasm", None)

# The variants of a function: what each adds to its body.
VARIANTS = {
    "isolated": lambda function: "",
    "statement": lambda function: "isolation=statement",
    "without_heap": lambda function: "heap=0",
    "warmed": lambda function: function.warm_up,
}


def create(guest, function, variant):
    """Returns the statement that creates the variant of a function. With isolation=statement calls keep state: such a
    function is VOLATILE.
    """
    volatility = "VOLATILE" if variant == "statement" else "IMMUTABLE PARALLEL SAFE"
    return (f"CREATE FUNCTION {name(guest, function, variant)}{function.type} LANGUAGE wasm STRICT {volatility} "
            f"AS $${guest.name}#{function.export} {VARIANTS[variant](function)}$$")


def name(guest, function, variant):
    return f"{guest.name}_{function.export}_{variant}"


def wrong(function, called):
    """Returns a query for the number of wrong results in 1,000 rows."""
    return (f"SELECT count(*) FROM (SELECT * FROM {function.table} LIMIT 1000) t "
            f"WHERE {called} IS DISTINCT FROM {function.expected}")


def workload(function):
    """Returns the workload of a function: ten calls a row, each with the row's arguments."""
    def repeated(expression):
        return f"num_nonnulls({', '.join([expression] * CALLS)})"

    return Workload(function.export, function.export, function.table, 1, repeated("a"), repeated, "")
