use std::collections::HashMap;

use sessionwire_protocol::{ChangeReason, SessionKey};

/// The sessions that a transaction changes, each with why.
#[derive(Default)]
pub(super) struct Touched {
    /// Beside it, how many others came before.
    reasons: HashMap<SessionKey, (usize, ChangeReason)>,
    count: usize,
}

impl Touched {
    /// A session is changed. The first reason stands, unless that was only that something is said in it.
    pub(super) fn insert(&mut self, key: &SessionKey, reason: ChangeReason) {
        match self.reasons.get_mut(key) {
            Some((_, first)) if *first == ChangeReason::SEND => *first = reason,
            Some(_) => {}
            None => {
                self.reasons.insert(key.clone(), (self.count, reason));
                self.count += 1;
            }
        }
    }

    /// What became of a session until now is not told.
    pub(super) fn remove(&mut self, key: &SessionKey) {
        self.reasons.remove(key);
    }

    /// All of them in the order in which they were first changed.
    pub(super) fn into_order(self) -> impl Iterator<Item = (SessionKey, ChangeReason)> {
        let mut all: Vec<_> = self.reasons.into_iter().collect();
        all.sort_unstable_by_key(|(_, (place, _))| *place);
        all.into_iter().map(|(key, (_, reason))| (key, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> SessionKey {
        SessionKey::from(format!("agent:main:{number}").as_str())
    }

    #[test]
    fn each_is_told_once_for_the_reason_that_counts() {
        let mut touched = Touched::default();
        for (number, reason) in [
            (3, ChangeReason::SEND),
            (1, ChangeReason::CREATE),
            (2, ChangeReason::PATCH),
            (3, ChangeReason::PATCH),
            (1, ChangeReason::PATCH),
        ] {
            touched.insert(&key(number), reason);
        }
        touched.remove(&key(2));
        touched.insert(&key(2), ChangeReason::RESET);
        let told: Vec<_> = touched.into_order().collect();
        assert_eq!(
            told,
            [
                (key(3), ChangeReason::PATCH),
                (key(1), ChangeReason::CREATE),
                (key(2), ChangeReason::RESET),
            ]
        );
    }

    #[test]
    fn they_may_be_very_many() {
        const MANY: usize = 300_000;
        let mut touched = Touched::default();
        for number in (0..MANY).chain(0..MANY) {
            touched.insert(&key(number), ChangeReason::GROUPS);
        }
        for number in (0..MANY).step_by(2) {
            touched.remove(&key(number));
        }
        let told = touched.into_order().map(|(told, _)| told);
        assert!(told.eq((1..MANY).step_by(2).map(key)));
    }
}
