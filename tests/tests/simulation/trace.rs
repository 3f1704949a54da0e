//! What happens at a client, in words.

use sessionwire_client_core::SessionEvent;

/// With `TRACE` in the environment: what happens at a client.
pub(crate) fn trace(client: u64, what: &str, text: &str) {
    if std::env::var_os("TRACE").is_some() {
        eprintln!("client {client} {what} {text}");
    }
}

/// What an event says, without what is random in every run.
pub(crate) fn outline(event: &SessionEvent) -> String {
    match event {
        SessionEvent::Snapshot { rows, .. } => {
            let keys: Vec<_> = rows.iter().map(|row| row.head.key.as_str()).collect();
            format!("{keys:?}")
        }
        SessionEvent::Changed { row, ts, .. } => {
            let head = &row.head;
            format!("{} {:?} {:?} {ts:?}", head.key, head.updated_at, head.label)
        }
        SessionEvent::Left { key } => format!("{key} left"),
        SessionEvent::Evicted(evicted) => format!(
            "{} {:?} {} {:?}",
            evicted.key, evicted.reason, evicted.inferred, evicted.ts
        ),
        SessionEvent::Failed(error) => error.to_string(),
    }
}
