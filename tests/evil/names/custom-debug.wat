;; 38000: has garbage where debugging information would be, and traps to have it read
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) unreachable)
  (@custom ".debug_info" "\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\00\00\00\00")
  (@custom ".debug_abbrev" "\01\11\01\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff")
  (@custom ".debug_line" "\ff\ff\ff\ff\00\00\00\00\00\00\00\00")
  (@custom ".debug_str" "evil")
  (@custom "sourceMappingURL" "\16http://evil.example/\1b[2J"))
