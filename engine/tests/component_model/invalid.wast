;; What is not valid: all of it is 42P13 and not instantiated, wherever in the binary it is.
;; Explainer.md and Binary.md: core modules, types, names, `canon` options, resources, imports and exports, aliases,
;; `instantiate`.

;; Core modules, of which nothing instantiates most.
(assert_invalid (component (core module (func i32.add drop))) "type mismatch")
(assert_invalid (component (component (core module (func i32.add drop)))) "type mismatch")
(assert_invalid (component (component (component (core module (func (result i32))))))
  "type mismatch")
(assert_invalid
  (component (core module $M (func i64.const 0 i32.eqz drop)) (core instance (instantiate $M)))
  "type mismatch")
(assert_invalid (component (core module (func (call 1)))) "unknown function 1")
(assert_invalid (component (core module (func local.get 0 drop))) "unknown local 0")
(assert_invalid (component (core module (func i32.const 0 i32.load drop))) "unknown memory 0")
(assert_invalid (component (core module (memory 65537))) "memory size must be at most")
(assert_invalid (component (core module (export "f" (func 0)))) "unknown function 0")
(assert_invalid (component (core module (func) (export "f" (func 0)) (export "f" (func 0))))
  "duplicate export name")
(assert_invalid (component (core module (func $f (param i32)) (start $f)))
  "invalid start function type")
(assert_invalid (component (core module (global i32 (i64.const 0)))) "type mismatch")
(assert_invalid (component (core module (data (i32.const 0) "x"))) "unknown memory 0")
;; A reference to a function that is not declared, which merging would declare.
(assert_invalid
  (component
    (core module $M (func $g) (func (export "f") (drop (ref.func $g))))
    (core instance $m (instantiate $M))
    (func (export "f") (canon lift (core func $m "f"))))
  "undeclared function reference")
(assert_invalid
  (component
    (core type (module (export "f" (func (type 3))))))
  "unknown type 3")
(assert_invalid
  (component
    (core type (module (export "a" (memory 1)) (export "a" (memory 1)))))
  "already defined")

;; Value types.
(assert_invalid (component (type (record))) "record type must have at least one field")
(assert_invalid (component (type (variant))) "variant type must have at least one case")
(assert_invalid (component (type (tuple))) "tuple type must have at least one type")
(assert_invalid (component (type (flags))) "flags must have at least one entry")
(assert_invalid (component (type (enum))) "enum type must have at least one variant")
(assert_invalid
  (component (type (flags
    "f0" "f1" "f2" "f3" "f4" "f5" "f6" "f7" "f8" "f9" "f10" "f11" "f12" "f13" "f14" "f15" "f16"
    "f17" "f18" "f19" "f20" "f21" "f22" "f23" "f24" "f25" "f26" "f27" "f28" "f29" "f30" "f31"
    "f32")))
  "cannot have more than 32 flags")
(assert_invalid (component (type (record (field "a" u8) (field "A" u8)))) "conflicts with previous")
(assert_invalid (component (type (variant (case "a") (case "A")))) "conflicts with previous")
(assert_invalid (component (type (flags "a" "a"))) "conflicts with previous")
(assert_invalid (component (type (enum "a" "a"))) "conflicts with previous")
(assert_invalid (component (type (record (field "" u8)))) "name cannot be empty")
(assert_invalid (component (type (record (field "aB" u8)))) "not in kebab case")
(assert_invalid (component (type (variant (case "a_b")))) "not in kebab case")
(assert_invalid (component (type (enum "1a"))) "not in kebab case")
(assert_invalid (component (type $f (func)) (type (list $f))) "not a defined type")
(assert_invalid (component (type $i (instance)) (type (option $i))) "not a defined type")
(assert_invalid (component (type (list 1))) "type index out of bounds")
(assert_invalid (component (type (func (param "a" u8) (param "A" u8)))) "conflicts with previous")
(assert_invalid (component (type (func (param "" u8)))) "name cannot be empty")

;; Names of imports and exports.
(assert_invalid (component (import "" (func))) "not in kebab case")
(assert_invalid (component (import "a b" (func))) "not in kebab case")
(assert_invalid (component (import "a-" (func))) "not in kebab case")
(assert_invalid (component (import "A" (func)) (import "a" (func))) "conflicts with previous name")
(assert_invalid (component (import "a:b/c@1" (func))) "unexpected end of input")
(assert_invalid (component (import "a:b" (func))) "expected `/` after package name")
(assert_invalid
  (component (component $C) (instance $c (instantiate $C))
    (export "x" (instance $c)) (export "x" (instance $c)))
  "conflicts with previous name")
