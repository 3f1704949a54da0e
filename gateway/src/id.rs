//! Ids that nobody can guess.

use uuid::Uuid;

/// A fresh random id.
pub fn new_id() -> String {
    Uuid::new_v4().to_string()
}
