;; 00000: its allocator grows the memory and then traps when its heap is warmed, which nobody asked for
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    unreachable)
  (func (export "evil") (result i32) (memory.size)))
