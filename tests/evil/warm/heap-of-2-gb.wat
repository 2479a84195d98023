;; 53200: it asks for a warm heap of 2 GB
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (@custom "plwasm:warm" "heap=2GB")
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (i32.eq (memory.grow (i32.shr_u (local.get 3) (i32.const 16))) (i32.const -1))
      (then unreachable))
    (i32.const 65536))
  (func (export "evil") (result i32) (i32.const 1)))
