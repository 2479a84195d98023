;; The imports of a component that calls what works without being given anything: each interface as its type, then the types of it
;; that other interfaces use.
(import "wasi:io/error@0.2.0"
  (instance $io/error
    (export "error" (type $error (sub resource)))))
(alias export $io/error "error" (type $error))
(import "wasi:io/poll@0.2.0"
  (instance $io/poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.ready" (func (param "self" (borrow $pollable)) (result bool)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))
    (export "poll" (func (param "in" (list (borrow $pollable))) (result (list u32))))))
(alias export $io/poll "pollable" (type $pollable))
(import "wasi:io/streams@0.2.0"
  (instance $io/streams
    (alias outer 1 $error (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (alias outer 1 $pollable (type $outer-pollable))
    (export "pollable" (type $pollable (eq $outer-pollable)))
    (type $variant (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $variant)))
    (export "input-stream" (type $input (sub resource)))
    (export "output-stream" (type $output (sub resource)))
    (export "[method]input-stream.read"
      (func (param "self" (borrow $input)) (param "len" u64) (result (result (list u8) (error $stream-error)))))
    (export "[method]input-stream.blocking-read"
      (func (param "self" (borrow $input)) (param "len" u64) (result (result (list u8) (error $stream-error)))))
    (export "[method]input-stream.skip"
      (func (param "self" (borrow $input)) (param "len" u64) (result (result u64 (error $stream-error)))))
    (export "[method]input-stream.blocking-skip"
      (func (param "self" (borrow $input)) (param "len" u64) (result (result u64 (error $stream-error)))))
    (export "[method]input-stream.subscribe" (func (param "self" (borrow $input)) (result (own $pollable))))
    (export "[method]output-stream.check-write"
      (func (param "self" (borrow $output)) (result (result u64 (error $stream-error)))))
    (export "[method]output-stream.write"
      (func (param "self" (borrow $output)) (param "contents" (list u8)) (result (result (error $stream-error)))))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output)) (param "contents" (list u8)) (result (result (error $stream-error)))))
    (export "[method]output-stream.flush" (func (param "self" (borrow $output)) (result (result (error $stream-error)))))
    (export "[method]output-stream.blocking-flush"
      (func (param "self" (borrow $output)) (result (result (error $stream-error)))))
    (export "[method]output-stream.subscribe" (func (param "self" (borrow $output)) (result (own $pollable))))
    (export "[method]output-stream.write-zeroes"
      (func (param "self" (borrow $output)) (param "len" u64) (result (result (error $stream-error)))))
    (export "[method]output-stream.blocking-write-zeroes-and-flush"
      (func (param "self" (borrow $output)) (param "len" u64) (result (result (error $stream-error)))))
    (export "[method]output-stream.splice"
      (func (param "self" (borrow $output)) (param "src" (borrow $input)) (param "len" u64)
        (result (result u64 (error $stream-error)))))
    (export "[method]output-stream.blocking-splice"
      (func (param "self" (borrow $output)) (param "src" (borrow $input)) (param "len" u64)
        (result (result u64 (error $stream-error)))))))
(alias export $io/streams "input-stream" (type $input))
(alias export $io/streams "output-stream" (type $output))
(import "wasi:cli/environment@0.2.0"
  (instance $cli/environment
    (export "get-environment" (func (result (list (tuple string string)))))
    (export "get-arguments" (func (result (list string))))
    (export "initial-cwd" (func (result (option string))))))
(import "wasi:cli/exit@0.2.0"
  (instance $cli/exit
    (export "exit" (func (param "status" (result))))))
(import "wasi:cli/stdin@0.2.0"
  (instance $cli/stdin
    (alias outer 1 $input (type $outer))
    (export "input-stream" (type $input (eq $outer)))
    (export "get-stdin" (func (result (own $input))))))
(import "wasi:cli/stdout@0.2.0"
  (instance $cli/stdout
    (alias outer 1 $output (type $outer))
    (export "output-stream" (type $output (eq $outer)))
    (export "get-stdout" (func (result (own $output))))))
(import "wasi:cli/stderr@0.2.0"
  (instance $cli/stderr
    (alias outer 1 $output (type $outer))
    (export "output-stream" (type $output (eq $outer)))
    (export "get-stderr" (func (result (own $output))))))
(import "wasi:cli/terminal-input@0.2.0"
  (instance $cli/terminal-input
    (export "terminal-input" (type $terminal-input (sub resource)))))
(alias export $cli/terminal-input "terminal-input" (type $terminal-input))
(import "wasi:cli/terminal-output@0.2.0"
  (instance $cli/terminal-output
    (export "terminal-output" (type $terminal-output (sub resource)))))
(alias export $cli/terminal-output "terminal-output" (type $terminal-output))
(import "wasi:cli/terminal-stdin@0.2.0"
  (instance $cli/terminal-stdin
    (alias outer 1 $terminal-input (type $outer))
    (export "terminal-input" (type $terminal-input (eq $outer)))
    (export "get-terminal-stdin" (func (result (option (own $terminal-input)))))))
(import "wasi:cli/terminal-stdout@0.2.0"
  (instance $cli/terminal-stdout
    (alias outer 1 $terminal-output (type $outer))
    (export "terminal-output" (type $terminal-output (eq $outer)))
    (export "get-terminal-stdout" (func (result (option (own $terminal-output)))))))
