//! Converts wasmparser's types to ours: finds names, comments and spellings.
//!
//! A type can be defined once and used many times. This must never convert a type twice.

use super::budget::Budget;
use super::docs::Docs;
use super::source::Source;
use super::tree::{Converted, Name, Reason, Result, Size, Tree, composed, primitive, spelled};
use super::{Function, Param, Spelling, Value};
use crate::abi::{Case, Field, Labels, Record, ResultType, Type, Variant};
use crate::name::{MemberKind, member};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use wasmparser::collections::IndexSet;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType as Defined, ComponentDefinedTypeId,
    ComponentEntityType, ComponentFuncTypeId, ComponentItem, ComponentValType, ResourceId,
};
use wasmparser::names::KebabString;

/// The most names of one type that are followed.
const MAX_ALIASES: usize = 64;

/// The resource to which a function belongs.
struct Resource {
    name: Rc<str>,
    id: ResourceId,
}

pub(super) struct Converter<'a> {
    source: &'a Source,
    docs: &'a [Docs],
    budget: &'a mut Budget,
    names: HashMap<ComponentAnyTypeId, Name<'a>>,
    /// The exported resources by their interface and name.
    resources: HashMap<(Option<&'a str>, &'a str), ResourceId>,
    /// The resources of others. Their handles are no representations of ours.
    imported: HashSet<ResourceId>,
    known: HashMap<ComponentDefinedTypeId, Result<Converted>>,
}

impl<'a> Converter<'a> {
    pub(super) fn new(source: &'a Source, docs: &'a [Docs], budget: &'a mut Budget) -> Self {
        Self {
            source,
            docs,
            budget,
            names: HashMap::new(),
            resources: HashMap::new(),
            imported: HashSet::new(),
            known: HashMap::new(),
        }
    }

    /// Records the names of an import's types.
    pub(super) fn import(&mut self, name: &'a str, item: &'a ComponentItem) {
        match &item.ty {
            ComponentEntityType::Instance(id) => {
                for (ty, item) in &self.source.types[*id].exports {
                    self.imported(Some(name), ty, item);
                }
            }
            _ => self.imported(None, name, item),
        }
    }

    fn imported(&mut self, owner: Option<&'a str>, name: &'a str, item: &ComponentItem) {
        self.name(owner, name, item);
        // When the budget is used up, no function is read any more.
        if let Some(id) = resource_of(item)
            && self.budget.take(0).is_ok()
        {
            self.imported.insert(id);
        }
    }

    /// Returns the functions of an export: itself, or those of an interface.
    pub(super) fn export(&mut self, name: &'a str, item: &'a ComponentItem) -> Vec<Function> {
        match &item.ty {
            ComponentEntityType::Func(id) => vec![self.function(None, name, *id)],
            ComponentEntityType::Instance(id) => {
                // A function comes after the types that it uses.
                let mut functions = Vec::new();
                for (export, item) in &self.source.types[*id].exports {
                    match &item.ty {
                        ComponentEntityType::Func(id)
                            if functions.len() <= super::MAX_FUNCTIONS =>
                        {
                            functions.push(self.function(Some(name), export, *id));
                        }
                        _ => self.exported(Some(name), export, item),
                    }
                }
                functions
            }
            _ => {
                self.exported(None, name, item);
                Vec::new()
            }
        }
    }

    /// Records the name of an exported type.
    fn exported(&mut self, owner: Option<&'a str>, name: &'a str, item: &ComponentItem) {
        self.name(owner, name, item);
        if let Some(id) = resource_of(item)
            && self.budget.take(0).is_ok()
        {
            self.resources.insert((owner, name), id);
        }
    }

    fn name(&mut self, owner: Option<&'a str>, name: &'a str, item: &ComponentItem) {
        if let ComponentEntityType::Type { created, .. } = item.ty
            && self.budget.take(0).is_ok()
        {
            self.names.insert(created, Name { owner, name });
        }
    }

    fn function(
        &mut self,
        interface: Option<&'a str>,
        name: &'a str,
        id: ComponentFuncTypeId,
    ) -> Function {
        let export = match interface {
            Some(interface) => format!("{interface}#{name}"),
            None => name.to_string(),
        };
        // The comment on a resource says what its constructor makes.
        let resource = member(name).filter(|member| member.kind == MemberKind::Constructor);
        let docs = self.docs.iter().find_map(|docs| docs.ty(interface, resource?.resource, None));
        let docs =
            docs.or_else(|| self.docs.iter().find_map(|docs| docs.function(interface, name)));
        let docs = docs.filter(|docs| self.budget.take(export.len() + docs.len()).is_ok());
        let (params, result, unsupported) = match self.signature(interface, name, id) {
            Ok((params, result)) => (params, result, None),
            Err(reason) => (Vec::new(), None, Some(reason)),
        };
        Function { export, docs: docs.map(str::to_string), params, result, unsupported }
    }

