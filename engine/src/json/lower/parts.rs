//! Values of several parts: lists, tuples and records.
//!
//! A list is allocated before its elements, and fields are lowered in the type's order, whatever order the text has.

use super::FromJson;
use crate::abi::{Layout, Type};
use crate::error::Result;
use crate::json::path::Step;
use crate::name;
use crate::pass::lowering::length;

impl<'t> FromJson<'t, '_> {
    pub(super) fn list(&mut self, ty: &'t Type, element: &'t Type, out: &mut [u8]) -> Result<()> {
        if self.peek()? != b'[' {
            return Err(self.mismatch(ty));
        }
        let count = self.text.count();
        let count = self.read(count)?;
        let Layout { size, align } = Layout::of(element);
        let length = length(count.saturating_mul(size as usize))?;
        let (pointer, _) = self.guest.allocate(length, align)?;
        let mut bytes = vec![0; size as usize];
        self.elements(ty, |this, i| {
            bytes.fill(0);
            this.value(element, &mut bytes)?;
            // This stays within the list, whose length is a u32.
            let at = pointer + i as u32 * size;
            this.guest.bytes_mut(at, size, "cabi_realloc returned")?.copy_from_slice(&bytes);
            Ok(())
        })?;
        out[..4].copy_from_slice(&pointer.to_le_bytes());
        out[4..8].copy_from_slice(&(count as u32).to_le_bytes());
        Ok(())
    }

    pub(super) fn tuple(&mut self, ty: &'t Type, types: &'t [Type], out: &mut [u8]) -> Result<()> {
        let (_, offsets) = Layout::of_tuple(types);
        let mut count = 0;
        self.elements(ty, |this, i| {
            count = i + 1;
            match (types.get(i), offsets.get(i)) {
                (Some(ty), Some(at)) => this.value(ty, &mut out[*at as usize..]),
                _ => Err(this.error("22023", format!("{ty:#} has {} elements", types.len()))),
            }
        })?;
        match count == types.len() {
            true => Ok(()),
            false => {
                Err(self
                    .error("22023", format!("{ty:#} has {} elements, not {count}", types.len())))
            }
        }
    }

    /// Reads the elements of an array.
    pub(super) fn elements(
        &mut self,
        ty: &Type,
        mut run: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        if !self.takes(b'[')? {
            return Err(self.mismatch(ty));
        }
        if self.takes(b']')? {
            return Ok(());
        }
        for i in 0.. {
            (self.poll)();
            self.within(Step::Element(i), |this| run(this, i))?;
            if !self.another(b']')? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn record(&mut self, ty: &'t Type, out: &mut [u8]) -> Result<()> {
        let Type::Record(record) = ty else { return Err(self.mismatch(ty)) };
        if !self.takes(b'{')? {
            return Err(self.mismatch(ty));
        }
        // Keys come in any order. Fields are lowered in the type's order.
        let fields = &record.fields;
        let mut starts: Vec<Option<usize>> = vec![None; fields.len()];
        let mut next = 0;
        if !self.takes(b'}')? {
            loop {
                (self.poll)();
                let key = self.key()?;
                let mut candidates = (next..fields.len()).chain(0..next);
                let Some(found) = candidates.find(|i| name::matches(&fields[*i].name, &key)) else {
                    let names = fields.iter().map(|field| field.name.as_str());
                    return Err(self.unknown("field", &key, names));
                };
                if starts[found].replace(self.text.at()).is_some() {
                    let message = format!("field \"{}\" appears twice", fields[found].name);
                    return Err(self.error("22030", message));
                }
                next = found + 1;
                let skipped = self.text.skip();
                self.read(skipped)?;
                if !self.another(b'}')? {
                    break;
                }
            }
        }
        let end = self.text.at();
        let (_, offsets) = Layout::of_tuple(fields.iter().map(|field| &field.ty));
        for ((field, start), at) in fields.iter().zip(starts).zip(offsets) {
            match (start, &field.ty) {
                (Some(start), ty) => {
                    self.text.back_to(start);
                    let out = &mut out[at as usize..];
                    self.within(Step::Key(&field.name), |this| this.value(ty, out))?;
                }
                (None, Type::Option(_)) => {}
                (None, _) => {
                    return Err(self.error("22023", format!("field \"{}\" is missing", field.name)));
                }
            }
        }
        self.text.back_to(end);
        Ok(())
    }
}