(assert_invalid (component (import "[method]a.b" (func))) "should have at least one argument")
(assert_invalid (component (import "[constructor]a" (func))) "should return one value")
(assert_invalid (component (import "[static]a" (func))) "failed to find `.` character")
(assert_invalid
  (component
    (import "a" (type $a (sub resource)))
    (import "b" (type $b (sub resource)))
    (import "[method]b.f" (func (param "self" (borrow $a)))))
  "function does not match expected resource name")

;; Options of functions that are lifted and lowered.
(assert_invalid
  (component
    (core module $M (func (export "f") (param i32 i32)))
    (core instance $m (instantiate $M))
    (func (param "x" string) (canon lift (core func $m "f"))))
  "canonical option `memory` is required")
(assert_invalid
  (component
    (core module $M (memory (export "memory") 1) (func (export "f") (param i32 i32)))
    (core instance $m (instantiate $M))
    (func (param "x" string) (canon lift (core func $m "f") (memory (core memory $m "memory")))))
  "canonical option `realloc` is required")
(assert_invalid
  (component
    (core module $M (func (export "f") (result i32)))
    (core instance $m (instantiate $M))
    (func (result (tuple u8 u8)) (canon lift (core func $m "f"))))
  "canonical option `memory` is required")
(assert_invalid
  (component
    (core module $M (func (export "f") (result i64)))
    (core instance $m (instantiate $M))
    (func (result u32) (canon lift (core func $m "f"))))
  "lowered result types `[I32]` do not match result types `[I64]`")
(assert_invalid
  (component
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (func (param "x" u32) (canon lift (core func $m "f"))))
  "lowered parameter types `[I32]` do not match parameter types `[]`")
(assert_invalid
  (component
    (core module $M
      (memory (export "memory") 1)
      (func (export "realloc") (param i32) (result i32) (i32.const 0))
      (func (export "f") (param i32 i32)))
    (core instance $m (instantiate $M))
    (func (param "x" string) (canon lift (core func $m "f") (memory (core memory $m "memory"))
      (realloc (core func $m "realloc")))))
  "canonical option `realloc` uses a core function with an incorrect signature")
(assert_invalid
  (component
    (core module $M (func (export "f") (result i32) (i32.const 0)) (func (export "post")))
    (core instance $m (instantiate $M))
    (func (result u32) (canon lift (core func $m "f") (post-return (core func $m "post")))))
  "canonical option `post-return` uses a core function with an incorrect signature")
(assert_invalid
  (component
    (import "f" (func $f))
    (core module $M (func (export "post")))
    (core instance $m (instantiate $M))
    (core func (canon lower (func $f) (post-return (core func $m "post")))))
  "canonical option `post-return` cannot be specified for lowerings")
(assert_invalid
  (component
    (core module $M (memory (export "memory") 1) (func (export "f")))
    (core instance $m (instantiate $M))
    (func (canon lift (core func $m "f") string-encoding=utf8 string-encoding=utf16)))
  "canonical encoding option `utf8` conflicts with option `utf16`")
(assert_invalid
  (component
    (core module $M (memory (export "memory") 1) (func (export "f")))
    (core instance $m (instantiate $M))
    (func (canon lift (core func $m "f")
      (memory (core memory $m "memory")) (memory (core memory $m "memory")))))
  "canonical option `memory` is specified more than once")
(assert_invalid
  (component (import "f" (func $f (param "x" string))) (core func (canon lower (func $f))))
  "canonical option `memory` is required")
(assert_invalid
  (component
    (import "f" (func $f (result string)))
    (core module $M (memory (export "memory") 1))
    (core instance $m (instantiate $M))
    (core func (canon lower (func $f) (memory (core memory $m "memory")))))
  "canonical option `realloc` is required")
(assert_invalid
  (component
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (type $t u32)
    (func (type $t) (canon lift (core func $m "f"))))
  "not a function type")

;; Resources.
(assert_invalid (component (core func (canon resource.new 0))) "type index out of bounds")
(assert_invalid (component (type $t u32) (core func (canon resource.drop $t)))
  "not a resource type")
(assert_invalid
  (component (import "r" (type $r (sub resource))) (core func (canon resource.new $r)))
  "not a local resource")
(assert_invalid
  (component (import "r" (type $r (sub resource))) (core func (canon resource.rep $r)))
  "not a local resource")
(assert_invalid
  (component
    (component $C (type $t (resource (rep i32))) (export "r" (type $t)))
    (instance $c (instantiate $C))
    (alias export $c "r" (type $r))
    (core func (canon resource.rep $r)))
  "not a local resource")
