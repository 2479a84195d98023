  ;; Evaluates a policy, by the functions that a module made by `opa build -t wasm` exports (ABI 1.0 and later).
  (import "guest" "memory" (memory 0))
  (import "guest" "opa_malloc" (func $malloc (param i32) (result i32)))
  (import "guest" "opa_json_parse" (func $parse (param i32 i32) (result i32)))
  (import "guest" "opa_json_dump" (func $dump (param i32) (result i32)))
  (import "guest" "opa_eval_ctx_new" (func $context (result i32)))
  (import "guest" "opa_eval_ctx_set_input" (func $set_input (param i32 i32)))
  (import "guest" "opa_eval_ctx_set_data" (func $set_data (param i32 i32)))
  (import "guest" "opa_eval_ctx_set_entrypoint" (func $set_entrypoint (param i32 i32)))
  (import "guest" "opa_eval_ctx_get_result" (func $get_result (param i32) (result i32)))
  (import "guest" "eval" (func $eval (param i32) (result i32)))
  (import "guest" "entrypoints" (func $entrypoints (result i32)))

  (data $no_input "the input is not JSON")
  (data $no_data "the data is not JSON")
  (data $no_entrypoint "the policy has no such entrypoint")
  (data $failed "the policy could not be evaluated")

  (func $length (param $at i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $at))
    (loop $next
      (if (i32.load8_u (local.get $end))
        (then
          (local.set $end (i32.add (local.get $end) (i32.const 1)))
          (br $next))))
    (i32.sub (local.get $end) (local.get $at)))

  (func $aligned (param $length i32) (result i32)
    (i32.and
      (i32.add (call $malloc (i32.add (local.get $length) (i32.const 3))) (i32.const 3))
      (i32.const -4)))

  ;; Returns result<string, string> in memory.
  (func $result (param $is_error i32) (param $at i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $aligned (i32.const 12)))
    (i32.store (local.get $result) (local.get $is_error))
    (i32.store offset=4 (local.get $result) (local.get $at))
    (i32.store offset=8 (local.get $result) (local.get $length))
    (local.get $result))

  ;; Returns the address where a quoted name ends in the text, or 0 if the text does not contain it.
  (func $find (param $text i32) (param $name i32) (param $length i32) (result i32)
    (local $at i32)
    (loop $next
      (if (i32.eqz (i32.load8_u (local.get $text))) (then (return (i32.const 0))))
      (block $other
        (br_if $other (i32.ne (i32.load8_u (local.get $text)) (i32.const 34)))
        (local.set $at (i32.const 0))
        (loop $same
          (if (i32.lt_u (local.get $at) (local.get $length))
            (then
              (br_if $other
                (i32.ne
                  (i32.load8_u offset=1 (i32.add (local.get $text) (local.get $at)))
                  (i32.load8_u (i32.add (local.get $name) (local.get $at)))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br $same))))
        (local.set $at (i32.add (local.get $text) (local.get $at)))
        (br_if $other (i32.ne (i32.load8_u offset=1 (local.get $at)) (i32.const 34)))
        (br_if $other (i32.ne (i32.load8_u offset=2 (local.get $at)) (i32.const 58)))
        (return (i32.add (local.get $at) (i32.const 3))))
      (local.set $text (i32.add (local.get $text) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; Returns the number of an entrypoint, from the object that the policy returns of them, or -1 if there is none of
  ;; that name.
  (func $number (param $name i32) (param $length i32) (result i32)
    (local $at i32) (local $number i32) (local $digit i32)
    (local.set $at
      (call $find (call $dump (call $entrypoints)) (local.get $name) (local.get $length)))
    (if (i32.eqz (local.get $at)) (then (return (i32.const -1))))
    (loop $next
      (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
      (if (i32.le_u (local.get $digit) (i32.const 9))
        (then
          (local.set $number
            (i32.add (i32.mul (local.get $number) (i32.const 10)) (local.get $digit)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $number))

  (func $evaluate (param $entrypoint i32)
    (param $input i32) (param $input_length i32) (param $data i32) (param $data_length i32)
    (result i32)
    (local $context i32) (local $value i32)
    (local.set $context (call $context))
    (local.set $value (call $parse (local.get $data) (local.get $data_length)))
    (if (i32.eqz (local.get $value))
      (then (return (call $no_data))))
    (call $set_data (local.get $context) (local.get $value))
    (local.set $value (call $parse (local.get $input) (local.get $input_length)))
    (if (i32.eqz (local.get $value))
      (then (return (call $no_input))))
    (call $set_input (local.get $context) (local.get $value))
    (call $set_entrypoint (local.get $context) (local.get $entrypoint))
    (if (call $eval (local.get $context))
      (then (return (call $failed))))
    (local.set $value (call $dump (call $get_result (local.get $context))))
    (call $result (i32.const 0) (local.get $value) (call $length (local.get $value))))

  (func $no_data (result i32)
    (local $at i32)
    (local.set $at (call $malloc (i32.const 20)))
    (memory.init $no_data (local.get $at) (i32.const 0) (i32.const 20))
    (call $result (i32.const 1) (local.get $at) (i32.const 20)))

  (func $no_input (result i32)
    (local $at i32)
    (local.set $at (call $malloc (i32.const 21)))
    (memory.init $no_input (local.get $at) (i32.const 0) (i32.const 21))
    (call $result (i32.const 1) (local.get $at) (i32.const 21)))

  (func $no_entrypoint (result i32)
    (local $at i32)
    (local.set $at (call $malloc (i32.const 33)))
    (memory.init $no_entrypoint (local.get $at) (i32.const 0) (i32.const 33))
    (call $result (i32.const 1) (local.get $at) (i32.const 33)))

  (func $failed (result i32)
    (local $at i32)
    (local.set $at (call $malloc (i32.const 33)))
    (memory.init $failed (local.get $at) (i32.const 0) (i32.const 33))
    (call $result (i32.const 1) (local.get $at) (i32.const 33)))

  (func $first (export "eval") (param i32 i32 i32 i32) (result i32)
    (call $evaluate (i32.const 0)
      (local.get 0) (local.get 1) (local.get 2) (local.get 3)))

  (func $named (export "eval-entrypoint") (param i32 i32 i32 i32 i32 i32) (result i32)
    (local $entrypoint i32)
    (local.set $entrypoint (call $number (local.get 0) (local.get 1)))
    (if (i32.eq (local.get $entrypoint) (i32.const -1)) (then (return (call $no_entrypoint))))
    (call $evaluate (local.get $entrypoint)
      (local.get 2) (local.get 3) (local.get 4) (local.get 5)))

  (func (export "entrypoint-names") (result i32)
    (local $result i32) (local $names i32)
    (local.set $names (call $dump (call $entrypoints)))
    (local.set $result (call $aligned (i32.const 8)))
    (i32.store (local.get $result) (local.get $names))
    (i32.store offset=4 (local.get $result) (call $length (local.get $names)))
    (local.get $result))

  (func (export "cabi_realloc")
    (param $old i32) (param $old_length i32) (param $align i32) (param $length i32) (result i32)
    (local $new i32)
    (if (i32.eqz (local.get $length)) (then (return (local.get $align))))
    (local.set $new (call $malloc (i32.add (local.get $length) (i32.const 8))))
    (if (i32.eqz (local.get $new)) (then (unreachable)))
    (local.set $new
      (i32.and
        (i32.add (local.get $new) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (memory.copy (local.get $new) (local.get $old)
      (select (local.get $old_length) (local.get $length)
        (i32.lt_u (local.get $old_length) (local.get $length))))
    (local.get $new))
