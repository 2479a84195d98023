"""What bench/states measures: patterns, a JSON Schema, aggregates, and the functions of languages and extensions that a
server may lack.
"""

import json
from collections import namedtuple

# Patterns that mean the same in PostgreSQL and in the crate regex, by name.
PATTERNS = {
    "a literal alternation": "error|warning|fatal",
    "an e-mail address": "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+",
    "digits": "[0-9]+",
}

TEXT = {"type": "string", "minLength": 1}
SCHEMA = json.dumps({
    "$comment": "0",
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["id", "status", "placed", "customer", "items"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "status": {"enum": ["open", "paid", "sent"]},
        "placed": {"type": "string", "minLength": 10, "maxLength": 10},
        "customer": {
            "type": "object",
            "required": ["name", "mail"],
            "properties": {"name": TEXT, "mail": TEXT, "address": {"$ref": "#/$defs/address"}},
        },
        "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}},
    },
    "$defs": {
        "address": {
            "type": "object",
            "required": ["street", "city"],
            "properties": {"street": TEXT, "city": TEXT, "zip": {"type": "string", "maxLength": 10}},
        },
        "item": {
            "type": "object",
            "required": ["sku", "price", "quantity"],
            "properties": {
                "sku": {"type": "string", "minLength": 8, "maxLength": 8},
                "name": TEXT,
                "price": {"type": "number", "minimum": 0},
                "quantity": {"type": "integer", "minimum": 1, "maximum": 100},
            },
        },
    },
})

# Arguments that never repeat, as expressions: each row of each run has its own, as a session keeps what it has prepared.
EACH_SCHEMA = "'{}{{run}} ' || i || '{}'".format(*(part.replace("{", "{{").replace("}", "}}") for part in SCHEMA.split("0", 1)))
EACH_PATTERN = "'order ' || i || '( of|run {run}) [0-9]+'"

# A shim that makes one function of a constructor and a method, for plwasm adapt.
AT_ONCE = """(module
  (import "guest" "memory" (memory 0))
  (import "guest" "plwasm:examples/{0}@1.0.0#[constructor]{1}" (func $new (param i32 i32) (result i32)))
  (import "guest" "plwasm:examples/{0}@1.0.0#[method]{1}.{2}" (func $method (param i32 i32 i32) (result i32)))
  (func (export "at_once") (param i32 i32 i32 i32) (result i32)
    (local $made i32)
    (local.set $made (call $new (local.get 0) (local.get 1)))
    (if (i32.load8_u (local.get $made)) (then (unreachable)))
    (call $method (i32.load offset=4 (local.get $made)) (local.get 2) (local.get 3))))
"""
AT_ONCE_MODULES = {"matcher": ("patterns", "matcher", "is-match"), "validator": ("schemas", "validator", "is-valid")}

# The aggregates, by what the table calls them. All are sums, but for two of the built-in ones.
BUILT_IN = {"count(int8)": "count(a)", "min(int8)": "min(a)", "sum(int4)": "sum(b)", "sum(int8)": "sum(a)"}
SUMS = {"C": "c_sum(a)", "PL/Wasm": "wasm_sum(a)", "SQL": "sql_sum(a)", "PL/pgSQL": "plpgsql_sum(a)",
        "PL/Perl": "plperl_sum(a)", "PL/Python": "plpython_sum(a)"}

# A sketch: what it is called in SQL, beside what, the expressions of both, that of the exact result, the greatest part of it by
# which they may differ, and the baseline.
Sketch = namedtuple("Sketch", "name beside ours theirs exact error baseline")

SKETCHES = [
    Sketch("t-digest, 200 centroids at most", "tdigest", "tdigest_quantile(wasm_tdigest(x), 0.5)",
           "tdigest_percentile(x, 200, 0.5)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY x)", 0.01, "count(x)"),
    Sketch("HyperLogLog of bigint, 2,048 registers", "hll", "hyperloglog(a)",
           "hll_cardinality(hll_add_agg(hll_hash_bigint(a), 11))", "count(DISTINCT a)", 0.1, "count(a)"),
    Sketch("HyperLogLog of text, 2,048 registers", "hll", "hyperloglog(t)",
           "hll_cardinality(hll_add_agg(hll_hash_text(t), 11))", "count(DISTINCT a)", 0.1, "count(t)"),
]

# What a server may lack: its name, and the SQL that creates it. {venv} is the directory of the packages of PL/Python.
OPTIONAL = {
    "PL/Perl": """CREATE EXTENSION plperl;
        CREATE FUNCTION plperl_step(int8, int8) RETURNS int8 LANGUAGE plperl IMMUTABLE STRICT PARALLEL SAFE AS
            'return $_[0] + $_[1];';
        CREATE AGGREGATE plperl_sum(int8) (SFUNC = plperl_step, STYPE = int8, INITCOND = '0')""",
    "PL/Python": """CREATE EXTENSION plpython3u;
        CREATE FUNCTION plpython_step(s int8, v int8) RETURNS int8 LANGUAGE plpython3u IMMUTABLE STRICT PARALLEL SAFE AS
            'return s + v';
        CREATE AGGREGATE plpython_sum(int8) (SFUNC = plpython_step, STYPE = int8, INITCOND = '0')""",
    "jsonschema": """CREATE FUNCTION jsonschema_once(schema text, document text) RETURNS bool
            LANGUAGE plpython3u IMMUTABLE STRICT AS $python$
if SD.get("schema") != schema:
    import sys
    sys.path[:0] = [path for path in ["{venv}"] if path not in sys.path]
    import json
    from jsonschema import Draft202012Validator
    SD["validator"], SD["loads"], SD["schema"] = Draft202012Validator(json.loads(schema)), json.loads, schema
return SD["validator"].is_valid(SD["loads"](document))
$python$;
        CREATE FUNCTION jsonschema_each(schema text, document text) RETURNS bool
            LANGUAGE plpython3u IMMUTABLE STRICT AS $python$
import sys
sys.path[:0] = [path for path in ["{venv}"] if path not in sys.path]
import json
from jsonschema import Draft202012Validator
return Draft202012Validator(json.loads(schema)).is_valid(json.loads(document))
$python$;
        SELECT jsonschema_once('true', '1'), jsonschema_each('true', '1')""",
    "tdigest": "CREATE EXTENSION tdigest",
    "hll": "CREATE EXTENSION hll",
}
