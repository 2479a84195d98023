;; 00000: its allocator returns memory that it does not have when its heap is warmed
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (i32.const 131064))
  (func (export "evil") (result i32) (memory.size)))
