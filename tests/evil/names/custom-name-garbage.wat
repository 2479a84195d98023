;; 38000: has garbage where the names of its functions would be, and traps to have them read
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "evil") (result i32) unreachable)
  (@custom "name" "\01\ff\ff\ff\ff\0fevil\02\00"))
