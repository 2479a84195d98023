//! Trigger functions: what does not conform is rejected.

use super::Validator;
use super::conformity::{Documented, Error, GuestSchema, TriggerEvent};

impl GuestSchema for Validator {
    fn new(schema: String) -> Result<Self, String> {
        Self::prepared(&schema)
    }

    fn check_document(&self, event: TriggerEvent, new: Documented) -> Result<(), Error> {
        match new.document {
            Some(document) => self.check("document", &event, &document),
            None => Ok(()),
        }
    }

    fn check_row(&self, event: TriggerEvent, new: String) -> Result<(), Error> {
        self.check("row", &event, &new)
    }
}

impl Validator {
    fn check(&self, what: &str, event: &TriggerEvent, json: &str) -> Result<(), Error> {
        let found = self.found(json);
        match found.is_empty() {
            true => Ok(()),
            false => Err(Error {
                sqlstate: "23514".into(),
                message: format!("a {what} of table \"{}\" does not conform to its schema", event.table),
                detail: Some(found.join("\n")),
                hint: None,
            }),
        }
    }
}