    fn signature(
        &mut self,
        interface: Option<&'a str>,
        name: &'a str,
        id: ComponentFuncTypeId,
    ) -> Result<(Vec<Param>, Option<Value>)> {
        let source = self.source;
        let ty = &source.types[id];
        if ty.async_ {
            return Err("it is asynchronous".into());
        }
        let member = member(name);
        let resource = match &member {
            Some(member) => Some(self.resource(interface, member.resource)?),
            None if name.starts_with('[') => return Err("it belongs to a resource".into()),
            None => None,
        };
        let is_method = member.is_some_and(|member| member.kind == MemberKind::Method);
        let mut tree = Tree::new();
        let mut params = Vec::new();
        for (i, (name, ty)) in ty.params.iter().enumerate() {
            let name = self.budget.text(name)?;
            // The validator has checked that the first parameter of a method is `self`, borrowed.
            let value = match &resource {
                Some(resource) if is_method && i == 0 => {
                    tree.grow(1)?;
                    Value::handle(Type::Borrow(resource.name.clone()))
                }
                _ => tree.add(self.value(ty)?)?,
            };
            params.push(Param { name, value });
        }
        let made = resource.filter(|_| !is_method);
        let result = match (&ty.result, &made) {
            (Some(ty), Some(resource)) => Some(tree.add(self.made(ty, resource)?)?),
            (Some(ty), None) => Some(tree.add(self.value(ty)?)?),
            (None, _) => None,
        };
        match self.source.foreign_strings {
            Some(reason) if tree.size.strings => Err(reason.into()),
            _ => Ok((params, result)),
        }
    }

    /// Returns the resource of an exported function's interface that has this name.
    fn resource(&mut self, interface: Option<&'a str>, name: &'a str) -> Result<Resource> {
        let id = self.resources.get(&(interface, name)).copied();
        let id = id.filter(|id| !self.imported.contains(id));
        let id = id.ok_or_else(|| Reason::from("it belongs to a resource of another component"))?;
        Ok(Resource { name: self.budget.text(name)?.into(), id })
    }

    /// Converts the result of a constructor or of a static function, which can be the resource itself.
    fn made(&mut self, ty: &ComponentValType, resource: &Resource) -> Result<Converted> {
        let own = || Value::handle(Type::Own(resource.name.clone()));
        if self.is_own(ty, resource) {
            return Ok(Converted {
                value: own(),
                size: Size { parts: 1, depth: 1, strings: false },
            });
        }
        let source = self.source;
        let ComponentValType::Type(id) = ty else { return self.value(ty) };
        match &source.types[*id] {
            Defined::Result { ok: Some(ok), err, .. } if self.is_own(ok, resource) => {
                let mut tree = Tree::new();
                tree.grow(1)?;
                tree.spellings.push(Spelling::default());
                let err = self.payload(err.as_ref(), &mut tree)?;
                let ty = Type::Result(Rc::new(ResultType { ok: Some(own().ty), err }));
                composed(ty, tree, &[])
            }
            _ => self.value(ty),
        }
    }

    /// Returns whether a type is an owned handle of a resource.
    fn is_own(&self, ty: &ComponentValType, resource: &Resource) -> bool {
        let ComponentValType::Type(id) = ty else { return false };
        matches!(&self.source.types[*id], Defined::Own(own) if own.resource() == resource.id)
    }

    fn value(&mut self, ty: &ComponentValType) -> Result<Converted> {
        match ty {
            ComponentValType::Primitive(ty) => primitive(*ty),
            ComponentValType::Type(id) => {
                if let Some(known) = self.known.get(id) {
                    return known.clone();
                }
                // This recurses at most 100 deep: the validator refuses types that are nested deeper.
                let found = self.defined(*id);
                self.known.insert(*id, found.clone());
                found
            }
        }
    }

