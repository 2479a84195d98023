;; A component instance calls itself, what is within it, and what it is within.
;; CanonicalABI.md, "Component Instances" (`may_enter_from`): that is allowed as long as nothing is entered twice. In wasmtime 48
;; every such call traps; here a component is refused of which an exported function can make one.

;; A function that an instance has lifted and lowers itself.
(assert_invalid
  (component
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (func $f (canon lift (core func $m "f")))
    (core func $f' (canon lower (func $f)))
    (core module $N (import "" "f" (func $f)) (func (export "g") (call $f)))
    (core instance $n (instantiate $N (with "" (instance (export "f" (func $f'))))))
    (func (export "f") (canon lift (core func $m "f")))
    (func (export "g") (canon lift (core func $n "g"))))
  "unsupported: a call between a component and one within it, which function \"g\" can reach")

;; A child's, lowered by its parent; and a parent's, lowered by its child.
(assert_invalid
  (component
    (component $Child
      (core module $M (func (export "f")))
      (core instance $m (instantiate $M))
      (func (export "f") (canon lift (core func $m "f"))))
    (instance $child (instantiate $Child))
    (core func $f (canon lower (func $child "f")))
    (core module $N (import "" "f" (func $f)) (func (export "g") (call $f)))
    (core instance $n (instantiate $N (with "" (instance (export "f" (func $f))))))
    (export "f" (func $child "f"))
    (func (export "g") (canon lift (core func $n "g"))))
  "unsupported: a call between a component and one within it, which function \"g\" can reach")
(assert_invalid
  (component
    (core module $M (func (export "f")))
    (core instance $m (instantiate $M))
    (func $f (canon lift (core func $m "f")))
    (component $Child
      (import "f" (func $f))
      (core func $f (canon lower (func $f)))
      (core module $N (import "" "f" (func $f)) (func (export "g") (call $f)))
      (core instance $n (instantiate $N (with "" (instance (export "f" (func $f))))))
      (func (export "g") (canon lift (core func $n "g"))))
    (instance $child (instantiate $Child (with "f" (func $f))))
    (export "g" (func $child "g")))
  "unsupported: a call between a component and one within it, which function \"g\" can reach")

;; One that no exported function can make is no hindrance, and siblings may call each other.
(component
  (component $Child
    (core module $M (func (export "f") (result i32) (i32.const 3)))
    (core instance $m (instantiate $M))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))
  (instance $child (instantiate $Child))
  (component $Sibling
    (import "f" (func $f (result u32)))
    (core func $f (canon lower (func $f)))
    (core module $N
      (import "" "f" (func $f (result i32)))
      (func (export "g") (result i32) (i32.add (call $f) (i32.const 1))))
    (core instance $n (instantiate $N (with "" (instance (export "f" (func $f))))))
    (func (export "g") (result u32) (canon lift (core func $n "g"))))
  (instance $sibling (instantiate $Sibling (with "f" (func $child "f"))))
  (core func $f (canon lower (func $child "f")))
  (core module $N (import "" "f" (func $f (result i32))) (func $unused (drop (call $f))))
  (core instance $n (instantiate $N (with "" (instance (export "f" (func $f))))))
  (export "f" (func $child "f"))
  (export "g" (func $sibling "g")))
(assert_return (invoke "f") (u32.const 3))
(assert_return (invoke "g") (u32.const 4))
