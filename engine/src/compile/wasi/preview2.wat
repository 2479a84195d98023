;; WASI preview 2, `wasi:*@0.2`, with nothing in it: the functions that do not allocate, as the canonical ABI lowers
;; them.
;;
;; `made.rs` generates the functions that are neither here nor in `lists.wat`. They need something that does not exist
;; (an open file, a socket, an error of the host), so they trap; dropping a resource does nothing. This module must
;; never keep state: each function gets a copy of it.
;;
;; Handles are constants, so that no state is needed for them:
;;   1       standard input, an input-stream at its end
;;   2, 3    standard output and error, output-streams that say what is written (`say.wat`)
;;   4       the pollable that is always ready
;; 5       the network, which reaches nothing
;; 6       fields of HTTP, empty and immutable
;;   7       an outgoing request of HTTP, 8 its body, 9 its options
;;   10      the stream of a body of HTTP, an output-stream that discards
;;   16..    pollables of the clock: the handle is the deadline
(module $preview2
  (import "guest" "memory" (memory 0))
  (import "clock" "read" (func $read (result i64)))
  (import "clock" "after" (func $after (param i64) (result i64)))
  (import "clock" "wait" (func $wait (param i64)))
  (import "pollable" "of" (func $pollable (param i64) (result i32)))
  (import "pollable" "ready" (func $ready (param i32) (result i32)))
  (import "pollable" "deadline" (func $deadline (param i32) (result i64)))
  (import "random" "next" (func $next (result i64)))
  (import "say" "write" (func $say (param i32 i32)))

  (global $STDIN i32 (i32.const 1))
  (global $STDOUT i32 (i32.const 2))
  (global $STDERR i32 (i32.const 3))
  (global $READY i32 (i32.const 4))
  (global $NETWORK i32 (i32.const 5))
  (global $FIELDS i32 (i32.const 6))
  (global $REQUEST i32 (i32.const 7))
  (global $BODY i32 (i32.const 8))
  (global $OPTIONS i32 (i32.const 9))
  (global $SINK i32 (i32.const 10))

  ;; The start of the clocks, as in preview 1.
  (global $REALTIME_SECONDS i64 (i64.const 946_684_800))
  (global $MONOTONIC i64 (i64.const 1_000_000_000))
  (global $STEP i32 (i32.const 1000))

  ;; The bytes that an output stream accepts at once.
  (global $PERMIT i64 (i64.const 0x10_0000))

  ;; Returns an empty list with alignment 4. Its pointer is not null, as Rust does not allow that.
  (func $empty (param $result i32)
    (i32.store (local.get $result) (i32.const 4))
    (i32.store offset=4 (local.get $result) (i32.const 0)))

  ;; Returns an option that is none, or a result that is ok and has no payload.
  (func $none (param $result i32)
    (i32.store8 (local.get $result) (i32.const 0)))

  ;; wasi:cli

  (func $get_environment (export "wasi:cli/environment#get-environment") (param $result i32)
    (call $empty (local.get $result)))

  (func $get_arguments (export "wasi:cli/environment#get-arguments") (param $result i32)
    (call $empty (local.get $result)))

  (func $initial_cwd (export "wasi:cli/environment#initial-cwd") (param $result i32)
    (call $none (local.get $result)))

  ;; The call cannot go on after an exit: it fails, and its backtrace begins here.
  (func $exit (export "wasi:cli/exit#exit") (param $failed i32)
    (unreachable))

  (func $exit_with_code (export "wasi:cli/exit#exit-with-code") (param $code i32)
    (unreachable))

  (func $get_stdin (export "wasi:cli/stdin#get-stdin") (result i32)
    (global.get $STDIN))

  (func $get_stdout (export "wasi:cli/stdout#get-stdout") (result i32)
    (global.get $STDOUT))

  (func $get_stderr (export "wasi:cli/stderr#get-stderr") (result i32)
    (global.get $STDERR))

  (func $get_terminal_stdin (export "wasi:cli/terminal-stdin#get-terminal-stdin") (param $result i32)
    (call $none (local.get $result)))

  (func $get_terminal_stdout (export "wasi:cli/terminal-stdout#get-terminal-stdout")
    (param $result i32)
    (call $none (local.get $result)))

  (func $get_terminal_stderr (export "wasi:cli/terminal-stderr#get-terminal-stderr")
    (param $result i32)
    (call $none (local.get $result)))

  ;; wasi:clocks

  (func $monotonic_now (export "wasi:clocks/monotonic-clock#now") (result i64)
    (i64.add (global.get $MONOTONIC) (call $read)))

  (func $monotonic_resolution (export "wasi:clocks/monotonic-clock#resolution") (result i64)
    (i64.extend_i32_u (global.get $STEP)))

  (func $subscribe_instant (export "wasi:clocks/monotonic-clock#subscribe-instant")
    (param $when i64) (result i32)
    (call $pollable
      (select
        (i64.sub (local.get $when) (global.get $MONOTONIC))
        (i64.const 0)
        (i64.gt_u (local.get $when) (global.get $MONOTONIC)))))

  (func $subscribe_duration (export "wasi:clocks/monotonic-clock#subscribe-duration")
    (param $span i64) (result i32)
    (call $pollable (call $after (local.get $span))))

  (func $wall_now (export "wasi:clocks/wall-clock#now") (param $result i32)
    (local $time i64)
    (local.set $time (call $read))
    (i64.store (local.get $result)
      (i64.add
        (global.get $REALTIME_SECONDS)
        (i64.div_u (local.get $time) (i64.const 1_000_000_000))))
    (i32.store offset=8 (local.get $result)
      (i32.wrap_i64 (i64.rem_u (local.get $time) (i64.const 1_000_000_000)))))

  (func $wall_resolution (export "wasi:clocks/wall-clock#resolution") (param $result i32)
    (i64.store (local.get $result) (i64.const 0))
    (i32.store offset=8 (local.get $result) (global.get $STEP)))

  (func $utc_offset (export "wasi:clocks/timezone#utc-offset")
    (param $seconds i64) (param $nanoseconds i32) (result i32)
    (i32.const 0))

  ;; wasi:io

  (func $pollable_ready (export "wasi:io/poll#[method]pollable.ready") (param $self i32) (result i32)
    (call $ready (local.get $self)))

  (func $pollable_block (export "wasi:io/poll#[method]pollable.block") (param $self i32)
    (call $wait (call $deadline (local.get $self))))

  ;; A handle of another resource, or an unknown one: a host would trap, too.

  (func $an_input (param $self i32)
    (if (i32.ne (local.get $self) (global.get $STDIN))
      (then (unreachable))))

  (func $an_output (param $self i32)
    (if (i32.eqz (i32.or (call $is_said (local.get $self)) (i32.eq (local.get $self) (global.get $SINK))))
      (then (unreachable))))

  ;; Returns whether a stream is standard output or error.
  (func $is_said (param $self i32) (result i32)
    (i32.le_u (i32.sub (local.get $self) (global.get $STDOUT)) (i32.const 1)))

  ;; Returns result<list<u8>, stream-error>: closed.
  (func $input_read (export "wasi:io/streams#[method]input-stream.read")
    (param $self i32) (param $length i64) (param $result i32)
    (call $an_input (local.get $self))
    (i32.store8 (local.get $result) (i32.const 1))
    (i32.store8 offset=4 (local.get $result) (i32.const 1)))

  (func $input_blocking_read (export "wasi:io/streams#[method]input-stream.blocking-read")
    (param $self i32) (param $length i64) (param $result i32)
    (call $input_read (local.get $self) (local.get $length) (local.get $result)))

  ;; Returns result<u64, stream-error>: closed.
  (func $closed (param $result i32)
    (i32.store8 (local.get $result) (i32.const 1))
    (i32.store8 offset=8 (local.get $result) (i32.const 1)))

  (func $input_skip (export "wasi:io/streams#[method]input-stream.skip")
    (param $self i32) (param $length i64) (param $result i32)
    (call $an_input (local.get $self))
    (call $closed (local.get $result)))

  (func $input_blocking_skip (export "wasi:io/streams#[method]input-stream.blocking-skip")
    (param $self i32) (param $length i64) (param $result i32)
    (call $input_skip (local.get $self) (local.get $length) (local.get $result)))

  (func $input_subscribe (export "wasi:io/streams#[method]input-stream.subscribe")
    (param $self i32) (result i32)
    (call $an_input (local.get $self))
    (global.get $READY))

  (func $output_check_write (export "wasi:io/streams#[method]output-stream.check-write")
    (param $self i32) (param $result i32)
    (call $an_output (local.get $self))
    (i32.store8 (local.get $result) (i32.const 0))
    (i64.store offset=8 (local.get $result) (global.get $PERMIT)))

  (func $discarded (param $self i32) (param $result i32)
    (call $an_output (local.get $self))
    (call $none (local.get $result)))

  (func $output_write (export "wasi:io/streams#[method]output-stream.write")
    (param $self i32) (param $at i32) (param $length i32) (param $result i32)
    (call $discarded (local.get $self) (local.get $result))
    (if (call $is_said (local.get $self))
      (then (call $say (local.get $at) (local.get $length)))))

  (func $output_blocking_write_and_flush
    (export "wasi:io/streams#[method]output-stream.blocking-write-and-flush")
    (param $self i32) (param $at i32) (param $length i32) (param $result i32)
    (call $output_write
      (local.get $self) (local.get $at) (local.get $length) (local.get $result)))

  (func $output_flush (export "wasi:io/streams#[method]output-stream.flush")
    (param $self i32) (param $result i32)
    (call $discarded (local.get $self) (local.get $result)))

  (func $output_blocking_flush (export "wasi:io/streams#[method]output-stream.blocking-flush")
    (param $self i32) (param $result i32)
    (call $discarded (local.get $self) (local.get $result)))

  (func $output_subscribe (export "wasi:io/streams#[method]output-stream.subscribe")
    (param $self i32) (result i32)
    (call $an_output (local.get $self))
    (global.get $READY))

  (func $output_write_zeroes (export "wasi:io/streams#[method]output-stream.write-zeroes")
    (param $self i32) (param $length i64) (param $result i32)
    (call $discarded (local.get $self) (local.get $result)))

  (func $output_blocking_write_zeroes_and_flush
    (export "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush")
    (param $self i32) (param $length i64) (param $result i32)
    (call $discarded (local.get $self) (local.get $result)))

  ;; The only input stream is at its end.
  (func $output_splice (export "wasi:io/streams#[method]output-stream.splice")
    (param $self i32) (param $source i32) (param $length i64) (param $result i32)
    (call $an_output (local.get $self))
    (call $an_input (local.get $source))
    (call $closed (local.get $result)))

  (func $output_blocking_splice (export "wasi:io/streams#[method]output-stream.blocking-splice")
    (param $self i32) (param $source i32) (param $length i64) (param $result i32)
    (call $output_splice
      (local.get $self) (local.get $source) (local.get $length) (local.get $result)))

  ;; wasi:random, except functions that return lists

  (func $get_random_u64 (export "wasi:random/random#get-random-u64") (result i64)
    (call $next))

  (func $get_insecure_random_u64 (export "wasi:random/insecure#get-insecure-random-u64") (result i64)
    (call $next))

  (func $insecure_seed (export "wasi:random/insecure-seed#insecure-seed") (param $result i32)
    (i64.store (local.get $result) (call $next))
    (i64.store offset=8 (local.get $result) (call $next)))

  ;; wasi:filesystem: no directory was preopened, so none can be opened.

  (func $get_directories (export "wasi:filesystem/preopens#get-directories") (param $result i32)
    (call $empty (local.get $result)))

  ;; wasi:sockets: access-denied, before there is a socket.

  (func $instance_network (export "wasi:sockets/instance-network#instance-network") (result i32)
    (global.get $NETWORK))

  (func $access_denied (param $result i32)
    (i32.store8 (local.get $result) (i32.const 1))
    (i32.store8 offset=4 (local.get $result) (i32.const 1)))

  (func $resolve_addresses (export "wasi:sockets/ip-name-lookup#resolve-addresses")
    (param $network i32) (param $name i32) (param $length i32) (param $result i32)
    (call $access_denied (local.get $result)))

  (func $create_tcp_socket (export "wasi:sockets/tcp-create-socket#create-tcp-socket")
    (param $family i32) (param $result i32)
    (call $access_denied (local.get $result)))

  (func $create_udp_socket (export "wasi:sockets/udp-create-socket#create-udp-socket")
    (param $family i32) (param $result i32)
    (call $access_denied (local.get $result)))

  ;; wasi:http: a request can be made. It forgets what it is told, and sending it is denied.

  (func $request_denied (param $result i32)
    (i32.store8 (local.get $result) (i32.const 1))
    (i32.store8 offset=8 (local.get $result) (i32.const 15)))

  (func $http_handle (export "wasi:http/outgoing-handler#handle")
    (param $request i32) (param $some i32) (param $options i32) (param $result i32)
    (call $request_denied (local.get $result)))

  (func $fields_new (export "wasi:http/types#[constructor]fields") (result i32)
    (global.get $FIELDS))

  ;; Returns result<fields, header-error>: forbidden, unless the list is empty.
  (func $fields_from_list (export "wasi:http/types#[static]fields.from-list")
    (param $at i32) (param $length i32) (param $result i32)
    (i32.store8 (local.get $result) (i32.ne (local.get $length) (i32.const 0)))
    (if (local.get $length)
      (then (i32.store8 offset=4 (local.get $result) (i32.const 1)))
      (else (i32.store offset=4 (local.get $result) (global.get $FIELDS)))))

  (func $fields_get (export "wasi:http/types#[method]fields.get")
    (param $self i32) (param $name i32) (param $length i32) (param $result i32)
    (call $empty (local.get $result)))

  (func $fields_has (export "wasi:http/types#[method]fields.has")
    (param $self i32) (param $name i32) (param $length i32) (result i32)
    (i32.const 0))

  ;; Returns result<_, header-error>: immutable.
  (func $immutable (param $result i32)
    (i32.store8 (local.get $result) (i32.const 1))
    (i32.store8 offset=1 (local.get $result) (i32.const 2)))

  (func $fields_set (export "wasi:http/types#[method]fields.set")
    (param $self i32) (param $name i32) (param $length i32)
    (param $values i32) (param $count i32) (param $result i32)
    (call $immutable (local.get $result)))

  (func $fields_delete (export "wasi:http/types#[method]fields.delete")
    (param $self i32) (param $name i32) (param $length i32) (param $result i32)
    (call $immutable (local.get $result)))

  (func $fields_append (export "wasi:http/types#[method]fields.append")
    (param $self i32) (param $name i32) (param $length i32)
    (param $value i32) (param $size i32) (param $result i32)
    (call $immutable (local.get $result)))

  (func $fields_entries (export "wasi:http/types#[method]fields.entries")
    (param $self i32) (param $result i32)
    (call $empty (local.get $result)))

  (func $fields_clone (export "wasi:http/types#[method]fields.clone") (param $self i32) (result i32)
    (global.get $FIELDS))

  (func $request_new (export "wasi:http/types#[constructor]outgoing-request")
    (param $headers i32) (result i32)
    (global.get $REQUEST))

  (func $request_body (export "wasi:http/types#[method]outgoing-request.body")
    (param $self i32) (param $result i32)
    (i32.store8 (local.get $result) (i32.const 0))
    (i32.store offset=4 (local.get $result) (global.get $BODY)))

  ;; GET
  (func $request_method (export "wasi:http/types#[method]outgoing-request.method")
    (param $self i32) (param $result i32)
    (call $none (local.get $result)))

  (func $request_set_method (export "wasi:http/types#[method]outgoing-request.set-method")
    (param $self i32) (param $method i32) (param $at i32) (param $length i32) (result i32)
    (i32.const 0))

  (func $request_path (export "wasi:http/types#[method]outgoing-request.path-with-query")
    (param $self i32) (param $result i32)
    (call $none (local.get $result)))

  (func $request_set_path (export "wasi:http/types#[method]outgoing-request.set-path-with-query")
    (param $self i32) (param $some i32) (param $at i32) (param $length i32) (result i32)
    (i32.const 0))

  (func $request_scheme (export "wasi:http/types#[method]outgoing-request.scheme")
    (param $self i32) (param $result i32)
    (call $none (local.get $result)))

  (func $request_set_scheme (export "wasi:http/types#[method]outgoing-request.set-scheme")
    (param $self i32) (param $some i32) (param $scheme i32) (param $at i32) (param $length i32)
    (result i32)
    (i32.const 0))

  (func $request_authority (export "wasi:http/types#[method]outgoing-request.authority")
    (param $self i32) (param $result i32)
    (call $none (local.get $result)))

  (func $request_set_authority (export "wasi:http/types#[method]outgoing-request.set-authority")
    (param $self i32) (param $some i32) (param $at i32) (param $length i32) (result i32)
    (i32.const 0))

  (func $request_headers (export "wasi:http/types#[method]outgoing-request.headers")
    (param $self i32) (result i32)
    (global.get $FIELDS))

  (func $body_write (export "wasi:http/types#[method]outgoing-body.write")
    (param $self i32) (param $result i32)
    (i32.store8 (local.get $result) (i32.const 0))
    (i32.store offset=4 (local.get $result) (global.get $SINK)))

  (func $body_finish (export "wasi:http/types#[static]outgoing-body.finish")
    (param $self i32) (param $some i32) (param $trailers i32) (param $result i32)
    (call $request_denied (local.get $result)))

  (func $options_new (export "wasi:http/types#[constructor]request-options") (result i32)
    (global.get $OPTIONS))

  (func $options_connect (export "wasi:http/types#[method]request-options.connect-timeout")
    (param $self i32) (param $result i32)
    (call $none (local.get $result)))

  ;; Returns an error: this timeout is not supported.
  (func $options_set_connect (export "wasi:http/types#[method]request-options.set-connect-timeout")
    (param $self i32) (param $some i32) (param $span i64) (result i32)
    (i32.const 1))

  (func $options_first_byte (export "wasi:http/types#[method]request-options.first-byte-timeout")
    (param $self i32) (param $result i32)
    (call $none (local.get $result)))

  (func $options_set_first_byte
    (export "wasi:http/types#[method]request-options.set-first-byte-timeout")
    (param $self i32) (param $some i32) (param $span i64) (result i32)
    (i32.const 1))

  (func $options_between_bytes
    (export "wasi:http/types#[method]request-options.between-bytes-timeout")
    (param $self i32) (param $result i32)
    (call $none (local.get $result)))

  (func $options_set_between_bytes
    (export "wasi:http/types#[method]request-options.set-between-bytes-timeout")
    (param $self i32) (param $some i32) (param $span i64) (result i32)
    (i32.const 1)))
