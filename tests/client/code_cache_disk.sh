#!/usr/bin/env bash
# Tests disks and directories that the code cache cannot use properly: functions are then compiled, and work.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"
. "$(dirname "$0")/command.bash"

setup="CREATE EXTENSION plwasm; $(<"$(dirname "$0")/big.sql")
    CREATE FUNCTION small(i int) RETURNS int LANGUAGE wasm AS
        '(module (func (export \"small\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
    SELECT wasm.create_module('m', big(5, 1000)); CREATE FUNCTION large(int) RETURNS int LANGUAGE wasm AS 'm#f'"
good="SELECT small(21), large(37)"
forget() { sql "SELECT wasm.prune_code_cache(0)" >/dev/null; }
files() { server find "$cache" -mindepth 1 | wc -l; }
use() { # sets up a new cluster
    cache=$CLUSTER/data/plwasm_cache
    sql "$setup" >/dev/null
}

# compiled NAME WHY: each session compiles, and nothing is kept
compiled() {
    local before
    : >"$CLUSTER/log"
    before=$(compilers)
    is "$1: functions work" "$(sql "$good; $good")" $'42|42\n42|42'
    is "$1: each session compiles" "$(sql "SELECT large(37)") $(($(compilers) - before))" "42 3"
    like "$1: the log reports why" "$(<"$CLUSTER/log")" "LOG:  could not write to the code cache \"$cache\": $2"
    is "$1: nothing is kept" "$(files)" "$3"
}

cluster_start
use
forget

# A directory that cannot be written to.
server chmod 500 "$cache"
compiled "read-only" "Permission denied" 0
server chmod 700 "$cache"
is "writable again: it is compiled and kept" "$(sql "$good") $(files)" "42|42 2"
server chmod 500 "$cache"
before=$(compilers)
is "read-only: existing files are used" "$(sql "$good") $(compilers)" "42|42 $before"
server chmod 700 "$cache"

# No directory.
server rm -r "$cache"
server sh -c ': >"$1"' sh "$cache"
compiled "a file in its place" "it is not a directory that belongs to the server alone" 0
server rm "$cache"
server mkdir "$CLUSTER/elsewhere"
server ln -s "$CLUSTER/elsewhere" "$cache"
compiled "a symbolic link in its place" "it is not a directory that belongs to the server alone" 0
server rm "$cache"
is "nothing in its place: it is made" "$(sql "$good") $(files) $(server stat -c %a "$cache")" "42|42 2 700"

# A limit on the size of files.
if command -v prlimit >/dev/null; then
    forget
    : >"$CLUSTER/log"
    session short
    server prlimit --pid "$(pid short)" --fsize=100000:
    is "files of 100 kB at most: functions work" "$(ask short "$good; $good")" $'42|42\n42|42'
    like "files of 100 kB at most: the log reports why" "$(<"$CLUSTER/log")" "could not write to the code cache \"$cache\": File too large"
    is "files of 100 kB at most: smaller files are kept" "$(files)" 1
else
    echo "# there is no prlimit: skipped"
fi

# Separate disks.
mount=
umounted() { [[ -z $mount ]] || umount -l "$mount" 2>/dev/null || true; }
trap 'cluster_cleanup; umounted; rm -rf "$mount"' EXIT
if ((EUID == 0)) && mount=$(scratch disk) && mount -t tmpfs -o size=400M,noexec,mode=755 plwasm "$mount" 2>/dev/null; then
    chown "$server_user" "$mount"
    # The disk is full except for 200 kB.
    mkdir "$mount/full"
    mount -t tmpfs -o size=200k,mode=700 plwasm "$mount/full"
    chown "$server_user" "$mount/full"
    server rm -r "$cache"
    server mkdir "$cache"
    mount --bind "$mount/full" "$cache"
    compiled "a full disk" "No space left on device" 1
    is "a full disk: files that fit are kept" "$(sql "SELECT size < 100000 FROM wasm.code_cache")" t
    umount "$cache" "$mount/full"

    # A data directory on a file system where nothing can be executed.
    unharmed
    cluster_stop
    TMPDIR=$mount cluster_start
    like "a disk without programs" "$CLUSTER $(findmnt -no OPTIONS -T "$CLUSTER/data")" "^$mount/.* .*noexec"
    use
    before=$(compilers)
    is "a disk without programs: functions work" "$(sql "$good; $good") $(files)" $'42|42\n42|42 2'
    is "a disk without programs: compiled once" "$(sql "$good") $(compilers)" "42|42 $before"
    is "a disk without programs: nothing to complain of" "$(grep -E 'LOG:.*(code cache|discard)' "$CLUSTER/log" || true)" ""
else
    echo "# nothing can be mounted: skipped full disks and those without programs"
fi
finish
