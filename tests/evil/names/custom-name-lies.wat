;; 38000: calls its function by a name that would be another line of the message, and traps
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "evil") (result i32) unreachable)
  (@custom "name" "\01\2d\01\00\2aplwasm refill\nCONTEXT:  fake\nERROR:  \1b[31mf"))
