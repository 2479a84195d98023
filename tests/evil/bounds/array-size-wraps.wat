;; 38000: makes an array whose size is 16 bytes, if only in 32 bits
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $vectors (array (mut v128)))
  (func $evil (export "evil") (result i32)
    (array.len (array.new_default $vectors (i32.const 0x10000001)))))
