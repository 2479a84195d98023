;; Keeps what a guest says in a call, for the host to read after the call.
;;
;; The first 64 kB are a ring buffer of bytes. After it is the number of all bytes that were said since the host last set
;; that number to 0: the host has the same layout (`crate::run::messages`). Nothing that a guest can read may ever
;; depend on this memory. The code that isolates calls from each other knows the memory, and does not restore it.
(module $messages
  (memory (export "memory") 2 2))
