//! Resources: what each function of a resource becomes in SQL.
//!
//! A resource with `step` and `finish` is an aggregate, whose state SQL holds as a `wasm.state`. A method of any other
//! resource is a prepared function: it takes what the constructor takes, and then what it takes itself. A constructor
//! is no SQL function: nobody but the others calls it.

use super::{Reason, Result};
use crate::abi::Type;
use crate::error::Error;
use crate::name::{self, MemberKind, listed};
use crate::read::wit::{Function, Param};
use std::collections::HashMap;

/// What an exported function becomes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape<'a> {
    /// A function with its own parameters.
    Plain,
    /// A function with the constructor's parameters before its own.
    Prepared {
        /// The constructor.
        constructor: &'a Function,
    },
    /// A function of a state that returns the next one, with the constructor's parameters before its own.
    Transition {
        /// The constructor.
        constructor: &'a Function,
    },
    /// A function of two states that returns the first one with the second merged into it.
    Merge,
    /// A function of a state that returns a value.
    Final,
    /// Nothing: other functions call it.
    Internal,
}

/// The methods that make a resource an aggregate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aggregate<'a> {
    pub constructor: &'a Function,
    pub step: &'a Function,
    pub finish: &'a Function,
    pub unstep: Option<&'a Function>,
    pub merge: Option<&'a Function>,
}

/// The resources of a module.
pub(super) struct Resources<'a> {
    /// By the interface and the name.
    all: HashMap<Key<'a>, Resource<'a>>,
    /// The keys, in the order of the exports.
    order: Vec<Key<'a>>,
}

type Key<'a> = (Option<&'a str>, &'a str);

struct Resource<'a> {
    constructor: Result<&'a Function>,
    methods: HashMap<&'a str, &'a Function>,
    aggregate: Option<Aggregate<'a>>,
}

