;; 42725: exports two names that are the same in SQL
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('search_path', 'evil, public', true), evil()
(module
  (func (export "a:b/c#evil") (result i32) (i32.const 0))
  (func (export "a:b/d#evil") (result i32) (i32.const 0)))
