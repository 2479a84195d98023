"""The functions of wit/world.wit. componentize-py makes wit_world of it."""

import re

import wit_world


class WitWorld(wit_world.WitWorld):
    def slugify(self, text: str) -> str:
        return re.sub("[^A-Za-z0-9]+", "-", text).strip("-").lower()
