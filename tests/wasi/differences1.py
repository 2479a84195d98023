"""Owns the differences between our WASI and wasmtime's in preview 1 that are intended, and the reason for each. A difference that
is not listed here fails the test; so does an entry that the test did not need.

An entry is the reason, and a function that says whether it explains a difference. The function takes the call, the outcome in
wasmtime (`right`), the outcome here (`found`), and the descriptors that were closed before.
"""

import struct

from preview1 import CLOCK, EVENT, FUNCTIONS, MEMORY, SIZE, SUBSCRIPTION

CHARACTER_DEVICE = 2
RIGHTS = 0x82000FF  # as in engine/src/compile/wasi/preview1.wat
ORIGINS = [946_684_800 * 10**9, 10**9, 0, 0]  # what the clocks show at first

SUCCESS, BADF, ILSEQ, INVAL, NOMEM, NOTDIR, NOTSUP, SPIPE, NOTCAPABLE = 0, 8, 25, 28, 48, 54, 58, 70, 76


def vectors(call):
    """The vectors of a call, as far as they are in the memory."""
    at, count = call.args["vectors"]
    for vector in range(at, at + 8 * min(count, SIZE), 8):
        if vector + 8 > SIZE:
            return
        yield struct.unpack_from("<2I", MEMORY, vector)


def subscriptions(call):
    at, number = call.args["subscriptions"], call.args["number"]
    for subscription in range(at, at + SUBSCRIPTION * min(number, SIZE), SUBSCRIPTION):
        if subscription + SUBSCRIPTION > SIZE:
            return
        user, type_, what, timeout, _, flags = struct.unpack_from("<QB7xI4xQQH", MEMORY, subscription)
        yield user, type_, what, flags


def misaligned(call):
    return any(
        (arg[0] if isinstance(arg, tuple) else arg) % FUNCTIONS[call.name][parameter].align for parameter, arg in call.args.items()
    )


def invalid(call):
    """Whether it has an argument that is none of an enum's values, or has bits that are no flags."""
    if call.name == "poll_oneoff":
        return any(type_ > 2 or type_ == CLOCK and (what > 3 or flags > 1) for _, type_, what, flags in subscriptions(call))
    return any(is_invalid(call.name, parameter, arg) for parameter, arg in call.args.items())


def is_invalid(name, parameter, arg):
    values = FUNCTIONS[name][parameter]
    return bool(values.invalid) and arg > max(set(values.tried) - set(values.invalid))


def outside(call):
    """Whether something that it points at is not in the memory."""
    for parameter, arg in call.args.items():
        if parameter == "vectors":
            if arg[0] + 8 * arg[1] > SIZE or any(at + length > SIZE for at, length in vectors(call)):
                return True
        elif isinstance(arg, tuple):
            if sum(arg) > SIZE:
                return True
        elif parameter in ("subscriptions", "events"):
            if arg + FUNCTIONS[call.name][parameter].size * call.args["number"] > SIZE:
                return True
        elif FUNCTIONS[call.name][parameter].size and arg + FUNCTIONS[call.name][parameter].size > SIZE:
            return True
    return False


def huge(call):
    """Whether it has a list that no memory holds."""
    lengths = [arg[1] for arg in call.args.values() if isinstance(arg, tuple)] + [call.args.get("number", 0)]
    if "vectors" in call.args:
        lengths.append(sum(length for _, length in vectors(call)))
    return max(lengths) > SIZE


def standard(call, closed):
    """Whether its descriptor is one of 0, 1 and 2, and open."""
    return call.args.get("fd", 9) < 3 and call.args["fd"] not in closed


def is_done(call, found):
    """Whether it has done what it should, or traps because it cannot write that."""
    return found.result == SUCCESS and is_right(call, found) or found.result == "trap" and outside(call)


def is_right(call, found):
    """Whether what is written is what a device of nothing has to say, and nothing else is."""
    written = b""
    match call.name:
        case "fd_read" | "fd_pread":
            written = bytes(4)
        case "fd_write" | "fd_pwrite":
            written = struct.pack("<I", sum(length for _, length in vectors(call)))
        case "fd_seek" | "fd_tell":
            written = bytes(8)
        case "fd_fdstat_get":
            written = struct.pack("<QQQ", CHARACTER_DEVICE, RIGHTS, 0)
        case "fd_filestat_get":
            written = struct.pack("<QQQQQQQQ", 0, 0, CHARACTER_DEVICE, 1, 0, *[ORIGINS[0]] * 3)
    at = call.args.get("result", 0)
    return found.memory == MEMORY[:at] + written + MEMORY[at + len(written) :]


