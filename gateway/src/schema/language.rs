//! The small language in which the tables of this module are written.

use serde_json::{Map, Value};

/// What a JSON value may look like.
#[derive(Clone, Copy, Debug)]
pub enum Schema {
    /// Anything.
    Any,
    /// Null.
    Null,
    /// True or false.
    Boolean,
    /// A string.
    Text(Text),
    /// A number without a fraction.
    Integer(Range),
    /// A number.
    Number(Range),
    /// Exactly this value.
    Constant(Constant),
    /// One of these strings; unlike with [`Schema::Text`] a value of another type is not told apart.
    Choice(&'static [&'static str]),
    /// A list of values that look alike.
    Array(Array),
    /// An object with fields known by name.
    Object(Object),
    /// An object with free names and values that look alike.
    Record(Record),
    /// Whatever one of these accepts.
    AnyOf(&'static [Schema]),
}

/// The limits of a string, in characters as a reader counts them.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) pattern: Option<Pattern>,
    pub(super) choices: &'static [&'static str],
}

/// A regular expression by its source, which clients are told, and the function that decides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    pub(super) source: &'static str,
    pub(super) matches: fn(&str) -> bool,
}

/// The limits of a number, both included.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
}

/// A value that is the only one accepted.
#[derive(Clone, Copy, Debug)]
pub enum Constant {
    /// This string.
    Text(&'static str),
    /// The number, as 1 or 1.0.
    Number(i64),
    /// The boolean.
    Boolean(bool),
}

/// A list: what its items look like and how many there may be.
#[derive(Clone, Copy, Debug)]
pub struct Array {
    pub(super) items: &'static Schema,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) unique: bool,
}

/// An object: its fields in the order in which problems with them are told.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    pub(super) fields: &'static [&'static [Field]],
    pub(super) closed: bool,
    pub(super) min: usize,
    pub(super) refused: &'static [Refusal],
}

/// Fields that must not come together: decides whether they do.
pub(super) type Refusal = fn(&Map<String, Value>) -> bool;

/// A field of an [`Object`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) schema: Schema,
}

/// An object used as a map.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub(super) values: &'static Schema,
    pub(super) max: usize,
}

pub(super) use Schema::{Any as ANY, Boolean as BOOLEAN, Null as NULL};

pub(super) const TEXT: Schema = text(0, usize::MAX);
pub(super) const NON_EMPTY: Schema = text(1, usize::MAX);
pub(super) const LABEL: Schema = text(1, 512);
pub(super) const NUMBER: Schema = Schema::Number(Range {
    min: None,
    max: None,
});
pub(super) const TRUE: Schema = Schema::Constant(Constant::Boolean(true));
/// The largest integer that JavaScript holds exactly.
pub(super) const MAX_SAFE: i64 = 9_007_199_254_740_991;

pub(super) const fn text(min: usize, max: usize) -> Schema {
    Schema::Text(Text {
        min,
        max,
        pattern: None,
        choices: &[],
    })
}

pub(super) const fn text_like(
    min: usize,
    max: usize,
    source: &'static str,
    matches: fn(&str) -> bool,
) -> Schema {
    Schema::Text(Text {
        min,
        max,
        pattern: Some(Pattern { source, matches }),
        choices: &[],
    })
}

pub(super) const fn text_among(choices: &'static [&'static str]) -> Schema {
    Schema::Text(Text {
        min: 0,
        max: usize::MAX,
        pattern: None,
        choices,
    })
}

pub(super) const fn at_least(min: i64) -> Schema {
    Schema::Integer(Range {
        min: Some(min),
        max: None,
    })
}

pub(super) const fn between(min: i64, max: i64) -> Schema {
    Schema::Integer(Range {
        min: Some(min),
        max: Some(max),
    })
}

pub(super) const fn number_at_least(min: i64) -> Schema {
    Schema::Number(Range {
        min: Some(min),
        max: None,
    })
}

pub(super) const fn exactly(text: &'static str) -> Schema {
    Schema::Constant(Constant::Text(text))
}

pub(super) const fn exactly_number(number: i64) -> Schema {
    Schema::Constant(Constant::Number(number))
}

pub(super) const fn array(items: &'static Schema, min: usize, max: usize) -> Schema {
    Schema::Array(Array {
        items,
        min,
        max,
        unique: false,
    })
}

pub(super) const fn array_of(items: &'static Schema) -> Schema {
    array(items, 0, usize::MAX)
}

pub(super) const fn set(items: &'static Schema, min: usize, max: usize) -> Schema {
    Schema::Array(Array {
        items,
        min,
        max,
        unique: true,
    })
}

pub(super) const fn record_of(values: &'static Schema) -> Schema {
    record(values, usize::MAX)
}

pub(super) const fn record(values: &'static Schema, max: usize) -> Schema {
    Schema::Record(Record { values, max })
}

pub(super) const fn any_of(schemas: &'static [Schema]) -> Schema {
    Schema::AnyOf(schemas)
}

/// An object that refuses fields it does not know.
pub(super) const fn closed(fields: &'static [&'static [Field]]) -> Schema {
    Schema::Object(Object {
        fields,
        closed: true,
        min: 0,
        refused: &[],
    })
}

/// A [`closed`] object that refuses some of its own fields beside each other.
pub(super) const fn closed_refusing(
    fields: &'static [&'static [Field]],
    refused: &'static [Refusal],
) -> Schema {
    Schema::Object(Object {
        fields,
        closed: true,
        min: 0,
        refused,
    })
}

/// A [`closed`] object with at least `min` fields.
pub(super) const fn closed_with(min: usize, fields: &'static [&'static [Field]]) -> Schema {
    Schema::Object(Object {
        fields,
        closed: true,
        min,
        refused: &[],
    })
}

/// An object that may have further fields of any kind.
pub(super) const fn open(fields: &'static [&'static [Field]]) -> Schema {
    Schema::Object(Object {
        fields,
        closed: false,
        min: 0,
        refused: &[],
    })
}

pub(super) const fn required(name: &'static str, schema: Schema) -> Field {
    Field {
        name,
        required: true,
        schema,
    }
}

pub(super) const fn optional(name: &'static str, schema: Schema) -> Field {
    Field {
        name,
        required: false,
        schema,
    }
}

impl Object {
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().copied().flatten()
    }

    pub(super) fn declares(&self, name: &str) -> bool {
        self.fields().any(|field| field.name == name)
    }
}
