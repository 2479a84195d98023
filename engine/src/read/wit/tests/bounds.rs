//! Metadata that no toolchain writes: broken, large and deep.

use super::*;

#[test]
fn what_is_no_metadata_is_refused() {
    invalid(&bare(b""), "too old");
    invalid(&bare(b"\x03\x00\x01w"), "too old");
    invalid(&bare(b"\0asm\x01\0\0\0"), "does not describe a world");
    invalid(&bare(&wat::parse_str("(component)").unwrap()), "one export");
    invalid(&bare(&component(EXAMPLES)), "does not describe a world");
    let ty = "(component (type (component)) (export \"w\" (type 0)))";
    invalid(&bare(&wat::parse_str(ty).unwrap()), "does not describe a world");
    let ty = "(component (type (component (type (component)) \
              (export \"a:b/w\" (component (type 0))))) (export \"w\" (type 0)))";
    invalid(&bare(&wat::parse_str(ty).unwrap()), "wit-component-encoding");
    let whole = module(EXAMPLES);
    invalid(&whole[..whole.len() - 1], "unexpected");
}

/// Returns types whose tree doubles with each line: few bytes, a large tree.
fn doubled(times: usize) -> String {
    let mut items = String::from("type t0 = tuple<u8, u8>;");
    for i in 1..times {
        items += &format!("type t{i} = tuple<t{}, t{}>;", i - 1, i - 1);
    }
    world(&format!("{items} export big: func(t: t{}); export fine: func();", times - 1))
}

#[test]
fn large_and_deep_types_are_unsupported() {
    let metadata = |wit: &str| {
        let (resolve, _, id) = resolve(wit);
        bare(&wit_component::metadata::encode(&resolve, id, StringEncoding::UTF8, None).unwrap())
    };
    assert_eq!(
        printed(&read(&metadata(&doubled(14)))),
        ["big: unsupported, its types have more than 10000 parts", "fine: func()"]
    );
    invalid(&metadata(&doubled(40)), "effective type size");
    let deep = |depth| {
        let (before, after) = ("list<".repeat(depth), ">".repeat(depth));
        world(&format!("export deep: func(t: {before}u8{after});"))
    };
    let found = read(&metadata(&deep(70)));
    assert_eq!(printed(&found), ["deep: unsupported, its types are nested more than 64 deep"]);
    assert!(read(&metadata(&deep(60))).functions[0].unsupported.is_none());
    let lists: String = (1..150).map(|i| format!("(type (list {}))", i - 1)).collect();
    let deeper = wat::parse_str(format!("(component (type (list u8)) {lists})")).unwrap();
    invalid(&deeper, "nesting is too deep");
    let name = "n".repeat(200);
    let found = read(&metadata(&world(&format!("export f: func({name}: u8);"))));
    assert_eq!(printed(&found), ["f: unsupported, a name in it is longer than 128 bytes"]);
}

/// A type that is used ten thousand times is not copied ten thousand times.
#[test]
fn shared_types_are_bounded() {
    let labels: Vec<String> = (0..900).map(|i| format!("label-{i}")).collect();
    let mut wat = format!(
        "(component (type $e (enum {})) (import \"e\" (type $x (eq $e)))",
        labels.iter().map(|l| format!("\"{l}\"")).collect::<Vec<_>>().join(" ")
    );
    let params: Vec<String> =
        (0..1000).map(|i| format!("(param \"{}{i}\" u8)", "p".repeat(90))).collect();
    wat += &format!("(type $f (func {}))", params.join(" "));
    wat += "(import \"f\" (func $i (type $f)))";
    for i in 0..900 {
        wat += &format!("(export \"f{i}\" (func $i))");
    }
    wat += ")";
    let binary = wat::parse_str(&wat).unwrap();
    match Interface::of(&binary) {
        Ok(Some(found)) => {
            assert_eq!(found.functions.len(), 900);
            let usable = found.functions.iter().filter(|f| f.unsupported.is_none()).count();
            assert!((1..500).contains(&usable), "{usable}");
            let last = found.functions.last().unwrap().to_string();
            assert_eq!(last, "f899: unsupported, there is too much metadata");
        }
        other => panic!("{other:?}"),
    }
}

/// Deeply nested types, on which wasmparser would overflow the stack, are refused.
#[test]
fn depth_is_measured_before_it_is_read() {
    const LEVELS: usize = 300_000;
    for kind in [0x41, 0x42] {
        let mut body = vec![1];
        for _ in 0..LEVELS {
            body.extend([kind, 1, 1]);
        }
        body.extend([kind, 0]);
        let mut bomb = b"\0asm\x0d\0\x01\0\x07".to_vec();
        body.len().encode(&mut bomb);
        bomb.extend(body);
        invalid(&bomb, "nested more than 32 deep");
        invalid(&bare(&bomb), "nested more than 32 deep");
        let inspected = crate::compile::linked::Linked::of(&bomb, None);
        assert!(matches!(inspected, Err(Error::Unsupported(_))));
    }
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..60 {
        let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
        component.encode(&mut outer);
        component = outer;
    }
    invalid(&component, "nested more than 32 deep");
}

