//! The sessions as they are stored, read by all processors.

use std::mem;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::{Row, Transaction};
use sessionwire_protocol::SessionKey;

use crate::session::Session;
use crate::store::StoreError;

/// So many are parsed before it is worth to start threads.
const FEW: usize = 8_192;
/// So many are parsed at a time.
const BATCH: usize = 1_024;

/// Some of them, and their place among the others.
type Batch = (usize, Vec<Arc<Session>>);

/// The same as they are stored: one after the other in one piece of memory, as a piece for each had to be given from one
/// thread to another.
#[derive(Default)]
struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let mut begin = 0;
        self.ends
            .iter()
            .map(move |end| &self.all[mem::replace(&mut begin, *end)..*end])
    }
}

/// All that are stored, by key. The database gives them out one after the other; other threads parse them meanwhile,
/// which takes several times as long.
pub(super) fn read(transaction: &Transaction<'_>) -> Result<Vec<Arc<Session>>, StoreError> {
    let mut select = transaction.prepare("SELECT session FROM sessions ORDER BY session_key")?;
    let mut rows = select.query([])?;
    let mut sessions = Vec::new();
    while sessions.len() < FEW {
        let Some(row) = rows.next()? else {
            return Ok(sessions);
        };
        sessions.push(parse(text(row)?)?);
    }
    let mut next = || -> Result<Texts, StoreError> {
        let mut texts = Texts::default();
        while texts.ends.len() < BATCH
            && let Some(row) = rows.next()?
        {
            texts.push(text(row)?);
        }
        Ok(texts)
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let (texts, waiting) = sync_channel(2 * cores);
    let waiting = Arc::new(Mutex::new(waiting));
    thread::scope(|scope| {
        let parsers: Vec<_> = (0..cores)
            .map(|_| {
                let waiting = Arc::clone(&waiting);
                scope.spawn(move || parse_all(&waiting))
            })
            .collect();
        // Nothing can be sent where no parser is left.
        drop(waiting);
        let mut read = next();
        for place in 0.. {
            match &mut read {
                Ok(batch) if !batch.ends.is_empty() => {
                    if texts.send((place, mem::take(batch))).is_err() {
                        break;
                    }
                }
                Ok(_) | Err(_) => break,
            }
            read = next();
        }
        drop(texts);
        read?;
        let mut parsed = Vec::new();
        for parser in parsers {
            parsed.append(&mut parser.join().expect("parsing does not panic")?);
        }
        parsed.sort_unstable_by_key(|(place, _)| *place);
        sessions.extend(parsed.into_iter().flat_map(|(_, batch)| batch));
        Ok(sessions)
    })
}

/// Takes texts that come, until one cannot be read.
fn parse_all(waiting: &Mutex<Receiver<(usize, Texts)>>) -> Result<Vec<Batch>, StoreError> {
    let mut parsed = Vec::new();
    let next = || {
        let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.recv()
    };
    while let Ok((place, texts)) = next() {
        let sessions = texts.iter().map(parse);
        parsed.push((place, sessions.collect::<Result<_, _>>()?));
    }
    Ok(parsed)
}

fn text<'a>(row: &'a Row<'_>) -> Result<&'a str, StoreError> {
    let text = row.get_ref(0)?.as_str();
    Ok(text.map_err(rusqlite::Error::from)?)
}

fn parse(text: &str) -> Result<Arc<Session>, StoreError> {
    Ok(Arc::new(serde_json::from_str(text)?))
}

/// The session with a key, of those that were read.
pub(super) fn find<'a>(sessions: &'a [Arc<Session>], key: &SessionKey) -> Option<&'a Arc<Session>> {
    let place = sessions.binary_search_by(|session| session.key.cmp(key));
    sessions.get(place.ok()?)
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};
    use sessionwire_protocol::SessionEntry;

    use super::*;

    const MANY: usize = FEW + 20 * BATCH + 7;

    fn store(unreadable: Option<usize>) -> Connection {
        let mut connection = Connection::open_in_memory().expect("memory is to be had");
        connection
            .execute_batch(include_str!("schema/1.sql"))
            .expect("the schema is sound");
        let transaction = connection.transaction().expect("one begins");
        for number in 0..MANY {
            let key = format!("agent:main:{number:06}");
            let session = Session::new(key.as_str().into(), SessionEntry::default());
            let json = serde_json::to_string(&session).expect("it serialises");
            let json = if unreadable == Some(number) {
                "{"
            } else {
                &json
            };
            transaction
                .execute("INSERT INTO sessions VALUES (?1, ?2)", params![key, json])
                .expect("it is stored");
        }
        transaction.commit().expect("all are stored");
        connection
    }

    #[test]
    fn every_session_is_read_in_its_place() {
        let mut connection = store(None);
        let transaction = connection.transaction().expect("one begins");
        let sessions = read(&transaction).expect("all can be read");
        let numbers = sessions.iter().map(|session| session.key.rest().parse());
        assert!(numbers.eq((0..MANY).map(Ok)));
        let last = &sessions[MANY - 1];
        assert!(find(&sessions, &last.key).is_some_and(|found| Arc::ptr_eq(found, last)));
        assert!(find(&sessions, &"agent:main:none".into()).is_none());
    }

    #[test]
    fn one_that_cannot_be_read_is_an_error_wherever_it_stands() {
        for number in [0, FEW - 1, FEW, FEW + BATCH, MANY - 1] {
            let mut connection = store(Some(number));
            let transaction = connection.transaction().expect("one begins");
            let refused = read(&transaction);
            assert!(
                matches!(refused, Err(StoreError::Unreadable(_))),
                "{number}"
            );
        }
    }
}
