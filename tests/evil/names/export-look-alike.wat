;; 42883: exports a name that looks like the one that is wanted, in Cyrillic, and one with an accent apart
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "\d0\b5vil") (result i32) (i32.const 0))
  (func (export "evil\cc\81") (result i32) (i32.const 0))
  (func (export "EVIL") (result i32) (i32.const 0)))
