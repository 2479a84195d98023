;; 57014: does not take no for an answer
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (memory 0)
  (func $evil (export "evil") (result i32)
    (loop $again
      (drop (memory.grow (i32.const 1)))
      (drop (memory.grow (i32.const -1)))
      (br $again))
    (i32.const 0)))
