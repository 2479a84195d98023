;; What the stubs need of a guest: a memory, and an allocator that gives out what it has not yet given.
(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 0x8000))
  (func (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (global.set $next
      (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $size)))))
