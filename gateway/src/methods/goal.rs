//! `sessions.goal.update` and `sessions.goal.clear`: the goal, changed by programs.

use serde_json::json;
use sessionwire_protocol::goal::{
    GoalAction, GoalClearParams, GoalReceipt, GoalStatus, GoalUpdateParams,
};
use sessionwire_protocol::{ChangeReason, ErrorBody, Millis, SessionKey};

use crate::goal::{self, OPERATION_LIFE, Operation};
use crate::request::Caller;
use crate::sessions::Committing;
use crate::transaction::Transaction;

/// How far a caller's clock may be ahead.
const CLOCK_SKEW: Millis = 5 * 60 * 1000;

/// Changes a goal.
pub async fn update(caller: Caller, params: GoalUpdateParams) -> Result<GoalReceipt, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.session_key, params.agent_id.as_deref())?;
    let request = Request {
        key,
        session_id: params.session_id,
        goal_id: params.goal_id,
        operation_id: params.operation_id,
        issued_at: params.issued_at_ms,
        action: params.action,
        objective: params.objective.unwrap_or_default(),
        note: params.note.unwrap_or_default(),
    };
    request.commit(&caller).await
}

/// Takes a goal away.
pub async fn clear(caller: Caller, params: GoalClearParams) -> Result<GoalReceipt, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.session_key, params.agent_id.as_deref())?;
    let request = Request {
        key,
        session_id: params.session_id,
        goal_id: params.goal_id,
        operation_id: params.operation_id,
        issued_at: params.issued_at_ms,
        action: GoalAction::Clear,
        objective: String::new(),
        note: String::new(),
    };
    request.commit(&caller).await
}

/// The refusal of an operation on a goal.
pub fn rejected(reason: &str, message: &str) -> ErrorBody {
    ErrorBody::invalid(message)
        .with_details(json!({ "code": "GOAL_OPERATION_REJECTED", "reason": reason }))
}

struct Request {
    key: SessionKey,
    session_id: Option<String>,
    goal_id: String,
    operation_id: String,
    issued_at: Millis,
    action: GoalAction,
    objective: String,
    note: String,
}

impl Request {
    fn commit(self, caller: &Caller) -> Committing<GoalReceipt> {
        caller.commit(move |transaction| self.carry_out(transaction))
    }

    fn carry_out(self, transaction: &mut Transaction<'_>) -> Result<GoalReceipt, ErrorBody> {
        let now = transaction.now();
        let session = transaction
            .get(&self.key)
            .filter(|session| {
                let seen = self.session_id.as_ref();
                seen.is_none_or(|seen| *seen == session.entry.session_id)
            })
            .ok_or_else(|| {
                ErrorBody::invalid("Session changed or was removed; refresh its Goal.")
            })?;
        self.check_time(now)?;
        let session_id = session.entry.session_id.clone();
        if let Some(operation) = transaction.operation(&self.key, &self.operation_id)? {
            return self.repeat(&operation, &session_id);
        }
        let held = session.entry.goal.as_deref();
        if held.is_none_or(|goal| goal.id != self.goal_id) {
            return Err(rejected(
                "goal-rebound",
                "Goal changed or was cleared; refresh before trying again.",
            ));
        }
        let step = |status| goal::set_status(held, status, &self.note, now).map(Some);
        let goal = match self.action {
            GoalAction::Edit => goal::edit(held, &self.objective, now).map(Some),
            GoalAction::Pause => step(GoalStatus::Paused),
            GoalAction::Resume => step(GoalStatus::Active),
            GoalAction::Complete => step(GoalStatus::Complete),
            GoalAction::Block => step(GoalStatus::Blocked),
            GoalAction::Clear => Ok(None),
        }
        .map_err(|refusal| rejected("invalid", &refusal.to_string()))?;
        transaction.update(&self.key, ChangeReason::GOAL, |entry| {
            entry.goal = goal.clone().map(Box::new);
        });
        let receipt = GoalReceipt {
            operation_id: self.operation_id.clone(),
            action: self.action,
            session_id,
            goal_id: self.goal_id.clone(),
            status: if goal.is_some() { "updated" } else { "cleared" }.to_owned(),
            goal,
            replayed: false,
        };
        transaction.keep_operation(Operation {
            request: self.fingerprint(),
            session_key: self.key,
            issued_at: self.issued_at,
            receipt: receipt.clone(),
        });
        Ok(receipt)
    }

    fn check_time(&self, now: Millis) -> Result<(), ErrorBody> {
        if self.issued_at > now + CLOCK_SKEW {
            return Err(rejected(
                "invalid",
                "Goal operation time is invalid; refresh and try again.",
            ));
        }
        if self.issued_at.saturating_add(OPERATION_LIFE) <= now {
            return Err(rejected(
                "expired",
                "Goal operation expired; review the current Goal before trying again.",
            ));
        }
        Ok(())
    }

    fn repeat(&self, operation: &Operation, session_id: &str) -> Result<GoalReceipt, ErrorBody> {
        if operation.request != self.fingerprint() {
            return Err(rejected(
                "operation-conflict",
                "Goal operation ID was already used for a different request.",
            ));
        }
        if operation.receipt.session_id != session_id {
            return Err(rejected(
                "session-rebound",
                "Session changed after this Goal operation; refresh before trying again.",
            ));
        }
        Ok(GoalReceipt {
            replayed: true,
            ..operation.receipt.clone()
        })
    }

    fn fingerprint(&self) -> String {
        json!([
            self.issued_at,
            self.action,
            self.goal_id,
            self.objective,
            self.note
        ])
        .to_string()
    }
}
