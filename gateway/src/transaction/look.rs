use std::collections::BTreeMap;
use std::sync::Arc;

use sessionwire_protocol::{ErrorBody, Millis, SessionKey};

use super::overlay::label_owner;
use super::{Overlay, Transaction};
use crate::device::Device;
use crate::goal::Operation;
use crate::groups::Groups;
use crate::session::Session;

/// What a transaction sees: its own changes over those of its batch over what is committed.
impl Transaction<'_> {
    /// When the transaction happens.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// A session as it stands in the transaction.
    pub fn get(&self, key: &SessionKey) -> Option<Arc<Session>> {
        match self.staged(key) {
            Some(staged) => staged.clone(),
            None => self.state.catalog().get(key).cloned(),
        }
    }

    /// The sessions in list order that stand as they were committed before the transaction's batch.
    pub fn untouched(&self) -> impl DoubleEndedIterator<Item = &Arc<Session>> {
        let committed = self.state.catalog().iter();
        committed.filter(|session| self.staged(&session.key).is_none())
    }

    /// All sessions as they stand in the transaction.
    pub fn sessions(&self) -> impl Iterator<Item = &Arc<Session>> {
        let own = self.own.sessions.values();
        let earlier = self
            .batch
            .sessions
            .iter()
            .filter(|(key, _)| !self.own.sessions.contains_key(key))
            .map(|(_, staged)| staged);
        self.untouched().chain(own.chain(earlier).flatten())
    }

    /// How many sessions there are.
    pub fn count(&self) -> usize {
        let staged = self.own.sessions.keys().chain(
            self.batch
                .sessions
                .keys()
                .filter(|key| !self.own.sessions.contains_key(key)),
        );
        staged.fold(self.state.catalog().len(), |count, key| {
            let is = self.staged(key).is_some_and(Option::is_some);
            count + usize::from(is) - usize::from(self.state.catalog().get(key).is_some())
        })
    }

    /// A device as it stands.
    pub fn device(&self, id: &str) -> Option<Arc<Device>> {
        let own = self.own.devices.get(id);
        match own.or_else(|| self.batch.devices.get(id)) {
            Some(staged) => staged.clone(),
            None => self.state.devices().get(id).cloned(),
        }
    }

    /// All devices as they stand.
    pub fn devices(&self) -> Vec<Arc<Device>> {
        let mut all: BTreeMap<_, _> = self.state.devices().iter().collect();
        for (id, staged) in self.batch.devices.iter().chain(&self.own.devices) {
            match staged {
                Some(device) => all.insert(id, device),
                None => all.remove(id),
            };
        }
        all.into_values().cloned().collect()
    }

    /// The groups as they stand.
    pub fn groups(&self) -> &Groups {
        self.own
            .groups
            .as_ref()
            .or(self.batch.groups.as_ref())
            .unwrap_or(self.state.groups())
    }

    /// Whether a message with this idempotency key is in the session's transcript.
    pub fn was_sent(&mut self, key: &SessionKey, idempotency_key: &str) -> Result<bool, ErrorBody> {
        let staged = |overlay: &Overlay| {
            overlay
                .sent
                .iter()
                .any(|sent| (&sent.0, sent.1.as_str()) == (key, idempotency_key))
        };
        if staged(&self.own) || staged(self.batch) {
            return Ok(true);
        }
        self.store
            .has_message(key, idempotency_key)
            .map_err(|error| error.to_wire())
    }

    /// The operation on a session's goal that was carried out under this id.
    pub fn operation(
        &mut self,
        key: &SessionKey,
        id: &str,
    ) -> Result<Option<Arc<Operation>>, ErrorBody> {
        let staged = self.own.operations.iter().chain(&self.batch.operations);
        let same = |operation: &&Arc<Operation>| {
            (
                &operation.session_key,
                operation.receipt.operation_id.as_str(),
            ) == (key, id)
        };
        if let Some(operation) = staged.into_iter().find(same) {
            return Ok(Some(Arc::clone(operation)));
        }
        match self.store.operation(key, id) {
            Ok(operation) => Ok(operation.map(Arc::new)),
            Err(error) => Err(error.to_wire()),
        }
    }

    /// The label as a session would have it, refused as by [`Transaction::relabel`].
    pub fn check_label(&self, key: &SessionKey, label: &str) -> Result<String, ErrorBody> {
        const LABEL_UNITS: usize = 512;
        let label = label.trim();
        if label.is_empty() {
            return Err(ErrorBody::invalid("invalid label: empty"));
        }
        if label.encode_utf16().count() > LABEL_UNITS {
            return Err(ErrorBody::invalid(format!(
                "invalid label: too long (max {LABEL_UNITS})"
            )));
        }
        let owner = label_owner(key, label);
        let holder = match self
            .own
            .labels
            .get(&owner)
            .or_else(|| self.batch.labels.get(&owner))
        {
            Some(staged) => staged.as_ref(),
            None => self
                .state
                .catalog()
                .label_owner(owner.0.as_deref(), &owner.1),
        };
        match holder {
            Some(holder) if holder != key => {
                Err(ErrorBody::invalid(format!("label already in use: {label}")))
            }
            _ => Ok(label.to_owned()),
        }
    }

    pub(super) fn staged(&self, key: &SessionKey) -> Option<&Option<Arc<Session>>> {
        self.own
            .sessions
            .get(key)
            .or_else(|| self.batch.sessions.get(key))
    }
}