def within(call, right, found, size, parameter="result"):
    """Whether both succeed, and differ in nothing but what is written there."""
    at = call.args[parameter]
    there = {at for changes in (right.changes(), found.changes()) for at in changes}
    return right.result == found.result == SUCCESS and all(at <= byte < at + size for byte in there)


def is_our_time(call, found):
    """Whether the result is the clocks' resolution, or a time shortly after they began."""
    if outside(call):
        return False
    (result,) = struct.unpack_from("<Q", found.memory, call.args["result"])
    return result == 1000 if call.name == "clock_res_get" else 0 < result - ORIGINS[call.args["clock"]] < 3600 * 10**9


def events(call, outcome):
    """The events that were reported: of which subscription, its errno and its type."""
    (number,) = struct.unpack_from("<I", outcome.memory, call.args["result"])
    if number > call.args["number"]:
        return [number]
    return [struct.unpack_from("<QHB", outcome.memory, call.args["events"] + EVENT * i) for i in range(number)]


def is_reported(call, found, closed):
    """Whether all that is ready at once was reported, and with its errno: a descriptor, and a clock that does not exist."""
    if found.result != SUCCESS or outside(call):
        return False
    reported, ready = events(call, found), []
    for user, type_, what, _ in subscriptions(call):
        if type_ == CLOCK:
            ready.append((user, SUCCESS if what < 4 else INVAL, CLOCK))
        else:
            ready.append((user, SUCCESS if what < 3 and what not in closed else BADF, type_))
    return reported == [event for event in ready if event[1:] != (SUCCESS, CLOCK) or event in reported]


def within_events(call, right, found):
    """Whether nothing differs but the events and their number."""
    at, end = call.args["events"], call.args["events"] + EVENT * call.args["number"]
    places = {place for changes in (right.changes(), found.changes()) for place in changes}
    return all(at <= place < end or 0 <= place - call.args["result"] < 4 for place in places)


def fails(value):
    return value not in (SUCCESS, "trap", None)


def on(*names):
    """Restricts an explanation to functions; a name that ends with * is of all that begin so."""

    def restrict(explains):
        def explained(call, right, found, closed):
            named = any(call.name == name or name.endswith("*") and call.name.startswith(name[:-1]) for name in names)
            return named and explains(call, right, found, closed)

        return explained

    return restrict


