-- Imports are refused, with a HINT that says who expects them and what can be done. One module of each family, and how
-- the families are told apart.
\pset format unaligned
\pset tuples_only on

CREATE TEMP TABLE import (about text, code text);
INSERT INTO import VALUES
    ('object file', '(import "env" "__linear_memory" (memory 0)) (import "env" "f" (func))'),
    ('shared library', '(import "env" "memory" (memory 1)) (import "env" "__memory_base" (global i32)) (import "GOT.func" "f" (global (mut i32)))'),
    ('threads, shared memory', '(import "env" "memory" (memory 1 2 shared)) (import "wbg" "__wbindgen_throw" (func (param i32 i32)))'),
    ('threads, WASI', '(import "wasi" "thread-spawn" (func (param i32) (result i32)))'),
    ('Go', '(import "gojs" "runtime.wasmExit" (func (param i32))) (import "gojs" "syscall/js.valueGet" (func (param i32)))'),
    ('JavaScript strings', '(import "wasm:js-string" "length" (func (param externref) (result i32)))'),
    ('wasm-bindgen, raw', '(import "__wbindgen_placeholder__" "__wbindgen_describe" (func (param i32)))'),
    ('wasm-bindgen, for bundlers', '(import "./x_bg.js" "__wbindgen_throw" (func (param i32 i32)))'),
    ('wasm-bindgen, by an export', '(import "./snippets/x/inline0.js" "now" (func (result f64))) (func (export "__wbindgen_free") (param i32 i32 i32))'),
    ('Extism', '(import "extism:host/env" "input_length" (func (result i64)))'),
    ('OPA', '(import "env" "memory" (memory 2)) (import "env" "opa_abort" (func (param i32)))'),
    ('Proxy-Wasm', '(import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))'),
    ('AssemblyScript', '(import "env" "abort" (func (param i32 i32 i32 i32)))'),
    ('AssemblyScript, by an export', '(import "index" "now" (func (result f64))) (func (export "__pin") (param i32) (result i32) (local.get 0))'),
    ('Emscripten', '(import "env" "emscripten_resize_heap" (func (param i32) (result i32))) (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))'),
    ('Emscripten, minified', '(import "a" "a" (func)) (import "a" "b" (func (param i32) (result i32)))'),
    ('getrandom', '(import "env" "__getrandom_v03_custom" (func (param i32 i32) (result i32)))'),
    ('WASIX', '(import "wasix_32v1" "sock_open" (func)) (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))'),
    ('WASI 0.3', '(import "wasi:clocks/monotonic-clock@0.3.0" "now" (func (result i64)))'),
    ('interface', '(import "acme:shop/prices@1.0.0" "price" (func (param i32) (result i32)))'),
    ('WASI', '(import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))'),
    ('WASI and more', '(import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32))) (import "env" "f" (func))'),
    ('undefined symbols', '(import "env" "f" (func)) (import "env" "abort" (func))'),
    ('memory', '(import "env" "memory" (memory 1))');

SELECT about, regexp_replace(e, '^HINT: ', '')
  FROM import, error(format('CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS %L', '(module ' || code || ')')) e
 WHERE e LIKE 'HINT: %';

-- All end with 0A000. The error for a component says that it is one.
SELECT DISTINCT split_part(e, chr(10), 1)
  FROM import, error(format('CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS %L', '(module ' || code || ')')) e
 WHERE e LIKE '0%';
SELECT error($test$CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS $$(component
  (import "acme:shop/prices" (instance $i (export "price" (func (result s32)))))
  (core func $price (canon lower (func $i "price")))
  (core module $m (import "p" "price" (func $p (result i32))) (func (export "z") (result i32) (call $p)))
  (core instance $c (instantiate $m (with "p" (instance (export "price" (func $price))))))
  (func (export "z") (result s32) (canon lift (core func $c "z"))))$$$test$);
