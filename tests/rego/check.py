#!/usr/bin/env python3
"""Owns that a policy which OPA compiled decides in a server as OPA itself does: the same Rego files, the same data and inputs.

    check.py FOLDER      fetches both, compares, and prints `ok` or `FAILED`; FOLDER keeps what was fetched

The policy is one that a package ships, compiled and as Rego files; OPA is a library in another package, which interprets
these files. The database is the one of PG*, with the extension; `plwasm` and `psql` are in the PATH. It exits with 77 where
PyPI cannot be reached.
"""

import hashlib
import itertools
import json
import pathlib
import random
import subprocess
import sys
import zipfile

SEED = 20260102
DOCUMENTS, INPUTS = 100, 30

# The package, its version, the version of Python that it requires (nothing used here needs that), and the SHA-256 of
# the wheel.
POLICY = ("nemo-platform", "0.6.0", "3.13", "bdeffce177ce1cae8fbb7bfa06a9fcf464e46cd793f7eb724e3035c03c89a900")
OPA = ("opa-golib-python-bindings", "0.4.4", "3.14", "d411c901e14b8c7c3023e23e4a944f4cf429c1d31baf80e959e57d11efbfd24a")
ASSETS = "nmp/core/auth"

ROLES = ["Viewer", "Editor", "Admin", "Owner", "PlatformAdmin", "ServiceSystem", "Auditor"]
PERMISSIONS = ["notes.read", "notes.write", "secrets.read", "iam.bundle.read", "*", "red/notes.read", "a/b/c", "é"]
PRINCIPALS = ["ann", "bob@example.com", "service:auth", "group-1", "*", "", "日本"]
WORKSPACES = ["red", "blue", "system", "-", ""]
ENDPOINTS = [
    "/apis/notes/v2/workspaces/{workspace}/notes",
    "/apis/notes/v2/workspaces/{workspace}/notes/{name}",
    "/apis/secrets/v2/workspaces/{workspace}/secrets/{name}/access",
    "/apis/models/v2/workspaces/{workspace}/openai/-/v1/models",
    "/apis/models/v2/workspaces/{workspace}/openai/-/{trailing_uri}",
    "/apis/entities/v2/workspaces",
    "/apis/auth/v2/iam/opa-bundle.tar.gz",
]
PATHS = [
    "/apis/notes/v2/workspaces/red/notes?page=2",
    "/apis/notes/v2/workspaces/blue/notes/first",
    "/apis/secrets/v2/workspaces/red/secrets/s/access",
    "/apis/models/v2/workspaces/red/openai/-/v1/models",
    "/apis/models/v2/workspaces/red/openai/-/v1/chat/completions",
    "/apis/entities/v2/workspaces",
    "/apis/entities/v2/workspaces/red/members/ann",
    "/apis/auth/v2/iam/opa-bundle.tar.gz",
    "/health/live",
    "/nowhere",
    "",
]


class Unreachable(Exception):
    """PyPI did not answer."""


