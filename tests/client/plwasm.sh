#!/usr/bin/env bash
# Tests the command plwasm with a server: the same cases have the same results and fuel, to the unit; push, ls, pull,
# diff and sql; one transaction, whatever goes wrong.
. "$(dirname "$0")/../lib/client.sh"

cluster_start
work=$(scratch plwasm)
export XDG_CACHE_HOME=$work/cache
guests=$root/guest-examples
plwasm() { "$PLWASM_STAGE/bin/plwasm" "$@"; }
# Prints the exit status and the first line on standard error.
fails() { # fails ARGUMENT...
    local said status=0
    said=$(plwasm "$@" 2>&1 >/dev/null) || status=$?
    printf '%s %s\n' "$status" "$(head -n 1 <<<"$said")"
}

# The files that `make install` puts beside the server.
case $("$PG_CONFIG" --bindir) in
/usr/*) prefix=$PLWASM_STAGE/usr/local ;;
*) prefix=$PLWASM_STAGE$("$PG_CONFIG" --bindir) prefix=${prefix%/bin} ;;
esac
is "in a PATH" "$("$prefix/bin/plwasm" --version)" "$(plwasm --version)"
is "with a manual page for each command" "$(for command in $(plwasm --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    [[ $command == help || -s $prefix/share/man/man1/plwasm-$command.1 ]] || echo "$command"; done)" ""
is "with completions" "$(cd "$prefix/share" && ls bash-completion/completions/plwasm zsh/site-functions/_plwasm \
    fish/vendor_completions.d/plwasm.fish | wc -l)" 3

is "without the extension" "$(fails ls --db '')" '6 plwasm: error: database "postgres" does not have PL/Wasm'
sql 'CREATE EXTENSION plwasm' >/dev/null

# Cases, here and in the server.
is "cases in the server" "$(plwasm test "$root/cli/tests/cases" --db '' | tail -n 1)" "229 passed, 0 failed"
is "nothing is left behind" "$(sql "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'plwasm_test%'")" 0
cat >"$work/differs.toml" <<'TOML'
[[case]]
call = "reverse(convert_to('ab', 'UTF8'))"
expect = "'\\x6261'"
TOML
# Only servers can compute expressions; the command reports that.
is "only constants here" "$(plwasm test --module "$guests/rust/examples.wasm" "$work/differs.toml" --db '' | tail -n 1)" \
    "0 passed, 1 failed"
# A server with less memory than here has another result. That is detected.
sql "ALTER DATABASE postgres SET plwasm.max_memory = '128kB'" >/dev/null
cat >"$work/memory.toml" <<'TOML'
[[case]]
call = "grow(8)"
expect = "1"
TOML
echo '(module (memory 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))' >"$work/grow.wat"
is "a server with other limits is noticed" \
    "$(plwasm test --module "$work/grow.wat" "$work/memory.toml" --db '' | grep -c 'in the server it returned')" 1
sql "ALTER DATABASE postgres RESET plwasm.max_memory" >/dev/null

# push
is "a dry run" "$(plwasm push "$guests/rust/examples.wasm" --db '' --create-functions --dry-run | tail -n 1)" \
    "dry run: nothing has changed"
is "changes nothing" "$(sql "SELECT count(*) FROM wasm.modules")" 0
plwasm push "$guests/rust/examples.wasm" --db "dbname=postgres" --create-functions >"$work/out"
is "push" "$(head -n 1 "$work/out")" "public.examples(): 36 kB"
is "with functions" "$(sql "SELECT slugify('A b')")" a-b
is "twice" "$(fails push "$guests/rust/examples.wasm" --db '')" \
    '6 plwasm: error: 42723: function "examples" already exists with same argument types'
is "again" "$(plwasm push "$guests/rust/examples.wasm" --db '' --create-functions --replace | head -n 1)" "public.examples(): 36 kB"
is "into a schema" "$(sql "CREATE SCHEMA app" >/dev/null; plwasm push "$guests/c-text/text.wasm" --db '' --name app.text | head -n 1)" \
    "app.text(): 3631 bytes"
is "a name is not executed" "$(fails push "$guests/c-text/text.wasm" --db '' --name 'x(); DROP SCHEMA app; --' | cut -d : -f 1-3)" \
    "6 plwasm: error: 42602"
# Source lines of a module that was stripped.
is "with source lines" "$(plwasm push "$guests/lines/stripped.wasm" --db '' --debug-file "$guests/lines/lines.wasm" | sed 's/: .*//')" \
    "public.stripped()"
sql "CREATE FUNCTION portion(integer, integer) RETURNS integer LANGUAGE wasm AS 'stripped#portion'" >/dev/null
like "which the server shows" "$(sql "SELECT portion(1, 0)" 2>&1)" \
    "0: divided at share\.h:5:18 \(inlined\).*1: share at share\.h:10:12 \(inlined\).*2: portion at lines\.c:16:12"
