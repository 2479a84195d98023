;; Lists of lists, for arrays of several dimensions. Some exports return their argument. `shape` and `deep` return
;; lists, some of which fit no array.
(component
  (core module $m
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 65536))
    (func $realloc (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $top) (i32.shl (memory.size) (i32.const 16))))
        (br_if $fits (i32.ge_s (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))) (i32.const 0)))
        (unreachable))
      (local.get $at))
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1))
      (i32.const 0))
    ;; four results of `shape`: [[1, 2], [3]], [[], []], [[1], []] and []
    (data (i32.const 256) "\01\00\00\00\02\00\00\00\03\00\00\00\00\00\00\00"
      "\00\01\00\00\02\00\00\00" "\08\01\00\00\01\00\00\00"
      "\00\01\00\00\00\00\00\00" "\00\01\00\00\00\00\00\00"
      "\00\01\00\00\01\00\00\00" "\00\01\00\00\00\00\00\00"
      "\10\01\00\00\02\00\00\00" "\20\01\00\00\02\00\00\00" "\30\01\00\00\02\00\00\00" "\00\01\00\00\00\00\00\00")
    (func (export "shape") (param $n i32) (result i32)
      (i32.add (i32.const 320) (i32.mul (i32.and (local.get $n) (i32.const 3)) (i32.const 8))))
    ;; 1000 lists. Each is the same list of 1000 lists, and so on. The innermost lists are empty.
    (func (export "deep") (result i32) (local $i i32)
      (loop $next
        (i32.store (i32.add (i32.const 8192) (local.get $i))
          (i32.add (i32.const 16384) (i32.mul (i32.div_u (local.get $i) (i32.const 8192)) (i32.const 8192))))
        (if (i32.lt_u (local.get $i) (i32.const 24576)) (then
          (i32.store (i32.add (i32.const 8196) (local.get $i)) (i32.const 1000))))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 32768))))
      (i32.store (i32.const 0) (i32.const 8192))
      (i32.store (i32.const 4) (i32.const 1000))
      (i32.const 0))
    ;; returns the columns of a matrix that is given as its rows
    (func (export "transpose") (param $rows i32) (param $height i32) (result i32)
      (local $width i32) (local $columns i32) (local $column i32) (local $x i32) (local $y i32)
      (i64.store (i32.const 0) (i64.const 0))
      (if (i32.eqz (local.get $height)) (then (return (i32.const 0))))
      (local.set $width (i32.load offset=4 (local.get $rows)))
      (local.set $columns (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (local.get $width) (i32.const 8))))
      (block $done (loop $wide
        (br_if $done (i32.eq (local.get $x) (local.get $width)))
        (local.set $column (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.mul (local.get $height) (i32.const 8))))
        (i32.store (i32.add (local.get $columns) (i32.mul (local.get $x) (i32.const 8))) (local.get $column))
        (i32.store offset=4 (i32.add (local.get $columns) (i32.mul (local.get $x) (i32.const 8))) (local.get $height))
        (local.set $y (i32.const 0))
        (loop $high
          (f64.store (i32.add (local.get $column) (i32.mul (local.get $y) (i32.const 8)))
            (f64.load (i32.add
              (i32.load (i32.add (local.get $rows) (i32.mul (local.get $y) (i32.const 8))))
              (i32.mul (local.get $x) (i32.const 8)))))
          (br_if $high (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $height))))
        (local.set $x (i32.add (local.get $x) (i32.const 1)))
        (br $wide)))
      (i32.store (i32.const 0) (local.get $columns))
      (i32.store (i32.const 4) (local.get $width))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "cabi_realloc" (core func $realloc))
  (alias core export $i "echo" (core func $echo))
  (func (export "grid") (param "g" (list (list s32))) (result (list (list s32)))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "gaps") (param "g" (list (list (option s32)))) (result (list (list (option s32))))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "words") (param "g" (list (list string))) (result (list (list string)))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "cube") (param "g" (list (list (list s64)))) (result (list (list (list s64))))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "blobs") (param "g" (list (list (list u8)))) (result (list (list (list u8))))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "six") (param "g" (list (list (list (list (list (list bool))))))) (result (list (list (list (list (list (list bool)))))))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "seven") (result (list (list (list (list (list (list (list bool))))))))
    (canon lift (core func $i "deep") (memory $memory)))
  (func (export "maybe") (result (list (option (list s32))))
    (canon lift (core func $i "deep") (memory $memory)))
  (func (export "shape") (param "n" u16) (result (list (list s32)))
    (canon lift (core func $i "shape") (memory $memory)))
  (func (export "deep") (result (list (list (list (list (list s32))))))
    (canon lift (core func $i "deep") (memory $memory)))
  (func (export "transpose") (param "m" (list (list f64))) (result (list (list f64)))
    (canon lift (core func $i "transpose") (memory $memory) (realloc $realloc))))
