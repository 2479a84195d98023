//! Events: the record that tells a trigger function why it is called.
//!
//! Fields are known by their names, so that a function declares only what it reads. This must never ask for what a guest does not
//! declare.

use super::{Interrupts, Lowering};
use crate::abi::{Labels, Layout, Type, discriminant_size};
use crate::error::{Error, Result};
use crate::replay::literal;
use std::borrow::Cow;

/// What a trigger tells about itself and the change for which it is fired. Texts are UTF-8.
pub trait Firing {
    /// `insert`, `update`, `delete` or `truncate`
    fn operation(&self) -> &'static str;
    /// `before`, `after` or `instead-of`
    fn timing(&self) -> &'static str;
    /// `row` or `statement`
    fn level(&self) -> &'static str;
    /// The name of the trigger.
    fn name(&self) -> Cow<'_, [u8]>;
    /// The schema of the table.
    fn schema(&self) -> Cow<'_, [u8]>;
    /// The name of the table.
    fn table(&self) -> Cow<'_, [u8]>;
    /// The OID of the table.
    fn relation(&self) -> u32;
    /// The arguments that were given to CREATE TRIGGER.
    fn arguments(&self) -> Vec<Cow<'_, [u8]>>;
}

/// The record `event`, or those of its fields that a guest declares.
#[derive(Debug)]
pub struct Event(Box<[(u32, Field)]>);

#[derive(Debug)]
enum Field {
    Operation(Word),
    Timing(Word),
    Level(Word),
    Name,
    Schema,
    Table,
    Relation,
    Arguments,
}