is "lines of other code are refused" \
    "$(fails push "$guests/lines/stripped.wasm" --db 'host=/nowhere' --debug-file "$guests/c-text/text.wasm")" \
    "4 plwasm: error: $guests/c-text/text.wasm: no source lines: its code is not that of the module"
is "so is a file without DWARF" \
    "$(fails push "$guests/lines/stripped.wasm" --db 'host=/nowhere' --debug-file "$guests/lines/stripped.wasm")" \
    "4 plwasm: error: $guests/lines/stripped.wasm: no source lines: it has no DWARF"
is "one that is not there" "$(fails push "$guests/lines/stripped.wasm" --db 'host=/nowhere' --debug-file "$work/none" | cut -d : -f 1-2)" \
    "3 plwasm: error"
sql "DROP FUNCTION portion, stripped" >/dev/null
is "a file that is not a module is refused before a connection is made" \
    "$(fails push "$root/Makefile" --db 'host=/nowhere' | cut -d : -f 1-3)" "4 plwasm: error: 42P13"
# A large module is sent in parts.
{
    printf '\0asm\1\0\0\0'
    # a custom section of 3 MB
    printf '\0\x81\x80\xc0\x01\0'
    head -c 3145728 /dev/urandom
} >"$work/large.wasm"
plwasm push "$work/large.wasm" --db '' >/dev/null
is "a large one" "$(sql "SELECT size, sha256 FROM large()")" "3145742|$(sha256sum <"$work/large.wasm" | cut -d ' ' -f 1)"

# ls and pull
is "ls" "$(plwasm ls --db '' | tr -s ' ' | cut -d ' ' -f 1,3-6 | sed -n '1p; 4p')" \
    $'module kind size functions sha256\npublic.large module 3073 kB 0'
is "ls as JSON" "$(plwasm ls --db '' --json | python3 -c 'import json, sys; print([m["functions"] for m in json.load(sys.stdin)])')" "[0, 11, 0]"
plwasm pull examples --db '' --output "$work/pulled.wasm" >/dev/null
is "pull" "$(cmp "$work/pulled.wasm" "$guests/rust/examples.wasm" && echo same)" same
is "pull writes over nothing" "$(fails pull examples --db '' --output "$work/pulled.wasm")" \
    "3 plwasm: error: could not write \"$work/pulled.wasm\": File exists"
printf '[staging]\nhost=%s\nport=%s\ndbname=postgres\n' "$PGHOST" "$PGPORT" >"$work/services"
is "a service" "$(PGSERVICEFILE=$work/services env -u PGHOST -u PGPORT "$PLWASM_STAGE/bin/plwasm" ls --db service=staging | wc -l)" 4
is "pull of nothing" "$(fails pull nothing --db '')" '6 plwasm: error: 42883: function "nothing" does not exist'
is "pull of a function" "$(fails pull slugify --db '')" '6 plwasm: error: public.slugify is a function, not a module'

# diff
is "the same" "$(plwasm diff "$guests/rust/examples.wasm" --db '' | tail -n 1)" "the same exports"
cat >"$work/app.wat" <<'WAT'
(module (func (export "one") (result i32) (i32.const 1)) (func (export "two") (param i32) (result i32) (local.get 0)))
WAT
cat >"$work/new.wat" <<'WAT'
(module (func (export "one") (result i64) (i64.const 1)) (func (export "three") (result i32) (i32.const 3)))
WAT
plwasm push "$work/app.wat" --db '' >/dev/null
sql "$(cat <<'SQL'
CREATE FUNCTION one() RETURNS int LANGUAGE wasm IMMUTABLE AS 'app';
CREATE FUNCTION second(int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'app#two';
CREATE VIEW uses AS SELECT second(1);
SQL
)" >/dev/null
status=0
plwasm diff "$work/new.wat" --db '' --name app >"$work/out" || status=$?
is "diff exits with 1" "$status" 1
is "what would break" "$(grep -E '^(breaks|       and)' "$work/out")" "$(cat <<'OUT'
breaks one(): one() -> (i32) becomes one() -> (i64)
breaks second(integer): WebAssembly module does not export a function "two"
       and view uses
OUT
)"
is "nothing is replaced that breaks" "$(fails push "$work/new.wat" --db '' --name app --replace)" \
    "6 plwasm: error: module public.app() is not replaced, as 2 functions would break"
is "it is as it was" "$(sql "SELECT one(), second(2)")" "1|2"

# An extension.
plwasm sql "$guests/rust/examples.wasm" --extension wasm-examples --output "$work/ext" 2>/dev/null
plwasm sql "$guests/zig/examples.wasm" --extension wasm-examples --set-version 1.1 --from "$guests/rust/examples.wasm" \
    --from-version 1.0 --output "$work/ext" 2>/dev/null
