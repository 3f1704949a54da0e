//! JSON as text, read and written without types.
//!
//! A deserialiser that is derived for each type is most of what a small program in a browser downloads. Here a text is
//! checked once ([`Document`]), unless somebody else has done that; after that a [`Value`] is a piece of it, of which
//! the fields that somebody needs are [picked](Value::pick) without going through the others. [`Json`] is such a text
//! that stands for itself, [`Object`] writes one.

#![no_std]

extern crate alloc;

mod check;
mod parts;
mod read;
mod record;
mod skip;
mod value;
mod write;

pub use read::{Read, Target, Unreadable, optional, required, whole};
pub use record::Record;
pub use value::{Document, Fields, Items, Json, NotJson, Value};
pub use write::{Object, array, digits};