def fetch(package, folder):
    """The unpacked wheel of a package."""
    name, version, python, sha256 = package
    wheels = folder / name
    if not list(wheels.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--retries=1", "--no-deps"]
        command += ["--only-binary=:all:", f"--python-version={python}", f"--dest={wheels}", f"{name}=={version}"]
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
            raise Unreachable
    (wheel,) = wheels.glob("*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert digest == sha256, f"{wheel.name} has the SHA-256 {digest}"
    unpacked = wheels / "unpacked"
    if not unpacked.exists():
        zipfile.ZipFile(wheel).extractall(unpacked)
    return unpacked


def some(rng, values, most):
    return rng.sample(values, rng.randrange(min(most, len(values)) + 1))


def document(rng):
    """Data of the policy: roles that include others, who has them where, and endpoints with what they ask for."""
    roles = {}
    for role in some(rng, ROLES, 7):
        roles[role] = {"permissions": some(rng, PERMISSIONS, 3)}
        if rng.random() < 0.6:
            roles[role]["includes"] = some(rng, ROLES, 2)
    principals = {
        principal: {"workspaces": {workspace: some(rng, ROLES, 2) for workspace in some(rng, WORKSPACES, 3)}}
        for principal in some(rng, PRINCIPALS, 5)
    }
    endpoints = {}
    for endpoint in some(rng, ENDPOINTS, 7):
        methods = {}
        for method in some(rng, ["get", "post", "delete"], 3):
            methods[method] = {"permissions": some(rng, PERMISSIONS, 2)}
            if rng.random() < 0.3:
                methods[method]["scopes"] = some(rng, ["notes:read", "notes:write"], 2)
            if rng.random() < 0.3:
                methods[method]["callers"] = some(rng, ["principal", "service_principal"], 2)
            if rng.random() < 0.1:
                methods[method]["deny"] = True
        endpoints[endpoint] = methods
    return {"authz": {"roles": roles, "principals": principals, "endpoints": endpoints}}


def question(rng):
    """An input. Now and then it lacks something, or has something of another type."""
    asked = {
        "principal_id": rng.choice(PRINCIPALS),
        "workspace": rng.choice(WORKSPACES),
        "permissions": some(rng, PERMISSIONS, 2),
        "role": rng.choice(ROLES),
        "method": rng.choice(["GET", "POST", "DELETE", "get", "HEAD"]),
        "path": rng.choice(PATHS),
    }
    if rng.random() < 0.3:
        asked["principal_email"] = rng.choice(PRINCIPALS)
    if rng.random() < 0.3:
        asked["principal_groups"] = some(rng, PRINCIPALS, 2)
    if rng.random() < 0.3:
        asked["scopes"] = some(rng, ["notes:read", "notes:write", "openid"], 2)
    if rng.random() < 0.2:
        # No other type is put where a built-in function takes the value: there the library raises an error, unlike
        # OPA's default.
        asked[rng.choice(["workspace", "role"])] = rng.choice([None, 1, "x", [], {}, True])
    if rng.random() < 0.2:
        del asked[rng.choice(list(asked))]
    return asked


ENTRYPOINTS = ["authz/allow", "authz/has_permissions", "authz/has_role"]


def decided(documents, questions, opa, rego):
    """What OPA says to each question, entrypoint by entrypoint; as the compiled policy says it."""
    sys.path.insert(0, str(opa))
    from opa_bindings import OpaEngine, OpaUndefinedError

    for data, asked in zip(documents, questions, strict=True):
        engine = OpaEngine()
        for file in sorted(rego.glob("*.rego")):
            engine.add_policy(file.name, file.read_text())
        engine.add_data(data)
        for entrypoint, each in itertools.product(ENTRYPOINTS, asked):
            try:
                yield [{"result": engine.eval_document(entrypoint.replace("/", "."), each)}]
            except OpaUndefinedError:
                yield []
        engine.close()


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def copied(value):
    return json.dumps(value, ensure_ascii=False).replace("\\", "\\\\")


def answered(documents, questions, policy):
    """What the policy says in the server."""
    run("plwasm", "push", policy, "--db", "", "--name", "rego", "--create-functions")
    rows = [
        f"{number}\t{entrypoint}\t{copied(each)}\t{copied(data)}\n"
        for number, (data, entrypoint, each) in enumerate(
            (data, entrypoint, each)
            for data, asked in zip(documents, questions, strict=True)
            for entrypoint, each in itertools.product(ENTRYPOINTS, asked)
        )
    ]
    sql = "CREATE TABLE asked (i integer, entrypoint text, input text, data text);\nCOPY asked FROM STDIN;\n"
    sql += "".join(rows) + "\\.\n"
    sql += "SELECT eval_entrypoint(entrypoint, input, data) FROM asked ORDER BY i;"
    answers = run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", input=sql).splitlines()
    assert len(answers) == len(rows), f"{len(answers)} answers to {len(rows)} questions"
    return map(json.loads, answers), rows


def check(folder):
    policy, opa = fetch(POLICY, folder), fetch(OPA, folder)
    adapted = folder / "rego.wasm"
    run("plwasm", "adapt", policy / ASSETS / "assets/policy.wasm", "-o", adapted)
    rng = random.Random(SEED)
    documents = [document(rng) for _ in range(DOCUMENTS)]
    questions = [[question(rng) for _ in range(INPUTS)] for _ in documents]
    answers, rows = answered(documents, questions, adapted)
    seen = {}
    wrong = []
    for row, answer, right in zip(rows, answers, decided(documents, questions, opa, policy / ASSETS / "app/policies"), strict=True):
        key = row.split("\t")[1], json.dumps(right)
        seen[key] = seen.get(key, 0) + 1
        if answer != right:
            wrong.append(f"of {row.strip()} it is {answer}, should be {right}")
    if wrong:
        print(f"FAILED rego: {len(wrong)} of {len(rows)} differ\n    {wrong[0]}")
    else:
        print(f"ok rego: {len(rows)} decisions are OPA's")
    # Questions that all get the same answer would show nothing.
    for entrypoint in ENTRYPOINTS:
        kinds = {answer: count for (of, answer), count in seen.items() if of == entrypoint and count >= 20}
        print(f"{'ok' if len(kinds) >= 2 else 'FAILED'} rego: {entrypoint} says {kinds}")


if __name__ == "__main__":
    try:
        check(pathlib.Path(sys.argv[1]).resolve())
    except Unreachable:
        print("PyPI cannot be reached", file=sys.stderr)
        sys.exit(77)
