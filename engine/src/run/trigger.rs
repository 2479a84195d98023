//! Trigger functions: what their parameters stand for.
//!
//! Parameters are known by their names, so that a function declares only what it reads. This must never know the rows of a
//! table.

use crate::abi::Type;
use crate::read::wit::Function;

/// What a parameter of a trigger function stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `event`: why the function is called.
    Event,
    /// `old`: the row before the change.
    Old,
    /// `new`: the row after the change.
    New,
    /// `old`, a list: the rows before the change (`OLD TABLE`).
    OldTable,
    /// `new`, a list: the rows after the change (`NEW TABLE`).
    NewTable,
}

impl Part {
    /// Returns what a parameter of that name and type stands for.
    ///
    /// # Errors
    /// The reason why there is no such parameter.
    pub fn of(name: &str, ty: &Type) -> std::result::Result<Self, String> {
        let is_table = matches!(some(ty), Type::List(_));
        match (name, is_table) {
            ("event", _) => Ok(Self::Event),
            ("old", false) => Ok(Self::Old),
            ("new", false) => Ok(Self::New),
            ("old", true) => Ok(Self::OldTable),
            ("new", true) => Ok(Self::NewTable),
            _ => Err(format!(
                "parameter \"{name}\": the parameters of a trigger function are called event, old and new"
            )),
        }
    }

    /// Returns the name of the parameter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Old | Self::OldTable => "old",
            Self::New | Self::NewTable => "new",
        }
    }

    /// Returns what the parameters of a function stand for, except a method's first parameter.
    ///
    /// # Errors
    /// The reason why it is not a trigger function.
    pub fn all(function: &Function) -> std::result::Result<Vec<Self>, String> {
        let params = function.params.iter().filter(|param| !param.value.ty.is_handle());
        params.map(|param| Self::of(&param.name, &param.value.ty)).collect()
    }
}

/// Returns whether a function says that it is a trigger function: it takes an event whose type is called `trigger-event`.
pub fn is_trigger(function: &Function) -> bool {
    let is_event = |ty: &Type| match ty {
        Type::Record(record) => record.name.as_deref() == Some("trigger-event"),
        _ => false,
    };
    function.params.iter().any(|param| param.name == "event" && is_event(some(&param.value.ty)))
}

/// Returns T for `option<T>` and for T.
pub fn some(ty: &Type) -> &Type {
    match ty {
        Type::Option(some) => some,
        ty => ty,
    }
}
