-- PL/Wasm. add is WebAssembly text in place. The two functions of text are exports of the C guest whose path is
-- :text_wasm. There are no options: isolated and metered, as for any user.
CREATE EXTENSION IF NOT EXISTS plwasm;

CREATE FUNCTION wasm_add(int4, int4) RETURNS int4
    LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS $$
(module
  (func (export "wasm_add") (param i32 i32) (result i32)
    local.get 0
    local.get 1
    i32.add))
$$;

\set code `base64 -w0 :'text_wasm'`
CREATE FUNCTION c_text() RETURNS wasm.module LANGUAGE wasm AS :'code';

CREATE FUNCTION wasm_upper(text) RETURNS text
    LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'c_text#upper';

CREATE FUNCTION wasm_levenshtein(text, text) RETURNS int4
    LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'c_text#levenshtein';
