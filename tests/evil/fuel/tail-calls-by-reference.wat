;; 54000: calls itself for ever through a reference, without using stack
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e7', true), evil()
(module
  (type $f (func (result i32)))
  (elem declare func $evil)
  (func $evil (export "evil") (type $f) (return_call_ref $f (ref.func $evil))))
