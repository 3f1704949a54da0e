//! What an import did, as it tells its user.

use std::fmt;

use sessionwire_protocol::SessionKey;

use super::row::Refused;

/// What was done with a session that was taken over.
#[derive(Clone, Copy)]
pub(super) enum Taken {
    /// It was not here.
    New,
    /// An earlier state of it was here.
    Updated,
    /// An earlier generation of it was here.
    Renewed,
}

/// Counts, and the names of what was not taken over.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) unchanged: usize,
    pub(super) groups: usize,
    new: usize,
    updated: usize,
    renewed: usize,
    messages: usize,
    kept: Vec<Refused>,
    skipped: Vec<Refused>,
}

impl Summary {
    pub(super) fn take(&mut self, taken: Taken, messages: usize) {
        match taken {
            Taken::New => self.new += 1,
            Taken::Updated => self.updated += 1,
            Taken::Renewed => self.renewed += 1,
        }
        self.messages += messages;
    }

    pub(super) fn keep(&mut self, key: &SessionKey, why: &str) {
        let (key, why) = (key.to_string(), why.to_owned());
        self.kept.push(Refused { key, why });
    }

    pub(super) fn skip(&mut self, refused: Refused) {
        self.skipped.push(refused);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.new, "new"),
            (self.updated, "updated"),
            (self.renewed, "in a new generation"),
            (self.unchanged, "unchanged"),
            (self.kept.len(), "kept as they are here"),
            (self.skipped.len(), "skipped"),
        ];
        let counts = counts.map(|(count, what)| format!("{count} {what}"));
        writeln!(f, "Sessions: {}", counts.join(", "))?;
        writeln!(f, "Messages: {} new", self.messages)?;
        writeln!(f, "Groups:   {} new", self.groups)?;
        for (what, named) in [("Kept", &self.kept), ("Skipped", &self.skipped)] {
            for Refused { key, why } in named {
                writeln!(f, "{what} {}: {why}", key.escape_debug())?;
            }
        }
        Ok(())
    }
}
