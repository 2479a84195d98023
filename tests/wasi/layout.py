"""Owns how values of the component model are read from a memory, as the canonical ABI lays them out. Of a
handle the number is not compared."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Type:
    """Its size and alignment, and a function of the memory and an address that reads it."""

    size: int
    align: int
    read: object


def number(format):
    size = struct.calcsize(format)
    return Type(size, size, lambda memory, at: struct.unpack_from("<" + format, memory, at)[0])


U8, U32, U64 = number("B"), number("I"), number("Q")
HANDLE = Type(4, 4, lambda memory, at: "a handle")
NOTHING = Type(0, 1, lambda memory, at: None)


def tuple_(*types):
    offsets, at = [], 0
    for type_ in types:
        at = -(-at // type_.align) * type_.align
        offsets.append(at)
        at += type_.size
    align = max(type_.align for type_ in types)

    def read(memory, at):
        return tuple(type_.read(memory, at + offset) for type_, offset in zip(types, offsets, strict=True))

    return Type(-(-at // align) * align, align, read)


def list_(type_):
    def read(memory, at):
        start, count = struct.unpack_from("<II", memory, at)
        return [type_.read(memory, start + i * type_.size) for i in range(count)]

    return Type(8, 4, read)


def string():
    return Type(8, 4, lambda memory, at: bytes(list_(U8).read(memory, at)).decode())


def variant(**cases):
    align = max(type_.align for type_ in cases.values())

    def read(memory, at):
        name, type_ = list(cases.items())[memory[at]]
        value = type_.read(memory, at + align)
        return name if value is None else {name: value}

    return Type(align + max(type_.size for type_ in cases.values()), align, read)


def option(type_):
    return variant(none=NOTHING, some=type_)


def result(ok, error):
    return variant(ok=ok, error=error)
