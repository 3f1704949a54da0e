//! What the params of each method may look like, and the words in which a client is told that its own do not.
//!
//! The accepted fields and the messages are those of OpenClaw 2026.9.6, word for word and in its order, so that a
//! client which matches on them works here too. The one addition is how `sessions.subscribe` names a subscription.

mod chat;
mod connect;
mod devices;
mod edit;
mod frame;
mod language;
mod length;
mod list;
mod message;
mod problem;
mod sessions;
mod settings;
mod system;
#[cfg(test)]
mod tests;
mod walk;

use serde_json::Value;

pub use language::Schema;

/// The params of `method`, or nothing if it is not a method of this gateway.
pub fn params(method: &str) -> Option<&'static Schema> {
    Some(match method {
        "connect" => &connect::CONNECT,
        "sessions.list" => &list::LIST,
        "sessions.subscribe" => &list::SUBSCRIBE,
        "sessions.search" => &list::SEARCH,
        "sessions.create" => &edit::CREATE,
        "sessions.patch" => &edit::PATCH,
        "sessions.patchMany" => &edit::PATCH_MANY,
        "sessions.messages.subscribe" => &sessions::MESSAGES_SUBSCRIBE,
        "sessions.messages.unsubscribe" => &sessions::MESSAGES_UNSUBSCRIBE,
        "sessions.describe" => &sessions::DESCRIBE,
        "sessions.resolve" => &sessions::RESOLVE,
        "sessions.get" => &sessions::GET,
        "sessions.preview" => &sessions::PREVIEW,
        "sessions.reset" => &sessions::RESET,
        "sessions.delete" => &sessions::DELETE,
        "sessions.send" => &sessions::SEND,
        "sessions.abort" => &sessions::ABORT,
        "sessions.cleanup" => &sessions::CLEANUP,
        "sessions.groups.list" | "sessions.groups.defaults" => &sessions::GROUPS,
        "sessions.groups.put" => &sessions::GROUPS_PUT,
        "sessions.groups.rename" => &sessions::GROUPS_RENAME,
        "sessions.groups.delete" => &sessions::GROUPS_DELETE,
        "sessions.groups.update" => &sessions::GROUPS_UPDATE,
        "sessions.goal.update" => &sessions::GOAL_UPDATE,
        "sessions.goal.clear" => &sessions::GOAL_CLEAR,
        "chat.send" => &chat::SEND,
        "chat.history" => &chat::HISTORY,
        "chat.startup" => &chat::STARTUP,
        "chat.inject" => &chat::INJECT,
        "chat.abort" => &chat::ABORT,
        "device.pair.list" => &devices::LIST,
        "device.pair.approve" | "device.pair.reject" => &devices::REQUEST,
        "device.pair.remove" => &devices::DEVICE,
        "device.token.rotate" => &devices::ROTATE,
        "device.token.revoke" => &devices::REVOKE,
        "health" | "status" | "system-presence" => &system::PROBE,
        "agents.list" => &system::AGENTS,
        "config.get" => &system::CONFIG,
        "models.list" => &system::MODELS,
        "commands.list" => &system::COMMANDS,
        _ => return None,
    })
}

/// Checks the params of a request. The error is the message of the `INVALID_REQUEST` to answer.
///
/// Absent and null params mean an empty object; making it is the caller's part. An unknown method has no params that
/// could be wrong.
pub fn check(method: &str, params: &Value) -> Result<(), String> {
    let Some(schema) = self::params(method) else {
        return Ok(());
    };
    walk::problems(schema, params)
        .into_result()
        .map_err(|found| format!("invalid {method} params: {found}"))
}

/// Checks the envelope of a request, whatever its method. The error is the message of the `INVALID_REQUEST` to answer.
pub fn check_frame(frame: &Value) -> Result<(), String> {
    walk::problems(&frame::REQUEST, frame)
        .into_result()
        .map_err(|found| format!("invalid request frame: {found}"))
}