(assert_invalid (component (type (resource (rep i64)))) "unsupported: resources with `i64`")
(assert_invalid
  (component
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (type (resource (rep i32) (dtor (core func $m "f")))))
  "wrong signature for a destructor")
(assert_invalid (component (type $t u32) (type (own $t))) "not a resource type")
(assert_invalid (component (type $t u32) (type (borrow $t))) "not a resource type")
(assert_invalid
  (component (type $r (resource (rep i32))) (type (func (result (borrow $r)))))
  "function result cannot contain a `borrow` type")
(assert_invalid
  (component (type $r (resource (rep i32))) (type (func (result (list (option (borrow $r)))))))
  "function result cannot contain a `borrow` type")
(assert_invalid (component (type (component (type (resource (rep i32))))))
  "resources can only be defined within a concrete component")
;; Each instance, and each definition, is a type of its own.
(assert_invalid
  (component
    (component $C (type $t (resource (rep i32))) (export "r" (type $t)))
    (instance $a (instantiate $C))
    (instance $b (instantiate $C))
    (component $D
      (import "r" (type $r (sub resource)))
      (import "s" (type (eq $r))))
    (instance (instantiate $D (with "r" (type $a "r")) (with "s" (type $b "r")))))
  "resource types are not the same")
(assert_invalid
  (component
    (type $a (resource (rep i32)))
    (type $b (resource (rep i32)))
    (component $D (import "r" (type $r (sub resource))) (import "f" (func (param "x" (own $r)))))
    (core module $M (func (export "f") (param i32)))
    (core instance $m (instantiate $M))
    (func $f (param "x" (own $b)) (canon lift (core func $m "f")))
    (instance (instantiate $D (with "r" (type $a)) (with "f" (func $f)))))
  "resource types are not the same")

;; Types that functions name have to be exported too.
(assert_invalid
  (component
    (type $r (record (field "a" u8)))
    (core module $M (func (export "f") (param i32)))
    (core instance $m (instantiate $M))
    (func (export "f") (param "x" $r) (canon lift (core func $m "f"))))
  "func not valid to be used as export")
(assert_invalid
  (component (type $r (enum "a")) (import "f" (func (param "x" $r))))
  "func not valid to be used as import")
(assert_invalid
  (component (type $r (resource (rep i32)))
    (core module $M (func (export "f") (param i32)))
    (core instance $m (instantiate $M))
    (func (export "f") (param "x" (own $r)) (canon lift (core func $m "f"))))
  "func not valid to be used as export")

;; Aliases.
(assert_invalid (component (alias export 0 "a" (func))) "instance index out of bounds")
(assert_invalid (component (component $C) (instance $c (instantiate $C)) (alias export $c "a" (func)))
  "instance 0 has no export named `a`")
(assert_invalid
  (component
    (component $C (type $t u8) (export "a" (type $t)))
    (instance $c (instantiate $C))
    (alias export $c "a" (func)))
  "export `a` for instance 0 is not a func")
(assert_invalid
  (component
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (alias core export $m "g" (core func)))
  "core instance 0 has no export named `g`")
(assert_invalid
  (component
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (alias core export $m "f" (core memory)))
  "is not a memory")
(assert_invalid (component (alias outer 1 0 (type))) "invalid outer alias count")
(assert_invalid (component (alias outer 0 0 (type))) "type index out of bounds")
(assert_invalid
  (component $P (type $r (resource (rep i32))) (component (alias outer $P $r (type))))
  "transitively refers to resources")
(assert_invalid
  (component $P
    (type $r (resource (rep i32)))
    (type $l (list (own $r)))
    (component (alias outer $P $l (type))))
  "transitively refers to resources")

;; Instantiation.
(assert_invalid (component (instance (instantiate 0))) "unknown component 0")
(assert_invalid (component (core instance (instantiate 0))) "unknown module 0")
(assert_invalid
  (component (component $C (import "f" (func))) (instance (instantiate $C)))
  "missing import named `f`")
(assert_invalid
  (component
    (component $C (import "f" (func)))
    (core module $M)
    (instance (instantiate $C (with "f" (core module $M)))))
  "expected func, found module")
(assert_invalid
  (component
    (component $C (import "f" (func (param "x" u32))))
    (core module $M (func (export "f") (param i32)))
    (core instance $m (instantiate $M))
    (func $f (param "y" u32) (canon lift (core func $m "f")))
    (instance (instantiate $C (with "f" (func $f)))))
  "expected parameter named `x`, found `y`")
