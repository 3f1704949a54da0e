use serde::Deserialize;
use sessionwire::protocol::{ChangeReason, EvictionReason};
use sessionwire::{SessionEvent, SessionKey};

/// What a list was told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub(crate) enum Told {
    Snapshot,
    Changed {
        key: SessionKey,
        label: Option<String>,
        pending: bool,
        reason: Option<ChangeReason>,
    },
    Left {
        key: SessionKey,
    },
    Evicted {
        key: SessionKey,
        reason: EvictionReason,
        inferred: bool,
    },
    Failed {
        message: String,
    },
}

impl Told {
    pub(crate) fn shows(&self, of: &str, what: &str) -> bool {
        self.label(of) == Some(what)
    }

    /// The label that it shows of a session.
    pub(crate) fn label(&self, of: &str) -> Option<&str> {
        match self {
            Self::Changed { key, label, .. } if key.as_str() == of => label.as_deref(),
            Self::Changed { .. }
            | Self::Snapshot
            | Self::Left { .. }
            | Self::Evicted { .. }
            | Self::Failed { .. } => None,
        }
    }

    /// Whether a list brought it to light.
    pub(crate) fn is_found(&self) -> bool {
        matches!(self, Self::Changed { reason: None, .. })
    }

    pub(crate) fn is_pending(&self) -> bool {
        matches!(self, Self::Changed { pending: true, .. })
    }
}

impl From<SessionEvent> for Told {
    fn from(event: SessionEvent) -> Self {
        match event {
            SessionEvent::Snapshot { .. } => Self::Snapshot,
            SessionEvent::Changed {
                row,
                pending,
                reason,
                ..
            } => Self::Changed {
                key: row.key.clone(),
                label: row.label.clone(),
                pending,
                reason,
            },
            SessionEvent::Left { key } => Self::Left { key },
            SessionEvent::Evicted(evicted) => Self::Evicted {
                key: evicted.key,
                reason: evicted.reason,
                inferred: evicted.inferred,
            },
            SessionEvent::Failed(error) => Self::Failed {
                message: error.to_string(),
            },
        }
    }
}
