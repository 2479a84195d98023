use super::{lift, lower};
use crate::abi::{Case, Field, Labels, Layout, Record, ResultType, Type, Variant};
use crate::{Engine, Error, Guest, Isolation, Limits, MemoryBudget, Module, Result};
use std::rc::Rc;

/// Returns a guest that has an allocator, and `data` at address 16.
fn guest(data: &str) -> Guest {
    let text = format!(
        r#"(module
             (memory (export "memory") 2)
             (data (i32.const 16) "{data}")
             (global $top (mut i32) (i32.const 65536))
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
               (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
               (global.set $top (i32.add (local.get $at) (local.get 3)))
               (local.get $at)))"#
    );
    let engine = Engine::new(|| false, MemoryBudget::new(64 << 20)).unwrap();
    let binary = wat::parse_str(text).unwrap();
    let module = Rc::new(Module::compile(&engine, &binary, Isolation::Call).unwrap());
    let limits = Limits { fuel: 1_000_000, memory: 4 << 20, isolation: Isolation::Call };
    let mut guest = Guest::new(&engine, module, limits).unwrap();
    guest.refuel(limits.fuel);
    guest
}

fn there_and_back(ty: &Type, json: &str) -> Result<String> {
    let mut guest = guest("");
    let mut bytes = vec![0; Layout::of(ty).size as usize];
    lower(json, ty, &mut guest, || {}, &mut bytes)?;
    lift(ty, &bytes, &guest, &|_, _| Ok(()), || {})
}

fn error(ty: &Type, json: &str) -> String {
    match there_and_back(ty, json) {
        Err(Error::Json { sqlstate, message, place }) => format!("{sqlstate} {message} {place}"),
        other => panic!("{json} as {ty}: {other:?}"),
    }
}

fn variant(cases: &[(&str, Option<Type>)]) -> Type {
    let case = |(name, ty): &(&str, Option<Type>)| Case { name: (*name).into(), ty: ty.clone() };
    let cases = cases.iter().map(case).collect();
    Type::Variant(Rc::new(Variant { name: Some("shape".into()), docs: None, cases }))
}

fn record(fields: &[(&str, Type)]) -> Type {
    let field =
        |(name, ty): &(&str, Type)| Field { name: (*name).into(), docs: None, ty: ty.clone() };
    let fields = fields.iter().map(field).collect();
    Type::Record(Rc::new(Record { name: Some("rec".into()), docs: None, fields }))
}

fn labels(labels: &[&str]) -> Rc<Labels> {
    let labels = labels.iter().map(ToString::to_string).collect();
    Rc::new(Labels { name: None, docs: None, labels })
}

fn shape() -> Type {
    let wide = Some(Type::Tuple([Type::F64, Type::F64].into()));
    variant(&[("none", None), ("circle", Some(Type::F64)), ("two-d", wide)])
}

