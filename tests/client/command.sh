#!/usr/bin/env bash
# Tests where the server finds the command plwasm: beside the library, beside its own programs, or where plwasm.compiler
# says; and what it says if the command is not there.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/command.bash"

libdir=$(realpath "$("$PLWASM_STAGE/bin/pg_config" --pkglibdir)")
elsewhere=$own_stage/elsewhere
mkdir "$elsewhere"

# put PLACE PATH: a command that counts its starts under the name of the place
put() {
    printf '#!/bin/sh\necho "%s" >>"%s"\nexec "%s" "$@"\n' "$1" "$starts" "$command-real" >"$2"
    chmod 755 "$2"
}

# Text of a module that is not compiled yet, and that is too large for the server to compile it without asking.
another() {
    printf '(module (func (export "run") (drop (i32.const %d)) %s))' "$SRANDOM" "$(printf '(drop (i32.const %d))' {1..3000})"
}

# Compiles another module, and prints who did it, or what the server says.
compiled() {
    : >"$starts"
    sql "\\set VERBOSITY verbose
        DO LANGUAGE wasm '$(another)'" "$@" 2>&1 | grep -E '^(WARNING|ERROR|DETAIL|HINT):' || true
    cat "$starts"
}

# configure SETTING...: sets it in postgresql.conf
configure() {
    printf '%s\n' "$@" >>"$CLUSTER/data/postgresql.conf"
    sql "SELECT pg_reload_conf()" >/dev/null
    sleep 0.2
}

cluster_start
sql "CREATE EXTENSION plwasm; CREATE ROLE alice LOGIN; GRANT CREATE ON SCHEMA public TO alice"

put server "$command"
is "beside the server's programs" "$(compiled)" server
put library "$libdir/plwasm-compiler"
is "beside the library, which is more exact" "$(compiled)" library
rm "$command"
is "beside the library alone" "$(compiled)" library
rm "$libdir/plwasm-compiler"
none=$(compiled)
like "nowhere: a warning" "$none" "^WARNING:  01000: WebAssembly is compiled without the command plwasm"
like "nowhere: where it was looked for" "$none" "DETAIL:  .* as \"$libdir/plwasm-compiler\" or \"$command\"\."
like "nowhere: how to get it" "$none" "HINT:  .*make install.*plwasm\.compiler"
is "one warning a session" "$(sql "DO LANGUAGE wasm '$(another)'; DO LANGUAGE wasm '$(another)'" 2>&1 | grep -c WARNING)" 1

# The setting.
put elsewhere "$elsewhere/wasm compiler"
put library "$libdir/plwasm-compiler"
put server "$command"
configure "plwasm.compiler = '$elsewhere/wasm compiler'"
is "where plwasm.compiler says" "$(compiled)" elsewhere
is "for everybody" "$(compiled -U alice)" elsewhere
raises "only superusers see it" 42501 "LOAD 'plwasm'; SHOW plwasm.compiler" -U alice
raises "it is the server's" 55P02 "LOAD 'plwasm'; SET plwasm.compiler = '/bin/true'"
put client "$elsewhere/client"
like "a client's own is not run" "$(PGOPTIONS="-c plwasm.compiler=$elsewhere/client" compiled -U alice)" "library$"
is "nor one that was set before the library was loaded" "$(sql "SET plwasm.compiler = '$elsewhere/client';
    DO LANGUAGE wasm '$(another)'" -U alice 2>/dev/null; grep -c client "$starts")" 0
rm "$elsewhere/wasm compiler"
none=$(compiled -U alice)
like "the setting is exact" "$none" "WARNING:  01000: .*DETAIL:  .* where plwasm\.compiler says\."
[[ $none != *"$elsewhere"* ]] || fail "the path is not shown" "$none"
raises "a module that is too large" 58P01 "CREATE FUNCTION large() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export \"f\")) $(printf '%1050000s' ''))'"
configure "plwasm.compiler = 'bin/plwasm'"
like "a relative path is refused" "$(sql "LOAD 'plwasm'" 2>&1)" "invalid value for parameter \"plwasm.compiler\".*DETAIL:  The path must be absolute"
configure "plwasm.compiler = ''"
is "empty: it is looked for" "$(compiled)" library

# A second prefix, as an image is mounted that has only the extension.
if (($(sql "SHOW server_version_num") >= 180000)); then
    second=$own_stage/second
    sql "DROP EXTENSION plwasm CASCADE"
    mkdir -p "$second"/{lib,share/extension}
    rm "$libdir/plwasm-compiler"
    mv "$libdir/plwasm.so" "$second/lib"
    mv "$(realpath "$("$PLWASM_STAGE/bin/pg_config" --sharedir)")"/extension/plwasm* "$second/share/extension"
    put "second prefix" "$second/lib/plwasm-compiler"
    configure "extension_control_path = '\$system:$second/share'" "dynamic_library_path = '\$libdir:$second/lib'"
    succeeds "a second prefix: the extension is created" sql "CREATE EXTENSION plwasm"
    is "a second prefix: the command is found beside the library" "$(compiled)" "second prefix"
else
    echo "# PostgreSQL has second prefixes since version 18"
fi
finish
