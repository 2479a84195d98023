-- The beginning of each report: an empty schema, and two functions. Needs: -v schema=NAME
\set QUIET on
\set ON_ERROR_STOP off
\pset tuples_only on
\pset format unaligned
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS plwasm;
DROP SCHEMA IF EXISTS :"schema" CASCADE;
CREATE SCHEMA :"schema";
SET search_path = :"schema", public;
CREATE TEMP TABLE seen (n serial, what text, ok bool, got text, want text);
-- Checks one value of a query, or 'done' for another command. want may be 'ERROR sqlstate'.
CREATE FUNCTION pg_temp.gives(what text, query text, want text) RETURNS void LANGUAGE plpgsql AS $gives$
DECLARE got text;
BEGIN
    BEGIN
        IF query ~* '^\s*(select|with|values|call|insert|update|delete|merge|explain|fetch)' THEN
            EXECUTE query INTO got;
        ELSE
            EXECUTE query;
            got := 'done';
        END IF;
    EXCEPTION WHEN query_canceled OR OTHERS THEN
        got := 'ERROR ' || SQLSTATE || ' ' || SQLERRM;
    END;
    INSERT INTO seen (what, ok, got, want) VALUES (what,
        CASE WHEN want LIKE 'ERROR%' THEN got LIKE want || '%' ELSE got IS NOT DISTINCT FROM want END, got, want);
END $gives$;
-- Creates a function of a core module in text, with a memory and an allocator that never frees.
CREATE FUNCTION pg_temp.def(declaration text, code text) RETURNS void LANGUAGE plpgsql AS $def$
BEGIN
    EXECUTE 'CREATE FUNCTION ' || declaration || ' LANGUAGE wasm AS ' || quote_literal('(module
        (memory (export "memory") 1)
        (global $top (mut i32) (i32.const 4096))
        (func $alloc (export "cabi_realloc") (param $old i32) (param $was i32) (param $align i32) (param $size i32) (result i32)
            (local $at i32) (local $have i32)
            (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
                                    (i32.sub (i32.const 0) (local.get $align))))
            (global.set $top (i32.add (local.get $at) (local.get $size)))
            (local.set $have (i32.shl (memory.size) (i32.const 16)))
            (if (i32.gt_u (global.get $top) (local.get $have)) (then
                (if (i32.eq (i32.const -1) (memory.grow (i32.add (i32.const 1)
                        (i32.shr_u (i32.sub (global.get $top) (local.get $have)) (i32.const 16)))))
                    (then (unreachable)))))
            (local.get $at))
        ' || code || ')');
END $def$;
