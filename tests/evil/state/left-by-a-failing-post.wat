;; 00000: stores when its result has been read, and traps there
;; CREATE FUNCTION evil(boolean) RETURNS text
;; SELECT nothing_left($$SELECT evil(true)$$, $$SELECT refused('SELECT evil(false)')$$)
(module
  (memory (export "memory") 1)
  (global $posts (mut i32) (i32.const 0))
  (func (export "cabi_post_evil") (param i32)
    (global.set $posts (i32.const 1))
    unreachable)
  (func $evil (export "evil") (param i32) (result i32)
    ;; once more than no time at all: no text, but an endless loop that is no trap
    (if (global.get $posts) (then (loop $again (br $again))))
    (i32.const 8)))
