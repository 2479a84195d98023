#!/usr/bin/env bash
# Tests databases whose encoding is not UTF-8: a guest sees UTF-8, names and errors work, and text that cannot be
# converted is PostgreSQL's own error.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start -E LATIN1
export PGCLIENTENCODING=UTF8
createdb -T template0 -E SQL_ASCII --locale=C ascii
createdb -T template0 -E EUC_JP --locale=C japanese
createdb -T template0 -E UTF8 --locale=C utf8
setup=$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS $$ (module (memory (export "memory") 64)
    (data (i32.const 64) "\e2\82\ac") ;; the euro sign
    (data (i32.const 96) "gr\c3\bc\c3\9f") ;; German for: greets
    (data (i32.const 128) "a\ffb")
    (data (i32.const 160) "\e6\97\a5\e6\9c\ac") ;; Japanese for: Japan
    (global $free (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $free)
        (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func $result (param $at i32) (param $length i32) (result i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $length))
        (i32.const 0))
    (func (export "echo") (param i32 i32) (result i32) (call $result (local.get 0) (local.get 1)))
    (func (export "length") (param i32 i32) (result i32) (local.get 1))
    (func (export "first") (param i32 i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "euro") (result i32) (call $result (i32.const 64) (i32.const 3)))
    (func (export "greets") (result i32) (call $result (i32.const 96) (i32.const 6)))
    (func (export "broken") (result i32) (call $result (i32.const 128) (i32.const 3)))
    (func (export "japan") (result i32) (call $result (i32.const 160) (i32.const 6)))) $$;
CREATE FUNCTION echo(text) RETURNS text LANGUAGE wasm AS 'm';
CREATE FUNCTION echo_name(name) RETURNS name LANGUAGE wasm AS 'm#echo';
CREATE FUNCTION echo_bytes(bytea) RETURNS bytea LANGUAGE wasm AS 'm#echo';
CREATE FUNCTION length_in_guest(text) RETURNS int LANGUAGE wasm AS 'm#length';
CREATE FUNCTION length_of_name(name) RETURNS int LANGUAGE wasm AS 'm#length';
CREATE FUNCTION first_byte(text) RETURNS int LANGUAGE wasm AS 'm#first';
CREATE FUNCTION euro() RETURNS text LANGUAGE wasm AS 'm';
CREATE FUNCTION greets() RETURNS text LANGUAGE wasm AS 'm';
CREATE FUNCTION greets_name() RETURNS name LANGUAGE wasm AS 'm#greets';
CREATE FUNCTION broken() RETURNS text LANGUAGE wasm AS 'm';
CREATE FUNCTION japan() RETURNS text LANGUAGE wasm AS 'm';
SQL
)
for database in postgres ascii japanese utf8; do sql "$setup" -d $database; done

# LATIN1
is "LATIN1: a letter is one byte" "$(sql "SELECT octet_length('größe'), getdatabaseencoding()")" "5|LATIN1"
is "LATIN1: text there and back" "$(sql "SELECT echo('größe'), echo('größe') = 'größe', octet_length(echo('größe'))")" "größe|t|5"
is "LATIN1: the guest sees UTF-8" "$(sql "SELECT length_in_guest('größe'), first_byte('é'), length_of_name('größe')")" "7|195|7"
is "LATIN1: ASCII is the same" "$(sql "SELECT echo('plain'), length_in_guest('plain'), echo(''), length_in_guest('')")" "plain|5||0"
is "LATIN1: a long text" "$(sql "SELECT md5(echo(t)) = md5(t), length_in_guest(t) FROM (SELECT repeat('aé', 500000) AS t) t")" "t|1500000"
is "LATIN1: a toasted text" "$(sql "CREATE TABLE long AS SELECT repeat('é', 900000) AS t;
    SELECT bool_and(echo(t) = t), max(length_in_guest(t)) FROM long")" "t|1800000"
