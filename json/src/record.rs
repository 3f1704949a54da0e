use alloc::vec::Vec;

use crate::read::{MISSING, Target, Unreadable};
use crate::value::Value;

/// An object whose fields are read one by one, by name, each into its target; the first of what is wrong with them is
/// told at the end. To pick all fields first is quicker, and large code: this is for what comes seldom.
#[derive(Debug)]
pub struct Record<'a> {
    fields: Vec<(Value<'a>, Value<'a>)>,
    problem: Option<Unreadable>,
}

impl<'a> Record<'a> {
    /// An object; without any fields where it is none, which is wrong.
    pub fn of(value: Value<'a>) -> Self {
        let (mut fields, mut problem) = (Vec::new(), None);
        match value.fields() {
            Ok(all) => all.for_each(|field| fields.push(field)),
            Err(other) => problem = Some(other),
        }
        Self { fields, problem }
    }

    /// Reads a field that may be absent into its target, which then stays as it is.
    pub fn read(&mut self, name: &str, target: &mut dyn Target<'a>) -> &mut Self {
        if let Some(value) = self.get(name)
            && let Err(problem) = target.take(value)
        {
            self.problem.get_or_insert(problem);
        }
        self
    }

    /// Reads a field that must be there.
    pub fn require(&mut self, name: &str, target: &mut dyn Target<'a>) -> &mut Self {
        if self.get(name).is_none() {
            self.problem.get_or_insert(MISSING);
        }
        self.read(name, target)
    }

    /// Reads a field that may be absent by other means.
    pub fn part<T, P: From<T>>(
        &mut self,
        name: &str,
        target: &mut P,
        read: fn(Value<'a>) -> Result<T, Unreadable>,
    ) -> &mut Self {
        self.read(name, &mut Part { target, read })
    }

    /// The value of a field, unless it is absent or `null`; of several fields of one name the last one counts.
    #[inline(never)]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let mut fields = self.fields.iter().rev();
        let (_, value) = fields.find(|(field, _)| field.text().as_deref() == Some(name))?;
        (!value.is_null()).then_some(*value)
    }

    /// What was wrong, if something was.
    pub fn end(&self) -> Result<(), Unreadable> {
        self.problem.map_or(Ok(()), Err)
    }
}

/// A target that something is read into by its own means.
struct Part<'p, 'a, T, P> {
    target: &'p mut P,
    read: fn(Value<'a>) -> Result<T, Unreadable>,
}

impl<'a, T, P: From<T>> Target<'a> for Part<'_, 'a, T, P> {
    fn take(&mut self, value: Value<'a>) -> Result<(), Unreadable> {
        *self.target = (self.read)(value)?.into();
        Ok(())
    }
}
