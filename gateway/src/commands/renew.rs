//! `/new` and `/reset`.

use sessionwire_protocol::EvictionReason;

use super::{Answer, Effect, Outcome, View};

const NOT_AUTHORIZED: &str = "⚠️ You are not authorized to reset this session. Gateway resets require operator.admin and command access. Ask your administrator to reset it, or send your message without the command.";

/// Begins anew.
pub(super) fn new(args: &str, view: &View<'_>) -> Option<Outcome> {
    renew(args, view, EvictionReason::New, "✅ New session started.")
}

/// Destroys the context.
pub(super) fn reset(args: &str, view: &View<'_>) -> Option<Outcome> {
    if view.may_administer && args.trim().eq_ignore_ascii_case("soft") {
        return Some(Outcome::reply(
            "⚠️ A soft reset restarts the agent and keeps the messages; this gateway runs no agent. Use /reset to start over.",
        ));
    }
    renew(args, view, EvictionReason::Reset, "✅ Session reset.")
}

/// What follows the command is the first message of the next generation.
fn renew(args: &str, view: &View<'_>, reason: EvictionReason, done: &str) -> Option<Outcome> {
    if !view.may_administer {
        return Some(Outcome::reply(NOT_AUTHORIZED));
    }
    let answer = match args.trim() {
        "" => Answer::Reply(done.to_owned()),
        first => Answer::PassOn(first.to_owned()),
    };
    Some(Outcome {
        answer,
        effects: vec![Effect::Evict(reason)],
    })
}