impl<'a> Resources<'a> {
    /// Finds the resources of these functions.
    pub(super) fn of(functions: &[&'a Function]) -> Self {
        let mut members: HashMap<Key<'a>, Vec<&'a Function>> = HashMap::new();
        let mut order = Vec::new();
        for function in functions {
            let Some(member) = function.member() else { continue };
            let key = (member.interface, member.resource);
            let known = members.entry(key).or_default();
            if known.is_empty() {
                order.push(key);
            }
            known.push(function);
        }
        let all = members.into_iter().map(|(key, members)| (key, Resource::of(&members)));
        Self { all: all.collect(), order }
    }

    /// Returns the aggregates, with the names of their resources.
    pub(super) fn aggregates(&self) -> impl Iterator<Item = (Key<'a>, Aggregate<'a>)> {
        self.order.iter().filter_map(|key| Some((*key, self.all.get(key)?.aggregate?)))
    }

    /// Returns what a function becomes.
    ///
    /// # Errors
    /// The reason why it becomes nothing.
    pub(super) fn shape(&self, function: &'a Function) -> Result<Shape<'a>> {
        if let Some(reason) = &function.unsupported {
            return Err(reason.clone());
        }
        let Some(member) = function.member() else { return Ok(Shape::Plain) };
        let Some(resource) = self.all.get(&(member.interface, member.resource)) else {
            return Ok(Shape::Plain);
        };
        let is_used = !resource.methods.is_empty();
        match member.kind {
            MemberKind::Constructor if is_used => Ok(Shape::Internal),
            MemberKind::Constructor => Err("its resource has no methods".into()),
            MemberKind::Static if !function.is_constructing() => Ok(Shape::Plain),
            MemberKind::Static => match &resource.constructor {
                Ok(constructor) if constructor.export == function.export && is_used => {
                    Ok(Shape::Internal)
                }
                _ => Err("its result is a handle, which SQL has no type for".into()),
            },
            MemberKind::Method => resource.method(member.name),
        }
    }
}

impl<'a> Resource<'a> {
    fn of(members: &[&'a Function]) -> Self {
        let mut methods = HashMap::new();
        for function in members {
            if let Some(member) = function.member()
                && member.kind == MemberKind::Method
            {
                methods.insert(member.name, *function);
            }
        }
        let constructor = constructor(members);
        let usable = |name: &str| {
            methods.get(name).copied().filter(|function| function.unsupported.is_none())
        };
        let aggregate = constructor.as_ref().ok().and_then(|constructor| {
            let step = usable("step").filter(|step| value(step).is_none())?;
            let merge = usable("merge").filter(|merge| takes(merge, &[&Type::bytes()]));
            let save = usable("save").filter(|save| {
                takes(save, &[]) && save.result.as_ref().is_some_and(|it| it.ty == Type::bytes())
            });
            Some(Aggregate {
                constructor,
                step,
                finish: usable("finish").filter(|finish| value(finish).is_some())?,
                unstep: usable("unstep").filter(|unstep| {
                    let stepped: Vec<_> = own_params(step).iter().map(|it| &it.value.ty).collect();
                    takes(unstep, &stepped)
                        && unstep.result.as_ref().is_some_and(|it| it.ty == Type::Bool)
                }),
                merge: merge.filter(|merge| value(merge).is_none() && save.is_some()),
            })
        });
        Self { constructor, methods, aggregate }
    }

    fn method(&self, name: &str) -> Result<Shape<'a>> {
        let constructor = self.constructor.clone()?;
        let Some(aggregate) = &self.aggregate else { return Ok(Shape::Prepared { constructor }) };
        match name {
            "step" => Ok(Shape::Transition { constructor }),
            "unstep" if aggregate.unstep.is_some() => Ok(Shape::Transition { constructor }),
            "unstep" => Err("it does not take what step takes and return a bool".into()),
            "merge" if aggregate.merge.is_some() => Ok(Shape::Merge),
            "save" if aggregate.merge.is_some() => Ok(Shape::Internal),
            "merge" | "save" => {
                Err("save: func() -> list<u8> and merge: func(saved: list<u8>) need each other"
                    .into())
            }
            _ => Ok(Shape::Final),
        }
    }
}

/// Returns the constructor of a resource with these functions.
fn constructor<'a>(members: &[&'a Function]) -> Result<&'a Function> {
    let of = members.first().and_then(|function| function.member());
    let of = of.ok_or_else(|| Reason::from("it belongs to no resource"))?;
    let statics: HashMap<&str, &'a Function> =
        members.iter().map(|function| (function.export.as_str(), *function)).collect();
    let names = members.iter().map(|function| function.export.as_str());
    let is_constructing =
        |name: &str| statics.get(name).is_some_and(|function| function.is_constructing());
    let found = match name::constructor(names, &of, is_constructing) {
        Ok(found) => statics[found],
        Err(Error::SeveralConstructors { exports, .. }) => {
            let exports = listed(exports.iter());
            return Err(format!(
                "its resource has no constructor, but several static functions that return it: {exports}"
            )
            .into());
        }
        Err(_) => return Err("its resource has no constructor".into()),
    };
    match &found.unsupported {
        None => Ok(found),
        Some(reason) => Err(format!("its constructor is unsupported: {reason}").into()),
    }
}

/// Returns the parameters of a method without its resource, and all parameters of another function.
pub(super) fn own_params(function: &Function) -> &[Param] {
    match function.member().is_some_and(|member| member.kind == MemberKind::Method) {
        true => function.params.get(1..).unwrap_or_default(),
        false => &function.params,
    }
}

/// Returns the type of the value that a function returns, or None if it returns at most an error.
fn value(function: &Function) -> Option<&Type> {
    match &function.result.as_ref()?.ty {
        Type::Result(result) => result.ok.as_ref(),
        ty => Some(ty),
    }
}

/// Returns whether a method takes exactly these types.
fn takes(function: &Function, types: &[&Type]) -> bool {
    let params = own_params(function);
    params.len() == types.len()
        && params.iter().zip(types).all(|(param, ty)| param.value.ty == **ty)
}
