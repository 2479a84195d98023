"""The functions of wit/world.wit. componentize-py makes wit_world of it."""

# What a function prints becomes messages of PostgreSQL (docs/messages.md of PL/Wasm), if the Makefile has no --stub-wasi and the
# server has plwasm.wasi = inert.

import re

import wit_world


class WitWorld(wit_world.WitWorld):
    def slugify(self, text: str) -> str:
        return re.sub("[^A-Za-z0-9]+", "-", text).strip("-").lower()
