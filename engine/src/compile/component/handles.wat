;; Handles of waitable sets, and of the resources that a component defines and passes between its parts.
;;
;; Each component instance has a table of its own, which numbers its handles of all kinds from 1 and reuses the number
;; that was freed last first (Canonical ABI, "Table State"). A handle must never be usable by an instance that was not
;; given it, or as a handle of another type. Therefore an entry holds its *type*, which is a resource type as one
;; instance knows it, and every use names the instance and the type that it expects. A borrowed handle is given back
;; before the call to which it was lent ends; otherwise that call traps.
;;
;; The memory is empty until the first handle is made. It begins with headers of 128 bytes, one for each instance and
;; one for the stack of calls. A header holds the handle freed last, or 0; the number of entries; and the addresses of
;; 22 blocks, of 64, 128, 256 ... entries of 16 bytes, which never move.
;;
;; The entry of a handle holds: its type + 1, or 0 if it is free; its representation, or the handle freed before it;
;; if it is owned, how often it is lent now; if it is borrowed, the entry of the call to which it was lent, otherwise
;; -1.
;; The stack has an entry for each call, which holds: the position of the enclosing call on the stack; the number of
;; borrowed handles that are not given back yet; what was in the task's storage before. It is followed by one entry
;; for each handle that was lent, which holds the address of the handle's entry.
(module $handles
  (import "tables" "of" (func $of (param i32) (result i32)))
  (import "tables" "stack" (global $stack i32))
  (import "context" "0" (global $context_0 (mut i32)))
  (import "context" "1" (global $context_1 (mut i32)))
  (memory 0)
  ;; The end of the memory in use. 0: there are no headers yet.
  (global $end (mut i32) (i32.const 0))
  ;; Positions on the stack: of the current call, and of the last entry in use.
  (global $call (mut i32) (i32.const 0))
  (global $top (mut i32) (i32.const 0))

  (func $header (param $table i32) (result i32)
    (i32.shl (local.get $table) (i32.const 7)))

  ;; Returns the address of the entry of a number.
  (func $entry (param $table i32) (param $number i32) (result i32)
    (local $block i32)
    (local.set $number (i32.add (local.get $number) (i32.const 63)))
    (local.set $block (i32.sub (i32.const 25) (i32.clz (local.get $number))))
    (i32.add
      (i32.load offset=8
        (i32.add
          (call $header (local.get $table))
          (i32.shl (local.get $block) (i32.const 2))))
      (i32.shl
        (i32.sub (local.get $number) (i32.shl (i32.const 64) (local.get $block)))
        (i32.const 4))))

  ;; Returns the same for a number that may be the next new one, for which it makes room.
  (func $make_entry (param $table i32) (param $number i32) (result i32)
    (local $block i32) (local $pointer i32)
    (if (i32.eqz (global.get $end))
      (then (drop (call $allocate (call $header (i32.add (global.get $stack) (i32.const 1)))))))
    (local.set $block
      (i32.sub (i32.const 25) (i32.clz (i32.add (local.get $number) (i32.const 63)))))
    ;; One more block would fill all of the memory.
    (if (i32.ge_u (local.get $block) (i32.const 22)) (then (unreachable)))
    (local.set $pointer
      (i32.add
        (call $header (local.get $table))
        (i32.shl (local.get $block) (i32.const 2))))
    (if (i32.eqz (i32.load offset=8 (local.get $pointer)))
      (then
        (i32.store offset=8 (local.get $pointer)
          (call $allocate (i32.shl (i32.const 1024) (local.get $block))))))
    (call $entry (local.get $table) (local.get $number)))

  (func $allocate (param $bytes i32) (result i32)
    (local $at i32) (local $pages i32)
    (local.set $at (global.get $end))
    (global.set $end (i32.add (local.get $at) (local.get $bytes)))
    (if (i32.lt_u (global.get $end) (local.get $at)) (then (unreachable)))
    (local.set $pages
      (i32.sub
        (i32.add
          (i32.shr_u (i32.sub (global.get $end) (i32.const 1)) (i32.const 16))
          (i32.const 1))
        (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then (unreachable)))))
    (local.get $at))

  ;; Returns the entry of a handle, which must have that type.
  (func $find (param $table i32) (param $type i32) (param $handle i32) (result i32)
    (local $entry i32)
    (if (i32.eqz (global.get $end)) (then (unreachable)))
    ;; 0 is no handle: it wraps around.
    (if (i32.ge_u
          (i32.sub (local.get $handle) (i32.const 1))
          (i32.load offset=4 (call $header (local.get $table))))
      (then (unreachable)))
    (local.set $entry (call $entry (local.get $table) (local.get $handle)))
    (if (i32.ne
          (i32.load (local.get $entry))
          (i32.add (local.get $type) (i32.const 1)))
      (then (unreachable)))
    (local.get $entry))

  (func $insert
    (param $table i32) (param $type i32) (param $representation i32) (param $call i32) (result i32)
    (local $header i32) (local $handle i32) (local $entry i32)
    (local.set $header (call $header (local.get $table)))
    (if (global.get $end)
      (then (local.set $handle (i32.load (local.get $header)))))
    (if (local.get $handle)
      (then
        (local.set $entry (call $entry (local.get $table) (local.get $handle)))
        (i32.store (local.get $header) (i32.load offset=4 (local.get $entry))))
      (else
        (if (global.get $end)
          (then (local.set $handle (i32.load offset=4 (local.get $header)))))
        (local.set $handle (i32.add (local.get $handle) (i32.const 1)))
        (local.set $entry (call $make_entry (local.get $table) (local.get $handle)))
        (i32.store offset=4 (local.get $header) (local.get $handle))))
    (i32.store (local.get $entry) (i32.add (local.get $type) (i32.const 1)))
    (i32.store offset=4 (local.get $entry) (local.get $representation))
    (i32.store offset=8 (local.get $entry) (i32.const 0))
    (i32.store offset=12 (local.get $entry) (local.get $call))
    (local.get $handle))

  ;; Frees an entry that is not lent, and returns its representation.
  (func $remove (param $table i32) (param $entry i32) (param $handle i32) (result i32)
    (local $header i32) (local $representation i32)
    (if (i32.load offset=8 (local.get $entry)) (then (unreachable)))
    (local.set $representation (i32.load offset=4 (local.get $entry)))
    (local.set $header (call $header (local.get $table)))
    (i32.store (local.get $entry) (i32.const 0))
    (i32.store offset=4 (local.get $entry) (i32.load (local.get $header)))
    (i32.store (local.get $header) (local.get $handle))
    (local.get $representation))

  (func (export "new") (param $table i32) (param $type i32) (param $representation i32) (result i32)
    (call $insert
      (local.get $table) (local.get $type) (local.get $representation) (i32.const -1)))

  (func (export "rep") (param $table i32) (param $type i32) (param $handle i32) (result i32)
    (i32.load offset=4
      (call $find (local.get $table) (local.get $type) (local.get $handle))))

  ;; Returns the representation, and whether it has to be destroyed.
  (func (export "drop") (param $table i32) (param $type i32) (param $handle i32) (result i32 i32)
    (local $entry i32) (local $call i32) (local $representation i32)
    (local.set $entry (call $find (local.get $table) (local.get $type) (local.get $handle)))
    (local.set $call (i32.load offset=12 (local.get $entry)))
    (local.set $representation
      (call $remove (local.get $table) (local.get $entry) (local.get $handle)))
    (if (i32.eq (local.get $call) (i32.const -1))
      (then (return (local.get $representation) (i32.const 1))))
    (i32.store offset=4 (local.get $call)
      (i32.sub (i32.load offset=4 (local.get $call)) (i32.const 1)))
    (local.get $representation)
    (i32.const 0))

  (func (export "transfer own") (param $handle i32) (param $from i32) (param $to i32) (result i32)
    (local $of i32) (local $table i32) (local $entry i32)
    (local.set $of (call $of (local.get $from)))
    (if (i32.and (local.get $of) (i32.const 1)) (then (return (local.get $handle))))
    (local.set $table (i32.shr_u (local.get $of) (i32.const 2)))
    (local.set $entry (call $find (local.get $table) (local.get $from) (local.get $handle)))
    (if (i32.ne (i32.load offset=12 (local.get $entry)) (i32.const -1)) (then (unreachable)))
    (call $insert
      (i32.shr_u (call $of (local.get $to)) (i32.const 2))
      (local.get $to)
      (call $remove (local.get $table) (local.get $entry) (local.get $handle))
      (i32.const -1)))

  (func (export "transfer borrow") (param $handle i32) (param $from i32) (param $to i32) (result i32)
    (local $of i32) (local $entry i32) (local $call i32)
    (local.set $of (call $of (local.get $from)))
    (if (i32.and (local.get $of) (i32.const 1)) (then (return (local.get $handle))))
    (local.set $entry
      (call $find (i32.shr_u (local.get $of) (i32.const 2)) (local.get $from) (local.get $handle)))
    (if (i32.eq (i32.load offset=12 (local.get $entry)) (i32.const -1))
      (then
        (i32.store offset=8 (local.get $entry)
          (i32.add (i32.load offset=8 (local.get $entry)) (i32.const 1)))
        (i32.store (call $push) (local.get $entry))))
    ;; The instance that defines the resource needs no handle.
    (local.set $of (call $of (local.get $to)))
    (if (i32.and (local.get $of) (i32.const 2))
      (then (return (i32.load offset=4 (local.get $entry)))))
    (local.set $call (call $entry (global.get $stack) (global.get $call)))
    (i32.store offset=4 (local.get $call)
      (i32.add (i32.load offset=4 (local.get $call)) (i32.const 1)))
    (call $insert
      (i32.shr_u (local.get $of) (i32.const 2))
      (local.get $to)
      (i32.load offset=4 (local.get $entry))
      (local.get $call)))

  (func $push (result i32)
    (global.set $top (i32.add (global.get $top) (i32.const 1)))
    (call $make_entry (global.get $stack) (global.get $top)))

  (func (export "enter call") (param $caller i32) (param $is_async i32) (param $callee i32)
    (local $entry i32)
    (local.set $entry (call $push))
    (i32.store (local.get $entry) (global.get $call))
    (i32.store offset=4 (local.get $entry) (i32.const 0))
    (i32.store offset=8 (local.get $entry) (global.get $context_0))
    (i32.store offset=12 (local.get $entry) (global.get $context_1))
    (global.set $context_0 (i32.const 0))
    (global.set $context_1 (i32.const 0))
    (global.set $call (global.get $top)))

  (func (export "exit call")
    (local $call i32) (local $lent i32)
    (local.set $call (call $entry (global.get $stack) (global.get $call)))
    (if (i32.load offset=4 (local.get $call)) (then (unreachable)))
    (block $done
      (loop $next
        (br_if $done (i32.eq (global.get $top) (global.get $call)))
        (local.set $lent (i32.load (call $entry (global.get $stack) (global.get $top))))
        (i32.store offset=8 (local.get $lent)
          (i32.sub (i32.load offset=8 (local.get $lent)) (i32.const 1)))
        (global.set $top (i32.sub (global.get $top) (i32.const 1)))
        (br $next)))
    (global.set $context_0 (i32.load offset=8 (local.get $call)))
    (global.set $context_1 (i32.load offset=12 (local.get $call)))
    (global.set $top (i32.sub (global.get $top) (i32.const 1)))
    (global.set $call (i32.load (local.get $call)))))
