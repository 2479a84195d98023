"""Owns the differences between our WASI and wasmtime's in preview 2 that are intended, as differences1.py does for preview 1. Here
the function of an entry takes the call, its result in wasmtime and its result here; or, if a scenario traps in one of them, all its
calls, and its outcome there and here."""


def ends(traps):
    """Explains a scenario that traps in wasmtime alone, by a call that does so."""
    return lambda call, there, here: there == "trap" and here != "trap" and any(map(traps, call))


def of(functions):
    """Explains the results of functions: each has a function of its own that says when."""

    def explains(call, there, here):
        return not isinstance(call, list) and call.name in functions and functions[call.name](call, there, here)

    return explains


def are_bytes(call, there, here):
    """Whether there are as many as were asked for."""
    return len(there) == len(here) == call.args[0]


def of_nothing(call, there, here):
    return call.args[2] == 0 and (there, here) == ({"ok": 0}, {"error": "closed"})


DIFFERENCES = [
    (
        "wasmtime traps if a call that blocks writes more than the 4096 bytes that are allowed; ours keeps nothing, so it does not "
        "count them",
        ends(lambda call: "output-stream.blocking-write-" in call.name and call.args[1] > 4096),
    ),
    (
        "the handle of a pollable is its deadline, so every number is a handle; in wasmtime a handle that does not exist traps",
        ends(lambda call: call.name.startswith("io/poll#") and None in call.args),
    ),
    (
        "ours does not look at the network, as everything is denied; in wasmtime a handle that does not exist traps",
        ends(lambda call: call.name == "sockets/ip-name-lookup#resolve-addresses" and call.args[0] is None),
    ),
    (
        "the time is not the host's: each call begins at the same time, and each reading is 1 µs later; so other timers are due",
        of(
            {
                "clocks/monotonic-clock#now": lambda call, there, here: 0 < here - 10**9 < 3600 * 10**9,
                "clocks/monotonic-clock#resolution": lambda call, there, here: here == 1000,
                "clocks/wall-clock#now": lambda call, there, here: 0 <= here[0] - 946_684_800 < 3600,
                "clocks/wall-clock#resolution": lambda call, there, here: here == (0, 1000),
                "io/poll#[method]pollable.ready": lambda call, there, here: {there, here} == {0, 1},
                "io/poll#poll": lambda call, there, here: there and here and set(there + here) <= set(range(len(call.args[0]))),
            }
        ),
    ),
    (
        "random numbers are not the host's: they are the same in each call",
        of(
            {
                "random/random#get-random-u64": lambda call, there, here: here > 2**32,
                "random/insecure#get-insecure-random-u64": lambda call, there, here: here > 2**32,
                "random/insecure-seed#insecure-seed": lambda call, there, here: here[0] != here[1],
                "random/random#get-random-bytes": are_bytes,
                "random/insecure#get-insecure-random-bytes": are_bytes,
            }
        ),
    ),
    (
        "output is taken a megabyte at a time, so that a guest does not collect all of it before it writes",
        of(
            {
                "io/streams#[method]output-stream.check-write": lambda call, there, here: (there, here)
                == ({"ok": 2**64 - 1}, {"ok": 2**20})
            }
        ),
    ),
    (
        "a source at its end says so even if nothing is asked for; in wasmtime it does not",
        of(
            {
                "io/streams#[method]output-stream.splice": of_nothing,
                "io/streams#[method]output-stream.blocking-splice": of_nothing,
            }
        ),
    ),
    (
        "resolving a name is denied; in wasmtime it is a permanent failure",
        of({"sockets/ip-name-lookup#resolve-addresses": lambda call, there, here: (there, here) == ({"error": 20}, {"error": 1})}),
    ),
]
