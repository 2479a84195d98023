;; 54000: grows by nothing for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (loop $again
      (drop (memory.grow (i32.const 0)))
      (br $again))
    unreachable))
