use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A value as JSON that was written once, for all frames that tell it.
pub struct Written<T> {
    json: Arc<RawValue>,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize> Written<T> {
    /// Writes a value.
    ///
    /// # Errors
    ///
    /// If it cannot be JSON.
    pub fn new(value: &T) -> Result<Self, serde_json::Error> {
        to_raw_value(value).map(Self::from)
    }
}

impl<T: DeserializeOwned> Written<T> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// If what a peer has written is something else.
    pub fn read(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.json.get())
    }
}

impl<T> From<Box<RawValue>> for Written<T> {
    fn from(json: Box<RawValue>) -> Self {
        Self {
            json: json.into(),
            of: PhantomData,
        }
    }
}

impl<T> Clone for Written<T> {
    fn clone(&self) -> Self {
        Self {
            json: Arc::clone(&self.json),
            of: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Written<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json.get())
    }
}

impl<T> PartialEq for Written<T> {
    fn eq(&self, other: &Self) -> bool {
        self.json.get() == other.json.get()
    }
}

impl<T> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;
    use crate::gateway::PresenceEntry;

    #[test]
    fn what_is_written_is_told_as_it_is() {
        let entry = PresenceEntry {
            host: Some("a \"host\"".into()),
            scopes: [Scope::READ].into_iter().collect(),
            ts: 17,
            ..PresenceEntry::default()
        };
        let written = Written::new(&entry).expect("it is JSON");
        assert_eq!(written.read().expect("it was written here"), entry);
        let text = serde_json::to_string(std::slice::from_ref(&written)).expect("it is JSON");
        assert_eq!(text, serde_json::to_string(&[&entry]).expect("it is JSON"));
        let told: [Written<PresenceEntry>; 1] = serde_json::from_str(&text).expect("it is one");
        assert_eq!(told, [written]);
        let odd: Written<PresenceEntry> = serde_json::from_str("[1]").expect("it is JSON");
        assert!(odd.read().is_err());
    }
}
