"""The exports of ../wit/examples.wit. componentize-py makes wit_world of it."""

import math
import re

import wit_world
from componentize_py_types import Err
from wit_world import Mood, OrderLine, Point
from wit_world.imports.types import Error, Interval

INT4 = range(-(2**31), 2**31)

count = 0


class WitWorld(wit_world.WitWorld):
    def add(self, a: int, b: int) -> int:
        if a + b not in INT4:
            raise Err(Error("22003", "integer out of range", None, "Add them as bigint."))
        return a + b

    def slugify(self, text: str) -> str:
        return re.sub("[^A-Za-z0-9]+", "-", text).strip("-").lower()

    def total(self, numbers: list[int | None]) -> int:
        return sum(n for n in numbers if n is not None)

    def distance(self, a: Point, b: Point) -> float:
        # not hypot, whose last bit may differ from the other languages'
        return math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2)

    def better(self, now: Mood) -> Mood | None:
        return None if now is Mood.HAPPY else Mood(now.value + 1)

    def reverse(self, bytes: bytes) -> bytes:
        return bytes[::-1]

    def words(self, text: str) -> list[str]:
        return [word for word in text.split(" ") if word]

    def counted(self, lines: list[OrderLine]) -> list[OrderLine]:
        return [line for line in lines if line.quantity is not None]

    def scale(self, i: Interval, n: int) -> Interval:
        return Interval(i.months * n, i.days * n, i.microseconds * n)

    def calls(self) -> int:
        global count
        count += 1
        return count

    def fail(self, message: str) -> str:
        raise Err(message)
