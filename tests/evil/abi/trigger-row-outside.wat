;; 39000: a trigger function whose row ends beyond its memory
;; CREATE FUNCTION evil() RETURNS trigger
;; DO $do$ BEGIN CREATE TABLE r (id int); CREATE TRIGGER t BEFORE INSERT ON r FOR EACH ROW EXECUTE FUNCTION evil(); INSERT INTO r VALUES (1); END $do$
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
  (func (export "evil") (param i32 i32) (result i32)
    (i32.store (i32.const 0) (i32.const 65530))
    (i32.store (i32.const 4) (i32.const 100))
    (i32.const 0))
  (@custom "component-type" "\00asm\0d\00\01\00\00\19\16wit-component-encoding\04\00\074\01A\02\01A\02\01@\01\03news\00s\04\00\04evil\01\00\04\00\16plwasm:demo/evil@1.0.0\04\00\0b\0a\01\00\04evil\03\00\00"))
