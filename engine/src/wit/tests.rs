//! What wit-component writes is read back; what nobody would write is refused.

use super::*;
use wasm_encoder::{CustomSection, Encode, Section};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, PackageId, PackageMetadata, Resolve, WorldId};

const TYPES: &str = include_str!("../../../wit/types.wit");
const EXAMPLES: &str = include_str!("../../../guest-examples/wit/examples.wit");

fn resolve(wit: &str) -> (Resolve, PackageId, WorldId) {
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    resolve.push_str("types.wit", TYPES).unwrap();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    (resolve, package, world)
}

fn section(binary: &mut Vec<u8>, name: &str, data: &[u8]) {
    let section = CustomSection { name: name.into(), data: data.into() };
    binary.push(section.id());
    section.encode(binary);
}

fn module_with(wit: &str, strings: StringEncoding) -> Vec<u8> {
    let (resolve, _, world) = resolve(wit);
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let mut module = wit_component::dummy_module(&resolve, world, abi);
    wit_component::embed_component_metadata(&mut module, &resolve, world, strings).unwrap();
    module
}

/// A core module for the one world of that text.
fn module(wit: &str) -> Vec<u8> {
    module_with(wit, StringEncoding::UTF8)
}

fn component(wit: &str) -> Vec<u8> {
    ComponentEncoder::default().module(&module(wit)).unwrap().encode().unwrap()
}

/// A core module with nothing but that section of metadata.
fn bare(metadata: &[u8]) -> Vec<u8> {
    let mut module = wat::parse_str("(module)").unwrap();
    section(&mut module, "component-type", metadata);
    module
}

fn read(binary: &[u8]) -> Interface {
    Interface::of(binary).unwrap().expect("there is metadata")
}

fn printed(interface: &Interface) -> Vec<String> {
    interface.functions.iter().map(ToString::to_string).collect()
}

fn world(items: &str) -> String {
    format!("package a:b@1.2.3;\nworld w {{ {items} }}")
}

