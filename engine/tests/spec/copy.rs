//! Files for PostgreSQL's `COPY FROM (FORMAT binary)`, in which every value arrives bit for bit.

/// Such a file.
pub(crate) struct Copy(Vec<u8>);

/// A row of it, whose number of fields is written when it ends.
pub(crate) struct Row<'a> {
    copy: &'a mut Vec<u8>,
    start: usize,
    fields: u16,
}

impl Copy {
    pub(crate) fn new() -> Self {
        let mut copy = b"PGCOPY\n\xff\r\n\0".to_vec();
        // No flags, no extension.
        copy.extend([0; 8]);
        Self(copy)
    }

    /// Begins the next row.
    pub(crate) fn row(&mut self) -> Row<'_> {
        let start = self.0.len();
        self.0.extend([0; 2]);
        Row { copy: &mut self.0, start, fields: 0 }
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.extend((-1i16).to_be_bytes());
        self.0
    }
}

impl Row<'_> {
    /// A field in its type's binary form.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.fields += 1;
        self.copy.extend((bytes.len() as i32).to_be_bytes());
        self.copy.extend(bytes);
        self
    }

    pub(crate) fn null(mut self) -> Self {
        self.fields += 1;
        self.copy.extend((-1i32).to_be_bytes());
        self
    }

    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn int4(self, value: i32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// An array of fields of one type, without nulls, that begins at 1.
    pub(crate) fn array(self, oid: u32, elements: &[Vec<u8>]) -> Self {
        let mut array: Vec<u8> = Vec::new();
        let dimensions = u32::from(!elements.is_empty());
        for word in [dimensions, 0, oid] {
            array.extend(word.to_be_bytes());
        }
        if !elements.is_empty() {
            array.extend((elements.len() as u32).to_be_bytes());
            array.extend(1u32.to_be_bytes());
        }
        for element in elements {
            array.extend((element.len() as u32).to_be_bytes());
            array.extend(element);
        }
        self.bytes(&array)
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.copy[self.start..self.start + 2].copy_from_slice(&self.fields.to_be_bytes());
    }
}
