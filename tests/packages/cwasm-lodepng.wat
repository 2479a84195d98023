;; @cwasm/lodepng writes the address of the pixels, the width and the height to three addresses.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "malloc" (func $malloc (param i32) (result i32)))
  (import "guest" "lodepng_decode32" (func $decode (param $pixels i32) (param $width i32) (param $height i32)
    (param $data i32) (param $length i32) (result i32)))

  (func (export "pixels") (param $data i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $malloc (i32.const 12)))
    (if (call $decode (local.get $result) (i32.add (local.get $result) (i32.const 4))
        (i32.add (local.get $result) (i32.const 8)) (local.get $data) (local.get $length))
      (then (unreachable)))
    ;; four bytes a pixel
    (i32.store offset=4 (local.get $result) (i32.shl
      (i32.mul (i32.load offset=4 (local.get $result)) (i32.load offset=8 (local.get $result))) (i32.const 2)))
    (local.get $result)))