extensions=$("$PLWASM_STAGE/bin/pg_config" --sharedir)/extension
install -m 644 "$work"/ext/* "$extensions"
createdb shipped
sql 'CREATE EXTENSION "wasm-examples" VERSION "1.0" CASCADE' -d shipped >/dev/null 2>&1
is "an extension" "$(sql "SELECT words('a b'), (SELECT extversion FROM pg_extension WHERE extname = 'wasm-examples')" -d shipped)" "{a,b}|1.0"
sql 'ALTER EXTENSION "wasm-examples" UPDATE TO "1.1"' -d shipped >/dev/null
is "updated" "$(sql "SELECT words('a b'), (SELECT sha256 FROM wasm_examples())" -d shipped)" \
    "{a,b}|$(sha256sum <"$guests/zig/examples.wasm" | cut -d ' ' -f 1)"
is "one line in a dump" "$(pg_dump shipped | grep -c '^CREATE \(EXTENSION\|FUNCTION\|TYPE\)')" 2
sql 'CREATE SCHEMA elsewhere; ALTER EXTENSION "wasm-examples" SET SCHEMA elsewhere' -d shipped >/dev/null
is "it can be moved" "$(sql "SELECT elsewhere.words('a b')" -d shipped)" "{a,b}"
rm -f "$extensions"/wasm-examples*
# An extension by pg_tle, which keeps scripts in functions, and runs them at CREATE EXTENSION and ALTER EXTENSION.
plwasm sql "$guests/rust/examples.wasm" --extension wasm-examples --pg-tle --output "$work/tle" 2>/dev/null
plwasm sql "$guests/zig/examples.wasm" --extension wasm-examples --pg-tle --set-version 1.1 --from "$guests/rust/examples.wasm" \
    --from-version 1.0 --output "$work/tle" 2>/dev/null
createdb trusted
sql "CREATE EXTENSION plwasm; CREATE SCHEMA pgtle; CREATE TABLE pgtle.given (path text PRIMARY KEY, script text);
    CREATE TABLE pgtle.control (name text PRIMARY KEY, version text, description text, requires text[]);
    CREATE FUNCTION pgtle.install_extension(name text, version text, description text, ext text, requires text[] DEFAULT NULL, schema text DEFAULT NULL)
        RETURNS boolean BEGIN ATOMIC INSERT INTO pgtle.given VALUES (version, ext); INSERT INTO pgtle.control VALUES (name, version, description, requires)
        RETURNING true; END;
    CREATE FUNCTION pgtle.install_update_path(name text, fromvers text, tovers text, ext text) RETURNS boolean
        BEGIN ATOMIC INSERT INTO pgtle.given VALUES (fromvers || '--' || tovers, ext) RETURNING true; END;
    CREATE FUNCTION pgtle.set_default_version(n text, v text) RETURNS boolean
        BEGIN ATOMIC UPDATE pgtle.control SET version = v WHERE name = n RETURNING true; END" -d trusted
execute() { # execute PATH: with the search_path of an extension that requires another, which is in pg_catalog
    sql "SELECT script FROM pgtle.given WHERE path = '$1'" -d trusted >"$work/script.sql" &&
        PGOPTIONS="-c search_path=public,pg_catalog,pgtle,pg_temp" psql -Xq1 -v ON_ERROR_STOP=1 -d trusted -f "$work/script.sql"
}
psql -XAtq -v ON_ERROR_STOP=1 -d trusted -f "$work/tle/wasm-examples--1.0.pgtle.sql" >/dev/null
is "pg_tle is told of an extension" "$(sql "TABLE pgtle.control" -d trusted)" \
    "wasm-examples|1.0|functions in WebAssembly of the module wasm_examples|{plwasm}"
succeeds "pg_tle's script" execute 1.0
is "pg_tle's functions work" "$(sql "SELECT words('a b'), scale('1 day', 2)" -d trusted)" "{a,b}|2 days"
psql -XAtq -v ON_ERROR_STOP=1 -d trusted -f "$work/tle/wasm-examples--1.0--1.1.pgtle.sql" >/dev/null
succeeds "pg_tle's update" execute 1.0--1.1
is "pg_tle's functions are updated" "$(sql "SELECT words('a b'), (SELECT sha256 FROM wasm_examples()), version FROM pgtle.control" -d trusted)" \
    "{a,b}|$(sha256sum <"$guests/zig/examples.wasm" | cut -d ' ' -f 1)|1.1"
# A migration.
createdb migrated
{ echo 'CREATE EXTENSION plwasm; CREATE SCHEMA app;'; plwasm sql "$guests/rust/examples.wasm" --schema app; } |
    psql -X -q -v ON_ERROR_STOP=1 -d migrated >/dev/null
is "a migration" "$(sql "SELECT app.better('sad')" -d migrated)" ok

finish
