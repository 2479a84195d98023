;; 00000: has custom sections of other tools, which say what is not so
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) (i32.const 0))
  (@custom "producers" "\ff\ff\ff\ff\0f")
  (@custom "target_features" "\ff\ff\ff\ff\0f+evil")
  (@custom "dylink.0" "\01\05\ff\ff\ff\ff\0f")
  (@custom "linking" "\02\08\ff\ff\ff\ff\0f")
  (@custom "reloc.CODE" "\03\ff\ff\ff\ff\0f")
  (@custom "plwasm" "isolation=none fuel=0")
  (@custom "" ""))
