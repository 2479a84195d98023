//! The interfaces `schemas` of `../../wit/resources.wit` and `conformity` of `../../wit/conformity.wit`: the crate `boon`.
//! Drafts 4 to 2020-12; the latest, if the schema does not say which.

mod trigger;

#[path = "../../../../cli/templates/rust/src/random.rs"]
#[cfg(target_arch = "wasm32")]
mod random;

#[path = "../../bump.rs"]
mod bump;

use boon::{CompileError, Compiler, SchemaIndex, Schemas, ValidationError};
use exports::plwasm::examples::{conformity, schemas};
use serde_json::Value;
use std::mem::forget;

wit_bindgen::generate!({ path: "../../wit", world: "validator-and-triggers", generate_all });

/// Runs once: what it leaves is what every call begins with. A first schema lets boon compile the schemas of schemas.
#[unsafe(export_name = "_initialize")]
extern "C" fn initialize() {
    let _ = compile("{}");
}

struct Interface;

impl schemas::Guest for Interface {
    type Validator = Validator;
}

impl conformity::Guest for Interface {
    type Schema = Validator;
}

struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

/// The schema's own address. References to others are errors, as nothing can be fetched.
const URL: &str = "schema:";

fn compile(schema: &str) -> Result<Validator, String> {
    let schema =
        serde_json::from_str(schema).map_err(|error| format!("the schema is not JSON: {error}"))?;
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    let added = compiler.add_resource(URL, schema);
    let compiled = added.and_then(|()| compiler.compile(URL, &mut schemas));
    let index = compiled.map_err(|error| format!("invalid schema: {}", reason(&error)))?;
    Ok(Validator { schemas, index })
}

impl schemas::GuestValidator for Validator {
    fn new(schema: String) -> Result<Self, String> {
        Self::prepared(&schema)
    }

    // What the methods make is not dropped, only forgotten: PL/Wasm puts memory back.

    fn is_valid(&self, document: String) -> bool {
        let parsed = serde_json::from_str::<Value>(&document);
        forget(document);
        let Ok(parsed) = parsed else { return false };
        let result = self.schemas.validate(&parsed, self.index);
        let valid = result.is_ok();
        forget(result);
        forget(parsed);
        valid
    }

    fn errors(&self, document: String) -> Vec<String> {
        self.found(&document)
    }
}

impl Validator {
    fn prepared(schema: &str) -> Result<Self, String> {
        let validator = compile(schema)?;
        bump::methods_begin();
        Ok(validator)
    }

    /// Returns what does not conform.
    fn found(&self, document: &str) -> Vec<String> {
        let document = match serde_json::from_str(document) {
            Ok(document) => document,
            Err(error) => return vec![format!("the document is not JSON: {error}")],
        };
        let result = self.schemas.validate(&document, self.index);
        let errors = result.as_ref().err().map_or_else(Vec::new, errors);
        forget(result);
        forget(document);
        errors
    }
}

fn reason(error: &CompileError) -> String {
    match error {
        CompileError::ValidationError { src, .. } => errors(src).join("; "),
        other => format!("{other:#}"),
    }
}

/// Lists the errors that do not merely follow from others.
fn errors(error: &ValidationError) -> Vec<String> {
    if error.causes.is_empty() {
        return vec![format!("at '{}': {}", error.instance_location, error.kind)];
    }
    error.causes.iter().flat_map(errors).collect()
}

export!(Interface);
