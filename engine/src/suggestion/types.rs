//! Types: finds the SQL types for WIT types, and registers those that have to be created.

use super::statement::{Column, Definition, NewType};
use super::{MAX_NAME, Result, Suggestions};
use crate::abi::Type;
use crate::name::snake;
use crate::read::wit::Spelling;
use crate::sql::{self, Proposed, proposed};
use std::rc::Rc;

impl Suggestions {
    /// Returns the SQL type for a WIT type. For an option, returns that for the type within it.
    pub(super) fn nullable(
        &mut self,
        ty: &Type,
        spelling: &Spelling,
        path: &str,
    ) -> Result<String> {
        match ty {
            Type::Option(some) => self.sql(some, &spelling.part(0), path),
            _ => self.sql(ty, spelling, path),
        }
    }

    /// Returns the SQL type for a WIT type that is not an option. A type without a name is named after `path`.
    pub(super) fn sql(&mut self, ty: &Type, spelling: &Spelling, path: &str) -> Result<String> {
        let found = proposed(ty, spelling)?;
        // A type that is used a thousand times is made once. The exports keep it alive at its address.
        let address = match (ty, &found) {
            (Type::Record(record), Proposed::Composite(_)) => Rc::as_ptr(record).cast(),
            (Type::Enum(labels), Proposed::Enum(_)) => Rc::as_ptr(labels).cast(),
            _ => return self.made(ty, found, spelling, path),
        };
        if let Some(known) = self.known.get(&address) {
            return known.clone();
        }
        let made = self.made(ty, found, spelling, path);
        self.known.insert(address, made.clone());
        made
    }

    fn made(
        &mut self,
        ty: &Type,
        found: Proposed,
        spelling: &Spelling,
        path: &str,
    ) -> Result<String> {
        match found {
            Proposed::Base(base) => Ok(base.sql().into()),
            Proposed::Range(range) => Ok(range.name.into()),
            Proposed::Flags => Ok("text[]".into()),
            Proposed::Array(element, spelling) => {
                Ok(self.nullable(element, &spelling, path)? + "[]")
            }
            Proposed::Composite(columns) => {
                let (name, docs) = match ty {
                    Type::Record(record) => (record.name.as_deref(), record.docs.clone()),
                    _ => (None, None),
                };
                let name = name.map_or(path.to_string(), snake);
                let columns = self.columns(columns, spelling, &name)?;
                self.new_type(&name, Definition::Composite(columns), docs)
            }
            Proposed::Enum(found) => {
                let (name, docs) = match ty {
                    Type::Enum(labels) => (labels.name.as_deref(), labels.docs.clone()),
                    _ => (None, None),
                };
                if found.iter().any(|label| label.len() > MAX_NAME) {
                    return Err("a label of an enum is too long".into());
                }
                self.new_type(&name.map_or(path.to_string(), snake), Definition::Enum(found), docs)
            }
        }
    }

    fn columns(
        &mut self,
        columns: Vec<sql::Column>,
        spelling: &Spelling,
        of: &str,
    ) -> Result<Vec<Column>> {
        let mut found = Vec::new();
        for (i, sql::Column { name, ty, docs }) in columns.into_iter().enumerate() {
            let ty = self.nullable(ty, &spelling.part(i), &format!("{of}_{name}"))?;
            let docs = docs.map(|docs| self.comment(docs));
            found.push(Column { name: self.short(&name)?, ty, docs });
        }
        Ok(found)
    }

    fn new_type(
        &mut self,
        name: &str,
        definition: Definition,
        docs: Option<String>,
    ) -> Result<String> {
        let lower = name.to_ascii_lowercase();
        let known = self.by_name.get(&lower).map(|known| &self.types[*known]);
        let name = match known {
            // Another type has the name in lower case. The capitals of this one tell it apart.
            Some(known) if known.definition != definition && lower != name => name,
            _ => &lower,
        };
        let qualified = self.qualified(name)?;
        let docs = docs.map(|docs| self.comment(&docs));
        let new = NewType { name: name.into(), qualified: qualified.clone(), definition, docs };
        match self.by_name.get(name) {
            None => {
                self.by_name.insert(name.into(), self.types.len());
                self.types.push(new);
            }
            Some(known) if self.types[*known].definition == new.definition => {}
            Some(_) => return Err(format!("it has two types \"{name}\" that differ").into()),
        }
        Ok(qualified)
    }
}
