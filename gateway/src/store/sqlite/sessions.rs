//! The sessions as they are stored, read by all processors.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Transaction;

use crate::session::Session;
use crate::store::StoreError;

/// So many are parsed at a time.
const BATCH: usize = 1_024;

/// All that are stored. The database gives them out one after the other; other threads parse them meanwhile, which takes
/// several times as long.
pub(super) fn read(transaction: &Transaction<'_>) -> Result<Vec<Arc<Session>>, StoreError> {
    let mut select = transaction.prepare("SELECT session FROM sessions")?;
    let mut rows = select.query([])?;
    let mut next = || -> Result<Vec<String>, StoreError> {
        let mut texts = Vec::with_capacity(BATCH);
        while texts.len() < BATCH
            && let Some(row) = rows.next()?
        {
            texts.push(row.get(0)?);
        }
        Ok(texts)
    };
    let first = next()?;
    if first.len() < BATCH {
        return parse(&first);
    }
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let (texts, waiting) = sync_channel(2 * cores);
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        let parsers: Vec<_> = (0..cores)
            .map(|_| scope.spawn(|| parse_all(&waiting)))
            .collect();
        let mut batch = first;
        while !batch.is_empty() {
            // Parsers that failed say so below.
            let _gone = texts.send(batch);
            batch = next()?;
        }
        drop(texts);
        let mut sessions = Vec::new();
        for parser in parsers {
            let parsed = parser.join().expect("parsing does not panic");
            sessions.append(&mut parsed?);
        }
        Ok(sessions)
    })
}

fn parse_all(waiting: &Mutex<Receiver<Vec<String>>>) -> Result<Vec<Arc<Session>>, StoreError> {
    let mut sessions = Vec::new();
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(texts) = next else {
            return Ok(sessions);
        };
        sessions.append(&mut parse(&texts)?);
    }
}

fn parse(texts: &[String]) -> Result<Vec<Arc<Session>>, StoreError> {
    let sessions = texts.iter().map(|text| serde_json::from_str(text));
    Ok(sessions
        .map(|session| session.map(Arc::new))
        .collect::<Result<_, _>>()?)
}
