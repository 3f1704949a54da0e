//! What keys say of their sessions.

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use sessionwire_protocol::SessionKey;

use crate::lower::lower;

/// Of a timed job, or of a run of one.
pub(crate) fn is_timed_job(key: &SessionKey) -> bool {
    let key = key.as_str();
    let mut parts = key.split(':').filter(|part| !part.is_empty());
    let of_agent =
        key.starts_with("agent:") && parts.nth(2) == Some("cron") && parts.next().is_some();
    of_agent || key.starts_with("cron:")
}

/// Of a single run of a timed job.
pub(crate) fn is_timed_run(key: &SessionKey) -> bool {
    let mut parts = key.rest().split(':');
    let mut named = |name: &str| {
        parts.next() == Some(name) && parts.next().is_some_and(|part| !part.is_empty())
    };
    key.agent_id().is_some() && named("cron") && named("run")
}

/// Of a helper of an agent.
pub(crate) fn is_subagent(key: &SessionKey) -> bool {
    key.rest().starts_with("subagent:")
}

/// The agent that a text names: what is no part of a name becomes hyphens, and without a name it is `main`.
pub fn agent(text: &str) -> String {
    const LONGEST: usize = 64;
    let name = lower(text.trim());
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if name.len() <= LONGEST && name.chars().all(is_part) && !name.starts_with(['-', '_']) {
        return match name.as_str() {
            "" => "main".to_owned(),
            _ => name,
        };
    }
    let mut written = String::new();
    let mut gap = false;
    for c in name.chars() {
        if is_part(c) {
            written.push(c);
        } else if !gap {
            written.push('-');
        }
        gap = !is_part(c);
    }
    let mut written = written.as_str();
    // To trim texts of all that may be trimmed is larger code.
    while let Some(rest) = (written.strip_prefix('-')).or_else(|| written.strip_suffix('-')) {
        written = rest;
    }
    match written.get(..LONGEST).unwrap_or(written) {
        "" => "main".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_not_its_runs() {
        for (key, job, run) in [
            ("agent:main:cron:job", true, false),
            ("agent:main:cron:job:run:1", true, true),
            ("agent:main:cron:job:run:1:more", true, true),
            ("agent:main:cron:job:run", true, false),
            ("agent:main:cron:job:run:", true, false),
            ("agent:main:cron::run:1", true, false),
            ("agent:main:cron:", false, false),
            ("agent:main:cron", false, false),
            ("agent:main:crontab:job", false, false),
            ("agent:main:thread:cron:job", false, false),
            ("agent:cron:job", false, false),
            ("cron:job:run:1", true, false),
            ("global", false, false),
        ] {
            let key = SessionKey::from(key);
            assert_eq!(
                (is_timed_job(&key), is_timed_run(&key)),
                (job, run),
                "{key}"
            );
        }
    }

    #[test]
    fn agents_are_named_in_one_way() {
        for (text, expected) in [
            ("main", "main"),
            (" MAIN ", "main"),
            ("a_b-c", "a_b-c"),
            ("-a-", "a"),
            ("_a", "_a"),
            ("a-", "a-"),
            ("My  Agent!", "my-agent"),
            ("", "main"),
            ("!", "main"),
        ] {
            assert_eq!(agent(text), expected, "{text:?}");
        }
        assert_eq!(agent(&"x".repeat(70)), "x".repeat(64));
    }
}