/// A word that is passed as a case of an enum, or as a string.
#[derive(Debug)]
enum Word {
    Text,
    /// The words of the cases that there are, with the number of each, and the size of a number in bytes.
    Case {
        numbers: Box<[(&'static str, u32)]>,
        size: u32,
    },
}

const OPERATIONS: &[&str] = &["insert", "update", "delete", "truncate"];
const TIMINGS: &[&str] = &["before", "after", "instead-of"];
const LEVELS: &[&str] = &["row", "statement"];

impl Event {
    /// Returns how an event is passed as a type.
    ///
    /// # Errors
    /// The reason why it cannot be.
    pub fn of(ty: &Type) -> std::result::Result<Self, String> {
        let Type::Record(record) = ty else {
            return Err(format!("event cannot be passed as {ty}, only as a record"));
        };
        let (_, offsets) = Layout::of_tuple(record.fields.iter().map(|field| &field.ty));
        let fields = record.fields.iter().zip(offsets).map(|(field, offset)| {
            let of = |reason| format!("field \"{}\" of event: {reason}", field.name);
            Ok((offset, Field::of(&field.name, &field.ty).map_err(of)?))
        });
        Ok(Self(fields.collect::<std::result::Result<_, String>>()?))
    }

    /// Writes an event to scratch at `at`.
    ///
    /// # Errors
    /// 39P01 if the guest's enum has no case for what has happened; errors of the guest's allocator.
    pub fn store<I: Interrupts>(
        &self,
        firing: &impl Firing,
        at: usize,
        to: &mut Lowering<I>,
    ) -> Result<()> {
        for (offset, field) in &self.0 {
            let at = at + *offset as usize;
            match field {
                Field::Operation(word) => word.store(firing.operation(), at, to)?,
                Field::Timing(word) => word.store(firing.timing(), at, to)?,
                Field::Level(word) => word.store(firing.level(), at, to)?,
                Field::Name => to.string(at, &firing.name())?,
                Field::Schema => to.string(at, &firing.schema())?,
                Field::Table => to.string(at, &firing.table())?,
                Field::Relation => to.put(at, &firing.relation().to_le_bytes()),
                Field::Arguments => {
                    let arguments = firing.arguments();
                    let Layout { size, align } = Layout::of(&Type::String);
                    to.list(at, arguments.len(), size, align, |i, at, to| {
                        to.string(at, &arguments[i])
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Returns the type in SQL of each field, as a replay declares it. An enum is its definition.
    pub fn types(&self) -> Vec<String> {
        let types = self.0.iter().map(|(_, field)| match field {
            Field::Operation(word) | Field::Timing(word) | Field::Level(word) => word.ty(),
            Field::Name | Field::Schema | Field::Table => "text".into(),
            Field::Relation => "oid".into(),
            Field::Arguments => "text[]".into(),
        });
        types.collect()
    }

    /// Returns each field of an event as a constant of SQL, `None` where an enum has no case for it.
    pub fn constants(&self, firing: &impl Firing) -> Vec<Option<String>> {
        let text = |bytes: &[u8]| literal(&String::from_utf8_lossy(bytes));
        let constants = self.0.iter().map(|(_, field)| match field {
            Field::Operation(word) => word.constant(firing.operation()),
            Field::Timing(word) => word.constant(firing.timing()),
            Field::Level(word) => word.constant(firing.level()),
            Field::Name => Some(text(&firing.name())),
            Field::Schema => Some(text(&firing.schema())),
            Field::Table => Some(text(&firing.table())),
            Field::Relation => Some(firing.relation().to_string()),
            Field::Arguments => {
                let arguments = firing.arguments();
                let texts: Vec<_> = arguments.iter().map(|argument| text(argument)).collect();
                Some(match texts.is_empty() {
                    true => "'{}'".into(),
                    false => format!("ARRAY[{}]", texts.join(", ")),
                })
            }
        });
        constants.collect()
    }
}

impl Field {
    fn of(name: &str, ty: &Type) -> std::result::Result<Self, String> {
        let texts = Type::String.list();
        Ok(match (name, ty) {
            ("operation", ty) => Self::Operation(Word::of(OPERATIONS, ty)?),
            ("timing", ty) => Self::Timing(Word::of(TIMINGS, ty)?),
            ("level", ty) => Self::Level(Word::of(LEVELS, ty)?),
            ("name", Type::String) => Self::Name,
            ("schema", Type::String) => Self::Schema,
            ("table", Type::String) => Self::Table,
            ("relation", Type::U32) => Self::Relation,
            ("arguments", ty) if *ty == texts => Self::Arguments,
            ("name" | "schema" | "table", ty) => return Err(format!("it is a string, not {ty}")),
            ("relation", ty) => return Err(format!("it is a u32, not {ty}")),
            ("arguments", ty) => return Err(format!("it is a list<string>, not {ty}")),
            _ => {
                return Err("there is none; event has operation, timing, level, name, schema, table, relation and \
                     arguments"
                    .into());
            }
        })
    }
}

impl Word {
    fn of(words: &'static [&'static str], ty: &Type) -> std::result::Result<Self, String> {
        match ty {
            Type::String => Ok(Self::Text),
            Type::Enum(labels) => Ok(Self::Case {
                numbers: numbers(words, labels)?,
                size: discriminant_size(labels.labels.len()),
            }),
            ty => Err(format!("it is an enum of {}, or a string, not {ty}", words.join(", "))),
        }
    }

    fn ty(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Case { numbers, .. } => {
                let labels: Vec<_> = numbers.iter().map(|(label, _)| literal(label)).collect();
                format!("ENUM ({})", labels.join(", "))
            }
        }
    }

    fn constant(&self, word: &str) -> Option<String> {
        let has = |numbers: &[(&str, u32)]| numbers.iter().any(|(known, _)| *known == word);
        match self {
            Self::Case { numbers, .. } if !has(numbers) => None,
            _ => Some(literal(word)),
        }
    }

    fn store<I: Interrupts>(
        &self,
        word: &'static str,
        at: usize,
        to: &mut Lowering<I>,
    ) -> Result<()> {
        match self {
            Self::Text => to.string(at, word.as_bytes()),
            Self::Case { numbers, size } => {
                let found = numbers.iter().find(|(known, _)| *known == word);
                let (_, number) = found.ok_or_else(|| {
                    Error::sql(
                        "39P01",
                        format!(
                            "the function's event has no case \"{word}\", for which it is called"
                        ),
                    )
                })?;
                to.discriminate(at, *number, *size);
                Ok(())
            }
        }
    }
}

/// Returns the words for which there is a case, with its number.
fn numbers(
    words: &'static [&'static str],
    labels: &Labels,
) -> std::result::Result<Box<[(&'static str, u32)]>, String> {
    let numbered = labels.labels.iter().zip(0..).map(|(label, number)| {
        let word = words.iter().find(|word| *word == label);
        word.map(|word| (*word, number))
            .ok_or_else(|| format!("there is no \"{label}\"; the cases are {}", words.join(", ")))
    });
    numbered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Field as RecordField, Record};
    use std::rc::Rc;

    fn record(fields: &[(&str, Type)]) -> Type {
        let fields = fields.iter().map(|(name, ty)| RecordField {
            name: (*name).into(),
            docs: None,
            ty: ty.clone(),
        });
        Type::Record(Rc::new(Record { name: None, docs: None, fields: fields.collect() }))
    }

    fn cases(labels: &[&str]) -> Type {
        let labels = labels.iter().map(ToString::to_string).collect();
        Type::Enum(Rc::new(Labels { name: None, docs: None, labels }))
    }

    #[test]
    fn an_event_has_the_fields_that_are_declared() {
        let event = record(&[("relation", Type::U32), ("operation", cases(&["delete", "insert"]))]);
        assert!(Event::of(&event).is_ok());
        assert!(Event::of(&record(&[("operation", Type::String)])).is_ok());
    }

    #[test]
    fn a_replay_has_the_same_fields() {
        struct Fired;
        impl Firing for Fired {
            fn operation(&self) -> &'static str {
                "insert"
            }
            fn timing(&self) -> &'static str {
                "before"
            }
            fn level(&self) -> &'static str {
                "row"
            }
            fn name(&self) -> Cow<'_, [u8]> {
                Cow::Borrowed(b"it's")
            }
            fn schema(&self) -> Cow<'_, [u8]> {
                Cow::Borrowed(b"s")
            }
            fn table(&self) -> Cow<'_, [u8]> {
                Cow::Borrowed(b"t")
            }
            fn relation(&self) -> u32 {
                7
            }
            fn arguments(&self) -> Vec<Cow<'_, [u8]>> {
                vec![Cow::Borrowed(b"a"), Cow::Borrowed(b"\n")]
            }
        }
        let event = record(&[
            ("name", Type::String),
            ("operation", cases(&["delete", "insert"])),
            ("timing", cases(&["after"])),
            ("relation", Type::U32),
            ("arguments", Type::String.list()),
        ]);
        let event = Event::of(&event).expect("an event");
        let types = ["text", "ENUM ('delete', 'insert')", "ENUM ('after')", "oid", "text[]"];
        assert_eq!(event.types(), types);
        let found = event.constants(&Fired);
        let found: Vec<_> = found.iter().map(Option::as_deref).collect();
        let array = Some(r"ARRAY['a', E'\n']");
        assert_eq!(found, [Some("'it''s'"), Some("'insert'"), None, Some("7"), array]);
    }

    #[test]
    fn what_no_event_has_is_refused() {
        let refused = |ty: Type| Event::of(&ty).expect_err("not an event");
        assert!(refused(Type::String).contains("only as a record"));
        assert!(refused(record(&[("user", Type::String)])).contains("there is none"));
        assert!(refused(record(&[("relation", Type::S32)])).contains("it is a u32"));
        assert!(refused(record(&[("level", cases(&["row", "table"]))])).contains("\"table\""));
    }
}