DIFFERENCES = [
    (
        "a misaligned pointer traps in wasmtime; ours reads and writes there, as WebAssembly's loads and stores do",
        lambda call, right, found, closed: right.result == "trap" and misaligned(call),
    ),
    (
        "a number that is no value of an enum, or has unknown flags, traps in wasmtime; ours ignores it or returns EINVAL, so the "
        "program goes on",
        lambda call, right, found, closed: right.result == "trap" and invalid(call),
    ),
    (
        "wasmtime checks all pointers first; ours checks none in a call that fails anyway",
        lambda call, right, found, closed: right.result == "trap" and fails(found.result) and outside(call),
    ),
    (
        "ours does not look at the buffers, as it neither fills nor keeps them",
        on("fd_read", "fd_pread", "fd_write", "fd_pwrite")(
            lambda call, right, found, closed: right.result == "trap" and found.result == SUCCESS and outside(call)
        ),
    ),
    (
        "a list that is larger than any memory is ENOMEM in wasmtime; ours traps at the end of the memory, or does not look at the "
        "list",
        lambda call, right, found, closed: right.result == NOMEM and huge(call),
    ),
    (
        "the time is not the host's: each call begins at the same time, and each reading is 1 µs later",
        on("clock_res_get", "clock_time_get")(
            lambda call, right, found, closed: within(call, right, found, 8) and is_our_time(call, found)
        ),
    ),
    (
        "wasmtime has no clocks of CPU time; with ours, C's clock() moves",
        on("clock_res_get", "clock_time_get")(
            lambda call, right, found, closed: call.args["clock"] in (2, 3)
            and right.result == BADF
            and (found.result == SUCCESS and is_our_time(call, found) or found.result == "trap" and outside(call))
        ),
    ),
    (
        "random numbers are not the host's: they are the same in each call",
        on("random_get")(
            lambda call, right, found, closed: within(call, right, found, call.args["length"], "buffer")
            and len(found.changes()) > call.args["length"] * 0.9
        ),
    ),
    (
        "descriptors 0, 1 and 2 can be read and written, as /dev/null can",
        on("fd_read", "fd_pread", "fd_write", "fd_pwrite")(
            lambda call, right, found, closed: standard(call, closed)
            and right.result == BADF
            and (is_done(call, found) or huge(call))
        ),
    ),
    (
        "descriptors 0, 1 and 2 can be sought: so libc does not take them for terminals, and writes a buffer at a time, not a line",
        on("fd_seek", "fd_tell", "fd_pread", "fd_pwrite")(
            lambda call, right, found, closed: standard(call, closed) and right.result == SPIPE and is_done(call, found)
        ),
    ),
    (
        "these calls have nothing to do for descriptors 0, 1 and 2, and succeed; in wasmtime they are for files alone",
        on("fd_advise", "fd_datasync", "fd_sync", "fd_fdstat_set_flags")(
            lambda call, right, found, closed: standard(call, closed) and right.result == BADF and found.result == SUCCESS
        ),
    ),
    (
        "descriptors 0, 1 and 2 are character devices with the rights of /dev/null; in wasmtime they have no type, and one right "
        "each",
        on("fd_fdstat_get")(lambda call, right, found, closed: within(call, right, found, 24) and is_right(call, found)),
    ),
    (
        "descriptors 0, 1 and 2 are character devices, and their times are those at which the clock begins; in wasmtime they have "
        "no type and no times",
        on("fd_filestat_get")(lambda call, right, found, closed: within(call, right, found, 64) and is_right(call, found)),
    ),
    (
        "what descriptors 0, 1 and 2 have no right to is ENOTCAPABLE, as they are open; in wasmtime it is EBADF, as they are not "
        "files",
        lambda call, right, found, closed: standard(call, closed) and right.result == BADF and found.result == NOTCAPABLE,
    ),
    (
        "rights cannot be set: this is ENOTSUP, as it is for files in wasmtime, where descriptors 0, 1 and 2 are not files",
        on("fd_fdstat_set_rights")(
            lambda call, right, found, closed: standard(call, closed) and right.result == BADF and found.result == NOTSUP
        ),
    ),
    (
        "flags that contradict each other are EINVAL in wasmtime; ours looks at the descriptor first, and that is wrong too",
        on("fd_filestat_set_times", "path_filestat_set_times")(
            lambda call, right, found, closed: right.result == INVAL and found.result in (BADF, NOTCAPABLE)
        ),
    ),
    (
        "a path that is not UTF-8 is EILSEQ in wasmtime; ours looks at the descriptor first, and that is wrong too",
        on("path_*")(lambda call, right, found, closed: right.result == ILSEQ and found.result in (BADF, NOTCAPABLE)),
    ),
    (
        "no directory was opened before, so this is EBADF, as it is in fd_prestat_get; in wasmtime it is ENOTDIR for descriptors "
        "0, 1 and 2",
        on("fd_prestat_dir_name")(
            lambda call, right, found, closed: standard(call, closed) and right.result == NOTDIR and found.result == BADF
        ),
    ),
    (
        "ours writes all vectors, and traps if one lies beyond the memory; wasmtime writes the first one that is not empty",
        on("fd_write")(
            lambda call, right, found, closed: within(call, right, found, 4)
            and is_right(call, found)
            or found.result == "trap"
            and outside(call)
        ),
    ),
    (
        "ours writes the whole of an event, and says how many bytes can be read or written; wasmtime writes no unused bytes, and "
        "reports a clock's event too if that much time has passed",
        on("poll_oneoff")(
            lambda call, right, found, closed: right.result == found.result == SUCCESS
            and events(call, found) == [event for event in events(call, right) if event in events(call, found) or event[2] != CLOCK]
            and within_events(call, right, found)
        ),
    ),
    (
        "an impossible subscription becomes an event with an errno, as the specification says; in wasmtime the whole call fails",
        on("poll_oneoff")(
            lambda call, right, found, closed: right.result in (BADF, INVAL)
            and (
                is_reported(call, found, closed)
                or found.result == "trap" and outside(call)
                or found.result == INVAL and invalid(call)
            )
        ),
    ),
]
