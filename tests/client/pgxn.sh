#!/usr/bin/env bash
# Tests META.json against the PGXN Meta Spec 1.0.0, and that what it says is so: its version is that of Cargo.toml and of the
# control file, its files exist, and `pgxn install` works.
. "$(dirname "$0")/../lib/client.sh"
cd "$root"

# Prints what is wrong with a META.json that is read from standard input.
wrong() {
    python3 -c '
import json, re, sys
from pathlib import Path

LICENSES = """agpl_3 apache_1_1 apache_2_0 artistic_1 artistic_2 bsd freebsd gfdl_1_2 gfdl_1_3 gpl_1 gpl_2 gpl_3 lgpl_2_1 lgpl_3_0
    mit mozilla_1_0 mozilla_1_1 openssl perl_5 postgresql qpl_1_0 ssleay sun zlib open_source restricted unrestricted unknown""".split()
KNOWN = """abstract description generated_by license maintainer meta-spec name no_index prereqs provides release_status resources tags
    version""".split()
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)([-+].+)?")
meta = json.load(sys.stdin)

def check(is_good, what):
    if not is_good:
        print(what)

for name in ("abstract", "maintainer", "license", "provides", "name", "version", "meta-spec"):
    check(meta.get(name), f"{name} is missing")
for name in meta:
    check(name in KNOWN or name.lower().startswith("x_"), f"{name} is unknown")
check(re.fullmatch(r"[^\s/\\\x00-\x1f\x7f]{2,}", meta.get("name", "")), "name")
check(SEMVER.fullmatch(meta.get("version", "")), "version")
check(meta.get("license") in LICENSES, "license")
check(meta.get("release_status", "stable") in ("stable", "testing", "unstable"), "release_status")
check(re.fullmatch(r"1\.0\.\d+", meta.get("meta-spec", {}).get("version", "")), "meta-spec")
check(all(isinstance(tag, str) and 0 < len(tag) < 256 and not re.search(r"[/\\\x00-\x1f]", tag) for tag in meta.get("tags", [])), "tags")
for name, extension in meta.get("provides", {}).items():
    check(Path(extension.get("file", "none")).is_file(), f"provides {name}: file")
    check(Path(extension.get("docfile", "README.md")).is_file(), f"provides {name}: docfile")
    check(SEMVER.fullmatch(extension.get("version", "")), f"provides {name}: version")
for phase, kinds in meta.get("prereqs", {}).items():
    check(phase in ("configure", "build", "test", "runtime", "develop"), f"prereqs {phase}")
    for kind, wanted in kinds.items():
        check(kind in ("requires", "recommends", "suggests", "conflicts"), f"prereqs {phase} {kind}")
        check(all(SEMVER.fullmatch(version) or version == 0 for version in wanted.values()), f"prereqs {phase} {kind}: version")
'
}
is "META.json is valid" "$(wrong <META.json)" ""
is "what is not is found" "$(sed '/"license"/d; s/"15.0.0"/"15"/; s/"file": "/&no/' META.json | wrong | tr '\n' ';')" \
    "license is missing;license;provides plwasm: file;prereqs runtime requires: version;"
version=$(plwasm_version)
is "its version" "$(python3 -c 'import json; meta = json.load(open("META.json")); print(meta["version"], meta["provides"]["plwasm"]["version"])')" \
    "$version $version"
is "the control file's version" "$(sed -nE "s/^default_version = '(.+)'$/\1/p" plwasm.control)" "$version"

# PGXN's own client, installing below a directory. It contains the path of the Python for which pip has made it, so pip must
# not take one that it has kept.
client=$target/pgxn/bin/pgxn
if [[ -x $client ]] || { python3 -m venv "$target/pgxn" && timeout 100 "$target/pgxn/bin/pip" install --quiet --retries 1 --no-cache-dir pgxnclient==1.3.2; } &>/dev/null; then
    below=$(scratch pgxn)
    succeeds "pgxn install" env DESTDIR="$below" "$client" install --yes --nosudo --pg_config "$PG_CONFIG" ./
    is "what it has installed" "$(find "$below" -name plwasm.so -o -name plwasm.control -o -path "*$("$PG_CONFIG" --bindir)/plwasm" | wc -l)" 3
    rm -rf "$below"
else
    echo "skipped pgxn install: its client cannot be had"
fi
finish
