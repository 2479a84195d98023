;; WASI preview 1, `wasi_snapshot_preview1`, with nothing in it, and the functions of its older form, `wasi_unstable`,
;; that differ in more than the name.
;;
;; Descriptors 0, 1 and 2 behave as /dev/null does: there is nothing to read, and what is written is lost to the guest.
;; What is written to 1 and 2 is said (`say.wat`). There are no other descriptors, no arguments and no environment. This
;; must never trap, except where a pointer is out of bounds or the guest exits: a program that asks for something missing
;; gets an errno. This module must never keep state: each function gets a copy of it.
(module $preview1
  (import "guest" "memory" (memory 0))
  (import "clock" "read" (func $read (result i64)))
  (import "clock" "elapsed" (func $elapsed (result i64)))
  (import "clock" "after" (func $after (param i64) (result i64)))
  (import "clock" "wait" (func $wait (param i64)))
  (import "fill" "fill" (func $fill (param i32 i32)))
  (import "descriptors" "is_open" (func $is_open (param i32) (result i32)))
  (import "descriptors" "close" (func $close (param i32)))
  (import "say" "write" (func $say (param i32 i32)))

  ;; Values of errno.
  (global $SUCCESS i32 (i32.const 0))
  (global $BADF i32 (i32.const 8))
  (global $INVAL i32 (i32.const 28))
  (global $NOTSOCK i32 (i32.const 57))
  (global $NOTSUP i32 (i32.const 58))
  (global $NOTCAPABLE i32 (i32.const 76))

  ;; The start of the clocks: 2000-01-01 00:00:00 UTC, as in PostgreSQL, for the real time; one second for the
  ;; monotonic clock, because Go takes 0 for a missing clock. The other two count from 0.
  (global $REALTIME i64 (i64.const 946_684_800_000_000_000))
  (global $MONOTONIC i64 (i64.const 1_000_000_000))
  (global $STEP i64 (i64.const 1000))

  (global $CHARACTER_DEVICE i32 (i32.const 2))
  ;; The rights of the descriptors: fd_datasync, fd_read, fd_seek, fd_fdstat_set_flags, fd_sync, fd_tell, fd_write,
  ;; fd_advise, fd_filestat_get, poll_fd_readwrite. With fd_seek and fd_tell libc does not take them for terminals,
  ;; and writes whole buffers, not lines.
  (global $RIGHTS i64 (i64.const 0x0820_00ff))

  ;; Returns the errno of an operation that an open descriptor allows.
  (func $allowed (param $fd i32) (result i32)
    (select (global.get $SUCCESS) (global.get $BADF) (call $is_open (local.get $fd))))

  ;; Returns the errno of an operation for which an open descriptor lacks the right.
  (func $refused (param $fd i32) (result i32)
    (select (global.get $NOTCAPABLE) (global.get $BADF) (call $is_open (local.get $fd))))

  (func $no_socket (param $fd i32) (result i32)
    (select (global.get $NOTSOCK) (global.get $BADF) (call $is_open (local.get $fd))))

  ;; Arguments and environment.

  (func $args_get (export "args_get") (param $argv i32) (param $buffer i32) (result i32)
    (global.get $SUCCESS))

  (func $args_sizes_get (export "args_sizes_get") (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (global.get $SUCCESS))

  (func $environ_get (export "environ_get") (param $environ i32) (param $buffer i32) (result i32)
    (global.get $SUCCESS))

  (func $environ_sizes_get (export "environ_sizes_get") (param $count i32) (param $size i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $size) (i32.const 0))
    (global.get $SUCCESS))

  ;; Clocks: 0 is real time, 1 monotonic, 2 the time of the process, 3 the time of its thread.

  (func $is_clock (param $id i32) (result i32)
    (i32.le_u (local.get $id) (i32.const 3)))

  ;; Returns what a clock showed at time 0.
  (func $origin (param $id i32) (result i64)
    (select
      (global.get $REALTIME)
      (select (global.get $MONOTONIC) (i64.const 0) (i32.eq (local.get $id) (i32.const 1)))
      (i32.eqz (local.get $id))))

  (func $clock_res_get (export "clock_res_get") (param $id i32) (param $result i32) (result i32)
    (if (i32.eqz (call $is_clock (local.get $id)))
      (then (return (global.get $INVAL))))
    (i64.store (local.get $result) (global.get $STEP))
    (global.get $SUCCESS))

  (func $clock_time_get (export "clock_time_get")
    (param $id i32) (param $precision i64) (param $result i32) (result i32)
    (if (i32.eqz (call $is_clock (local.get $id)))
      (then (return (global.get $INVAL))))
    (i64.store (local.get $result) (i64.add (call $origin (local.get $id)) (call $read)))
    (global.get $SUCCESS))

  ;; Descriptors.

  (func $fd_advise (export "fd_advise")
    (param $fd i32) (param $offset i64) (param $length i64) (param $advice i32) (result i32)
    (call $allowed (local.get $fd)))

  (func $fd_allocate (export "fd_allocate")
    (param $fd i32) (param $offset i64) (param $length i64) (result i32)
    (call $refused (local.get $fd)))

  (func $fd_close (export "fd_close") (param $fd i32) (result i32)
    (if (i32.eqz (call $is_open (local.get $fd)))
      (then (return (global.get $BADF))))
    (call $close (local.get $fd))
    (global.get $SUCCESS))

  (func $fd_datasync (export "fd_datasync") (param $fd i32) (result i32)
    (call $allowed (local.get $fd)))

  (func $fd_fdstat_get (export "fd_fdstat_get") (param $fd i32) (param $result i32) (result i32)
    (if (i32.eqz (call $is_open (local.get $fd)))
      (then (return (global.get $BADF))))
    (i64.store (local.get $result) (i64.extend_i32_u (global.get $CHARACTER_DEVICE)))
    (i64.store offset=8 (local.get $result) (global.get $RIGHTS))
    (i64.store offset=16 (local.get $result) (i64.const 0))
    (global.get $SUCCESS))

  ;; Neither O_APPEND nor O_NONBLOCK changes what they do.
  (func $fd_fdstat_set_flags (export "fd_fdstat_set_flags")
    (param $fd i32) (param $flags i32) (result i32)
    (call $allowed (local.get $fd)))

  ;; As in wasmtime: rights are no longer used.
  (func $fd_fdstat_set_rights (export "fd_fdstat_set_rights")
    (param $fd i32) (param $base i64) (param $inheriting i64) (result i32)
    (select (global.get $NOTSUP) (global.get $BADF) (call $is_open (local.get $fd))))

  (func $fd_filestat_get (export "fd_filestat_get") (param $fd i32) (param $result i32) (result i32)
    (if (i32.eqz (call $is_open (local.get $fd)))
      (then (return (global.get $BADF))))
    (memory.fill (local.get $result) (i32.const 0) (i32.const 64))
    (i32.store8 offset=16 (local.get $result) (global.get $CHARACTER_DEVICE))
    (i64.store offset=24 (local.get $result) (i64.const 1))
    (i64.store offset=40 (local.get $result) (global.get $REALTIME))
    (i64.store offset=48 (local.get $result) (global.get $REALTIME))
    (i64.store offset=56 (local.get $result) (global.get $REALTIME))
    (global.get $SUCCESS))

  ;; `wasi_unstable` counts links in 32 bits.
  (func $unstable_fd_filestat_get (export "wasi_unstable.fd_filestat_get")
    (param $fd i32) (param $result i32) (result i32)
    (if (i32.eqz (call $is_open (local.get $fd)))
      (then (return (global.get $BADF))))
    (memory.fill (local.get $result) (i32.const 0) (i32.const 56))
    (i32.store8 offset=16 (local.get $result) (global.get $CHARACTER_DEVICE))
    (i32.store offset=20 (local.get $result) (i32.const 1))
    (i64.store offset=32 (local.get $result) (global.get $REALTIME))
    (i64.store offset=40 (local.get $result) (global.get $REALTIME))
    (i64.store offset=48 (local.get $result) (global.get $REALTIME))
    (global.get $SUCCESS))

  (func $fd_filestat_set_size (export "fd_filestat_set_size")
    (param $fd i32) (param $size i64) (result i32)
    (call $refused (local.get $fd)))

  (func $fd_filestat_set_times (export "fd_filestat_set_times")
    (param $fd i32) (param $accessed i64) (param $modified i64) (param $flags i32) (result i32)
    (call $refused (local.get $fd)))

  (func $fd_pread (export "fd_pread")
    (param $fd i32) (param $vectors i32) (param $count i32) (param $offset i64) (param $result i32)
    (result i32)
    (call $fd_read
      (local.get $fd) (local.get $vectors) (local.get $count) (local.get $result)))

  ;; No descriptor is a preopened directory. libc asks for one descriptor after another until it is told so.
  (func $fd_prestat_get (export "fd_prestat_get") (param $fd i32) (param $result i32) (result i32)
    (global.get $BADF))

  (func $fd_prestat_dir_name (export "fd_prestat_dir_name")
    (param $fd i32) (param $path i32) (param $length i32) (result i32)
    (global.get $BADF))

  (func $fd_pwrite (export "fd_pwrite")
    (param $fd i32) (param $vectors i32) (param $count i32) (param $offset i64) (param $result i32)
    (result i32)
    (call $fd_write
      (local.get $fd) (local.get $vectors) (local.get $count) (local.get $result)))

  ;; Reading finds the end of the file.
  (func $fd_read (export "fd_read")
    (param $fd i32) (param $vectors i32) (param $count i32) (param $result i32) (result i32)
    (if (i32.eqz (call $is_open (local.get $fd)))
      (then (return (global.get $BADF))))
    (i32.store (local.get $result) (i32.const 0))
    (global.get $SUCCESS))

  (func $fd_readdir (export "fd_readdir")
    (param $fd i32) (param $buffer i32) (param $length i32) (param $cookie i64) (param $result i32)
    (result i32)
    (call $refused (local.get $fd)))

  ;; The three behave alike, so one can stand for another.
  (func $fd_renumber (export "fd_renumber") (param $fd i32) (param $to i32) (result i32)
    (if (i32.eqz (i32.and (call $is_open (local.get $fd)) (call $is_open (local.get $to))))
      (then (return (global.get $BADF))))
    (if (i32.eq (local.get $fd) (local.get $to))
      (then (return (global.get $SUCCESS))))
    (call $fd_close (local.get $fd)))

  (func $fd_seek (export "fd_seek")
    (param $fd i32) (param $offset i64) (param $whence i32) (param $result i32) (result i32)
    (if (i32.eqz (call $is_open (local.get $fd)))
      (then (return (global.get $BADF))))
    (if (i32.gt_u (local.get $whence) (i32.const 2))
      (then (return (global.get $INVAL))))
    (i64.store (local.get $result) (i64.const 0))
    (global.get $SUCCESS))

  (func $fd_sync (export "fd_sync") (param $fd i32) (result i32)
    (call $allowed (local.get $fd)))

  (func $fd_tell (export "fd_tell") (param $fd i32) (param $result i32) (result i32)
    (call $fd_seek (local.get $fd) (i64.const 0) (i32.const 0) (local.get $result)))

  ;; If they are too long together, nothing is written. What is written to standard input is lost, and not even read.
  (func $fd_write (export "fd_write")
    (param $fd i32) (param $vectors i32) (param $count i32) (param $result i32) (result i32)
    (local $written i64) (local $at i32) (local $left i32)
    (if (i32.eqz (call $is_open (local.get $fd)))
      (then (return (global.get $BADF))))
    (local.set $at (local.get $vectors))
    (local.set $left (local.get $count))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $written
          (i64.add (local.get $written) (i64.load32_u offset=4 align=4 (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (if (i64.gt_u (local.get $written) (i64.const 0xffff_ffff))
      (then (return (global.get $INVAL))))
    (if (i32.and (i32.ne (local.get $fd) (i32.const 0)) (i64.ne (local.get $written) (i64.const 0)))
      (then
        (loop $next
          (call $say
            (i32.load align=4 (local.get $vectors))
            (i32.load offset=4 align=4 (local.get $vectors)))
          (local.set $vectors (i32.add (local.get $vectors) (i32.const 8)))
          (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
    (i32.store (local.get $result) (i32.wrap_i64 (local.get $written)))
    (global.get $SUCCESS))

  ;; Paths are relative to a directory, and there is none.

  (func $path_create_directory (export "path_create_directory")
    (param $fd i32) (param $path i32) (param $length i32) (result i32)
    (call $refused (local.get $fd)))

  (func $path_filestat_get (export "path_filestat_get")
    (param $fd i32) (param $flags i32) (param $path i32) (param $length i32) (param $result i32)
    (result i32)
    (call $refused (local.get $fd)))

  (func $path_filestat_set_times (export "path_filestat_set_times")
    (param $fd i32) (param $lookup i32) (param $path i32) (param $length i32)
    (param $accessed i64) (param $modified i64) (param $flags i32) (result i32)
    (call $refused (local.get $fd)))

  (func $path_link (export "path_link")
    (param $fd i32) (param $flags i32) (param $path i32) (param $length i32)
    (param $new_fd i32) (param $new_path i32) (param $new_length i32) (result i32)
    (call $refused_twice (local.get $fd) (local.get $new_fd)))

  ;; The errno for a missing descriptor takes precedence over that for a missing right.
  (func $refused_twice (param $fd i32) (param $other i32) (result i32)
    (select
      (global.get $NOTCAPABLE)
      (global.get $BADF)
      (i32.and (call $is_open (local.get $fd)) (call $is_open (local.get $other)))))

  (func $path_open (export "path_open")
    (param $fd i32) (param $lookup i32) (param $path i32) (param $length i32) (param $how i32)
    (param $base i64) (param $inheriting i64) (param $flags i32) (param $result i32) (result i32)
    (call $refused (local.get $fd)))

  (func $path_readlink (export "path_readlink")
    (param $fd i32) (param $path i32) (param $length i32)
    (param $buffer i32) (param $buffer_length i32) (param $result i32) (result i32)
    (call $refused (local.get $fd)))

  (func $path_remove_directory (export "path_remove_directory")
    (param $fd i32) (param $path i32) (param $length i32) (result i32)
    (call $refused (local.get $fd)))

  (func $path_rename (export "path_rename")
    (param $fd i32) (param $path i32) (param $length i32)
    (param $new_fd i32) (param $new_path i32) (param $new_length i32) (result i32)
    (call $refused_twice (local.get $fd) (local.get $new_fd)))

  (func $path_symlink (export "path_symlink")
    (param $target i32) (param $target_length i32)
    (param $fd i32) (param $path i32) (param $length i32) (result i32)
    (call $refused (local.get $fd)))

  (func $path_unlink_file (export "path_unlink_file")
    (param $fd i32) (param $path i32) (param $length i32) (result i32)
    (call $refused (local.get $fd)))

  ;; Waiting. Descriptors are always ready. If there are only clocks to wait for, the time advances to the first
  ;; deadline.

  (func $poll_oneoff (export "poll_oneoff")
    (param $in i32) (param $out i32) (param $count i32) (param $result i32) (result i32)
    (call $poll
      (local.get $in) (local.get $out) (local.get $count) (local.get $result)
      (i32.const 48) (i32.const 16)))

  ;; In `wasi_unstable`, a subscription to a clock begins with 64 more bits.
  (func $unstable_poll_oneoff (export "wasi_unstable.poll_oneoff")
    (param $in i32) (param $out i32) (param $count i32) (param $result i32) (result i32)
    (call $poll
      (local.get $in) (local.get $out) (local.get $count) (local.get $result)
      (i32.const 56) (i32.const 24)))

  ;; Each subscription has `size` bytes; its clock lies at offset `clock`.
  (func $poll
    (param $in i32) (param $out i32) (param $count i32) (param $result i32)
    (param $size i32) (param $clock i32) (result i32)
    (local $now i64) (local $wait i64) (local $left i64)
    (local $at i32) (local $i i32) (local $events i32)
    (if (i32.eqz (local.get $count))
      (then (return (global.get $INVAL))))
    (local.set $now (call $elapsed))
    (local.set $wait (i64.const -1))
    (local.set $at (local.get $in))
    (loop $next
      (if (i32.gt_u (i32.load8_u offset=8 (local.get $at)) (i32.const 2))
        (then (return (global.get $INVAL))))
      (local.set $left
        (call $left (local.get $at) (i32.add (local.get $at) (local.get $clock)) (local.get $now)))
      (if (i64.lt_u (local.get $left) (local.get $wait))
        (then (local.set $wait (local.get $left))))
      (local.set $at (i32.add (local.get $at) (local.get $size)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $count))))
    (call $wait (call $after (local.get $wait)))
    ;; An event is shorter than a subscription, so a guest may keep both in the same memory.
    (local.set $at (local.get $in))
    (loop $next
      (local.set $left
        (call $left (local.get $at) (i32.add (local.get $at) (local.get $clock)) (local.get $now)))
      (if (i64.le_u (local.get $left) (local.get $wait))
        (then
          (call $event
            (local.get $at) (i32.add (local.get $at) (local.get $clock)) (local.get $out))
          (local.set $out (i32.add (local.get $out) (i32.const 32)))
          (local.set $events (i32.add (local.get $events) (i32.const 1)))))
      (local.set $at (i32.add (local.get $at) (local.get $size)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (i32.store (local.get $result) (local.get $events))
    (global.get $SUCCESS))

  ;; Returns the time until a subscription has something to report.
  (func $left (param $subscription i32) (param $clock i32) (param $now i64) (result i64)
    (local $timeout i64)
    ;; It is not a clock, or an unknown clock.
    (if (i32.or
          (i32.load8_u offset=8 (local.get $subscription))
          (i32.eqz (call $is_clock (i32.load (local.get $clock)))))
      (then (return (i64.const 0))))
    (local.set $timeout (i64.load offset=8 (local.get $clock)))
    ;; Flag 1: the timeout is an absolute time of the clock.
    (if (i32.eqz (i32.and (i32.load16_u offset=24 (local.get $clock)) (i32.const 1)))
      (then (return (local.get $timeout))))
    (local.set $now (i64.add (local.get $now) (call $origin (i32.load (local.get $clock)))))
    (select
      (i64.sub (local.get $timeout) (local.get $now))
      (i64.const 0)
      (i64.gt_u (local.get $timeout) (local.get $now))))

  ;; Reports a subscription.
  (func $event (param $subscription i32) (param $clock i32) (param $out i32)
    (local $user i64) (local $type i32) (local $errno i32)
    (local.set $user (i64.load (local.get $subscription)))
    (local.set $type (i32.load8_u offset=8 (local.get $subscription)))
    (local.set $errno
      (if (result i32) (local.get $type)
        (then (call $allowed (i32.load offset=16 (local.get $subscription))))
        (else
          (select
            (global.get $SUCCESS)
            (global.get $INVAL)
            (call $is_clock (i32.load (local.get $clock)))))))
    (memory.fill (local.get $out) (i32.const 0) (i32.const 32))
    (i64.store (local.get $out) (local.get $user))
    (i32.store16 offset=8 (local.get $out) (local.get $errno))
    (i32.store8 offset=10 (local.get $out) (local.get $type))
    ;; There is nothing to read, but room to write.
    (if (i32.and (i32.eq (local.get $type) (i32.const 2)) (i32.eqz (local.get $errno)))
      (then (i64.store offset=16 (local.get $out) (i64.const 65536)))))

  ;; The process.

  ;; The call cannot go on after an exit: it fails, and its backtrace begins here.
  (func $proc_exit (export "proc_exit") (param $code i32)
    (unreachable))

  (func $proc_raise (export "proc_raise") (param $signal i32) (result i32)
    (global.get $NOTSUP))

  (func $sched_yield (export "sched_yield") (result i32)
    (global.get $SUCCESS))

  (func $random_get (export "random_get") (param $at i32) (param $length i32) (result i32)
    (call $fill (local.get $at) (local.get $length))
    (global.get $SUCCESS))

  ;; Sockets.

  (func $sock_accept (export "sock_accept")
    (param $fd i32) (param $flags i32) (param $result i32) (result i32)
    (call $no_socket (local.get $fd)))

  (func $sock_recv (export "sock_recv")
    (param $fd i32) (param $vectors i32) (param $count i32) (param $flags i32)
    (param $result i32) (param $result_flags i32) (result i32)
    (call $no_socket (local.get $fd)))

  (func $sock_send (export "sock_send")
    (param $fd i32) (param $vectors i32) (param $count i32) (param $flags i32) (param $result i32)
    (result i32)
    (call $no_socket (local.get $fd)))

  (func $sock_shutdown (export "sock_shutdown") (param $fd i32) (param $how i32) (result i32)
    (call $no_socket (local.get $fd))))
