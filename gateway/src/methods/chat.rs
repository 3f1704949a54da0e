//! `chat.history`, `chat.startup`, `chat.inject` and `chat.abort`, and `sessions.abort`.

use sessionwire_protocol::chat::{
    ChatAbortParams, ChatAborted, ChatHistoryParams, ChatInjectParams, ChatInjected, PendingInputs,
    Transcript,
};
use sessionwire_protocol::sessions::{ListDefaults, SessionsAbortParams, SessionsAborted};
use sessionwire_protocol::{ErrorBody, SessionEntry, SessionKey, SessionRow, TranscriptMessage};

use super::send::finished;
use crate::encoded::Encoded;
use crate::request::Caller;
use crate::session::Session;
use crate::store::Transcripts;

/// The newest messages of a transcript, and the session's row. The row is not newer than the messages, so a change
/// that the row misses is still to be told.
pub async fn history(caller: Caller, params: ChatHistoryParams) -> Result<Encoded, ErrorBody> {
    let gateway = &caller.gateway;
    let key = gateway.key(&params.session_key, params.agent_id.as_deref())?;
    let session = gateway.sessions.read().catalog().get(&key).cloned();
    let Some(session) = session else {
        let row = row_of_none(&key);
        return Ok(Encoded::of(&transcript(
            key,
            row,
            0,
            &params,
            Vec::new(),
            false,
        )));
    };
    let reading = move |transcripts: &dyn Transcripts| {
        const DEFAULT_LIMIT: u64 = 200;
        let limit = params.limit.unwrap_or(DEFAULT_LIMIT) as usize;
        let offset = params.offset.unwrap_or_default() as usize;
        let (messages, has_more) = transcripts.newest(&key, limit, offset)?;
        let (row, count) = (session.own_row(), session.entry.message_count);
        let transcript = transcript(key, row, count, &params, messages, has_more);
        Ok(Encoded::of(&transcript))
    };
    gateway.read_messages(reading).await
}

fn transcript(
    session_key: SessionKey,
    row: SessionRow,
    count: u64,
    params: &ChatHistoryParams,
    mut messages: Vec<TranscriptMessage>,
    mut has_more: bool,
) -> Transcript {
    if let Some(bytes) = params.max_bytes {
        has_more |= drop_oldest_beyond(bytes as usize, &mut messages);
    }
    let newest = messages.last().and_then(|message| message.marks.as_ref());
    let newest_seq = newest.and_then(|marks| marks.seq);
    let next = params.offset.unwrap_or_default();
    Transcript {
        session_id: row.session_id.clone(),
        thinking_level: row.thinking_level.clone(),
        verbose_level: row.verbose_level.clone(),
        pending_inputs: PendingInputs::default(),
        next_offset: has_more.then(|| next.saturating_add(messages.len() as u64)),
        has_more,
        total_messages: count.max(newest_seq.unwrap_or_default()),
        defaults: ListDefaults::default(),
        session_info: Some(row),
        messages,
        session_key,
    }
}

/// Adds a message of the agent.
pub async fn inject(caller: Caller, params: ChatInjectParams) -> Result<ChatInjected, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.session_key, params.agent_id.as_deref())?;
    let label = params.label.as_deref().map(str::trim).unwrap_or_default();
    let text = match label {
        "" => params.message,
        label => format!("[{label}]\n\n{}", params.message),
    };
    let committing = caller.commit(move |transaction| {
        if transaction.get(&key).is_none() {
            return Err(ErrorBody::invalid("session not found"));
        }
        let message = TranscriptMessage::assistant(text, transaction.now());
        let message_id = transaction.append(&key, message.clone()).message_id;
        let message_id = message_id.unwrap_or_default();
        transaction.tell_run(finished(
            &key,
            format!("inject-{message_id}"),
            0,
            Some(message),
        ));
        Ok(ChatInjected {
            ok: true,
            message_id,
        })
    });
    committing.await
}

/// Ends the runs of a session: none, as a run here is over in the commit that begins it.
pub async fn abort(caller: Caller, params: ChatAbortParams) -> Result<ChatAborted, ErrorBody> {
    caller.gateway.key(&params.session_key, None)?;
    Ok(ChatAborted {
        ok: true,
        aborted: false,
        run_ids: Vec::new(),
    })
}

/// The same for one run of a session, or one by its id.
pub async fn abort_run(
    caller: Caller,
    params: SessionsAbortParams,
) -> Result<SessionsAborted, ErrorBody> {
    match &params.key {
        Some(key) => drop(caller.gateway.key(key, None)?),
        None if params.run_id.is_some() => {}
        None => return Err(ErrorBody::invalid("key required")),
    }
    Ok(SessionsAborted {
        ok: true,
        aborted_run_id: None,
        status: "no-active-run".to_owned(),
    })
}

/// Leaves the newest messages that fit into `bytes` of JSON, at least one; `true` if any were dropped.
fn drop_oldest_beyond(bytes: usize, messages: &mut Vec<TranscriptMessage>) -> bool {
    let mut room = bytes;
    let fits = |message: &&TranscriptMessage| {
        let size = serde_json::to_string(message).map_or(0, |json| json.len());
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    };
    let kept = messages.iter().rev().take_while(fits).count().max(1);
    let dropped = messages.len().saturating_sub(kept);
    messages.drain(..dropped);
    dropped > 0
}

fn row_of_none(key: &SessionKey) -> SessionRow {
    SessionRow {
        session_id: None,
        lifecycle_revision: None,
        created_at: None,
        updated_at: None,
        ..Session::new(key.clone(), SessionEntry::default()).own_row()
    }
}