    fn defined(&mut self, id: ComponentDefinedTypeId) -> Result<Converted> {
        let names = self.names_of(id.into());
        let source = self.source;
        let mut tree = Tree::new();
        self.budget.take(0)?;
        let ty = match &source.types[id] {
            Defined::Primitive(ty) => {
                let mut found = primitive(*ty)?;
                found.value.spelling = spelled(found.value.spelling, &names);
                return Ok(found);
            }
            Defined::List { element, .. } => Type::List(Rc::new(self.part(element, &mut tree)?)),
            Defined::Option { ty, .. } => Type::Option(Rc::new(self.part(ty, &mut tree)?)),
            Defined::Tuple(tuple) => {
                let items = tuple.types.iter().map(|ty| self.part(ty, &mut tree));
                Type::Tuple(items.collect::<Result<Vec<_>>>()?.into())
            }
            Defined::Result { ok, err, .. } => {
                let ok = self.payload(ok.as_ref(), &mut tree)?;
                let err = self.payload(err.as_ref(), &mut tree)?;
                Type::Result(Rc::new(ResultType { ok, err }))
            }
            Defined::Record(record) => {
                let mut fields = Vec::new();
                for (name, ty) in &record.fields {
                    let ty = self.part(ty, &mut tree)?;
                    let docs = self.docs_of(&names, Some(name));
                    fields.push(Field { name: self.budget.text(name)?, docs, ty });
                }
                let (name, docs) = self.title(&names)?;
                Type::Record(Rc::new(Record { name, docs, fields }))
            }
            Defined::Variant(variant) => {
                let mut cases = Vec::new();
                for (name, case) in &variant.cases {
                    let ty = self.payload(case.ty.as_ref(), &mut tree)?;
                    cases.push(Case { name: self.budget.text(name)?, ty });
                }
                let (name, docs) = self.title(&names)?;
                Type::Variant(Rc::new(Variant { name, docs, cases }))
            }
            Defined::Enum(labels) => Type::Enum(self.labels(labels, &names, &mut tree)?),
            Defined::Flags(labels) if labels.len() > 32 => {
                return Err("it uses more than 32 flags".into());
            }
            Defined::Flags(labels) => Type::Flags(self.labels(labels, &names, &mut tree)?),
            Defined::Own(_) | Defined::Borrow(_) => return Err("it uses a resource".into()),
            Defined::Future { .. } => return Err("it uses a future".into()),
            Defined::Stream { .. } => return Err("it uses a stream".into()),
            Defined::Map { .. } => return Err("it uses a map".into()),
            Defined::FixedLengthList { .. } => {
                return Err("it uses a list of fixed length".into());
            }
        };
        composed(ty, tree, &names)
    }

    fn part(&mut self, ty: &ComponentValType, tree: &mut Tree) -> Result<Type> {
        let value = tree.add(self.value(ty)?)?;
        tree.spellings.push(value.spelling);
        Ok(value.ty)
    }

    /// Converts the payload of a case. A case without payload counts too, as it has a spelling.
    fn payload(&mut self, ty: Option<&ComponentValType>, tree: &mut Tree) -> Result<Option<Type>> {
        match ty {
            Some(ty) => self.part(ty, tree).map(Some),
            None => {
                tree.grow(1)?;
                tree.spellings.push(Spelling::default());
                Ok(None)
            }
        }
    }

    fn labels(
        &mut self,
        labels: &IndexSet<KebabString>,
        names: &[Name<'a>],
        tree: &mut Tree,
    ) -> Result<Rc<Labels>> {
        let mut found = Vec::new();
        for label in labels {
            tree.grow(1)?;
            found.push(self.budget.text(label)?);
        }
        let (name, docs) = self.title(names)?;
        Ok(Rc::new(Labels { name, docs, labels: found }))
    }

    /// Returns the name of a type where it is used, and its comment.
    fn title(&mut self, names: &[Name<'a>]) -> Result<(Option<String>, Option<String>)> {
        let name = names.first().map(|name| self.budget.text(name.name)).transpose()?;
        Ok((name, self.docs_of(names, None)))
    }

    /// Returns the comment on a type or on one of its fields, from where the type was defined.
    fn docs_of(&mut self, names: &[Name<'a>], field: Option<&str>) -> Option<String> {
        let found = names.iter().find_map(|name| {
            self.docs.iter().find_map(|docs| docs.ty(name.owner, name.name, field))
        })?;
        self.budget.take(found.len()).ok()?;
        Some(found.to_string())
    }

    /// Returns the names of a type, from that where it is used to that where it is defined.
    fn names_of(&self, id: ComponentAnyTypeId) -> Vec<Name<'a>> {
        let next = |id: &ComponentAnyTypeId| self.source.types.peel_alias(*id);
        std::iter::successors(Some(id), next)
            .take(MAX_ALIASES)
            .filter_map(|id| self.names.get(&id).copied())
            .collect()
    }
}

/// Returns the resource that an item is, if it is one.
fn resource_of(item: &ComponentItem) -> Option<ResourceId> {
    match item.ty {
        ComponentEntityType::Type { created: ComponentAnyTypeId::Resource(id), .. } => {
            Some(id.resource())
        }
        _ => None,
    }
}
