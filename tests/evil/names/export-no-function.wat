;; 42883: exports a memory of the name that is wanted
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory (export "evil") 1))