#[track_caller]
fn invalid(binary: &[u8], why: &str) {
    match Interface::of(binary) {
        Err(Error::Invalid(text) | Error::Unsupported(text)) => {
            assert!(text.contains(why), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn modules_and_components_say_the_same() {
    let interface = read(&module(EXAMPLES));
    assert_eq!(
        printed(&interface),
        [
            "add: func(a: s32, b: s32) -> result<s32, error>",
            "slugify: func(text: string) -> string",
            "total: func(numbers: list<option<s32>>) -> s64",
            "distance: func(a: point, b: point) -> f64",
            "better: func(now: mood) -> option<mood>",
            "reverse: func(bytes: list<u8>) -> list<u8>",
            "words: func(text: string) -> list<string>",
            "counted: func(lines: list<order-line>) -> list<order-line>",
            "scale: func(i: interval, n: s32) -> interval",
            "calls: func() -> u32",
            "fail: func(message: string) -> result<string, string>",
        ]
    );
    assert_eq!(read(&component(EXAMPLES)), interface);
    let Type::Enum(mood) = &interface.function("better").unwrap().params[0].value.ty else {
        panic!("mood is an enum")
    };
    assert_eq!(mood.labels, ["sad", "ok", "happy"]);
    let Type::List(lines) = &interface.function("counted").unwrap().params[0].value.ty else {
        panic!("lines are a list")
    };
    let Type::Record(line) = &**lines else { panic!("of a record") };
    let fields: Vec<_> = line.fields.iter().map(ToString::to_string).collect();
    assert_eq!(fields, ["article: string", "quantity: option<s32>", "price: string"]);
}

/// The core signature that the types give is the one that the module has.
#[test]
fn signatures_flatten_to_what_is_exported() {
    let module = module(EXAMPLES);
    let inspection = crate::inspect::Inspection::of(&module).unwrap();
    for function in read(&module).functions {
        let (_, core) =
            inspection.functions.iter().find(|(name, _)| *name == function.export).unwrap();
        assert_eq!(function.signature().unwrap().core(), **core, "{function}");
    }
}

#[test]
fn functions_of_interfaces_are_named_as_they_are_exported() {
    let wit = "package a:b@1.2.3;
        interface text { record r { x: u8 }  trim: func(s: string) -> r; }
        interface other { use text.{r}; back: func(r: r) -> string; }
        world w { export text; export other; export here: interface { it: func(); } }";
    let module = module(wit);
    let interface = read(&module);
    let exports: Vec<_> = interface.functions.iter().map(|f| f.export.as_str()).collect();
    assert_eq!(exports, ["a:b/text@1.2.3#trim", "a:b/other@1.2.3#back", "here#it"]);
    assert_eq!(interface.functions[0].to_string(), "trim: func(s: string) -> r");
    assert_eq!(interface.functions[0].interface(), Some("a:b/text@1.2.3"));
    let inspection = crate::inspect::Inspection::of(&module).unwrap();
    assert!(exports.iter().all(|e| inspection.functions.iter().any(|(name, _)| name == e)));
    assert_eq!(read(&component(wit)), interface);
}

/// `type date = s32` is an s32 that knows that it is a date, wherever it is and by whatever name.
#[test]
fn types_of_plwasm_types_keep_their_names() {
    let wit = world(
        "use plwasm:types/types@1.0.0.{date, uuid as id, numrange, json};
         record event { at: date, id: id, note: string }
         type when = date;
         export f: func(d: when, e: list<option<event>>, r: numrange) -> result<list<json>, id>;
         export g: func(a: s32) -> tuple<u64, u64>;",
    );
    for binary in [module(&wit), component(&wit)] {
        let interface = read(&binary);
        let f = &interface.functions[0];
        assert_eq!(
            f.to_string(),
            "f: func(d: s32, e: list<option<event>>, r: numrange) \
             -> result<list<string>, tuple<u64, u64>>"
        );
        let [d, e, r] = &*f.params else { panic!() };
        assert_eq!(d.value.spelling.name(), Some("date"));
        let event = e.value.spelling.part(0).part(0);
        assert_eq!(event.name(), None);
        let fields: Vec<_> = (0..4).map(|i| event.part(i).name().map(str::to_string)).collect();
        assert_eq!(fields, [Some("date".into()), Some("uuid".into()), None, None]);
        assert_eq!(r.value.spelling.name(), Some("numrange"));
        assert_eq!(r.value.spelling.part(1).part(0).name(), Some("numeric"));
        let result = &f.result.as_ref().unwrap().spelling;
        assert_eq!(result.part(0).part(0).name(), Some("json"));
        assert_eq!(result.part(1).name(), Some("uuid"));
        assert_eq!(interface.functions[1].params[0].value.spelling, Spelling::default());
        assert_eq!(interface.functions[1].result.as_ref().unwrap().spelling, Spelling::default());
    }
}

/// Whatever has no value type makes its function unusable, and no other.
#[test]
fn what_has_no_value_is_unsupported() {
    let wit = "package a:b@1.2.3;
        interface i {
            resource r { constructor(); get: func() -> u8; }
            owned: func() -> r;
            borrowed: func(r: list<borrow<r>>);
        }
        world w {
            export i;
            export s: func(s: option<stream<u8>>);
            export t: func() -> result<future<u8>>;
            export m: func(m: map<string, u8>);
            export l: func(l: tuple<u8, list<u8, 4>>);
            export c: func() -> error-context;
            export a: async func() -> u8;
            export fine: func(x: variant-type) -> flag-type;
            variant variant-type { none, some(u8) }
            flags flag-type { a, b }
        }";
    let (resolve, _, world) = resolve(wit);
    let metadata =
        wit_component::metadata::encode(&resolve, world, StringEncoding::UTF8, None).unwrap();
    assert_eq!(
        printed(&read(&bare(&metadata))),
        [
            "s: unsupported, it uses a stream",
            "t: unsupported, it uses a future",
            "m: unsupported, it uses a map",
            "l: unsupported, it uses a list of fixed length",
            "c: unsupported, it uses an error-context",
            "a: unsupported, it is asynchronous",
            "fine: func(x: variant-type) -> flag-type",
            "[constructor]r: unsupported, it belongs to a resource",
            "[method]r.get: unsupported, it belongs to a resource",
            "owned: unsupported, it uses a resource",
            "borrowed: unsupported, it uses a resource",
        ]
    );
}

#[test]
fn strings_in_another_encoding_are_unsupported() {
    let wit = world("export s: func(a: list<string>); export n: func(a: list<u8>);");
    assert_eq!(
        printed(&read(&module_with(&wit, StringEncoding::UTF16))),
        [
            "s: unsupported, strings are passed in another encoding than UTF-8",
            "n: func(a: list<u8>)"
        ]
    );
}

#[test]
fn no_metadata_is_none() {
    assert_eq!(Interface::of(&wat::parse_str("(module)").unwrap()).unwrap(), None);
    assert_eq!(printed(&read(&wat::parse_str("(component)").unwrap())), [""; 0]);
}

#[test]
fn comments_are_read_where_they_are() {
    let wit = "package a:b@1.2.3;
        interface text {
            /// A pair.
            record pair { /// The first.
                x: u8, y: u8 }
            /// Without spaces.
            trim: func(s: string) -> pair;
        }
        world w {
            export text;
            /// One of two.
            enum side { left, right }
            /// Turns.
            export turn: func(s: side) -> side;
            export plain: func();
        }";
    let (resolve, package, _) = resolve(wit);
    let docs = PackageMetadata::extract(&resolve, package).encode().unwrap();
    let mut module = module(wit);
    assert!(read(&module).functions.iter().all(|f| f.docs.is_none()), "wit-component writes none");
    let mut component = ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
    for binary in [&mut module, &mut component] {
        // Functions are read in whatever order a component has them.
        section(binary, "package-docs", &docs);
        let interface = read(binary);
        let trim = interface.function("a:b/text@1.2.3#trim").unwrap();
        assert_eq!(trim.docs.as_deref(), Some("Without spaces."));
        let Some(Value { ty: Type::Record(pair), .. }) = &trim.result else { panic!() };
        assert_eq!(pair.docs.as_deref(), Some("A pair."));
        assert_eq!(pair.fields[0].docs.as_deref(), Some("The first."));
        assert_eq!(pair.fields[1].docs, None);
        let turn = interface.function("turn").unwrap();
        assert_eq!(turn.docs.as_deref(), Some("Turns."));
        let Type::Enum(side) = &turn.params[0].value.ty else { panic!() };
        assert_eq!(side.docs.as_deref(), Some("One of two."));
        assert_eq!(interface.function("plain").unwrap().docs, None);
    }
    let mut other = module.clone();
    section(&mut other, "package-docs", b"\x09unknown format");
    assert_eq!(read(&other), read(&module));
    section(&mut module, "package-docs", b"\x01{\"worlds\":");
    invalid(&module, "package-docs");
}

#[test]
fn worlds_of_several_sections_are_one() {
    let metadata = |items: &str| {
        let (resolve, _, id) = resolve(&world(items));
        wit_component::metadata::encode(&resolve, id, StringEncoding::UTF8, None).unwrap()
    };
    let mut module = bare(&metadata("export a: func();"));
    section(&mut module, "component-type:more", &metadata("export a: func(); export b: func();"));
    assert_eq!(printed(&read(&module)), ["a: func()", "b: func()"]);
    section(&mut module, "component-type:less", &metadata("export a: func(x: u8);"));
    invalid(&module, "two functions \"a\" that differ");
}

#[test]
fn what_is_no_metadata_is_refused() {
    invalid(&bare(b""), "too old");
    invalid(&bare(b"\x03\x00\x01w"), "too old");
    invalid(&bare(b"\0asm\x01\0\0\0"), "describes no world");
    invalid(&bare(&wat::parse_str("(component)").unwrap()), "one export");
    invalid(&bare(&component(EXAMPLES)), "describes no world");
    let ty = "(component (type (component)) (export \"w\" (type 0)))";
    invalid(&bare(&wat::parse_str(ty).unwrap()), "describes no world");
    let ty = "(component (type (component (type (component)) \
              (export \"a:b/w\" (component (type 0))))) (export \"w\" (type 0)))";
    invalid(&bare(&wat::parse_str(ty).unwrap()), "wit-component-encoding");
    let whole = module(EXAMPLES);
    invalid(&whole[..whole.len() - 1], "unexpected");
}

/// Types that double with each line: few bytes, a large tree.
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

/// Types within types within types: wasmparser would overflow the stack.
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
        let inspected = crate::linked::Linked::of(&bomb, None);
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

/// The validator copies exports for each instance: refused before it does.
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
    // Instances of instances of instances, with next to nothing in each.
    let mut text = "(component $c)".to_string();
    for _ in 0..3 {
        text = format!("(component $c {text} {})", "(instance (instantiate $c))".repeat(300));
    }
    invalid(&wat::parse_str(text).unwrap(), "too many instances within it");
    // Types that are imported again and again.
    let exports: String = (0..5000).map(|i| format!("(export \"f{i}\" (func))")).collect();
    let imports: String =
        (0..900).map(|i| format!("(import \"i{i}\" (instance (type 0)))")).collect();
    let types = format!("(component (type (instance {exports})) {imports})");
    invalid(&wat::parse_str(types).unwrap(), "too many instances within it");
}

/// One byte changed at a time, and the end cut off: an error or other metadata, never a panic.
/// Counts of what is not there must not be counted up to: each of these sections says that it has 2^32 - 1 instances.
#[test]
fn counts_are_not_believed() {
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..1000 {
        component.extend(b"\x05\x05\xff\xff\xff\xff\x0f");
    }
    invalid(&component, "");
    invalid(&bare(&component), "");
}

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

/// What `wasm-tools component wit -w` writes.
#[test]
fn a_package_is_no_component() {
    for wit in [EXAMPLES, "package a:b; world w { export f: func(); }"] {
        let (resolve, package, _) = resolve(wit);
        let binary = wit_component::encode(&resolve, package).unwrap();
        let refused = crate::linked::Linked::of(&binary, None);
        assert!(matches!(refused, Err(Error::WitPackage)), "{refused:?}");
        let whole = crate::linked::Linked::of(&component(wit), None);
        assert!(whole.is_ok(), "{whole:?}");
    }
}
