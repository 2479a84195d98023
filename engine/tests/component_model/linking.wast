;; Instantiation and linking: what is instantiated when, and what of it is shared.
;; Explainer.md, "Instance Definitions", "Alias Definitions", "Start Definitions" of core modules.

;; Start functions run in the order of the instances, and see the active segments of those before them.
(component
  (core module $Log
    (memory (export "memory") 1)
    (global $n (mut i32) (i32.const 0))
    (func (export "log") (param i32)
      (i32.store8 (global.get $n) (local.get 0))
      (global.set $n (i32.add (global.get $n) (i32.const 1))))
    (func (export "get") (result i64) (i64.load (i32.const 0))))
  (core module $Step
    (import "log" "log" (func $log (param i32)))
    (import "log" "memory" (memory 1))
    (import "me" "number" (global $number i32))
    (func $start
      (call $log (global.get $number))
      (call $log (i32.load8_u (i32.const 100))))
    (start $start))
  (core module $Data
    (import "log" "memory" (memory 1))
    (data (i32.const 100) "\2a"))
  (core module $One (global (export "number") i32 (i32.const 1)))
  (core module $Two (global (export "number") i32 (i32.const 2)))
  (core instance $log (instantiate $Log))
  (core instance $two (instantiate $Two))
  (core instance $one (instantiate $One))
  (core instance (instantiate $Step (with "log" (instance $log)) (with "me" (instance $one))))
  (core instance (instantiate $Data (with "log" (instance $log))))
  (core instance (instantiate $Step (with "log" (instance $log)) (with "me" (instance $two))))
  (func (export "get") (result u64) (canon lift (core func $log "get"))))
(assert_return (invoke "get") (u64.const 0x2a020001))

;; A module that nothing instantiates, and a component, do nothing.
(component
  (core module (func $start unreachable) (start $start))
  (component (core module $M (func $start unreachable) (start $start)) (core instance (instantiate $M)))
  (core module $M (func (export "f") (result i32) (i32.const 1)))
  (core instance $m (instantiate $M))
  (func (export "f") (result u32) (canon lift (core func $m "f"))))
(assert_return (invoke "f") (u32.const 1))

;; What traps when it is instantiated.
(assert_trap
  (component
    (core module $M (func $start unreachable) (start $start))
    (core instance (instantiate $M)))
  "unreachable")
(assert_trap
  (component
    (component $C (core module $M (func $start unreachable) (start $start)) (core instance (instantiate $M)))
    (instance (instantiate $C)))
  "unreachable")
(assert_trap
  (component
    (core module $M (memory 1) (data (i32.const 65536) "x"))
    (core instance (instantiate $M)))
  "out of bounds memory access")
(assert_trap
  (component
    (core module $M (table 1 funcref) (func $f) (elem (i32.const 1) $f))
    (core instance (instantiate $M)))
  "out of bounds table access")

