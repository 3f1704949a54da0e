//! Which arrivals change something here, and the change.

use std::collections::{HashMap, HashSet};

use sessionwire_protocol::sessions::GroupDefaults;
use sessionwire_protocol::{ErrorBody, SessionKey, TranscriptMessage};

use super::ImportError;
use super::row::{Arrival, Refused};
use super::summary::{Summary, Taken};
use crate::sessions::Sessions;
use crate::state::State;
use crate::store::Transcripts;
use crate::transaction::Transaction;

/// The store that sessions are taken into.
pub(super) struct Target<'a> {
    pub(super) sessions: &'a Sessions,
    pub(super) transcripts: &'a dyn Transcripts,
    /// Who arrived, by key and by session id.
    arrived: HashSet<SessionKey>,
    ids: HashMap<String, SessionKey>,
}

/// What is to become of an arrival.
enum Verdict {
    /// It changes something: these of its messages are not here.
    Take(Taken, usize),
    Same,
    /// The session here is not the import's to change.
    Keep(&'static str),
    Refuse(String),
}

impl<'a> Target<'a> {
    pub(super) fn new(sessions: &'a Sessions, transcripts: &'a dyn Transcripts) -> Self {
        Self {
            sessions,
            transcripts,
            arrived: HashSet::new(),
            ids: HashMap::new(),
        }
    }

    /// Takes a batch over, all that can be or, after an error, nothing.
    pub(super) async fn take(
        &mut self,
        arrivals: Vec<Arrival>,
        summary: &mut Summary,
    ) -> Result<(), ImportError> {
        let mut changes = Vec::new();
        for mut arrival in arrivals {
            match self.judge(&arrival)? {
                Verdict::Take(taken, held) => {
                    let further = arrival.messages.split_off(held);
                    changes.push((taken, arrival, further));
                }
                Verdict::Same => summary.unchanged += 1,
                Verdict::Keep(why) => summary.keep(&arrival.key, why),
                Verdict::Refuse(why) => summary.skip(Refused {
                    key: arrival.key.to_string(),
                    why,
                }),
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        let committing = self.sessions.commit(move |transaction| {
            let adopted = changes
                .into_iter()
                .map(|(taken, arrival, further)| adopt(transaction, taken, arrival, further));
            Ok(adopted.collect::<Vec<_>>())
        });
        for outcome in committing.await.map_err(ImportError::Commit)? {
            match outcome {
                Ok((taken, messages)) => summary.take(taken, messages),
                Err(refused) => summary.skip(refused),
            }
        }
        Ok(())
    }

    /// Adds the groups that are not here, and the order of sections where there is none.
    pub(super) async fn take_groups(
        &self,
        found: Vec<GroupDefaults>,
        section_order: Vec<String>,
        summary: &mut Summary,
    ) -> Result<(), ImportError> {
        let held = self.sessions.read().groups().clone();
        let names = held.defaults().iter().chain(&found);
        let names: Vec<_> = names.map(|group| group.name.clone()).collect();
        let unordered = held.listed().section_order.is_empty();
        let mut groups = held.arranged(&names, unordered.then_some(&section_order));
        for group in found {
            if let Some(fresh) = groups.get_mut(group.name.trim())
                && !held.contains(&fresh.name)
            {
                (fresh.cwd, fresh.worktree) = (group.cwd, group.worktree);
            }
        }
        summary.groups = groups.defaults().len() - held.defaults().len();
        if groups == held {
            return Ok(());
        }
        let committing = self.sessions.commit(move |transaction| {
            transaction.set_groups(groups);
            Ok(())
        });
        committing.await.map_err(ImportError::Commit)
    }

    fn judge(&mut self, arrival: &Arrival) -> Result<Verdict, ImportError> {
        let (key, entry) = (&arrival.key, &arrival.entry);
        if !self.arrived.insert(key.clone()) {
            let why = "another agent has a session of this key";
            return Ok(Verdict::Refuse(why.to_owned()));
        }
        let state = self.sessions.read();
        if let Some(owner) = self.owner(&state, arrival) {
            return Ok(Verdict::Refuse(format!(
                "its session id is that of {owner}"
            )));
        }
        self.ids.insert(entry.session_id.clone(), key.clone());
        let Some(held) = state.catalog().get(key) else {
            return Ok(match state.tombstones().reason(&entry.session_id) {
                Some(_) => Verdict::Keep("gone here since"),
                None => Verdict::Take(Taken::New, 0),
            });
        };
        if !held.imported {
            return Ok(Verdict::Keep("changed or made here"));
        }
        if held.entry.lifecycle_revision != entry.lifecycle_revision {
            return Ok(Verdict::Take(Taken::Renewed, 0));
        }
        let all = usize::try_from(held.entry.message_count).unwrap_or(usize::MAX);
        let (messages, _) = self.transcripts.newest(key, all, 0)?;
        if !arrival.messages.starts_with(&messages) {
            let why = "its transcript was rewritten since the last import";
            return Ok(Verdict::Refuse(why.to_owned()));
        }
        Ok(match held.entry == *entry {
            true => Verdict::Same,
            false => Verdict::Take(Taken::Updated, messages.len()),
        })
    }

    /// Another session that has the session id of this one.
    fn owner(&self, state: &State, arrival: &Arrival) -> Option<SessionKey> {
        let id = &arrival.entry.session_id;
        let held = state.catalog().by_session_id(id);
        let held = || held.map(|session| &session.key);
        let owner = self.ids.get(id).or_else(held)?;
        (*owner != arrival.key).then(|| owner.clone())
    }
}

fn adopt(
    transaction: &mut Transaction<'_>,
    taken: Taken,
    arrival: Arrival,
    further: Vec<TranscriptMessage>,
) -> Result<(Taken, usize), Refused> {
    let Arrival {
        key,
        entry,
        eviction,
        ..
    } = arrival;
    if let Some(label) = &entry.label {
        let refuse = |error: ErrorBody| Refused {
            key: key.to_string(),
            why: error.message,
        };
        transaction.check_label(&key, label).map_err(refuse)?;
    }
    let messages = further.len();
    transaction.adopt(&key, entry, further, eviction);
    Ok((taken, messages))
}