(import "wasi:cli/terminal-stderr@0.2.0"
  (instance $cli/terminal-stderr
    (alias outer 1 $terminal-output (type $outer))
    (export "terminal-output" (type $terminal-output (eq $outer)))
    (export "get-terminal-stderr" (func (result (option (own $terminal-output)))))))
(import "wasi:clocks/monotonic-clock@0.2.0"
  (instance $clocks/monotonic-clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $pollable (eq $outer)))
    (export "now" (func (result u64)))
    (export "resolution" (func (result u64)))
    (export "subscribe-instant" (func (param "when" u64) (result (own $pollable))))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
(import "wasi:clocks/wall-clock@0.2.0"
  (instance $clocks/wall-clock
    (type $record (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $datetime (eq $record)))
    (export "now" (func (result $datetime)))
    (export "resolution" (func (result $datetime)))))
(import "wasi:random/random@0.2.0"
  (instance $random/random
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))
    (export "get-random-u64" (func (result u64)))))
(import "wasi:random/insecure@0.2.0"
  (instance $random/insecure
    (export "get-insecure-random-bytes" (func (param "len" u64) (result (list u8))))
    (export "get-insecure-random-u64" (func (result u64)))))
(import "wasi:random/insecure-seed@0.2.0"
  (instance $random/insecure-seed
    (export "insecure-seed" (func (result (tuple u64 u64))))))
(import "wasi:filesystem/types@0.2.0"
  (instance $filesystem/types
    (export "descriptor" (type $descriptor (sub resource)))))
(alias export $filesystem/types "descriptor" (type $descriptor))
(import "wasi:filesystem/preopens@0.2.0"
  (instance $filesystem/preopens
    (alias outer 1 $descriptor (type $outer))
    (export "descriptor" (type $descriptor (eq $outer)))
    (export "get-directories" (func (result (list (tuple (own $descriptor) string)))))))
(import "wasi:sockets/network@0.2.0"
  (instance $sockets/network
    (type $errors (enum "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout"
      "concurrency-conflict" "not-in-progress" "would-block" "invalid-state" "new-socket-limit" "address-not-bindable"
      "address-in-use" "remote-unreachable" "connection-refused" "connection-reset" "connection-aborted" "datagram-too-large" "name-unresolvable" "temporary-resolver-failure" "permanent-resolver-failure"))
    (export "error-code" (type $error-code (eq $errors)))
    (type $families (enum "ipv4" "ipv6"))
    (export "ip-address-family" (type $family (eq $families)))
    (export "network" (type $network (sub resource)))))
(alias export $sockets/network "error-code" (type $error-code))
(alias export $sockets/network "ip-address-family" (type $family))
(alias export $sockets/network "network" (type $network))
(import "wasi:sockets/instance-network@0.2.0"
  (instance $sockets/instance-network
    (alias outer 1 $network (type $outer))
    (export "network" (type $network (eq $outer)))
    (export "instance-network" (func (result (own $network))))))
(import "wasi:sockets/tcp@0.2.0"
  (instance $sockets/tcp
    (export "tcp-socket" (type $tcp-socket (sub resource)))))
(alias export $sockets/tcp "tcp-socket" (type $tcp-socket))
(import "wasi:sockets/udp@0.2.0"
  (instance $sockets/udp
    (export "udp-socket" (type $udp-socket (sub resource)))))
(alias export $sockets/udp "udp-socket" (type $udp-socket))
(import "wasi:sockets/tcp-create-socket@0.2.0"
  (instance $sockets/tcp-create-socket
    (alias outer 1 $error-code (type $outer-code))
    (export "error-code" (type $error-code (eq $outer-code)))
    (alias outer 1 $family (type $outer-family))
    (export "ip-address-family" (type $family (eq $outer-family)))
    (alias outer 1 $tcp-socket (type $outer))
    (export "tcp-socket" (type $tcp-socket (eq $outer)))
    (export "create-tcp-socket"
      (func (param "address-family" $family) (result (result (own $tcp-socket) (error $error-code)))))))
(import "wasi:sockets/udp-create-socket@0.2.0"
  (instance $sockets/udp-create-socket
    (alias outer 1 $error-code (type $outer-code))
    (export "error-code" (type $error-code (eq $outer-code)))
    (alias outer 1 $family (type $outer-family))
    (export "ip-address-family" (type $family (eq $outer-family)))
    (alias outer 1 $udp-socket (type $outer))
    (export "udp-socket" (type $udp-socket (eq $outer)))
    (export "create-udp-socket"
      (func (param "address-family" $family) (result (result (own $udp-socket) (error $error-code)))))))
(import "wasi:sockets/ip-name-lookup@0.2.0"
  (instance $sockets/ip-name-lookup
    (alias outer 1 $error-code (type $outer-code))
    (export "error-code" (type $error-code (eq $outer-code)))
    (alias outer 1 $network (type $outer))
    (export "network" (type $network (eq $outer)))
    (export "resolve-address-stream" (type $resolve-address-stream (sub resource)))
    (export "resolve-addresses"
      (func (param "network" (borrow $network)) (param "name" string)
        (result (result (own $resolve-address-stream) (error $error-code)))))))
(alias export $sockets/ip-name-lookup "resolve-address-stream" (type $resolve-address-stream))
