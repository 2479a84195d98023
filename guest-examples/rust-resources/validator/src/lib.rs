//! The interface `schemas` of `../../wit/resources.wit`: the crate `boon`. Drafts 4 to 2020-12; the latest, if the
//! schema does not say which.

#[path = "../../../../cli/templates/rust/src/random.rs"]
#[cfg(target_arch = "wasm32")]
mod random;

use boon::{Compiler, SchemaIndex, Schemas, ValidationError};
use exports::plwasm::examples::schemas::{Guest, GuestValidator};

wit_bindgen::generate!({ path: "../../wit", world: "validator" });

struct Interface;

impl Guest for Interface {
    type Validator = Compiled;
}

struct Compiled {
    schemas: Schemas,
    index: SchemaIndex,
}

/// Where the schema seems to be; references to other addresses are errors, as nothing can be fetched.
const URL: &str = "schema:";

impl GuestValidator for Compiled {
    fn new(schema: String) -> Result<Self, String> {
        let schema = serde_json::from_str(&schema).map_err(|error| format!("the schema is not JSON: {error}"))?;
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.add_resource(URL, schema).map_err(|error| error.to_string())?;
        let index = compiler.compile(URL, &mut schemas).map_err(|error| format!("{error:#}"))?;
        Ok(Self { schemas, index })
    }

    fn is_valid(&self, document: String) -> bool {
        serde_json::from_str(&document).is_ok_and(|document| self.schemas.validate(&document, self.index).is_ok())
    }

    fn errors(&self, document: String) -> Vec<String> {
        let mut errors = Vec::new();
        match serde_json::from_str(&document) {
            Err(error) => errors.push(format!("the document is not JSON: {error}")),
            Ok(document) => {
                if let Err(error) = self.schemas.validate(&document, self.index) {
                    list(&error, &mut errors);
                }
            }
        }
        errors
    }
}

/// Lists the errors that have no cause but themselves.
fn list(error: &ValidationError, errors: &mut Vec<String>) {
    for cause in &error.causes {
        list(cause, errors);
    }
    if error.causes.is_empty() {
        errors.push(format!("at '{}': {}", error.instance_location, error.kind));
    }
}

export!(Interface);
