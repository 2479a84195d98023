"""The bombs that are WebAssembly text: modules, then components."""

from bombs_registry import FULL, MB, bomb


@bomb("54000", "42P13", "53200")
def text_of_parentheses():
    return b"(" * 30 * MB


@bomb("54000", "42P13", "53200")
def text_of_modules():
    return b"(module " * (30 * MB // 9) + b")" * (30 * MB // 9)


@bomb("00000", "54000", "42P13", "53200")
def text_of_comments():
    n = 7 * MB
    return b"(;" * n + b";)" * n + b"(module)"


@bomb("42P13")
def text_of_comments_open():
    return b"(;" * 15 * MB + b"(module)"


@bomb("54000", "53200", "42P13")
def text_of_expressions():
    n = 3_000_000
    return b'(module (func (result i32) ' + b"(i32.eqz " * n + b"(i32.const 1)" + b")" * n + b"))"


@bomb("54000", "53200", "42P13")
def text_of_blocks():
    n = 3_000_000
    return b'(module (func ' + b"(block " * n + b")" * n + b"))"


@bomb("54000", "53200", "42P13")
def text_of_types():
    n = 3_000_000
    return b"(module (type (func (param " + b"(ref " * n + b")" * n + b"))))"


@bomb("54000", "53200", "42P13")
def text_of_components():
    return b"(component " * (30 * MB // 12) + b")" * (30 * MB // 12)


@bomb("54000", "53200", "00000", "42P13")
def text_of_functions():
    return b"(module " + b"(func)" * 999_990 + b")"


@bomb("54000", "53200", "00000", "42P13")
def text_of_names():
    each = "".join(f"(func $f{i} call $f{999_999 - i})" for i in range(1_000_000))
    return b"(module " + each.encode() + b")"


@bomb("54000", "53200", "00000", "42P13")
def text_of_types_inline():
    """The type of each function is searched among those before it."""
    each = "".join(f"(func (param {'i32 ' * (i % 400)}{'i64 ' * (i // 400)}))" for i in range(12_000))
    return b"(module " + each.encode()[: FULL - 100].rsplit(b"(func", 1)[0] + b")"


@bomb("54000", "53200", "00000", "42P13")
def text_of_a_string():
    return b'(module (memory 512) (data (i32.const 0) "' + b"\\00" * 10 * MB + b'"))'


@bomb("42P13")
def text_of_one_word():
    return b"(module " + b"x" * 31 * MB + b")"


@bomb("42P13")
def text_of_one_number():
    return b"(module (func (drop (f64.const 0x" + b"1" * 31 * MB + b"))))"


@bomb("42P13")
def text_with_an_error_in_one_line():
    """The error message contains the line."""
    return b"(module" + b" (func)" * 4_000_000 + b" (oops))"


# ---- components, in text

@bomb("0A000", "42P13", "53200", "54000")
def components_nested():
    return b"(component " * 5000 + b")" * 5000


@bomb("0A000", "42P13", "53200", "54000")
def components_doubled():
    """Each component contains two instances of the one before it."""
    out = ["(component (component $c0 (core module $m))"]
    for i in range(1, 60):
        outer = f"(component $c{i} (alias outer 1 $c{i - 1} (component $c))"
        out.append(f"{outer} (instance (instantiate $c)) (instance (instantiate $c)))")
    return "".join(out).encode() + b"(instance (instantiate $c59)))"


@bomb("0A000", "42P13", "53200", "54000", "00000")
def types_doubled():
    """A parameter that is a tuple of two tuples of two tuples, and so on."""
    types = "".join(f"(type $t{i} (tuple $t{i - 1} $t{i - 1}))" for i in range(1, 60))
    return (f'(component (type $t0 (tuple u8 u8)) {types} (core module $m (memory (export "m") 1) '
            '(func (export "r") (param i32 i32 i32 i32) (result i32) unreachable) '
            '(func (export "f") (param i32))) (core instance $i (instantiate $m)) '
            '(func (export "f") (param "x" $t59) (canon lift (core func $i "f") (memory (core memory $i "m")) '
            '(realloc (core func $i "r")))))').encode()


@bomb("0A000", "42P13", "53200", "54000", "00000")
def lists_nested():
    types = "".join(f"(type $t{i} (list $t{i - 1}))" for i in range(1, 50_000))
    return f"(component (type $t0 (list u8)) {types})".encode()


@bomb("0A000", "42P13", "53200", "54000", "00000")
def core_instances():
    return (b"(component (core module $m (memory 1) (func (export \"f\")))" +
            b"(core instance (instantiate $m))" * 30_000 + b")")


@bomb("0A000", "42P13", "53200", "54000", "00000")
def core_modules():
    return b"(component " + b"(core module (func))" * 300_000 + b")"


@bomb("0A000", "42P13", "53200", "54000", "00000")
def aliases():
    return (b'(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))' +
            b'(alias core export $i "f" (core func))' * 500_000 + b")")


@bomb("0A000", "42P13", "53200", "54000", "00000")
def lifts():
    each = "".join(f'(func (export "f{i}") (canon lift (core func $i "f")))' for i in range(200_000))
    return (f'(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) {each})'
            ).encode()


@bomb("0A000", "42P13", "53200", "54000", "00000")
def lifts_of_wide_types():
    """20,000 functions with a record of 1,000 fields."""
    fields = "".join(f'(field "f{i}" u8)' for i in range(1000))
    each = "".join(f'(func (export "f{i}") (param "x" $r) (canon lift (core func $i "f") (memory (core memory $i "m")) '
                   '(realloc (core func $i "r"))))' for i in range(20_000))
    return (f'(component (type $q (record {fields})) (export $r "r" (type $q)) '
            '(core module $m (memory (export "m") 1) (func (export "f") (param i32)) '
            '(func (export "r") (param i32 i32 i32 i32) (result i32) unreachable)) '
            f'(core instance $i (instantiate $m)) {each})').encode()


@bomb("0A000", "42P13", "53200", "54000", "00000")
def resources():
    return b"(component " + b"(type (resource (rep i32)))" * 300_000 + b")"


@bomb("0A000", "42P13", "53200", "54000", "00000")
def imports_of_instances():
    out = "".join(f'(import "a:b/i{i}" (instance (type u8) (export "x" (type (eq 0)))))' for i in range(50_000))
    return f"(component {out})".encode()
