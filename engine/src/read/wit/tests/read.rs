//! Metadata that wit-component writes.

use super::*;

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

/// The types flatten to the core signature that the module has.
#[test]
fn signatures_flatten_to_what_is_exported() {
    let module = module(EXAMPLES);
    let inspection = crate::read::inspect::Inspection::of(&module).unwrap();
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
    let inspection = crate::read::inspect::Inspection::of(&module).unwrap();
    assert!(exports.iter().all(|e| inspection.functions.iter().any(|(name, _)| name == e)));
    assert_eq!(read(&component(wit)), interface);
}

/// `type date = s32` is an s32 with the spelling `date`, wherever it is used and by whatever name.
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

/// A type that cannot be a value makes its own function unusable, but no other.
#[test]
fn what_has_no_value_is_unsupported() {
    let wit = "package a:b@1.2.3;
        interface i {
            resource r {
                constructor();
                get: func() -> u8;
                other: static func() -> s;
                pair: static func() -> tuple<r, u8>;
                later: async func() -> u8;
            }
            resource s;
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
            "r: constructor()",
            "r.get: func() -> u8",
            "r.other: unsupported, it uses a resource",
            "r.pair: unsupported, it uses a resource",
            "r.later: unsupported, it is asynchronous",
            "owned: unsupported, it uses a resource",
            "borrowed: unsupported, it uses a resource",
        ]
    );
}

/// Constructors, methods and static functions have their types. A handle stands only where nobody passes it.
#[test]
fn functions_of_resources_are_read() {
    let wit = "package a:b@1.2.3;
        interface text {
            resource matcher {
                constructor(pattern: string) -> result<matcher, string>;
                /// Says whether it matches.
                is-match: func(text: string) -> bool;
                with-flags: static func(pattern: string, parts: list<string>) -> matcher;
                try: static func() -> result<matcher>;
                escape: static func(text: string) -> string;
            }
            resource plain { constructor(); }
        }
        interface other { resource matcher { is-match: func(); } }
        world w { import other; export text; export other; }";
    let (resolve, package, _) = resolve(wit);
    let docs = PackageMetadata::extract(&resolve, package).encode().unwrap();
    let module = module(wit);
    let inspection = crate::read::inspect::Inspection::of(&module).unwrap();
    for mut binary in [module.clone(), component(wit)] {
        section(&mut binary, "package-docs", &docs);
        let interface = read(&binary);
        let mut found = printed(&interface);
        found.sort();
        assert_eq!(
            found,
            [
                "matcher.escape: static func(text: string) -> string",
                "matcher.is-match: func()",
                "matcher.is-match: func(text: string) -> bool",
                "matcher.try: static func() -> result<matcher>",
                "matcher.with-flags: static func(pattern: string, parts: list<string>) -> matcher",
                "matcher: constructor(pattern: string) -> result<matcher, string>",
                "plain: constructor()",
            ]
        );
        for function in &interface.functions {
            let (_, core) =
                inspection.functions.iter().find(|(name, _)| *name == function.export).unwrap();
            assert_eq!(function.signature().unwrap().core(), **core, "{function}");
        }
        let method = interface.function("a:b/text@1.2.3#[method]matcher.is-match").unwrap();
        assert_eq!(method.params[0].name, "self");
        assert_eq!(method.params[0].value.ty, Type::Borrow("matcher".into()));
        assert_eq!(method.docs.as_deref(), Some("Says whether it matches."));
        let constructing = interface.functions.iter().filter(|it| it.is_constructing()).count();
        assert_eq!(constructing, 4);
    }
}

/// A component can hand out a resource of another. Its handles would be no representations.
#[test]
fn resources_of_others_are_unsupported() {
    let text = r#"(component
        (import "a:b/c" (instance $i
            (export "r" (type $r (sub resource)))
            (export "[constructor]r" (func (result (own $r))))))
        (export "a:b/d" (instance $i)))"#;
    let interface = read(&wat::parse_str(text).unwrap());
    assert_eq!(
        printed(&interface),
        ["r: unsupported, it belongs to a resource of another component"]
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
        // A component can have its functions in any order.
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
