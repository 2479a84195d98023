"""Other implementations of what the packages compute: for each the arguments of a call, and the right result.

They use the libraries of requirements.txt, none of which is made from a package that is checked.
"""

import base64
import dataclasses
import hashlib
import io
import random
import re
import struct
import zlib
from collections.abc import Callable

import argon2.low_level
import base58
import blake3
import brotli
import coincurve
import cramjam
import h3
import leb128
import lz4.block
import lz4.frame
import md4c
import pygeohash
import pyte
import rapidfuzz.distance
import regex
import semver
import siphash24
import snowballstemmer
import xxhash
import zstandard
from PIL import Image


@dataclasses.dataclass
class Reference:
    """How a package is checked. `arguments` makes the arguments of a call from a value of values.py; `right` makes the
    right result from the value and the arguments; `read` makes what is compared from the package's result: for a
    compressor, it decompresses the result."""

    arguments: Callable
    right: Callable
    read: Callable = lambda result: result


def signed(number, bits=64):
    """Returns the signed integer with the same bits, as PostgreSQL has it."""
    return number - (number >> (bits - 1) << bits)


def hashes(function):
    return Reference(lambda v: (v.b,), lambda v, a: function(v.b))


def decompresses(compress):
    return Reference(lambda v: (compress(v.b),), lambda v, a: v.b)


def key(n):
    return coincurve.PrivateKey(hashlib.sha256(str(n % 100).encode()).digest())


def signature(v):
    """Returns a digest, its signature, which is wrong for every second value, and the public key."""
    digest = hashlib.sha256(v.b).digest()
    signed = bytearray(key(v.n).sign_recoverable(digest, hasher=None)[:64])
    signed[40] ^= v.i % 2
    return digest, bytes(signed), key(v.n).public_key.format()


def verify(digest, signature, key):
    signature = coincurve.ecdsa.cdata_to_der(coincurve.ecdsa.deserialize_compact(signature))
    return coincurve.PublicKey(key).verify(signature, digest, hasher=None)


def siphash(data, *key):
    key = b"".join(half.to_bytes(8, "little", signed=True) for half in key)
    return int.from_bytes(siphash24.siphash24(data, key=key).digest(), "little", signed=True)


def word(v):
    return (v.t.split() or ["unwillingly"])[0].lower()


