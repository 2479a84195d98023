;; 54000: returns ten million empty objects in 30 MB of text, which take 6 GB to read
;; CREATE FUNCTION evil() RETURNS jsonb
;; SELECT jsonb_array_length(evil())
(module
  (memory (export "memory") 500)
  (data (i32.const 8) "[{},")
  (func (export "evil") (result i32) (local $length i32)
    (local.set $length (i32.const 3))
    (loop $double
      (memory.copy (i32.add (i32.const 9) (local.get $length)) (i32.const 9) (local.get $length))
      (local.set $length (i32.shl (local.get $length) (i32.const 1)))
      (br_if $double (i32.lt_u (local.get $length) (i32.const 0x1000000))))
    ;; its last comma closes it
    (i32.store8 (i32.add (i32.const 8) (local.get $length)) (i32.const 93))
    (i32.store (i32.const 0) (i32.const 8))
    (i32.store (i32.const 4) (i32.add (local.get $length) (i32.const 1)))
    (i32.const 0)))
