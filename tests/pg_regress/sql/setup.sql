-- Runs first. It makes what the other tests share: the extension, helpers that show an error, and one module.
CREATE EXTENSION plwasm;

-- Returns the outcome of a statement in one line: its result, or SQLSTATE and message.
CREATE FUNCTION outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    -- only a statement that returns rows can be read
    IF query ~* '^(select|show|fetch|execute|explain|table)' THEN
        EXECUTE query INTO result;
    ELSE
        EXECUTE query;
    END IF;
    RETURN coalesce(result, 'ok');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;

-- Returns the whole error of a statement; of CONTEXT the innermost line, because the others belong to this function.
CREATE FUNCTION error(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
    context text;
BEGIN
    EXECUTE query;
    RETURN NEXT 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        context = PG_EXCEPTION_CONTEXT;
    RETURN NEXT SQLSTATE || ': ' || SQLERRM;
    RETURN QUERY SELECT 'DETAIL: ' || detail WHERE detail <> '';
    RETURN QUERY SELECT 'HINT: ' || hint WHERE hint <> '';
    RETURN NEXT 'CONTEXT: ' || split_part(context, E'\n', 1);
END
$$;

-- Returns when the server started or recovered from a crash: the postmaster survives it, the checkpointer does not.
CREATE FUNCTION server_started() RETURNS text LANGUAGE sql AS $$
    SELECT pg_postmaster_start_time() || ', ' || backend_start FROM pg_stat_activity WHERE backend_type = 'checkpointer'
$$;

-- Makes a module of functions in WebAssembly text that take or return strings, lists and rows. It gives them what the
-- canonical ABI requires: a memory, and an allocator that never frees, because memory is restored after each call. They
-- can call $return to return a pointer and a length.
CREATE PROCEDURE make_guest(name text, functions text, pages int DEFAULT 1) LANGUAGE plpgsql AS $procedure$
BEGIN
    EXECUTE format('CREATE FUNCTION %I() RETURNS wasm.module LANGUAGE wasm AS %L', name, format($module$
(module
  (memory (export "memory") %s)
  (global $free (mut i32) (i32.const 64))
  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    ;; the first multiple of align that is free
    (local.set $at (i32.and
      (i32.sub (i32.add (global.get $free) (local.get $align)) (i32.const 1))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
      (then (if (i32.eq (i32.const -1)
          (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))))
        (then unreachable))))
    (local.get $at))
  (func $return (param $pointer i32) (param $length i32) (result i32)
    (i32.store (i32.const 0) (local.get $pointer))
    (i32.store (i32.const 4) (local.get $length))
    (i32.const 0))
%s)
$module$, pages, functions));
END
$procedure$;

-- Strings that are returned unchanged, and their length.
CALL make_guest('strings', $$
  (func (export "echo") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (func (export "size") (param i32 i32) (result i32) (local.get 1))
$$);
