use alloc::vec::Vec;

use crate::read::{MISSING, Read, Unreadable};
use crate::value::Value;

/// An object whose fields are read one by one, by name; the last of what is wrong with them is told at the end. To pick
/// all fields first is quicker, and large code: this is for what comes seldom.
#[derive(Debug)]
pub struct Record<'a> {
    fields: Vec<(Value<'a>, Value<'a>)>,
    problem: Option<Unreadable>,
}

impl<'a> Record<'a> {
    /// An object.
    pub fn of(value: Value<'a>) -> Result<Self, Unreadable> {
        Ok(Self {
            fields: value.fields()?.collect(),
            problem: None,
        })
    }

    /// A field that may be absent.
    #[inline(never)]
    pub fn optional<T: Read<'a>>(&mut self, name: &str) -> Option<T> {
        self.part(name, T::read)
    }

    /// A field that may be absent, and then is what is usual.
    pub fn or_default<T: Read<'a> + Default>(&mut self, name: &str) -> T {
        self.optional(name).unwrap_or_default()
    }

    /// A field that must be there.
    pub fn required<T: Read<'a> + Default>(&mut self, name: &str) -> T {
        if self.get(name).is_none() {
            self.problem = Some(MISSING);
        }
        self.or_default(name)
    }

    /// A field that is read by other means.
    pub fn part<T>(
        &mut self,
        name: &str,
        read: fn(Value<'a>) -> Result<T, Unreadable>,
    ) -> Option<T> {
        match read(self.get(name)?) {
            Ok(part) => Some(part),
            Err(problem) => {
                self.problem = Some(problem);
                None
            }
        }
    }

    /// The value of a field, unless it is absent or `null`; of several fields of one name the last one counts.
    #[inline(never)]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let mut fields = self.fields.iter().rev();
        let (_, value) = fields.find(|(field, _)| field.text().as_deref() == Some(name))?;
        (!value.is_null()).then_some(*value)
    }

    /// What was read, unless something was wrong.
    pub fn end<T>(self, read: T) -> Result<T, Unreadable> {
        self.problem.map_or(Ok(read), Err)
    }
}
