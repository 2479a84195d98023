;; 54000: returns more bytes than a value can have, all of them its own
;; CREATE FUNCTION evil() RETURNS bytea
;; SELECT set_config('plwasm.memory', '1GB', true), set_config('plwasm.backend_memory', '2GB', true), octet_length(evil())
(module
  (memory (export "memory") 0x4000)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (i32.const 0x40000000))
    (i32.const 0)))
