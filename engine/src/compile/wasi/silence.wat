;; Takes the place of `say` in modules that are adapted: they have no memory of which a host knows.
(module $silence
  (func $write (export "write") (param $at i32) (param $length i32)))