/// A component whose exports the validator would copy for each instance is refused before the validator reads it.
#[test]
fn copies_are_counted_before_they_are_made() {
    let nested = |exports: usize, instances: usize| {
        let exports: String = (0..exports).map(|i| format!("(export \"f{i}\" (func 0))")).collect();
        let inner = format!("(component $c (import \"f\" (func)) {exports})");
        let instance = "(instance (instantiate $c (with \"f\" (func 0))))".repeat(instances);
        wat::parse_str(format!("(component {inner} (import \"f\" (func)) {instance})")).unwrap()
    };
    assert!(Interface::of(&nested(300, 300)).is_ok());
    invalid(&nested(10_000, 900), "too many instances within it");
    // These are four levels of instances, with next to nothing in each.
    let mut text = "(component $c)".to_string();
    for _ in 0..3 {
        text = format!("(component $c {text} {})", "(instance (instantiate $c))".repeat(300));
    }
    invalid(&wat::parse_str(text).unwrap(), "too many instances within it");
    // A copy counts as what it is a copy of, however large what is beside it.
    let exports: String = (0..10_000).map(|i| format!("(export \"f{i}\" (func 0))")).collect();
    let large = format!("(component $large (import \"f\" (func)) {exports})");
    let small: String = (0..400)
        .map(|i| format!("(instance $i{i} (instantiate $c)) (export \"e{i}\" (instance $i{i}))"))
        .collect();
    let beside = format!("(component {large} (component $c) {small})");
    Interface::of(&wat::parse_str(beside).unwrap()).unwrap();
    // The component is found through an alias.
    let instances = "(instance (instantiate $c (with \"f\" (func 0))))".repeat(900);
    let alias = format!(
        "(component
           {large}
           (component (alias outer 1 $large (component $c)) (import \"f\" (func)) {instances}))"
    );
    invalid(&wat::parse_str(alias).unwrap(), "too many instances within it");
    // These types are imported again and again.
    let exports: String = (0..5000).map(|i| format!("(export \"f{i}\" (func))")).collect();
    let imports: String =
        (0..900).map(|i| format!("(import \"i{i}\" (instance (type 0)))")).collect();
    let types = format!("(component (type (instance {exports})) {imports})");
    invalid(&wat::parse_str(types).unwrap(), "too many instances within it");
}

/// Sections that claim 2^32 - 1 instances and contain none are refused at once.
#[test]
fn counts_are_not_believed() {
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..1000 {
        component.extend(b"\x05\x05\xff\xff\xff\xff\x0f");
    }
    invalid(&component, "");
    invalid(&bare(&component), "");
}

/// With any byte changed, or the end cut off, reading gives an error or other metadata, and never panics.
#[test]
fn no_bytes_make_it_panic() {
    let wit = world(
        "use plwasm:types/types@1.0.0.{date, error};
         record r { a: u8, b: list<string> }
         export f: func(d: date, r: r) -> result<r, error>;
         export i: interface { resource x { get: func() -> stream<u8>; } g: func(x: x); }",
    );
    let (resolve, _, id) = resolve(&wit);
    let metadata =
        wit_component::metadata::encode(&resolve, id, StringEncoding::UTF8, None).unwrap();
    let mut tried = [0, 0];
    for whole in [bare(&metadata), component(EXAMPLES)] {
        for at in 0..whole.len() {
            for byte in [whole[at] ^ 1, whole[at].wrapping_add(1), 0, 0x7f, 0xff, 0x41] {
                let mut changed = whole.clone();
                changed[at] = byte;
                tried[usize::from(Interface::of(&changed).is_ok())] += 1;
            }
            tried[usize::from(Interface::of(&whole[..at]).is_ok())] += 1;
        }
    }
    assert!(tried.iter().all(|n| *n > 100), "{tried:?}");
}

/// The output of `wasm-tools component wit -w` is not taken for a component.
#[test]
fn a_package_is_no_component() {
    for wit in [EXAMPLES, "package a:b; world w { export f: func(); }"] {
        let (resolve, package, _) = resolve(wit);
        let binary = wit_component::encode(&resolve, package).unwrap();
        let refused = crate::compile::linked::Linked::of(&binary, None);
        assert!(matches!(refused, Err(Error::WitPackage)), "{refused:?}");
        let whole = crate::compile::linked::Linked::of(&component(wit), None);
        assert!(whole.is_ok(), "{whole:?}");
    }
}
