//! `chat.send` and `sessions.send`: what a person says in a session, and the chat commands among it.

use serde_json::Value;
use sessionwire_protocol::chat::{ChatEvent, ChatIntent, ChatSendParams, ChatState, RunStarted};
use sessionwire_protocol::sessions::SessionsSendParams;
use sessionwire_protocol::{ChangeReason, ErrorBody, Scope, SessionKey, TranscriptMessage};

use super::goal::rejected;
use super::patch::Expected;
use crate::commands::{self, Answer, Effect, Outcome, View};
use crate::goal;
use crate::id::new_id;
use crate::request::Caller;
use crate::transaction::Transaction;

/// Says something in a session, which is made where there is none.
pub async fn chat(caller: Caller, params: ChatSendParams) -> Result<RunStarted, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.session_key, params.agent_id.as_deref())?;
    check_content(&params.message, &params.attachments)?;
    let meaning = match &params.intent {
        Some(ChatIntent { kind, .. }) if kind == "session-goal-start" => Meaning::Goal,
        _ if params.suppress_command_interpretation == Some(true) => Meaning::Text,
        _ => Meaning::Open,
    };
    let turn = Turn {
        meaning,
        ..Turn::new(&caller, key, params.message, Some(params.idempotency_key))?
    };
    let expected = Expected {
        session_id: params.session_id,
        ..Expected::default()
    };
    let committing = caller.commit(move |transaction| {
        if let Some(held) = transaction.get(&turn.key) {
            expected.check(&turn.key, Some(&held), "send")?;
        }
        turn.take(transaction)
    });
    committing.await
}

/// The same, in a session that exists.
pub async fn session(caller: Caller, params: SessionsSendParams) -> Result<RunStarted, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    check_content(&params.message, &params.attachments)?;
    let turn = Turn::new(&caller, key, params.message, params.idempotency_key)?;
    let committing = caller.commit(move |transaction| {
        if transaction.get(&turn.key).is_none() {
            return Err(ErrorBody::invalid(format!(
                "session not found: {}",
                turn.key
            )));
        }
        turn.take(transaction)
    });
    committing.await
}

/// What a person says in a session, once.
pub struct Turn {
    key: SessionKey,
    text: String,
    run_id: String,
    meaning: Meaning,
    may_administer: bool,
}

/// How the text of a turn is taken.
enum Meaning {
    /// As a chat command if it is one.
    Open,
    /// As text, whatever it begins with.
    Text,
    /// As the goal that the session gets.
    Goal,
}

impl Turn {
    /// A turn of the caller, whose run is named where the caller did not.
    pub fn new(
        caller: &Caller,
        key: SessionKey,
        text: String,
        run_id: Option<String>,
    ) -> Result<Self, ErrorBody> {
        if let Some(agent) = key.agent_id()
            && caller.gateway.known_agent(agent).is_err()
        {
            return Err(ErrorBody::invalid(format!(
                "Agent \"{agent}\" no longer exists in configuration"
            )));
        }
        Ok(Self {
            key,
            text,
            run_id: run_id.unwrap_or_else(new_id),
            meaning: Meaning::Open,
            may_administer: caller.scopes.allow(&Scope::ADMIN),
        })
    }

    /// Adds what was said and, for a command, what it replies and does. A run that was there before is left alone.
    pub fn take(self, transaction: &mut Transaction<'_>) -> Result<RunStarted, ErrorBody> {
        let said_key = format!("{}:user", self.run_id);
        if transaction.was_sent(&self.key, &said_key)?
            || transaction.was_sent(&self.key, &self.run_id)?
        {
            return Ok(RunStarted {
                run_id: self.run_id,
                status: "ok".to_owned(),
            });
        }
        let (text, reply) = self.interpret(transaction)?;
        let now = transaction.now();
        let said = TranscriptMessage {
            idempotency_key: Some(said_key),
            ..TranscriptMessage::user(text, now)
        };
        transaction.append(&self.key, said);
        let reply = reply.map(|text| TranscriptMessage {
            idempotency_key: Some(self.run_id.clone()),
            ..TranscriptMessage::assistant(text, now)
        });
        if let Some(reply) = &reply {
            transaction.append(&self.key, reply.clone());
        }
        transaction.tell_run(finished(&self.key, self.run_id.clone(), 1, reply));
        Ok(RunStarted {
            run_id: self.run_id,
            status: "started".to_owned(),
        })
    }