is "LATIN1: every character" "$(sql "SELECT count(*) FROM generate_series(1, 255) i WHERE echo(chr(i)) = chr(i) AND length_in_guest(chr(i)) = 1 + (i > 127)::int")" 255
is "LATIN1: a name" "$(sql "SELECT echo_name(n) = n, octet_length(echo_name(n)::text) FROM (SELECT repeat('ü', 63)::name AS n) n")" "t|63"
is "LATIN1: bytes are bytes" "$(sql "SELECT echo_bytes('\\xff00e9')")" "\\xff00e9"
is "LATIN1: a result" "$(sql "SELECT greets(), octet_length(greets()), greets_name()")" "grüß|4|grüß"
raises "LATIN1: a result that it lacks" 22P05 "SELECT euro()"
raises "LATIN1: a result that is not UTF-8" 39000 "SELECT broken()"
is "LATIN1: ten thousand rows" "$(sql "SELECT count(*) FROM generate_series(1, 10000) i WHERE echo('é' || i) = 'é' || i")" 10000
session latin1
is "LATIN1: the session survives" "$(ask latin1 "SELECT euro(); SELECT broken(); SELECT greets()")" $'ERROR:  22P05\nERROR:  39000\ngrüß'

# Names and messages, in every encoding.
for database in postgres ascii japanese utf8; do
    export PGDATABASE=$database
    name=$(sql "SHOW server_encoding")
    is "$name: names" "$(sql "$(cat <<'SQL'
CREATE SCHEMA "Bücher";
CREATE FUNCTION "Bücher"."Märchen"() RETURNS wasm.module LANGUAGE wasm AS $$ (module
    (func (export "größe") (result i32) (i32.const 5))
    (func (@name "tür") (export "tür") unreachable)) $$;
CREATE FUNCTION "Bücher"."größe"() RETURNS int LANGUAGE wasm AS '"Märchen"';
CREATE FUNCTION "höhe"() RETURNS int LANGUAGE wasm AS '"Bücher"."Märchen"#größe';
CREATE FUNCTION "straße"() RETURNS void LANGUAGE wasm AS '"Bücher"."Märchen"#tür';
SELECT "Bücher"."größe"(), "höhe"();
SQL
)" 2>&1)" "5|5"
    is "$name: a module is described" "$(sql "SELECT m.name, cardinality(d.exports)
        FROM wasm.modules m, \"Bücher\".\"Märchen\"() d WHERE schema = 'Bücher'" 2>&1)" "Märchen|2"
    # Characters that the encoding might lack are escaped.
    exports=$'größe\ntür'
    [[ $name == UTF8 ]] || exports=$'gr\\u{f6}\\u{df}e\nt\\u{fc}r'
    text=Größe comment="'$text'"
    [[ $name == UTF8 ]] || { text='Gr\u{f6}\u{df}e' comment="E'Gr\\\\u{f6}\\\\u{df}e'"; }
    is "$name: its exports" "$(sql "SELECT export FROM wasm.exports('\"Bücher\".\"Märchen\"')" 2>&1)" "$exports"
    is "$name: a module from a binary" "$(sql "SELECT wasm.create_module('\"Bücher\".\"Häuser\"', '\\x0061736d01000000'); SELECT kind FROM \"Bücher\".\"Häuser\"()" 2>&1)" \
        $'"Bücher"."Häuser"()\nmodule'
    # world w { record r { x: s32 }  /// Größe
    #           export f: func(r: option<r>); }
    is "$name: functions from WIT" "$(sql "$(cat <<'SQL'
CREATE FUNCTION "Bücher"."Wörter"() RETURNS wasm.module LANGUAGE wasm AS $$ (module
    (func (export "f") (param i32 i32))
    (@custom "component-type" "\00asm\0d\00\01\00\00\19\16wit-component-encoding\04\00\07.\01A\02\01A\05\01r\01\01xz\03\00\01r\03\00\00\01k\01\01@\01\01r\02\01\00\04\00\01f\01\03\04\00\05a:b/w\04\00\0b\07\01\00\01w\03\00\00\00/\09producers\01\0cprocessed-by\01\0dwit-component\070.254.2")
    (@custom "package-docs" "\01{\22worlds\22:{\22w\22:{\22func_exports\22:{\22f\22:{\22docs\22:\22Gr\c3\b6\c3\9fe\22}}}}}")) $$;
SELECT function FROM wasm.create_functions('"Bücher"."Wörter"') WHERE export IS NOT NULL;
SELECT sql FROM wasm.create_functions('"Bücher"."Wörter"');
SELECT prosrc, obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname = 'f';
DROP FUNCTION "Bücher".f;
SQL
)" 2>&1)" "$(cat <<SQL
"Bücher".f("Bücher".r)
CREATE OR REPLACE FUNCTION "Bücher".f(r "Bücher".r) RETURNS void LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS '"Wörter"#f';
COMMENT ON FUNCTION "Bücher".f("Bücher".r) IS $comment;
"Wörter"#f|$text
SQL
)"
    raises "$name: a trap" 38000 'SELECT "straße"()'
    is "$name: its context" "$(sql 'SELECT "straße"()' 2>&1 | sed -nE 's/^CONTEXT: .*(straß?.*)\(\).*/\1/p' | sed 's/"$//')" "straße"
    raises "$name: no such export" 42883 "CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS '\"Bücher\".\"Märchen\"#nö'"
    raises "$name: no such module" 42883 "CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS 'ä.ö#ü'"
    raises "$name: another signature" 42P13 "CREATE FUNCTION \"ö\"(int) RETURNS int LANGUAGE wasm AS '\"Bücher\".\"Märchen\"#größe'"
    raises "$name: no body" 42P13 "CREATE FUNCTION \"ö\"() RETURNS int LANGUAGE wasm AS 'ä ö'"
    raises "$name: no such key" 42P13 "CREATE FUNCTION \"ö\"() RETURNS int LANGUAGE wasm AS 'm schlüssel=1'"
    raises "$name: no text" 42P13 "CREATE FUNCTION \"ö\"() RETURNS int LANGUAGE wasm AS '(module ä)'"
    raises "$name: imports" 0A000 "CREATE FUNCTION \"ö\"() RETURNS int LANGUAGE wasm AS '(module (import \"ä\" \"ö\" (func)))'"
    raises "$name: DO" 38000 "DO LANGUAGE wasm '(module (func (export \"run\") unreachable) (func (export \"ü\")))'"
