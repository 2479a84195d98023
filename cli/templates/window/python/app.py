"""The window function of wit/world.wit. componentize-py makes wit_world of it."""

import wit_world


class WitWorld(wit_world.WitWorld):
    def smooth(self, rows: list[float], width: int) -> list[float]:
        def average(values: list[float]) -> float:
            return sum(values) / len(values)

        return [average(rows[max(0, end - max(1, width)) : end]) for end in range(1, len(rows) + 1)]