    /// What goes into the transcript: the person's text, and the reply to a command.
    fn interpret(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> Result<(String, Option<String>), ErrorBody> {
        let as_text = || (self.text.clone(), None);
        let held = transaction.get(&self.key);
        let is_new = held.is_none();
        let session =
            held.unwrap_or_else(|| transaction.update(&self.key, ChangeReason::CREATE, |_| {}));
        match self.meaning {
            Meaning::Text => Ok(as_text()),
            Meaning::Goal => {
                let held = session.entry.goal.as_deref();
                let goal = goal::start(held, &self.text, transaction.now())
                    .map_err(|refusal| rejected("invalid", &refusal.to_string()))?;
                transaction.update(&self.key, ChangeReason::GOAL, |entry| {
                    entry.goal = Some(Box::new(goal));
                });
                Ok(as_text())
            }
            Meaning::Open => {
                let view = View {
                    entry: &session.entry,
                    may_administer: self.may_administer,
                    now: transaction.now(),
                    check_label: &|label| transaction.check_label(&self.key, label),
                };
                let Some(Outcome { answer, effects }) = commands::run(&self.text, &view) else {
                    return Ok(as_text());
                };
                for effect in effects {
                    // Nobody has seen a generation of a session that this very turn made.
                    if !(is_new && matches!(effect, Effect::Evict(_))) {
                        self.carry_out(effect, transaction)?;
                    }
                }
                Ok(match answer {
                    Answer::Reply(reply) => (self.text.clone(), Some(reply)),
                    Answer::PassOn(rest) => (rest, None),
                })
            }
        }
    }

    fn carry_out(
        &self,
        effect: Effect,
        transaction: &mut Transaction<'_>,
    ) -> Result<(), ErrorBody> {
        let key = &self.key;
        match effect {
            Effect::Label(label) => {
                transaction.relabel(key, Some(&label), ChangeReason::COMMAND_METADATA)?;
            }
            Effect::Goal(goal) => {
                transaction.update(key, ChangeReason::COMMAND_METADATA, |entry| {
                    entry.goal = goal.map(Box::new);
                });
            }
            Effect::Model(model) => {
                transaction.update(key, ChangeReason::PATCH, |entry| {
                    entry.model = model.map(Into::into);
                });
            }
            Effect::Setting(name, value) => {
                transaction.update(key, ChangeReason::PATCH, |entry| {
                    match value {
                        Some(value) => entry.options.insert(name.to_owned(), value.into()),
                        None => entry.options.remove(name),
                    };
                });
            }
            Effect::Evict(reason) => {
                if let Some(session) = transaction.get(key) {
                    transaction.evict(&session, reason);
                }
            }
        }
        Ok(())
    }
}

/// The event of a run that is over.
pub fn finished(
    key: &SessionKey,
    run_id: String,
    seq: u64,
    message: Option<TranscriptMessage>,
) -> ChatEvent {
    ChatEvent {
        run_id,
        session_key: key.clone(),
        agent_id: key.agent_id().map(str::to_owned),
        seq,
        state: ChatState::Final,
        message,
        delta_text: None,
        error_message: None,
    }
}

fn check_content(message: &str, attachments: &[Value]) -> Result<(), ErrorBody> {
    if !attachments.is_empty() {
        return Err(ErrorBody::invalid(
            "attachments are not supported by this gateway",
        ));
    }
    if message.trim().is_empty() {
        return Err(ErrorBody::invalid("message or attachment required"));
    }
    Ok(())
}
