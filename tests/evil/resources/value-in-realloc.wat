;; 00000: counts the calls of its allocator: one for the constructor, and one for the method
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT with_resource('SELECT sum(look((n % 3)::text, n::text)) FROM generate_series(1, 60) n', 'look(text, text) RETURNS int')
(module
  (memory (export "memory") 1) (global $calls (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 1022) (global.get $calls))
    (i32.mul (i32.const 4096) (global.get $calls)))
  (func (export "[constructor]r") (param i32 i32) (result i32)
    (if (i32.or (i32.ne (global.get $calls) (i32.const 1)) (i32.ne (i32.load (i32.const 1022)) (i32.const 1))) (then unreachable))
    (local.get 0))
  (func (export "[method]r.look") (param i32 i32 i32) (result i32)
    (if (i32.or (i32.ne (global.get $calls) (i32.const 2)) (i32.ne (i32.load (i32.const 1022)) (i32.const 2))) (then unreachable))
    (if (i32.or (i32.ne (local.get 0) (i32.const 4096)) (i32.ne (local.get 1) (i32.const 8192))) (then unreachable))
    (memory.fill (i32.const 0) (i32.const 255) (i32.const 65536))
    (i32.const 1)))
