"""The values that packages are compared on: the same 10,000 on every machine."""

import hashlib
import random

COUNT = 10_000
# Latin, Greek, Cyrillic, Chinese, combining marks, characters beyond 16 bits: for functions of texts
WORDS = """Wie kommt es daß running runners generalization happily Größe élan vital naïve coöperate Æsir ΑΘΗΝΑ σοφία ΣΊΣΥΦΟΣ мир
языковые 漢字 中文 資料庫 e\u0301clair A\u030angström \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 x 0 42 3.14 -17 NULL true
"quoted" back\\slash tab\tnew\nline a_b%c <b>&amp; #tag user@example.com https://example.com/?q=1&r=2 organization connection
""".split(" ")


class Value:
    """One value: `i` is its number, `b` bytes, `t` and `u` texts, `n` a 64-bit integer, `x` and `y` doubles, a
    longitude and a latitude."""

    def __init__(self, i):
        self.i = i
        rng = random.Random(i)
        self.n = int.from_bytes(hashlib.sha256(str(i).encode()).digest()[:8], "big", signed=True)
        if i < 300:
            length = i
        elif i % 500 == 0:
            length = rng.randrange(20_000, 70_000)
        else:
            length = rng.randrange(400)
        # a third is noise, a third is of few letters, a third repeats itself
        match i % 3:
            case 0:
                self.b = rng.randbytes(length)
            case 1:
                self.b = bytes(rng.choices(b"ab\0\xff", (90, 5, 3, 2), k=length))
            case _:
                self.b = (rng.randbytes(rng.randrange(1, 40)) * length)[:length]
        self.t = " ".join(rng.choices(WORDS, k=rng.randrange(12)))
        self.u = "".join(c for c in self.t if rng.random() < 0.8) + rng.choice(WORDS)
        self.x = rng.uniform(-180, 180)
        self.y = rng.uniform(-90, 90)


def values(count=COUNT):
    return map(Value, range(count))
