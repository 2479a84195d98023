;; 54000: makes an array of -1 elements of 16 bytes
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $vectors (array (mut v128)))
  (func $evil (export "evil") (result i32)
    (array.len (array.new $vectors (v128.const i64x2 1 1) (i32.const -1)))))
