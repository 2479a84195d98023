"""The registry of bombs: what each may result in, and the function that makes it."""

MB = 1 << 20
# A little less than plwasm.max_module_size allows.
FULL = 31 * MB

BOMBS = {}


def bomb(*results):
    """Registers a bomb by the name of its function. The results are SQLSTATEs; 00000 if it may compile."""
    def register(make):
        BOMBS[make.__name__.replace("_", "-")] = (results, make)
        return make
    return register