done

# SQL_ASCII: bytes without a known encoding.
export PGDATABASE=ascii
is "SQL_ASCII: text there and back" "$(sql "SELECT echo('größe'), length_in_guest('größe'), euro(), japan()")" "größe|7|€|日本"
raises "SQL_ASCII: text that is not UTF-8" 22021 "SELECT echo(convert_from('\\x61ff', 'SQL_ASCII'))"
raises "SQL_ASCII: text that ends too early" 22021 "SELECT length_in_guest(convert_from('\\x61c3', 'SQL_ASCII'))"
raises "SQL_ASCII: a name that is not UTF-8" 22021 "SELECT length_of_name(convert_from('\\x61ff', 'SQL_ASCII')::name)"
is "SQL_ASCII: bytes are bytes" "$(sql "SELECT echo_bytes('\\x61ff')")" "\\x61ff"
raises "SQL_ASCII: a result that is not UTF-8" 39000 "SELECT broken()"
raises "SQL_ASCII: a body that is not UTF-8" 22021 "DO \$\$ BEGIN EXECUTE convert_from('CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS ''(module) ;; ' ::bytea || '\\xff27', 'SQL_ASCII'); END \$\$"
session ascii
is "SQL_ASCII: the session survives" "$(ask ascii "SELECT echo(convert_from('\\x61ff', 'SQL_ASCII')); SELECT echo('é')")" $'ERROR:  22021\né'

# EUC_JP: two bytes there are three bytes in UTF-8.
export PGDATABASE=japanese
is "EUC_JP: text there and back" "$(sql "SELECT echo('日本語'), octet_length('日本語'), length_in_guest('日本語'), japan()")" "日本語|6|9|日本"
raises "EUC_JP: a result that it lacks" 22P05 "SELECT euro()"
# A client with another encoding.
export PGDATABASE=utf8 PGCLIENTENCODING=LATIN1
is "UTF-8, a LATIN1 client" "$(sql "SELECT length_in_guest(e'gr\\u00fc\\u00df'), greets()" | iconv -f latin1 -t utf8)" "6|grüß"
raises "UTF-8, a LATIN1 client, a result that it lacks" 22P05 "SELECT japan()"
finish