def pixels(v):
    """Returns an image of eight pixels per line, four bytes per pixel."""
    return v.b[: max(len(v.b) // 32, 1) * 32].ljust(32, b"\0")[:3200]


def png(pixels):
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", 8, len(pixels) // 32, 8, 6, 0, 0, 0)
    # each line begins with the number of its filter; 0 is none
    lines = b"".join(b"\0" + pixels[i : i + 32] for i in range(0, len(pixels), 32))
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def markdown(v):
    # only plain words, because versions of md4c differ in links and in lists within lists
    words = [word for word in v.t.split() if word.isalnum()] or ["x"]
    marks = ("# {}", "* {}", "**{}** _x_", "    {}", "> {}", "[{}](#a)", "`{}`", "1. {}", "| a | {} |\n|---|---|\n| b | c |", "{}")
    return "\n\n".join(marks[(v.n + i) % len(marks)].format(word) for i, word in enumerate(words))


html = md4c.HTMLRenderer(2823)


def terminal(v):
    """Returns words with escape sequences that move the cursor and set colours."""
    rng = random.Random(v.i)
    moves = ("\x1b[{};{}H".format(rng.randrange(1, 7), rng.randrange(1, 12)), "\x1b[31m", "\r\n", "\x1b[K", " ", "\x1b[1A")
    return "".join(word[:8] + rng.choice(moves) for word in ascii(v.t).split()).encode()


def screen(data, rows, columns):
    terminal = pyte.Screen(columns, rows)
    pyte.ByteStream(terminal).feed(data)
    return lines("\n".join(terminal.display))


def lines(text):
    """Removes blanks at the ends of lines, because a written blank and an empty cell are the same."""
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


def version(n):
    return f"{n % 3}.{n // 3 % 3}.{n // 9 % 12}" + ("", "", "-rc.1", "-rc.11", "-rc.2", "-alpha", "+build")[n // 108 % 7]


english = snowballstemmer.stemmer("english")

REFERENCES = {
    "sha256-wasm": hashes(lambda b: hashlib.sha256(b).digest()),
    "sha512-wasm": hashes(lambda b: hashlib.sha512(b).digest()),
    "sha3-wasm": hashes(lambda b: hashlib.sha3_256(b).digest()),
    "blake2b-wasm": hashes(lambda b: hashlib.blake2b(b, digest_size=32).digest()),
    "@webbuf/blake3": hashes(lambda b: blake3.blake3(b).digest()),
    "hash-wasm": hashes(lambda b: hashlib.new("sm3", b).digest()),
    "siphash24": Reference(lambda v: (v.b, v.i, v.n), lambda v, a: siphash(*a)),
    "xxhash-wasm": Reference(
        lambda v: (v.b, v.n), lambda v, a: signed(xxhash.xxh64_intdigest(v.b, seed=v.n % 2**64))
    ),
    "@phi-ag/argon2": Reference(
        lambda v: (v.b[:64], b"salt" + v.n.to_bytes(8, "little", signed=True), 1, 8),
        lambda v, a: argon2.low_level.hash_secret_raw(*a, 1, 32, argon2.low_level.Type.ID),
    ),
    "base64-encoding": Reference(lambda v: (v.b,), lambda v, a: base64.b64encode(v.b).decode()),
    "@hazae41/base58.wasm": Reference(lambda v: (v.b[:60],), lambda v, a: base58.b58encode(*a).decode()),
    "hysnappy": Reference(
        lambda v: (v.b,),
        lambda v, a: v.b,
        # cramjam cannot decompress an empty input
        lambda result: bytes(cramjam.snappy.decompress_raw(result)) if result != b"\0" else b"",
    ),
    "snappy-wasm": decompresses(lambda b: bytes(cramjam.snappy.compress_raw(b))),
    "lz4-wasm": decompresses(lambda b: lz4.block.compress(b)),
    "brotli-dec-wasm": decompresses(lambda b: brotli.compress(b, quality=4)),
    "wasm-gzip": decompresses(lambda b: zlib.compress(b, wbits=31)),
    "zstddec": decompresses(lambda b: zstandard.compress(b)),
    "zstandard-wasm": decompresses(lambda b: zstandard.compress(b, 9)),
    "@bokuweb/zstd-wasm": Reference(
        lambda v: (v.b, 1 + v.i % 6), lambda v, a: v.b, lambda result: zstandard.decompress(result)
    ),
    "@foxglove/wasm-lz4": Reference(lambda v: (lz4.frame.compress(v.b), len(v.b)), lambda v, a: v.b),
    "zlib-wasm": Reference(lambda v: (0, v.b), lambda v, a: signed(zlib.crc32(v.b), 32)),
    "@thi.ng/leb128": Reference(lambda v: (v.n >> v.i % 64,), lambda v, a: leb128.i.encode(*a)),
    "@polkadot/wasm-crypto-wasm": Reference(
        lambda v: (v.b, v.t.encode(), 1 + v.i % 4), lambda v, a: hashlib.pbkdf2_hmac("sha512", *a)
    ),
    "@cwasm/lodepng": Reference(lambda v: (png(pixels(v)),), lambda v, a: Image.open(io.BytesIO(*a)).convert("RGBA").tobytes()),
    "markdown-wasm": Reference(
        lambda v: (markdown(v),),
        lambda v, a: html.parse(*a).replace("strong>", "b>"),
        # the package adds anchors to the output of md4c
        lambda result: re.sub('<a id="[^"]*" class="anchor" [^>]*></a>', "", result),
    ),
    "vt100wasm": Reference(lambda v: (terminal(v), 6, 200), lambda v, a: screen(*a), lines),
    "multilingual-stemmer": Reference(lambda v: (word(v), 7), lambda v, a: english.stemWord(a[0])),
    "@nlptools/distance-wasm": Reference(
        # the package cuts other characters into bytes, and panics
        lambda v: (ascii(v.t)[:200], ascii(v.u)[:200]), lambda v, a: rapidfuzz.distance.Levenshtein.distance(*a)
    ),
    "h3o": Reference(lambda v: (v.x, v.y, v.i % 16), lambda v, a: h3.str_to_int(h3.latlng_to_cell(v.y, v.x, a[2]))),
    "geohash": Reference(lambda v: (v.x, v.y, 1 + v.i % 12), lambda v, a: pygeohash.encode(v.y, v.x, a[2])),
    "semver": Reference(
        lambda v: (version(v.n), version(v.n >> 8)), lambda v, a: semver.Version.parse(a[0]).compare(a[1])
    ),
    "strsim": Reference(
        lambda v: (v.t, v.u),
        lambda v, a: round(rapidfuzz.distance.JaroWinkler.similarity(*a), 12),
        lambda result: round(result, 12),
    ),
    "unicode-segmentation": Reference(lambda v: (v.t,), lambda v, a: len(regex.findall(r"\X", v.t))),
    "tiny-secp256k1": Reference(signature, lambda v, a: verify(*a)),
}
