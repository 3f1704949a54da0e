use alloc::vec::Vec;

use sessionwire_json::{Json, Object, Unreadable, Value};

/// The fields of a row, each as it is, in the order of their names as those are written.
#[derive(Default)]
pub(crate) struct Fields<'a>(Vec<(&'a str, Value<'a>)>);

impl<'a> Fields<'a> {
    pub(crate) fn read(row: Value<'a>) -> Result<Self, Unreadable> {
        let mut fields = Self::default();
        for (name, value) in row.fields()? {
            let name = name.get();
            let inside = name.get(1..name.len() - 1);
            fields.set(inside.unwrap_or_default(), value);
        }
        Ok(fields)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let index = self.find(name).ok()?;
        Some(self.0[index].1.get())
    }

    pub(crate) fn set(&mut self, name: &'a str, value: Value<'a>) {
        match self.find(name) {
            Ok(index) => self.0[index].1 = value,
            Err(index) => self.0.insert(index, (name, value)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<&'a str> {
        let index = self.find(name).ok()?;
        Some(self.0.remove(index).1.get())
    }

    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&str) -> bool) {
        self.0.retain(|(name, _)| keeps(name));
    }

    pub(crate) fn as_slice(&self) -> &[(&'a str, Value<'a>)] {
        &self.0
    }

    pub(crate) fn write(&self) -> Json {
        let mut object = Object::default();
        for (name, value) in &self.0 {
            object.json(name, *value);
        }
        object.end()
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (*other).cmp(name))
    }
}
