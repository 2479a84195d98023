;; 22003: divides the smallest integer by -1, which a CPU may answer with SIGFPE
;; CREATE FUNCTION evil(int) RETURNS int
;; SELECT evil(-1)
(module
  (func $evil (export "evil") (param i32) (result i32)
    (i32.div_s (i32.const 0x80000000) (local.get 0))))