(assert_invalid
  (component
    (component $C (import "f" (func (param "x" u32))))
    (core module $M (func (export "f") (param i32)))
    (core instance $m (instantiate $M))
    (func $f (param "x" s32) (canon lift (core func $m "f")))
    (instance (instantiate $C (with "f" (func $f)))))
  "expected primitive `u32` found primitive `s32`")
(assert_invalid
  (component
    (component $C (import "i" (instance (export "f" (func)))))
    (component $D)
    (instance $d (instantiate $D))
    (instance (instantiate $C (with "i" (instance $d)))))
  "missing expected export `f`")
(assert_invalid
  (component
    (component $C (import "m" (core module (export "f" (func)))))
    (core module $M)
    (instance (instantiate $C (with "m" (core module $M)))))
  "missing expected export `f`")
(assert_invalid
  (component
    (component $C (import "m" (core module)))
    (core module $M (import "a" "b" (func)))
    (instance (instantiate $C (with "m" (core module $M)))))
  "missing expected import `a::b`")
(assert_invalid
  (component (core module $M (import "a" "b" (func))) (core instance (instantiate $M)))
  "missing module instantiation argument")
(assert_invalid
  (component
    (core module $M (import "a" "b" (func)))
    (core module $N (func (export "c")))
    (core instance $n (instantiate $N))
    (core instance (instantiate $M (with "a" (instance $n)))))
  "module instantiation argument `a` does not export an item named `b`")
(assert_invalid
  (component
    (core module $M (import "a" "b" (func)))
    (core module $N (func (export "b") (param i32)))
    (core instance $n (instantiate $N))
    (core instance (instantiate $M (with "a" (instance $n)))))
  "type mismatch for export `b` of module instantiation argument `a`")
(assert_invalid
  (component
    (core module $M (import "a" "b" (memory 2)))
    (core module $N (memory (export "b") 1))
    (core instance $n (instantiate $N))
    (core instance (instantiate $M (with "a" (instance $n)))))
  "mismatch in memory limits")
(assert_invalid
  (component
    (core module $M (import "a" "b" (table 1 1 funcref)))
    (core module $N (table (export "b") 1 funcref))
    (core instance $n (instantiate $N))
    (core instance (instantiate $M (with "a" (instance $n)))))
  "mismatch in table limits")
(assert_invalid
  (component
    (core module $M (import "a" "b" (global i32)))
    (core module $N (global (export "b") (mut i32) (i32.const 0)))
    (core instance $n (instantiate $N))
    (core instance (instantiate $M (with "a" (instance $n)))))
  "global types differ in mutability")
(assert_invalid
  (component
    (component $C (import "a" (type (sub resource))))
    (type $r (resource (rep i32)))
    (instance (instantiate $C (with "a" (type $r)) (with "a" (type $r)))))
  "instantiation argument `a` conflicts with previous argument `a`")
(assert_invalid
  (component (core module $M (func (export "f"))) (core instance $m (instantiate $M))
    (core instance (export "a" (func $m "f")) (export "a" (func $m "f"))))
  "already defined")
(assert_invalid
  (component
    (core module $M) (core instance $m (instantiate $M))
    (core instance (instantiate $M (with "" (instance $m)) (with "" (instance $m)))))
  "duplicate module instantiation argument named")
;; Also of what would be refused, were it valid.
(assert_invalid
  (component
    (component $C (import "c" (component)))
    (component $D)
    (instance $d (instantiate $D))
    (instance (instantiate $C (with "c" (instance $d)))))
  "expected component, found instance")
;; A definition names what is before it only.
(assert_invalid
  (component
    (core instance $m (instantiate 0))
    (core module $M))
  "unknown module 0")
(assert_invalid (component (export "f" (func 0))) "function index out of bounds")
(assert_invalid (component (export "f" (type 0))) "type index out of bounds")
(assert_invalid
  (component
    (component $C (core module $M (func (export "f"))) (core instance $m (instantiate $M))
      (func (export "f") (canon lift (core func $m "f"))))
    (instance $c (instantiate $C))
    (export "f" (func $c "f") (func (param "x" u8))))
  "expected 1 parameters, found 0")

;; What is valid and not enabled.
(assert_invalid
  (component
    (core module $M (memory (export "memory") i64 1) (func (export "f")))
    (core instance $m (instantiate $M))
    (func (export "f") (canon lift (core func $m "f") (memory (core memory $m "memory")))))
  "unsupported: 64-bit memories")
(assert_invalid (component (core func (canon error-context.drop))) "unsupported: error-context")
(assert_invalid (component (type (list u8 3))) "unsupported: ")
(assert_invalid (component (type (map string u8))) "unsupported: ")
