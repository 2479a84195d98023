"""The resource of wit/world.wit. PL/Wasm keeps what __init__ makes, and begins each call of a method with it.

componentize-py makes wit_world, and looks for the class in a module that has the name of the interface.
"""

from wit_world.exports import texts


class Wordlist(texts.Wordlist):
    def __init__(self, words: str):
        self.words = frozenset(words.split())

    def hits(self, text: str) -> int:
        return sum(word in self.words for word in text.split())
