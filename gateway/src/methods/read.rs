//! `sessions.get` and `sessions.preview`: messages of sessions.

use sessionwire_protocol::sessions::{
    Preview, PreviewItem, Previews, SessionMessages, SessionsGetParams, SessionsPreviewParams,
};
use sessionwire_protocol::{ErrorBody, TranscriptMessage};

use crate::encoded::Encoded;
use crate::request::Caller;
use crate::store::Transcripts;

/// The messages of a session.
pub async fn get(caller: Caller, params: SessionsGetParams) -> Result<Encoded, ErrorBody> {
    const DEFAULT_LIMIT: u64 = 200;
    let text = match &params.session_key {
        Some(session_key) if params.key.is_empty() => session_key,
        _ => &params.key,
    };
    let key = caller.gateway.key(text, params.agent_id.as_deref())?;
    let limit = params.limit.unwrap_or(DEFAULT_LIMIT).max(1) as usize;
    let reading = move |transcripts: &dyn Transcripts| {
        let (messages, _) = transcripts.newest(&key, limit, 0)?;
        Ok(Encoded::of(&SessionMessages { messages }))
    };
    caller.gateway.read_messages(reading).await
}

/// The newest messages of several sessions, shortened.
pub async fn preview(caller: Caller, params: SessionsPreviewParams) -> Result<Previews, ErrorBody> {
    const MOST_KEYS: usize = 64;
    const MOST_MESSAGES: usize = 200;
    const DEFAULT_LIMIT: u64 = 12;
    const DEFAULT_CHARS: u64 = 240;
    let limit = (params.limit.unwrap_or(DEFAULT_LIMIT) as usize).min(MOST_MESSAGES);
    let chars = params.max_chars.unwrap_or(DEFAULT_CHARS) as usize;
    let mut asked = Vec::new();
    for text in params.keys.iter().map(|key| key.trim()) {
        if !text.is_empty() && asked.len() < MOST_KEYS {
            asked.push((text.to_owned(), caller.gateway.key(text, None)?));
        }
    }
    let known: Vec<bool> = {
        let state = caller.gateway.sessions.read();
        asked
            .iter()
            .map(|(_, key)| state.catalog().get(key).is_some())
            .collect()
    };
    let previews = caller
        .gateway
        .read_messages(move |transcripts| {
            let mut previews = Vec::with_capacity(asked.len());
            for ((text, key), known) in asked.into_iter().zip(known) {
                let messages = match known {
                    true => transcripts.newest(&key, limit, 0)?.0,
                    false => Vec::new(),
                };
                let items: Vec<_> = messages
                    .iter()
                    .filter_map(|message| item(message, chars))
                    .collect();
                let status = match (known, items.is_empty()) {
                    (false, _) => "missing",
                    (true, true) => "empty",
                    (true, false) => "ok",
                };
                previews.push(Preview {
                    key: text,
                    status: status.to_owned(),
                    items,
                });
            }
            Ok(previews)
        })
        .await?;
    Ok(Previews {
        ts: caller.gateway.clock.now(),
        previews,
    })
}

fn item(message: &TranscriptMessage, chars: usize) -> Option<PreviewItem> {
    const MARK: &str = "...";
    let text = message.text();
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let text = if text.chars().count() <= chars {
        text.to_owned()
    } else {
        let kept = chars.saturating_sub(MARK.len());
        text.chars().take(kept).chain(MARK.chars()).collect()
    };
    Some(PreviewItem {
        role: message.role.clone(),
        text,
    })
}
