;; 54000: returns 900 MB of text
;; CREATE FUNCTION evil() RETURNS text
;; SELECT set_config('plwasm.memory', '1GB', true), set_config('plwasm.backend_memory', '2GB', true), octet_length(evil())
(module
  (memory (export "memory") 0x3900)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const 8))
    (i32.store (i32.const 4) (i32.const 900000000))
    (i32.const 0)))
