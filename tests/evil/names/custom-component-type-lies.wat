;; 42P13: says of itself other types than it has
;; CREATE FUNCTION evil(bytea) RETURNS int
;; SELECT evil('\x00')
(module
  (func $evil (export "plwasm:demo/text@1.0.0#evil") (param f64) (result i32) (i32.const 0))
  (@custom "component-type" "\00asm\0d\00\01\00\00\19\16wit-component-encoding\04\00\07\e8\01\01A\02\01A\08\01@\02\01az\01bz\00z\04\00\03add\01\00\01@\01\0enumber-to-testx\00\7f\04\00\07is-even\01\01\01B\04\01@\01\04texts\00z\04\00\04evil\01\00\01@\01\04texts\00s\04\00\05twice\01\01\04\00\16plwasm:demo/text@1.0.0\05\02\01B\05\01p}\01@\01\05bytes\00\00z\04\00\04size\01\01\01@\01\05bytes\00\00\00\04\00\04echo\01\02\04\00\17plwasm:demo/bytes@1.0.0\05\03\04\00\16plwasm:demo/demo@1.0.0\04\00\0b\0a\01\00\04demo\03\00\00\00/\09producers\01\0cprocessed-by\01\0dwit-component\070.254.2"))
