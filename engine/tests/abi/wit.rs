//! Types as WIT text, which `wit-parser` reads; and the comparison with its numbers.

use plwasm_engine::abi::{Case, CoreSignature, CoreType, Field, Layout, Signature, Type};
use proptest::prelude::*;
use std::fmt::Write;
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, SizeAlign};

/// Writes types as WIT, in which records and the like need names.
#[derive(Default)]
pub(crate) struct Wit {
    pub definitions: String,
    pub count: usize,
}

impl Wit {
    pub(crate) fn define(&mut self, keyword: &str, body: &str) -> String {
        self.count += 1;
        let _ = writeln!(self.definitions, "  {keyword} t{} {{ {body} }}", self.count);
        format!("t{}", self.count)
    }

    pub(crate) fn write(&mut self, ty: &Type) -> String {
        match ty {
            Type::List(element) => format!("list<{}>", self.write(element)),
            Type::Option(some) => format!("option<{}>", self.write(some)),
            Type::Tuple(types) => {
                let types: Vec<_> = types.iter().map(|ty| self.write(ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            Type::Result(result) => {
                let mut part = |ty: &Option<Type>| {
                    ty.as_ref().map_or_else(|| "_".to_string(), |ty| self.write(ty))
                };
                match (part(&result.ok), part(&result.err)) {
                    (ok, err) if ok == "_" && err == "_" => "result".into(),
                    (ok, err) if err == "_" => format!("result<{ok}>"),
                    (ok, err) => format!("result<{ok}, {err}>"),
                }
            }
            Type::Record(record) => {
                let field = |field: &Field| format!("{}: {}", field.name, self.write(&field.ty));
                let fields: Vec<_> = record.fields.iter().map(field).collect();
                self.define("record", &fields.join(", "))
            }
            Type::Variant(variant) => {
                let case = |case: &Case| match &case.ty {
                    Some(ty) => format!("{}({})", case.name, self.write(ty)),
                    None => case.name.clone(),
                };
                let cases: Vec<_> = variant.cases.iter().map(case).collect();
                self.define("variant", &cases.join(", "))
            }
            Type::Enum(labels) => self.define("enum", &labels.labels.join(", ")),
            Type::Flags(labels) => self.define("flags", &labels.labels.join(", ")),
            scalar => scalar.to_string(),
        }
    }
}

fn core(types: &[WasmType]) -> Vec<CoreType> {
    let core = |ty: &WasmType| match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => CoreType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => CoreType::I64,
        WasmType::F32 => CoreType::F32,
        WasmType::F64 => CoreType::F64,
    };
    types.iter().map(core).collect()
}

pub(crate) fn check(params: Vec<Type>, result: Option<Type>) -> Result<(), TestCaseError> {
    let mut wit = Wit::default();
    let written: Vec<_> =
        params.iter().enumerate().map(|(i, ty)| format!("p{i}: {}", wit.write(ty))).collect();
    let returns = result.as_ref().map(|ty| format!(" -> {}", wit.write(ty))).unwrap_or_default();
    let text = format!(
        "package a:b;\ninterface i {{\n{}  f: func({}){returns};\n}}\n",
        wit.definitions,
        written.join(", ")
    );
    let mut resolve = Resolve::default();
    resolve.push_str("a.wit", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let function = resolve.interfaces.iter().find_map(|(_, i)| i.functions.get("f")).unwrap();
    let expected = resolve.wasm_signature(AbiVariant::GuestExport, function);
    let expected =
        CoreSignature { params: core(&expected.params), results: core(&expected.results) };
    let signature = Signature { params: params.clone(), result: result.clone() };
    prop_assert_eq!(signature.core(), expected, "{}", text);

    let mut sizes = SizeAlign::default();
    sizes.fill(&resolve);
    let theirs = function.params.iter().map(|param| &param.ty).chain(&function.result);
    for (ours, theirs) in params.iter().chain(&result).zip(theirs) {
        let layout = Layout {
            size: sizes.size(theirs).size_wasm32() as u32,
            align: sizes.align(theirs).align_wasm32() as u32,
        };
        prop_assert_eq!(Layout::of(ours), layout, "{}", text);
    }
    Ok(())
}
