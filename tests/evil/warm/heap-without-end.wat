;; 00000: its allocator loops for ever when its heap is warmed, which nobody asked for
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (loop (br 0))
    unreachable)
  (func (export "evil") (result i32) (memory.size)))
