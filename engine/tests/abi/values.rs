//! Random values for wasmtime, and their JSON.

use plwasm_engine::abi::{Field, Type};
use wasmtime::component::Val;

/// A value of a type, made of bytes.
pub(crate) fn value(ty: &wasmtime::component::Type, bytes: &mut impl Iterator<Item = u8>) -> Val {
    use wasmtime::component::Type as T;
    let mut word = || u64::from_le_bytes(std::array::from_fn(|_| bytes.next().unwrap_or(0)));
    match ty {
        T::Bool => Val::Bool(word() % 2 == 0),
        T::S8 => Val::S8(word() as i8),
        T::U8 => Val::U8(word() as u8),
        T::S16 => Val::S16(word() as i16),
        T::U16 => Val::U16(word() as u16),
        T::S32 => Val::S32(word() as i32),
        T::U32 => Val::U32(word() as u32),
        T::S64 => Val::S64(word() as i64),
        T::U64 => Val::U64(word()),
        T::Float32 => match f32::from_bits(word() as u32) {
            // NaNs are not equal to each other.
            value if value.is_nan() => Val::Float32(-0.0),
            value => Val::Float32(value),
        },
        T::Float64 => match f64::from_bits(word()) {
            value if value.is_nan() => Val::Float64(f64::NEG_INFINITY),
            value => Val::Float64(value),
        },
        T::Char => Val::Char(char::from_u32(word() as u32 % 0x11_0000).unwrap_or('\0')),
        T::String => {
            const SOME: [&str; 8] =
                ["", "a", "é", "😀", "\"", "\\", "\u{0}\u{8}\t", "\u{7f}\u{2028}"];
            Val::String((0..word() % 4).map(|_| SOME[word() as usize % 8]).collect())
        }
        T::List(list) => {
            let count = word() % 3;
            Val::List((0..count).map(|_| value(&list.ty(), bytes)).collect())
        }
        T::Record(record) => Val::Record(
            record.fields().map(|field| (field.name.into(), value(&field.ty, bytes))).collect(),
        ),
        T::Tuple(tuple) => Val::Tuple(tuple.types().map(|ty| value(&ty, bytes)).collect()),
        T::Enum(labels) => {
            let case = word() as usize % labels.names().len();
            Val::Enum(labels.names().nth(case).unwrap().into())
        }
        T::Option(option) => Val::Option(match word() % 3 {
            0 => None,
            _ => Some(Box::new(value(&option.ty(), bytes))),
        }),
        T::Flags(flags) => {
            let set = word();
            let names = flags.names().enumerate();
            Val::Flags(
                names.filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, n)| n.into()).collect(),
            )
        }
        T::Result(result) => {
            let ok = word() % 2 == 0;
            let ty = if ok { result.ok() } else { result.err() };
            let payload = ty.map(|ty| Box::new(value(&ty, bytes)));
            Val::Result(if ok { Ok(payload) } else { Err(payload) })
        }
        T::Variant(variant) => {
            let case = word() as usize % variant.cases().len();
            let case = variant.cases().nth(case).unwrap();
            Val::Variant(case.name.into(), case.ty.map(|ty| Box::new(value(&ty, bytes))))
        }
        other => panic!("{other:?} is none of WIT's value types"),
    }
}

/// JSON as it is documented, written by other means.
pub(crate) fn json_of(ty: &Type, value: &Val) -> String {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let float = |digits: String| match digits.as_str() {
        "inf" => text("Infinity"),
        "-inf" => text("-Infinity"),
        "-0.0" => text("-0"),
        digits => digits.strip_suffix(".0").unwrap_or(digits).to_string(),
    };
    let case = |name: &str, ty: Option<&Type>, value: Option<&Val>| {
        let value = ty.zip(value).map_or("null".to_string(), |(ty, value)| json_of(ty, value));
        format!("{{{}: {value}}}", text(name))
    };
    let joined = |parts: Vec<String>| parts.join(", ");
    match (ty, value) {
        (_, Val::Bool(value)) => value.to_string(),
        (_, Val::S8(value)) => value.to_string(),
        (_, Val::U8(value)) => value.to_string(),
        (_, Val::S16(value)) => value.to_string(),
        (_, Val::U16(value)) => value.to_string(),
        (_, Val::S32(value)) => value.to_string(),
        (_, Val::U32(value)) => value.to_string(),
        (_, Val::S64(value)) => value.to_string(),
        (_, Val::U64(value)) => value.to_string(),
        (_, Val::Float32(value)) => float(format!("{value:?}")),
        (_, Val::Float64(value)) => float(format!("{value:?}")),
        (_, Val::Char(value)) => text(&value.to_string()),
        (_, Val::String(value)) => text(value).replace("\\b", "\\u0008").replace("\\f", "\\u000c"),
        (Type::List(of), Val::List(values)) if **of == Type::U8 => {
            let byte = |value: &Val| {
                if let Val::U8(byte) = value { format!("{byte:02x}") } else { panic!() }
            };
            text(&format!("\\x{}", values.iter().map(byte).collect::<String>()))
        }
        (Type::List(of), Val::List(values)) => {
            format!("[{}]", joined(values.iter().map(|value| json_of(of, value)).collect()))
        }
        (Type::Tuple(types), Val::Tuple(values)) => {
            let values = types.iter().zip(values).map(|(ty, value)| json_of(ty, value));
            format!("[{}]", joined(values.collect()))
        }
        (Type::Record(record), Val::Record(values)) => {
            let field = |(field, (name, value)): (&Field, &(String, Val))| {
                format!("{}: {}", text(name), json_of(&field.ty, value))
            };
            format!("{{{}}}", joined(record.fields.iter().zip(values).map(field).collect()))
        }
        (_, Val::Enum(label)) => text(label),
        (_, Val::Flags(labels)) => {
            format!("[{}]", joined(labels.iter().map(|l| text(l)).collect()))
        }
        (Type::Option(_), Val::Option(None)) => "null".into(),
        (Type::Option(some), Val::Option(Some(value))) => match &**some {
            Type::Option(_) => format!("{{\"some\": {}}}", json_of(some, value)),
            some => json_of(some, value),
        },
        (Type::Result(of), Val::Result(Ok(value))) => case("ok", of.ok.as_ref(), value.as_deref()),
        (Type::Result(of), Val::Result(Err(value))) => {
            case("err", of.err.as_ref(), value.as_deref())
        }
        (Type::Variant(of), Val::Variant(name, value)) => {
            let found = of.cases.iter().find(|case| case.name == *name).unwrap();
            case(name, found.ty.as_ref(), value.as_deref())
        }
        (ty, value) => panic!("{value:?} is no {ty}"),
    }
}
