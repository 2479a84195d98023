"""Owns which functions of WASI preview 2 are compared, with their types, and what is tried of each parameter."""

from layout import HANDLE, NOTHING, U8, U32, U64, list_, option, result, string, tuple_, variant

STREAM_ERROR = variant(last_operation_failed=HANDLE, closed=NOTHING)
IO = result(U64, STREAM_ERROR)
DONE = result(NOTHING, STREAM_ERROR)
BYTES = result(list_(U8), STREAM_ERROR)
DATETIME = tuple_(U64, U32)

# The parameters of each function: kinds of TRIED, resources whose handle it takes, and "out" for the address of its
# result. Then the type of the result, or "+" and a resource if the result is a handle of that resource.
FUNCTIONS = {
    "cli/environment#get-environment": ("out", list_(tuple_(string(), string()))),
    "cli/environment#get-arguments": ("out", list_(string())),
    "cli/environment#initial-cwd": ("out", option(string())),
    "cli/exit#exit": ("bool", NOTHING),
    "cli/stdin#get-stdin": ("", "+input"),
    "cli/stdout#get-stdout": ("", "+output"),
    "cli/stderr#get-stderr": ("", "+output"),
    "cli/terminal-stdin#get-terminal-stdin": ("out", option(HANDLE)),
    "cli/terminal-stdout#get-terminal-stdout": ("out", option(HANDLE)),
    "cli/terminal-stderr#get-terminal-stderr": ("out", option(HANDLE)),
    "clocks/monotonic-clock#now": ("", U64),
    "clocks/monotonic-clock#resolution": ("", U64),
    "clocks/monotonic-clock#subscribe-instant": ("past", "+pollable"),
    "clocks/monotonic-clock#subscribe-duration": ("span", "+pollable"),
    "clocks/wall-clock#now": ("out", DATETIME),
    "clocks/wall-clock#resolution": ("out", DATETIME),
    "io/poll#[method]pollable.ready": ("pollable", U32),
    "io/poll#[method]pollable.block": ("pollable", NOTHING),
    "io/poll#poll": ("pollables out", list_(U32)),
    "io/streams#[method]input-stream.read": ("input l out", BYTES),
    "io/streams#[method]input-stream.blocking-read": ("input l out", BYTES),
    "io/streams#[method]input-stream.skip": ("input l out", IO),
    "io/streams#[method]input-stream.blocking-skip": ("input l out", IO),
    "io/streams#[method]input-stream.subscribe": ("input", "+pollable"),
    "io/streams#[method]output-stream.check-write": ("output out", IO),
    "io/streams#[method]output-stream.write": ("output text out", DONE),
    "io/streams#[method]output-stream.blocking-write-and-flush": ("output text out", DONE),
    "io/streams#[method]output-stream.flush": ("output out", DONE),
    "io/streams#[method]output-stream.blocking-flush": ("output out", DONE),
    "io/streams#[method]output-stream.subscribe": ("output", "+pollable"),
    "io/streams#[method]output-stream.write-zeroes": ("output zeroes out", DONE),
    "io/streams#[method]output-stream.blocking-write-zeroes-and-flush": ("output zeroes out", DONE),
    "io/streams#[method]output-stream.splice": ("output input l out", IO),
    "io/streams#[method]output-stream.blocking-splice": ("output input l out", IO),
    "random/random#get-random-bytes": ("length out", list_(U8)),
    "random/random#get-random-u64": ("", U64),
    "random/insecure#get-insecure-random-bytes": ("length out", list_(U8)),
    "random/insecure#get-insecure-random-u64": ("", U64),
    "random/insecure-seed#insecure-seed": ("out", tuple_(U64, U64)),
    "filesystem/preopens#get-directories": ("out", list_(tuple_(HANDLE, string()))),
    "sockets/instance-network#instance-network": ("", "+network"),
    "sockets/tcp-create-socket#create-tcp-socket": ("bool out", result(HANDLE, U8)),
    "sockets/udp-create-socket#create-udp-socket": ("bool out", result(HANDLE, U8)),
    "sockets/ip-name-lookup#resolve-addresses": ("network text out", result(HANDLE, U8)),
}

RESOURCES = ["input", "output", "pollable", "network"]

# The values that are tried for each kind of parameter. A list of pollables is given by its length.
TRIED = {
    "bool": [0, 1],
    "l": [0, 1, 4096, 2**20, 2**64 - 1],
    "zeroes": [0, 1, 4096, 2**20],  # of more than it can allocate wasmtime's process ends
    "length": [0, 1, 17, 4096],
    "past": [0, 1],
    "span": [0, 1, 1000],
    "text": [0, 1, 9, 4096, 4097],
    "pollables": [0, 1, 2, 3],
}
