"""The modules of bombs.sh: small to write down, large to read, to validate, to compile or to load.

    bombs.py                prints the names, each with the results that it may have
    bombs.py NAME > FILE    writes one: a binary, WebAssembly text, or neither

Each is as large as plwasm.max_module_size allows, or as large as the limit that it attacks allows.
"""

import sys

# Each of the two registers its bombs.
import bombs_binary
import bombs_text
from bombs_registry import BOMBS


def main():
    if len(sys.argv) == 1:
        for key, (results, _) in BOMBS.items():
            print(key, *results)
    else:
        sys.stdout.buffer.write(BOMBS[sys.argv[1]][1]())


if __name__ == "__main__":
    main()