#[test]
fn a_variant_is_an_object_of_its_case() {
    for (json, found) in [
        (r#"{"circle": 1.5}"#, r#"{"circle": 1.5}"#),
        (r#" { "two_d" : [1, -2e0] } "#, r#"{"two-d": [1, -2]}"#),
        (r#""none""#, r#"{"none": null}"#),
        (r#"{"none": null}"#, r#"{"none": null}"#),
        (r#"{"n\u006fne":null}"#, r#"{"none": null}"#),
    ] {
        assert_eq!(there_and_back(&shape(), json).unwrap(), found);
    }
    let result = Type::Result(Rc::new(ResultType { ok: None, err: Some(Type::String.option()) }));
    for (json, found) in [
        (r#""ok""#, r#"{"ok": null}"#),
        (r#"{"err": null}"#, r#"{"err": null}"#),
        (r#"{"err": "x"}"#, r#"{"err": "x"}"#),
    ] {
        assert_eq!(there_and_back(&result, json).unwrap(), found);
    }
}

#[test]
fn what_is_no_variant_says_where() {
    for (json, found) in [
        ("1", "22023 a number in JSON cannot be passed as variant shape $"),
        ("null", "22023 null in JSON cannot be passed as variant shape $"),
        ("[]", "22023 an array in JSON cannot be passed as variant shape $"),
        ("{}", "22023 expected an object with exactly one key $"),
        (r#"{"none": null, "circle": 1}"#, "22023 expected an object with exactly one key $"),
        (
            r#"{"square": 1}"#,
            "22023 \"square\" is not a case, expected one of none, circle, two-d $",
        ),
        (r#""square""#, "22023 \"square\" is not a case, expected one of none, circle, two-d $"),
        (r#""circle""#, "22023 case \"circle\" requires a value $"),
        (r#"{"none": 1}"#, "22023 case \"none\" takes no value $.none"),
        (
            r#"{"circle": "x"}"#,
            "22023 a string that stands for a number must be \"NaN\", \"Infinity\", \"-Infinity\" or \"-0\" $.circle",
        ),
        (r#"{"circle": null}"#, "22023 null in JSON cannot be passed as f64 $.circle"),
        (
            r#"{"two-d": [1, true]}"#,
            "22023 a boolean in JSON cannot be passed as f64 $.\"two-d\"[1]",
        ),
        (r#"{"two-d": [1]}"#, "22023 tuple<f64, f64> has 2 elements, not 1 $.\"two-d\""),
        (r#"{"two-d": [1, 2, 3]}"#, "22023 tuple<f64, f64> has 2 elements $.\"two-d\"[2]"),
        (
            r#"{"two-d": [1, 1e400]}"#,
            "22003 value \"1e400\" is out of range for f64 $.\"two-d\"[1]",
        ),
    ] {
        assert_eq!(error(&shape(), json), found);
    }
}

#[test]
fn numbers_are_exact() {
    for (ty, json, found) in [
        (Type::U64, "18446744073709551615", "18446744073709551615"),
        (Type::S64, "-9223372036854775808", "-9223372036854775808"),
        (Type::S64, "9007199254740993.000", "9007199254740993"),
        (Type::U8, "2.55e2", "255"),
        (Type::S8, "-0", "0"),
        (Type::F64, "0.1", "0.1"),
        (Type::F64, "5e-324", "5e-324"),
        (Type::F64, "1.7976931348623157e308", "1.7976931348623157e308"),
        (Type::F64, "-0", "\"-0\""),
        (Type::F64, "-0.0e5", "\"-0\""),
        (Type::F64, "0", "0"),
        (Type::F64, "\"NaN\"", "\"NaN\""),
        (Type::F32, "\"-Infinity\"", "\"-Infinity\""),
        (Type::F32, "0.1", "0.1"),
        (Type::F32, "16777217", "16777216"),
        // Rounded twice, by way of f64, it would be 1.
        (Type::F32, "1.000000059604644775390626", "1.0000001"),
    ] {
        assert_eq!(there_and_back(&ty, json).unwrap(), found, "{json} as {ty}");
    }
    for (ty, json, found) in [
        (
            Type::U64,
            "18446744073709551616",
            "22003 value \"18446744073709551616\" is out of range for u64 $",
        ),
        (Type::U64, "-1", "22003 value \"-1\" is out of range for u64 $"),
        (Type::S8, "128", "22003 value \"128\" is out of range for s8 $"),
        (Type::S32, "1.5", "22003 value \"1.5\" has a fraction, so it cannot be passed as s32 $"),
        (Type::S32, "\"1\"", "22023 a string in JSON cannot be passed as s32 $"),
        (Type::F32, "1e39", "22003 value \"1e39\" is out of range for f32 $"),
        (Type::F32, "1e-60", "22003 value \"1e-60\" is out of range for f32 $"),
    ] {
        assert_eq!(error(&ty, json), found);
    }
}

#[test]
fn options_within_options_are_told_apart() {
    let nested = Type::U8.option().option();
    for json in ["null", r#"{"some": null}"#, r#"{"some": 1}"#] {
        assert_eq!(there_and_back(&nested, json).unwrap(), json);
    }
    let deeper = nested.clone().option();
    for json in
        ["null", r#"{"some": null}"#, r#"{"some": {"some": null}}"#, r#"{"some": {"some": 1}}"#]
    {
        assert_eq!(there_and_back(&deeper, json).unwrap(), json);
    }
    assert_eq!(error(&nested, "1"), "22023 expected an object with exactly one key $");
    assert_eq!(error(&nested, r#"{"none": 1}"#), "22023 expected key \"some\", found \"none\" $");
    let of_cases = variant(&[("a", None), ("b", Some(Type::Bool.option()))]).option();
    for json in ["null", r#"{"a": null}"#, r#"{"b": null}"#, r#"{"b": true}"#] {
        assert_eq!(there_and_back(&of_cases, json).unwrap(), json);
    }
}

#[test]
fn records_have_all_their_fields_once() {
    let ty = record(&[("a-b", Type::U8), ("c", Type::String), ("d", Type::Bool.option())]);
    let whole = r#"{"a-b": 1, "c": "x", "d": null}"#;
    for json in [r#"{"d":null,"c":"x","a_b":1}"#, r#"{"c": "x", "a-b": 1}"#, whole] {
        assert_eq!(there_and_back(&ty, json).unwrap(), whole);
    }
    for (json, found) in [
        ("{}", "22023 field \"a-b\" is missing $"),
        (r#"{"a-b": 1}"#, "22023 field \"c\" is missing $"),
        (r#"{"a-b": 1, "c": "x", "a_b": 2}"#, "22030 field \"a-b\" appears twice $"),
        (
            r#"{"a-b": 1, "e": {"f": [1, "]"]}}"#,
            "22023 \"e\" is not a field, expected one of a-b, c, d $",
        ),
        (
            r#"{"c": {"x": ["}", "\"", {}]}, "a-b": 1}"#,
            "22023 an object in JSON cannot be passed as string $.c",
        ),
        (r#"{"a-b": 300, "c": "x"}"#, "22003 value \"300\" is out of range for u8 $.\"a-b\""),
        (r#"["a-b"]"#, "22023 an array in JSON cannot be passed as record rec $"),
    ] {
        assert_eq!(error(&ty, json), found);
    }
}

#[test]
fn texts_are_unicode() {
    for (ty, json, found) in [
        (Type::String, r#""\u0000\ud83d\ude00\/""#, r#""\u0000😀/""#),
        (Type::Char, r#""\ud83d\ude00""#, r#""😀""#),
        (Type::bytes(), r#""\\x00FF""#, r#""\\x00ff""#),
        (Type::bytes(), "[0, 255]", r#""\\x00ff""#),
        (Type::bytes(), r#""\\x""#, r#""\\x""#),
        (Type::Enum(labels(&["a", "b-c"])), r#""b_c""#, r#""b-c""#),
        (
            Type::Flags(labels(&["a", "NULL", "null"])),
            r#"["null", "a", "null"]"#,
            r#"["a", "null"]"#,
        ),
    ] {
        assert_eq!(there_and_back(&ty, json).unwrap(), found);
    }
    for (ty, json, found) in [
        (Type::String, r#""\ud800""#, "22P02 a surrogate in a JSON string is not part of a pair $"),
        (
            Type::String,
            r#""\udc00\ud800""#,
            "22P02 a surrogate in a JSON string is not part of a pair $",
        ),
        (
            Type::String,
            r#""\ud800\u0041""#,
            "22P02 a surrogate in a JSON string is not part of a pair $",
        ),
        (Type::Char, r#""""#, "22023 a char must be a string of exactly one character $"),
        (Type::Char, r#""ab""#, "22023 a char must be a string of exactly one character $"),
        (
            Type::bytes(),
            r#""\\x0""#,
            "22P02 bytes must be written as \"\\\\x\" followed by two hexadecimal digits for each byte $",
        ),
        (
            Type::bytes(),
            r#""00""#,
            "22P02 bytes must be written as \"\\\\x\" followed by two hexadecimal digits for each byte $",
        ),
        (Type::bytes(), "[256]", "22003 value \"256\" is out of range for u8 $[0]"),
        (Type::Enum(labels(&["a"])), r#""b""#, "22023 \"b\" is not a label, expected one of a $"),
        (
            Type::Flags(labels(&["NULL"])),
            "[null]",
            "22023 null in JSON cannot be passed as string $[0]",
        ),
    ] {
        assert_eq!(error(&ty, json), found);
    }
}

/// Text that PostgreSQL would never pass is an error, too.
#[test]
fn what_is_no_json_is_refused() {
    let ty = record(&[("a", Type::String), ("b", Type::U8.list()), ("c", Type::Bool.option())]);
    let good = r#"{"a": "x\n", "b": [1, 2], "c": true}"#;
    for end in 0..good.len() {
        assert!(there_and_back(&ty, &good[..end]).is_err(), "{}", &good[..end]);
    }
    for json in [
        "",
        "{\"a\"",
        "tru",
        "\"\\é\"",
        "\"\\",
        "{\"a\": \"\\é\"}",
        "[1,",
        "1 2",
        "{\"a\"}",
        "\u{e9}",
        "nulls",
    ] {
        for ty in [&ty, &Type::Bool.option(), &Type::String, &Type::U8.list(), &Type::U8] {
            assert!(there_and_back(ty, json).is_err(), "{json} as {ty}");
        }
    }
}

#[test]
fn what_a_guest_leaves_is_checked() {
    let text = |ty: &Type, bytes: &[u8]| lift(ty, bytes, &guest("\\ffa"), &|_, _| Ok(()), || {});
    let list = |at: u32, count: u32| [at.to_le_bytes(), count.to_le_bytes()].concat();
    for (ty, bytes, found) in [
        (
            shape(),
            vec![3; 24],
            "the discriminant 3 is not below the number of cases, 3, at $ in JSON",
        ),
        (
            Type::Tuple([Type::Bool, Type::U8.option()].into()),
            vec![2; 3],
            "the discriminant 2 is not below the number of cases, 2, at $[1] in JSON",
        ),
        (
            Type::Enum(labels(&["a"])),
            vec![1],
            "the discriminant 1 is not below the number of cases, 1, at $ in JSON",
        ),
        (
            Type::Char,
            vec![0, 0xd8, 0, 0],
            "a char is 0xd800, which is no Unicode scalar value, at $ in JSON",
        ),
        (Type::String, list(16, 2), "a string is not UTF-8 at byte 0 of 2, at $ in JSON"),
        (
            Type::U32.list(),
            list(17, 1),
            "a list's pointer 0x11 is not a multiple of 4, at $ in JSON",
        ),
        (
            Type::U32.list(),
            list(16, u32::MAX),
            "a list of 4294967295 elements of 4 bytes is beyond any memory, at $ in JSON",
        ),
    ] {
        let error = text(&ty, &bytes).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("WebAssembly function broke the canonical ABI: {found}")
        );
    }
    // The other bits of flags and of a bool are ignored.
    let flags = Type::Flags(labels(&["a", "b"]));
    assert_eq!(text(&flags, &[0xfe]).unwrap(), r#"["b"]"#);
    assert_eq!(text(&Type::Bool, &[2]).unwrap(), "true");
}

/// A list that lies within its own elements, nested 20 deep, stands for a million values.
#[test]
fn what_is_written_is_bounded() {
    let data = "\\10\\00\\00\\00\\02\\00\\00\\00\\10\\00\\00\\00\\02\\00\\00\\00";
    let ty = (0..20).fold(Type::Bool, |ty, _| ty.list());
    let room = |text: &mut String, more: usize| match text.len() + more > 1000 {
        true => Err(Error::ResultLimit { limit: 1000 }),
        false => Ok(()),
    };
    let list = [16u32.to_le_bytes(), 2u32.to_le_bytes()].concat();
    let found = lift(&ty, &list, &guest(data), &room, || {});
    assert!(matches!(found, Err(Error::ResultLimit { .. })), "{found:?}");
}

#[test]
fn long_texts_are_polled() {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    static POLLS: AtomicUsize = AtomicUsize::new(0);
    let json = format!("[{}1]", "1, ".repeat(10_000));
    let ty = Type::U8.list();
    let mut guest = guest("");
    lower(&json, &ty, &mut guest, || _ = POLLS.fetch_add(1, Relaxed), &mut [0; 8]).unwrap();
    assert!(POLLS.load(Relaxed) > 10_000);
}
