;; @thi.ng/leb128 writes to a buffer of its own, which it exports, and returns the number of bytes that it wrote.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "buf" (global $buffer i32))
  (import "guest" "leb128EncodeI64" (func $encode (param i64) (result i32)))

  (func (export "encode") (param $number i64) (result i32)
    ;; the result's pointer and length are 16 bytes after the buffer's start
    (i32.store offset=20 (global.get $buffer) (call $encode (local.get $number)))
    (i32.store offset=16 (global.get $buffer) (global.get $buffer))
    (i32.add (global.get $buffer) (i32.const 16))))
