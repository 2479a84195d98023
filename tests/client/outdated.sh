#!/usr/bin/env bash
# Tests `make outdated` (pgrx-config/outdated) with a registry of its own, whose releases are as old as each check needs.
. "$(dirname "$0")/../lib/client.sh"

work=$(mktemp -d)
server=''
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"; cluster_cleanup' EXIT

mkdir -p "$work/registry/wa/sm" "$work/home"
: >"$work/served"
(cd "$work/registry" && exec python3 -u -m http.server 0 --bind 127.0.0.1) >"$work/served" 2>&1 &
server=$!
for _ in {1..100}; do
    [[ ! $(<"$work/served") =~ port\ ([0-9]+) ]] || break
    sleep 0.1
done
url=http://127.0.0.1:${BASH_REMATCH[1]:?the registry has not started}
echo "{\"dl\": \"$url/crates\"}" >"$work/registry/config.json"
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_HOME=$work/home
printf '%s\n' '[source.crates-io]' 'replace-with = "ours"' '[source.ours]' "registry = \"sparse+$url/\"" >"$CARGO_HOME/config.toml"
printf '%s\n' '[[package]]' 'name = "wasmtime"' 'version = "48.0.7"' >"$work/Cargo.lock"

# registry "VERSION DAYS [yanked]"...: it has just these, published that many days ago; no DAYS, no date
registry() {
    local release version days yanked time
    rm -rf "$CARGO_HOME/registry" "$work/registry/wa/sm/wasmtime"
    for release; do
        read -r version days yanked <<<"$release"
        time=${days:+", \"pubtime\": \"$(date -u -d "${days:-0} days ago" +%Y-%m-%dT%H:%M:%SZ)\""}
        [[ -z $yanked ]] && yanked=false || yanked=true
        printf '{"name": "wasmtime", "vers": "%s", "deps": [], "cksum": "%064d", "features": {}, "yanked": %s%s}\n' \
            "$version" 0 "$yanked" "$time" >>"$work/registry/wa/sm/wasmtime"
    done
}

# said NAME STATUS REGEX: what is said of a lock with 48.0.7
said() {
    local status=0 text
    text=$(cd "$work" && "$root/pgrx-config/outdated" Cargo.lock 2>&1) || status=$?
    like "$1" "$status $text" "^$2 .*$3"
}
day() {
    date -u -d "$1 days ago" +%F
}

registry "48.0.7 30"
said "a lock with the newest release" 0 "wasmtime 48.0.7 of $(day 30) is the newest 48.0.x of the registry$"
registry "48.0.7 30" "48.0.8 6"
said "a release of 6 days is no failure" 0 "48.0.7 is behind: 48.0.8 was published on $(day 6), 6 days ago$"
registry "48.0.7 30" "48.0.8 7"
said "a release of 7 days is one" 1 "48.0.7 is behind: 48.0.8 was published on $(day 7), 7 days ago$"
registry "48.0.7 30" "48.0.9 9" "48.0.10 1"
said "the oldest release that the lock lacks counts" 1 "48.0.9 was .* 9 days ago; the newest is 48.0.10 of $(day 1)$"
registry "48.0.6 90" "48.0.7 60" "48.0.8-rc.1 50" "48.1.0 40" "49.0.0 30" "148.0.8 20"
said "older releases and other lines do not count" 0 "is the newest 48.0.x of the registry$"
registry "48.0.7 30" "48.0.8 20 yanked"
said "nor does a release that was yanked" 0 "is the newest 48.0.x of the registry$"
CARGO_NET_OFFLINE=true said "what cargo has kept is no answer" 77 "the registry cannot be asked: cargo is offline$"
registry "48.0.7 30" "48.0.8"
said "a registry without dates" 77 "the registry does not say when wasmtime 48.0.8 was published$"
registry "49.0.0 30"
said "a registry without the line" 77 "the registry cannot be asked: .*wasmtime"

kill "$server"
wait "$server" 2>/dev/null || true
server=''
said "a registry that is not there" 77 "the registry cannot be asked: .*[Cc]onnect"

: >"$work/Cargo.lock"
said "a lock without wasmtime" 1 "should have one release of wasmtime"
finish
