"""Reads a callgrind.out file: for each function, the number of its calls and its own instructions.

A function without a symbol (JIT code, a static function of a stripped binary) counts for the object in which
it lies.
"""

import collections
import re

Cost = collections.namedtuple("Cost", "calls instructions")


def read(path):
    """Returns {function: Cost}."""
    objects, names = {}, {}
    calls, own = collections.Counter(), collections.Counter()
    here = there = function = callee = None
    inclusive = False
    for line in open(path):
        key, _, value = line.rstrip("\n").partition("=")
        if key == "ob":
            here = there = unpack(objects, value)
        elif key == "cob":
            there = unpack(objects, value)
        elif key == "fn":
            function, there = name(names, value, here), here
        elif key == "cfn":
            callee, there = name(names, value, there), here
        elif key == "calls":
            calls[callee] += int(value.split()[0])
            inclusive = True
        elif re.match(r"[-+*\d]", line):
            # The line after calls= is the cost of the callee, which the callee's own lines contain.
            if not inclusive:
                own[function] += int(line.split()[1])
            inclusive = False
    return {f: Cost(calls[f], own[f]) for f in calls.keys() | own.keys()}


def unpack(known, value):
    """Resolves a name: callgrind writes a name once, "(7) name", and from then on "(7)"."""
    number, _, text = value.partition(" ")
    if text:
        known[number] = text
    return known[number]


def name(names, value, lies_in):
    number, _, text = value.partition(" ")
    if text:
        # 'f'2 is a recursive call of f.
        text = re.sub(r"'\d+$", "", text)
        names[number] = f"[{lies_in.rpartition('/')[2]}]" if text.startswith("0x") else text
    return names[number]


def add(one, other, factor):
    """Returns one + factor * other, function by function."""
    nothing = Cost(0, 0)
    return {f: Cost(*(x + factor * y for x, y in zip(one.get(f, nothing), other.get(f, nothing))))
            for f in one.keys() | other.keys()}
