;; Resources without WIT: a representation is the address of the value.
(module
  (memory (export "memory") 1)
  (table $table 1 funcref)
  (global $sum (mut i64) (i64.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))

  ;; The constructor takes a loop for each unit. Its value is in a global.
  (func (export "[constructor]adder") (param $n i64) (result i32)
    (loop $next
      (global.set $sum (i64.add (global.get $sum) (i64.const 1)))
      (br_if $next (i64.lt_s (global.get $sum) (local.get $n))))
    (i32.const 0))
  (func (export "[method]adder.plus") (param i32 i64) (result i64)
    (global.set $sum (i64.add (global.get $sum) (local.get 1)))
    (global.get $sum))
  (func (export "[method]adder.over") (param i32 i64) (result i64)
    (i64.div_s (global.get $sum) (local.get 1)))
  (func (export "[method]adder.slow") (param $self i32) (param $n i32) (result i32)
    (loop $next (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $n))

  ;; The sum, at 16. What it saves is these 8 bytes.
  (data (i32.const 8) "\10\00\00\00\08\00\00\00")
  (func (export "[constructor]total") (result i32) (i32.const 16))
  (func $add (export "[method]total.step") (param i32 i64)
    (i64.store (local.get 0) (i64.add (i64.load (local.get 0)) (local.get 1))))
  (func (export "[method]total.unstep") (param i32 i64) (result i32)
    (call $add (local.get 0) (i64.sub (i64.const 0) (local.get 1)))
    (i32.const 1))
  (func (export "[method]total.finish") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "[method]total.twice") (param i32) (result i64)
    (call $add (local.get 0) (i64.load (local.get 0)))
    (i64.load (local.get 0)))
  (func (export "[method]total.save") (param i32) (result i32) (i32.const 8))
  (func (export "[method]total.merge") (param i32 i32 i32)
    (call $add (local.get 0) (i64.load (local.get 1))))

  ;; The sum of products with a factor, at 32. What it merges is wrong.
  (data (i32.const 48) "\20\00\00\00\08\00\00\00")
  (func (export "[constructor]scaled") (param i64) (result i32)
    (i64.store (i32.const 40) (local.get 0))
    (i32.const 32))
  (func (export "[method]scaled.step") (param i32 i64)
    (i64.store (local.get 0)
      (i64.add (i64.load (local.get 0)) (i64.mul (local.get 1) (i64.load (i32.const 40))))))
  (func (export "[method]scaled.finish") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "[method]scaled.save") (param i32) (result i32) (i32.const 48))
  (func (export "[method]scaled.merge") (param i32 i32 i32)
    (i64.store (local.get 0) (i64.const -1)))

  ;; The number of rows.
  (func (export "[constructor]counter") (result i32) (i32.const 56))
  (func (export "[method]counter.step") (param i32)
    (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 1))))
  (func (export "[method]counter.finish") (param i32) (result i32) (i32.load (local.get 0)))

  ;; What the constructor changes cannot be kept.
  (func (export "[constructor]tabled") (param i64) (result i32)
    (table.set $table (i32.const 0) (ref.null func))
    (i64.store (i32.const 64) (local.get 0))
    (i32.const 64))
  (func (export "[method]tabled.get") (param i32 i64) (result i64)
    (i64.add (i64.load (local.get 0)) (local.get 1))))
