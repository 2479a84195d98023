;; 00000: overwrites its result when it is told that it has been read
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil() = 'evil'
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\04\00\00\00evil")
  (func (export "cabi_post_evil") (param i32)
    (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 65536)))
  (func $evil (export "evil") (result i32) (i32.const 0)))
