;; 38000: names its functions ten times over, with numbers that it does not have
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "evil") (result i32) unreachable)
  (@custom "name" "\01\0a\02\00\01a\ff\ff\03\01b")
  (@custom "name" "\01\07\02\00\01c\00\01d")
  (@custom "name" "\00\02\01x\01\04\01\00\01e"))
