;; Handles of the resources that a component defines and passes between its own parts.
;;
;; A handle is the number of an entry in one array. It must never be of use to a part that was not given it: an
;; entry knows its *table*, one kind of resource in one part, and every use names the table that it means.
;; What is borrowed is given back by the end of the call it was lent to, or that call traps.
;;
;; The memory has no bytes until the first handle is made. Then: what calls lent, a stack; and from $ENTRIES on
;; entries of 16 bytes: table + 1, or 0 if it is free; representation, or the next free entry; for what is
;; owned how often it is lent now; for what is borrowed the call that it was lent to, a place in the stack.
(module $handles
  (import "tables" "is_imported" (func $is_imported (param i32) (result i32)))
  (import "tables" "is_at_home" (func $is_at_home (param i32) (result i32)))
  (memory 0)
  (global $ENTRIES i32 (i32.const 65536))
  (global $free (mut i32) (i32.const 0))
  (global $count (mut i32) (i32.const 0))
  ;; The stack: of each call the place of the call before, how many borrowed handles are left, and the
  ;; handles that were lent.
  (global $call (mut i32) (i32.const 0))
  (global $top (mut i32) (i32.const 0))

  (func $entry (param $handle i32) (result i32)
    (i32.add (global.get $ENTRIES) (i32.shl (local.get $handle) (i32.const 4))))

  ;; The entry of a handle that must be in that table.
  (func $find (param $table i32) (param $handle i32) (result i32)
    (local $entry i32)
    (if (i32.gt_u (local.get $handle) (global.get $count)) (then (unreachable)))
    (if (i32.eqz (local.get $handle)) (then (unreachable)))
    (local.set $entry (call $entry (local.get $handle)))
    (if (i32.ne
          (i32.load (local.get $entry))
          (i32.add (local.get $table) (i32.const 1)))
      (then (unreachable)))
    (local.get $entry))

  (func $make_room (param $bytes i32)
    (local $pages i32)
    (local.set $pages
      (i32.sub
        (i32.shr_u (i32.add (local.get $bytes) (i32.const 65535)) (i32.const 16))
        (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then (unreachable))))))

  (func $push (param $word i32)
    (if (i32.ge_u (global.get $top) (global.get $ENTRIES)) (then (unreachable)))
    (call $make_room (global.get $ENTRIES))
    (i32.store (global.get $top) (local.get $word))
    (global.set $top (i32.add (global.get $top) (i32.const 4))))

  (func $insert (param $table i32) (param $representation i32) (param $call i32) (result i32)
    (local $handle i32) (local $entry i32)
    (if (global.get $free)
      (then
        (local.set $handle (global.get $free))
        (local.set $entry (call $entry (local.get $handle)))
        (global.set $free (i32.load offset=4 (local.get $entry))))
      (else
        (local.set $handle (i32.add (global.get $count) (i32.const 1)))
        ;; As many as the specification allows.
        (if (i32.ge_u (local.get $handle) (i32.const 0x0fff0000)) (then (unreachable)))
        (local.set $entry (call $entry (local.get $handle)))
        (call $make_room (i32.add (local.get $entry) (i32.const 16)))
        (global.set $count (local.get $handle))))
    (i32.store (local.get $entry) (i32.add (local.get $table) (i32.const 1)))
    (i32.store offset=4 (local.get $entry) (local.get $representation))
    (i32.store offset=8 (local.get $entry) (i32.const 0))
    (i32.store offset=12 (local.get $entry) (local.get $call))
    (local.get $handle))

  ;; Frees an entry that is lent to nobody, and returns its representation.
  (func $remove (param $entry i32) (param $handle i32) (result i32)
    (local $representation i32)
    (if (i32.load offset=8 (local.get $entry)) (then (unreachable)))
    (local.set $representation (i32.load offset=4 (local.get $entry)))
    (i32.store (local.get $entry) (i32.const 0))
    (i32.store offset=4 (local.get $entry) (global.get $free))
    (global.set $free (local.get $handle))
    (local.get $representation))

  (func (export "resource.new") (param $table i32) (param $representation i32) (result i32)
    (call $insert (local.get $table) (local.get $representation) (i32.const -1)))

  (func (export "resource.rep") (param $table i32) (param $handle i32) (result i32)
    (i32.load offset=4 (call $find (local.get $table) (local.get $handle))))

  ;; The representation, and whether it has to be destroyed.
  (func (export "resource.drop") (param $table i32) (param $handle i32) (result i32 i32)
    (local $entry i32) (local $call i32) (local $representation i32)
    (local.set $entry (call $find (local.get $table) (local.get $handle)))
    (local.set $call (i32.load offset=12 (local.get $entry)))
    (local.set $representation (call $remove (local.get $entry) (local.get $handle)))
    (if (i32.eq (local.get $call) (i32.const -1))
      (then (return (local.get $representation) (i32.const 1))))
    (i32.store offset=4 (local.get $call)
      (i32.sub (i32.load offset=4 (local.get $call)) (i32.const 1)))
    (local.get $representation)
    (i32.const 0))

  (func (export "transfer own") (param $handle i32) (param $from i32) (param $to i32) (result i32)
    (local $entry i32)
    (if (call $is_imported (local.get $from)) (then (return (local.get $handle))))
    (local.set $entry (call $find (local.get $from) (local.get $handle)))
    (if (i32.ne (i32.load offset=12 (local.get $entry)) (i32.const -1)) (then (unreachable)))
    (call $insert (local.get $to)
      (call $remove (local.get $entry) (local.get $handle))
      (i32.const -1)))

  (func (export "transfer borrow") (param $handle i32) (param $from i32) (param $to i32) (result i32)
    (local $entry i32)
    (if (call $is_imported (local.get $from)) (then (return (local.get $handle))))
    (local.set $entry (call $find (local.get $from) (local.get $handle)))
    (if (i32.eq (i32.load offset=12 (local.get $entry)) (i32.const -1))
      (then
        (i32.store offset=8 (local.get $entry)
          (i32.add (i32.load offset=8 (local.get $entry)) (i32.const 1)))
        (call $push (local.get $handle))))
    ;; Where it was defined no handle is needed.
    (if (call $is_at_home (local.get $to))
      (then (return (i32.load offset=4 (local.get $entry)))))
    (i32.store offset=4 (global.get $call)
      (i32.add (i32.load offset=4 (global.get $call)) (i32.const 1)))
    (call $insert (local.get $to) (i32.load offset=4 (local.get $entry)) (global.get $call)))

  (func (export "enter call") (param $caller i32) (param $is_async i32) (param $callee i32)
    (local $call i32)
    (local.set $call (global.get $top))
    (call $push (global.get $call))
    (call $push (i32.const 0))
    (global.set $call (local.get $call)))

  (func (export "exit call")
    (local $at i32) (local $entry i32)
    (if (i32.load offset=4 (global.get $call)) (then (unreachable)))
    (local.set $at (i32.add (global.get $call) (i32.const 8)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (global.get $top)))
        (local.set $entry (call $entry (i32.load (local.get $at))))
        (i32.store offset=8 (local.get $entry)
          (i32.sub (i32.load offset=8 (local.get $entry)) (i32.const 1)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (global.set $top (global.get $call))
    (global.set $call (i32.load (global.get $call)))))
