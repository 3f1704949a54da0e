use alloc::format;
use alloc::sync::Arc;
use core::fmt;

use serde::{Deserialize, Serialize};

/// The lasting name of a session: `agent:<agent id>:<rest>`, or one of the sentinels `global` and `unknown`.
///
/// Two keys are the same session exactly when they are equal; a gateway makes them canonical, and nobody
/// else has to. Cloning shares the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct SessionKey(#[cfg_attr(feature = "typescript", tsify(type = "string"))] Arc<str>);

/// The text names no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed session key")
    }
}

impl core::error::Error for InvalidKey {}

impl SessionKey {
    /// The canonical key that `text` means: trimmed, in lower case, and with `default_agent` where it names none.
    ///
    /// `beta` is `agent:main:beta` where `main` is the default agent. A key whose rest is empty is refused.
    pub fn parse(text: &str, default_agent: &str) -> Result<Self, InvalidKey> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Err(InvalidKey);
        }
        if matches!(text.as_str(), "global" | "unknown") {
            return Ok(Self(text.into()));
        }
        match text.strip_prefix("agent:") {
            Some(tail) => match tail.split_once(':') {
                Some((agent, rest)) if !agent.is_empty() && !rest.trim().is_empty() => {
                    Ok(Self(text.into()))
                }
                _ => Err(InvalidKey),
            },
            None => Ok(Self(format!("agent:{default_agent}:{text}").into())),
        }
    }

    /// The main session of an agent.
    pub fn main(agent: &str) -> Self {
        Self(format!("agent:{agent}:main").into())
    }

    /// The key as written on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The agent whose session it is; the sentinels belong to none.
    pub fn agent_id(&self) -> Option<&str> {
        Some(self.0.strip_prefix("agent:")?.split_once(':')?.0)
    }

    /// What follows the agent: `main`, a name, or parts such as `dashboard:<uuid>`.
    pub fn rest(&self) -> &str {
        match self
            .0
            .strip_prefix("agent:")
            .and_then(|tail| tail.split_once(':'))
        {
            Some((_, rest)) => rest,
            None => &self.0,
        }
    }

    /// Whether this is the main session of its agent.
    pub fn is_main(&self) -> bool {
        self.agent_id().is_some() && self.rest() == "main"
    }
}

impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for SessionKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Takes the text as it is: for keys that a gateway has sent.
impl From<&str> for SessionKey {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_canonical() {
        for (text, key) in [
            ("agent:main:FooBar", "agent:main:foobar"),
            ("beta", "agent:main:beta"),
            ("main", "agent:main:main"),
            ("GLOBAL", "global"),
            (" agent:work:a b:c ", "agent:work:a b:c"),
        ] {
            assert_eq!(
                SessionKey::parse(text, "main").map(|key| key.to_string()),
                Ok(key.to_owned())
            );
        }
        for text in ["", "  ", "agent:", "agent:main", "agent:main:", "agent::x"] {
            assert_eq!(SessionKey::parse(text, "main"), Err(InvalidKey), "{text:?}");
        }
    }

    #[test]
    fn keys_tell_their_parts() {
        let key = SessionKey::from("agent:work:dashboard:1");
        assert_eq!(
            (key.agent_id(), key.rest(), key.is_main()),
            (Some("work"), "dashboard:1", false)
        );
        assert!(SessionKey::main("work").is_main());
        assert_eq!(SessionKey::from("global").agent_id(), None);
    }
}
