"""The interface patterns of ../wit/resources.wit: Python's own regular expressions.

The module has the name of the interface, as componentize-py looks for the classes of resources there.
"""

import re

from componentize_py_types import Err
from wit_world.exports import patterns


class Matcher(patterns.Matcher):
    def __init__(self, pattern: str):
        try:
            self.pattern = re.compile(pattern)
        except re.error as error:
            raise Err(f"invalid regular expression: {error}")

    def is_match(self, text: str) -> bool:
        return self.pattern.search(text) is not None

    def replace(self, text: str, replacement: str) -> str:
        return self.pattern.sub(replacement, text)

    def find_all(self, text: str) -> list[str]:
        return [match[0] for match in self.pattern.finditer(text)]
