;; 53200: makes a list without end on the collected heap
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $node (struct (field (ref null $node))))
  (func $evil (export "evil") (result i32)
    (local $head (ref null $node))
    (loop $again
      (local.set $head (struct.new $node (local.get $head)))
      (br $again))
    (i32.const 0)))
