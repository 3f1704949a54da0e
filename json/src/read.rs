use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::value::Value;

/// What can be read from a value.
pub trait Read<'a>: Sized {
    /// Reads it.
    fn read(value: Value<'a>) -> Result<Self, Unreadable>;
}

/// Where what is read from a value is put. One type for targets of all kinds spares code for each.
pub trait Target<'a> {
    /// Puts it there; where it cannot be read the target stays as it is.
    fn take(&mut self, value: Value<'a>) -> Result<(), Unreadable>;
}

impl<'a, T: Read<'a>> Target<'a> for T {
    fn take(&mut self, value: Value<'a>) -> Result<(), Unreadable> {
        *self = T::read(value)?;
        Ok(())
    }
}

/// The value is not what it should be, for this reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for Unreadable {}

pub(crate) const MISSING: Unreadable = Unreadable("missing field");

/// A field that may be absent.
pub fn optional<'a, T: Read<'a>>(field: Option<Value<'a>>) -> Result<Option<T>, Unreadable> {
    field.map(T::read).transpose()
}

/// A field that must be there.
pub fn required<'a, T: Read<'a>>(field: Option<Value<'a>>) -> Result<T, Unreadable> {
    T::read(field.ok_or(MISSING)?)
}

impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    fn read(value: Value<'a>) -> Result<Self, Unreadable> {
        T::read(value).map(Some)
    }
}

impl<'a> Read<'a> for Value<'a> {
    fn read(value: Self) -> Result<Self, Unreadable> {
        Ok(value)
    }
}

impl<'a> Read<'a> for Cow<'a, str> {
    fn read(value: Value<'a>) -> Result<Self, Unreadable> {
        value.text().ok_or(Unreadable("not a text"))
    }
}

impl<'a> Read<'a> for String {
    fn read(value: Value<'a>) -> Result<Self, Unreadable> {
        Cow::read(value).map(Cow::into_owned)
    }
}

impl<'a> Read<'a> for Box<str> {
    fn read(value: Value<'a>) -> Result<Self, Unreadable> {
        String::read(value).map(String::into_boxed_str)
    }
}

impl Read<'_> for bool {
    fn read(value: Value<'_>) -> Result<Self, Unreadable> {
        match value.get() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Unreadable("not a boolean")),
        }
    }
}

/// Whole numbers as they are usually written.
impl Read<'_> for u64 {
    fn read(value: Value<'_>) -> Result<Self, Unreadable> {
        whole(value.get()).ok_or(Unreadable("not a whole number"))
    }
}

/// The whole number that a text is, as it is usually written.
pub fn whole(text: &str) -> Option<u64> {
    const LAST: u64 = u64::MAX / 10;
    let mut number = 0_u64;
    for byte in text.bytes() {
        let digit = u64::from(byte.wrapping_sub(b'0'));
        // Checked multiplication would be that of 128 bits here.
        let fits = number < LAST || number == LAST && digit <= u64::MAX % 10;
        if digit >= 10 || !fits {
            return None;
        }
        number = number * 10 + digit;
    }
    let is_usual = text == "0" || !text.is_empty() && !text.starts_with('0');
    is_usual.then_some(number)
}

impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    fn read(value: Value<'a>) -> Result<Self, Unreadable> {
        value.each(&mut T::read)
    }
}