;; A component twice is two of everything in it; passed on, it is one. A chain of calls through all of them.
(component
  (component $Counter
    (core module $M
      (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
    (core instance $m (instantiate $M))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (instance $a (instantiate $Counter))
  (instance $b (instantiate $Counter))
  (component $Times
    (import "counter" (instance $counter (export "next" (func (result u32)))))
    (import "factor" (core module $Factor (export "factor" (global i32))))
    (core instance $factor (instantiate $Factor))
    (core func $next (canon lower (func $counter "next")))
    (core module $M
      (import "" "next" (func $next (result i32)))
      (import "" "factor" (global $factor i32))
      (func (export "next") (result i32) (i32.mul (call $next) (global.get $factor))))
    (core instance $m (instantiate $M (with "" (instance
      (export "next" (func $next)) (export "factor" (global $factor "factor"))))))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (core module $Ten (global (export "factor") i32 (i32.const 10)))
  (core module $Hundred (global (export "factor") i32 (i32.const 100)))
  (instance $a-ten (instantiate $Times
    (with "counter" (instance $a)) (with "factor" (core module $Ten))))
  (instance $a-hundred (instantiate $Times
    (with "counter" (instance $a)) (with "factor" (core module $Hundred))))
  (instance $b-thousand (instantiate $Times
    (with "counter" (instance
      (export "next" (func $b "next"))))
    (with "factor" (core module $Hundred))))
  (instance $all (export "b" (func $b-thousand "next")) (export "a" (func $a-ten "next")))
  (export "a" (func $a "next"))
  (export "a-ten" (func $a-ten "next"))
  (export "a-hundred" (func $a-hundred "next"))
  (export "b-hundred" (func $all "b")))
(assert_return (invoke "a") (u32.const 1))
(assert_return (invoke "a-ten") (u32.const 20))
(assert_return (invoke "a-hundred") (u32.const 300))
(assert_return (invoke "b-hundred") (u32.const 100))
(assert_return (invoke "a") (u32.const 4))

;; A function exported under two names, aliased through levels, and lifted twice; a module from outside.
(component
  (core module $Outside
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
  (component $Outer
    (component $Inner
      (alias outer 2 $Outside (core module $M))
      (core instance $m (instantiate $M))
      (func $f (result u32) (canon lift (core func $m "next")))
      (func $g (result u32) (canon lift (core func $m "next")))
      (export "f" (func $f))
      (export "f-again" (func $f))
      (export "g" (func $g)))
    (instance $inner (instantiate $Inner))
    (export "inner" (instance $inner)))
  (instance $outer (instantiate $Outer))
  (alias export $outer "inner" (instance $inner))
  (export "f" (func $inner "f"))
  (export "again" (func $inner "f-again"))
  (export "g" (func $inner "g")))
(assert_return (invoke "f") (u32.const 1))
(assert_return (invoke "again") (u32.const 2))
(assert_return (invoke "g") (u32.const 3))

;; Memory, table and globals of one core instance, under other names in others; and a function that changes them.
(component
  (core module $Owner
    (memory (export "m") 1)
    (table (export "t") 2 funcref)
    (global (export "g") (mut i64) (i64.const 5))
    (global (export "c") i32 (i32.const 1)))
  (core instance $owner (instantiate $Owner))
  (core instance $renamed
    (export "memory" (memory $owner "m")) (export "table" (table $owner "t"))
    (export "global" (global $owner "g")) (export "constant" (global $owner "c")))
  (core module $Writer
    (import "" "memory" (memory 1))
    (import "" "table" (table 2 funcref))
    (import "" "global" (global $g (mut i64)))
    (import "" "constant" (global $c i32))
    (func $seven (result i32) (i32.const 7))
    (elem (global.get $c) func $seven)
    (func (export "write") (i32.store (i32.const 4) (i32.const 3)) (global.set $g (i64.const 600))))
  (core instance $writer (instantiate $Writer (with "" (instance $renamed))))
  (core module $Reader
    (import "x" "m" (memory 1))
    (import "x" "t" (table 2 funcref))
    (import "x" "g" (global $g (mut i64)))
    (type $f (func (result i32)))
    (func (export "read") (result i64)
      (i64.add (global.get $g)
        (i64.extend_i32_u (i32.add
          (i32.load (i32.const 4))
          (i32.mul (i32.const 10) (call_indirect (type $f) (i32.const 1))))))))
  (core instance $reader (instantiate $Reader (with "x" (instance $owner))))
  (func (export "write") (canon lift (core func $writer "write")))
  (func (export "read") (result u64) (canon lift (core func $reader "read"))))
(assert_return (invoke "read") (u64.const 75))
(assert_return (invoke "write"))
(assert_return (invoke "read") (u64.const 673))

;; One call of each kind of value through two components, as it was.
(component
  (component $Echo
    (core module $M
      (memory (export "memory") 1)
      (global $at (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $at) (i32.const 7)) (i32.const -8)))
        (global.set $at (i32.add (local.get $at) (local.get 3)))
        (local.get $at))
      (func (export "two") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0))
        (i32.store (i32.const 4) (local.get 1))
        (i32.const 0))
      (func (export "three") (param i32 i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0))
        (i32.store (i32.const 4) (local.get 1))
        (i32.store (i32.const 8) (local.get 2))
        (i32.const 0))
      (func (export "same") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "realloc" (core func $realloc))
    (type $P' (record (field "name" string) (field "ok" bool)))
    (export $P "p" (type $P'))
    (func (export "records") (param "x" (list $P)) (result (list $P))
      (canon lift (core func $m "two") (memory $memory) (realloc $realloc)))
    (func (export "lists") (param "x" (list (list u64))) (result (list (list u64)))
      (canon lift (core func $m "two") (memory $memory) (realloc $realloc)))
    (func (export "options") (param "x" (list (option (result string (error u8)))))
      (result (list (option (result string (error u8)))))
      (canon lift (core func $m "two") (memory $memory) (realloc $realloc)))
    (type $W' (tuple u8 s16 u32 s64 float32 float64 char bool string (list u8) (tuple u8 u64)))
    (export $W "w" (type $W'))
    (func (export "wide") (param "x" (list $W)) (result (list $W))
      (canon lift (core func $m "two") (memory $memory) (realloc $realloc))))
  (instance $one (instantiate $Echo))
  (component $Forward
    (import "x" (instance $x
      (type $P' (record (field "name" string) (field "ok" bool)))
      (export "p" (type $P (eq $P')))
      (export "records" (func (param "x" (list $P)) (result (list $P))))
      (export "lists" (func (param "x" (list (list u64))) (result (list (list u64)))))
      (export "options" (func (param "x" (list (option (result string (error u8)))))
        (result (list (option (result string (error u8)))))))
      (type $W' (tuple u8 s16 u32 s64 float32 float64 char bool string (list u8) (tuple u8 u64)))
      (export "w" (type $W (eq $W')))
      (export "wide" (func (param "x" (list $W)) (result (list $W))))))
    (core module $Libc
      (memory (export "memory") 1)
      (global $at (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $at) (i32.const 7)) (i32.const -8)))
        (global.set $at (i32.add (local.get $at) (local.get 3)))
        (local.get $at)))
    (core instance $libc (instantiate $Libc))
    (alias core export $libc "memory" (core memory $memory))
    (alias core export $libc "realloc" (core func $realloc))
    (core func $records (canon lower (func $x "records") (memory $memory) (realloc $realloc)))
    (core func $lists (canon lower (func $x "lists") (memory $memory) (realloc $realloc)))
    (core func $options (canon lower (func $x "options") (memory $memory) (realloc $realloc)))
    (core func $wide (canon lower (func $x "wide") (memory $memory) (realloc $realloc)))
    (core module $M
      (type $t (func (param i32 i32 i32)))
      (import "" "records" (func $records (type $t)))
      (import "" "lists" (func $lists (type $t)))
      (import "" "options" (func $options (type $t)))
      (import "" "wide" (func $wide (type $t)))
      (func (export "records") (param i32 i32) (result i32)
        (call $records (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16))
      (func (export "lists") (param i32 i32) (result i32)
        (call $lists (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16))
      (func (export "options") (param i32 i32) (result i32)
        (call $options (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16))
      (func (export "wide") (param i32 i32) (result i32)
        (call $wide (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16)))
    (core instance $m (instantiate $M (with "" (instance
      (export "records" (func $records)) (export "lists" (func $lists))
      (export "options" (func $options)) (export "wide" (func $wide))))))
    (alias export $x "p" (type $P))
    (export $P2 "p" (type $P))
    (alias export $x "w" (type $W))
    (export $W2 "w" (type $W))
    (func (export "records") (param "x" (list $P2)) (result (list $P2))
      (canon lift (core func $m "records") (memory $memory) (realloc $realloc)))
    (func (export "lists") (param "x" (list (list u64))) (result (list (list u64)))
      (canon lift (core func $m "lists") (memory $memory) (realloc $realloc)))
    (func (export "options") (param "x" (list (option (result string (error u8)))))
      (result (list (option (result string (error u8)))))
      (canon lift (core func $m "options") (memory $memory) (realloc $realloc)))
    (func (export "wide") (param "x" (list $W2)) (result (list $W2))
      (canon lift (core func $m "wide") (memory $memory) (realloc $realloc))))
  (instance $two (instantiate $Forward (with "x" (instance $one))))
  (export $P "p" (type $two "p"))
  (export $W "w" (type $two "w"))
  (export "records" (func $two "records")
    (func (param "x" (list $P)) (result (list $P))))
  (export "lists" (func $two "lists"))
  (export "options" (func $two "options"))
  (export "wide" (func $two "wide") (func (param "x" (list $W)) (result (list $W)))))
(assert_return
  (invoke "records" (list.const
    (record.const (field "name" str.const "h\u{e9}llo") (field "ok" bool.const true))
    (record.const (field "name" str.const "") (field "ok" bool.const false))))
  (list.const
    (record.const (field "name" str.const "h\u{e9}llo") (field "ok" bool.const true))
    (record.const (field "name" str.const "") (field "ok" bool.const false))))
(assert_return (invoke "records" (list.const)) (list.const))
(assert_return
  (invoke "lists" (list.const (list.const (u64.const 1) (u64.const 0xffffffffffffffff)) (list.const)))
  (list.const (list.const (u64.const 1) (u64.const 0xffffffffffffffff)) (list.const)))
(assert_return
  (invoke "options" (list.const
    (option.none) (option.some (result.ok (str.const "x"))) (option.some (result.err (u8.const 9)))))
  (list.const
    (option.none) (option.some (result.ok (str.const "x"))) (option.some (result.err (u8.const 9)))))
(assert_return
  (invoke "wide" (list.const (tuple.const
    (u8.const 255) (s16.const -2) (u32.const 3) (s64.const -4) (f32.const 5.5) (f64.const -0.25)
    (char.const "\u{1f600}") (bool.const true) (str.const "abc") (list.const (u8.const 1) (u8.const 2))
    (tuple.const (u8.const 1) (u64.const 2)))))
  (list.const (tuple.const
    (u8.const 255) (s16.const -2) (u32.const 3) (s64.const -4) (f32.const 5.5) (f64.const -0.25)
    (char.const "\u{1f600}") (bool.const true) (str.const "abc") (list.const (u8.const 1) (u8.const 2))
    (tuple.const (u8.const 1) (u64.const 2)))))

;; What cannot be told before it is instantiated is refused: components that are passed on.
(assert_invalid
  (component
    (component $C (core module $M (func (export "f"))) (core instance $m (instantiate $M))
      (func (export "f") (canon lift (core func $m "f"))))
    (component $D
      (import "c" (component $c (export "f" (func))))
      (instance $i (instantiate $c))
      (export "f" (func $i "f")))
    (instance $d (instantiate $D (with "c" (component $C))))
    (export "f" (func $d "f")))
  "unsupported: components that are imported, or exported by instances")
