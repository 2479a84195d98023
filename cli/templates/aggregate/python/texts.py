"""The resource of wit/world.wit. Each group of a query has a state of its own, which stays from row to row.

componentize-py makes wit_world, and looks for the class in a module that has the name of the interface.
"""

import struct

from componentize_py_types import Err
from wit_world.exports import texts

# What is saved. Its first byte is the version: change it with the format.
SAVED = struct.Struct("<BQQ")
VERSION = 1


class AverageLength(texts.AverageLength):
    def __init__(self):
        self.count = 0
        self.sum = 0

    def step(self, text: str) -> None:
        self.count += 1
        self.sum += len(text)

    def finish(self) -> float | None:
        return self.sum / self.count if self.count else None

    def save(self) -> bytes:
        return SAVED.pack(VERSION, self.count, self.sum)

    def merge(self, saved: bytes) -> None:
        if len(saved) != SAVED.size or saved[0] != VERSION:
            raise Err("malformed saved state")
        _, count, total = SAVED.unpack(saved)
        self.count += count
        self.sum += total
