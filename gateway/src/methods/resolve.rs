//! `sessions.resolve`: from what a person or a program knows of a session to its key.

use std::sync::Arc;

use sessionwire_listing::{Listed, Order};
use sessionwire_protocol::sessions::{
    SessionCandidate, SessionReference, SessionResolved, SessionsResolveParams,
};
use sessionwire_protocol::{ErrorBody, SessionKey};

use crate::effort::is_long_look;
use crate::gateway::Gateway;
use crate::request::Caller;
use crate::session::Session;
use crate::state::Catalog;

/// At most so many candidates are named.
const CANDIDATES: usize = 10;

/// Finds a session.
pub async fn resolve(
    caller: Caller,
    params: SessionsResolveParams,
) -> Result<SessionResolved, ErrorBody> {
    let (gateway, aside) = (Arc::clone(&caller.gateway), caller.aside.clone());
    let wanted = Wanted::of(&params)?;
    if matches!(wanted, Wanted::Key(_))
        && let Some(agent) = &params.agent_id
    {
        gateway.known_agent(&agent.to_lowercase())?;
    }
    let is_long = wanted.is_searched() && is_long_look(gateway.sessions.read().catalog());
    drop(wanted);
    let finding = move || find(&caller.gateway, &params);
    aside.run(is_long, finding).await
}

fn find(gateway: &Gateway, params: &SessionsResolveParams) -> Result<SessionResolved, ErrorBody> {
    let wanted = Wanted::of(params)?;
    let catalog = gateway.sessions.catalog(Order::default());
    let search = Search {
        gateway,
        catalog: &catalog,
        agent: params.agent_id.as_deref().map(str::to_lowercase),
        spawned_by: params.spawned_by.as_deref().map(SessionKey::from),
    };
    let found = match &wanted {
        Wanted::Key(key) => search.by_key(key)?,
        Wanted::SessionId(id) => search.by_session_id(id),
        Wanted::Label(label) => search.by_label(label)?,
        Wanted::ShortId(short_id) => search.by_short_id(short_id, params.slug_hint.as_deref()),
        Wanted::Reference(reference) => search.by_reference(reference)?,
    };
    match <[SessionCandidate; 1]>::try_from(found) {
        Ok([session]) => Ok(SessionResolved {
            ok: true,
            session: Some(session),
            candidates: None,
        }),
        Err(none) if none.is_empty() && params.allow_missing == Some(true) => {
            Ok(SessionResolved::default())
        }
        Err(none) if none.is_empty() => Err(ErrorBody::invalid(wanted.missing())),
        Err(mut several) => {
            several.truncate(CANDIDATES);
            Ok(SessionResolved {
                candidates: Some(several),
                ..SessionResolved::default()
            })
        }
    }
}

/// The one thing that is known.
enum Wanted<'a> {
    Key(&'a str),
    SessionId(&'a str),
    Label(&'a str),
    ShortId(String),
    Reference(&'a SessionReference),
}

impl<'a> Wanted<'a> {
    fn of(params: &'a SessionsResolveParams) -> Result<Self, ErrorBody> {
        let said = |text: &'a Option<String>| {
            text.as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let short_id = said(&params.short_id);
        if params.slug_hint.is_some() && short_id.is_none() {
            return Err(ErrorBody::invalid("slugHint requires shortId"));
        }
        let mut wanted = [
            said(&params.key).map(Self::Key),
            said(&params.session_id).map(Self::SessionId),
            said(&params.label).map(Self::Label),
            short_id.map(|short_id| Self::ShortId(short_id.to_lowercase())),
            params.reference.as_ref().map(Self::Reference),
        ]
        .into_iter()
        .flatten();
        match (wanted.next(), wanted.next()) {
            (None, _) => Err(ErrorBody::invalid(
                "Either key, sessionId, label, shortId, or reference is required",
            )),
            (Some(_), Some(_)) => Err(ErrorBody::invalid(
                "Provide either key, sessionId, label, shortId, or reference (not multiple)",
            )),
            (Some(Self::ShortId(short_id)), None) if !is_short_id(&short_id) => Err(
                ErrorBody::invalid("shortId must be 8-32 hexadecimal characters"),
            ),
            (Some(wanted), None) => Ok(wanted),
        }
    }

    /// Whether every session may have to be looked at.
    fn is_searched(&self) -> bool {
        matches!(self, Self::ShortId(_) | Self::Reference(_))
    }

    fn missing(&self) -> String {
        match self {
            Self::Label(label) => format!("No session found with label: {label}"),
            Self::Key(text) | Self::SessionId(text) => format!("No session found: {text}"),
            Self::ShortId(short_id) => format!("No session found: {short_id}"),
            Self::Reference(reference) => format!("No session found: {}", reference.key),
        }
    }
}

struct Search<'a> {
    gateway: &'a Gateway,
    catalog: &'a Catalog,
    agent: Option<String>,
    spawned_by: Option<SessionKey>,
}

impl Search<'_> {
    fn by_key(&self, text: &str) -> Result<Vec<SessionCandidate>, ErrorBody> {
        let key = self.gateway.key(text, self.agent.as_deref())?;
        let session = self.catalog.get(&key).filter(|session| self.fits(session));
        Ok(session
            .map(|session| self.named(session))
            .into_iter()
            .collect())
    }

    fn by_session_id(&self, id: &str) -> Vec<SessionCandidate> {
        let session = self
            .catalog
            .by_session_id(id)
            .or_else(|| self.catalog.get(&SessionKey::from(id)))
            .filter(|session| self.fits(session));
        session
            .map(|session| self.named(session))
            .into_iter()
            .collect()
    }

    fn by_label(&self, label: &str) -> Result<Vec<SessionCandidate>, ErrorBody> {
        let agents = self.gateway.config.agents.iter().cloned().map(Some);
        let found: Vec<_> = agents
            .chain([None])
            .filter_map(|agent| self.catalog.label_owner(agent.as_deref(), label))
            .filter_map(|key| self.catalog.get(key))
            .filter(|session| self.fits(session))
            .collect();
        if let [first, second, ..] = found[..] {
            return Err(ErrorBody::invalid(format!(
                "Multiple sessions found with label: {label} ({}, {})",
                first.key, second.key
            )));
        }
        Ok(found
            .into_iter()
            .map(|session| self.named(session))
            .collect())
    }

    fn by_short_id(&self, short_id: &str, slug_hint: Option<&str>) -> Vec<SessionCandidate> {
        let all: Vec<_> = self
            .catalog
            .iter()
            .filter(|session| {
                uuid_of(&session.key).is_some_and(|uuid| digits(uuid).starts_with(short_id))
                    && self.fits(session)
            })
            .map(|session| self.described(session))
            .collect();
        let hinted: Vec<_> = all
            .iter()
            .filter(|found| {
                slug_hint.is_some_and(|hint| slug(found.display_name.as_deref()) == hint.trim())
            })
            .cloned()
            .collect();
        if hinted.is_empty() { all } else { hinted }
    }

    fn by_reference(
        &self,
        reference: &SessionReference,
    ) -> Result<Vec<SessionCandidate>, ErrorBody> {
        let key = self.gateway.key(&reference.key, self.agent.as_deref())?;
        if let Some(session) = self.catalog.get(&key).filter(|session| self.fits(session)) {
            return Ok(vec![self.described(session)]);
        }
        let wanted = reference.slug.as_deref().map(str::trim).unwrap_or_default();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self
            .catalog
            .iter()
            .filter(|session| uuid_of(&session.key).is_some() && self.fits(session))
            .map(|session| self.described(session))
            .filter(|found| slug(found.display_name.as_deref()) == wanted)
            .take(CANDIDATES)
            .collect())
    }

    fn fits(&self, session: &Session) -> bool {
        let of_agent = |agent: &String| {
            session
                .key
                .agent_id()
                .is_none_or(|owner| owner == agent.as_str())
        };
        let entry = &session.entry;
        let parent = entry
            .spawned_by
            .as_ref()
            .or(entry.parent_session_key.as_ref());
        self.agent.as_ref().is_none_or(of_agent)
            && self
                .spawned_by
                .as_ref()
                .is_none_or(|wanted| parent == Some(wanted))
    }

    fn named(&self, session: &Session) -> SessionCandidate {
        let agent = session.key.agent_id().or(self.agent.as_deref());
        SessionCandidate {
            key: session.key.clone(),
            agent_id: agent
                .unwrap_or(self.gateway.config.default_agent())
                .to_owned(),
            display_name: None,
            board_face: None,
        }
    }

    fn described(&self, session: &Session) -> SessionCandidate {
        SessionCandidate {
            display_name: session.display_name().map(str::to_owned),
            board_face: session.facts().board_face.map(str::to_owned),
            ..self.named(session)
        }
    }
}

fn is_short_id(text: &str) -> bool {
    (8..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The UUID at the end of a key.
fn uuid_of(key: &SessionKey) -> Option<&str> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let rest = key.rest();
    let uuid = rest.get(rest.len().checked_sub(36)?..)?;
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let shape = uuid.split('-').map(|part| (part.len(), is_hex(part)));
    shape
        .eq(GROUPS.map(|length| (length, true)))
        .then_some(uuid)
}

fn digits(uuid: &str) -> String {
    uuid.chars().filter(|c| *c != '-').collect()
}

/// A name as web addresses write it: lower case, everything but letters and digits as single hyphens.
///
/// It ends with its last part that could not be read as a hexadecimal number, which would look like a short id.
fn slug(name: Option<&str>) -> String {
    const LONGEST: usize = 48;
    let name = name.unwrap_or_default().to_lowercase();
    let parts: Vec<&str> = name
        .split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    let readable = |part: &&str| part.bytes().any(|byte| matches!(byte, b'g'..=b'z'));
    let length = parts.iter().rposition(readable).map_or(0, |last| last + 1);
    let mut slug = parts[..length].join("-");
    slug.truncate(LONGEST);
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_what_web_addresses_say() {
        for (name, expected) in [
            ("Amb Two", "amb-two"),
            ("  Über  den Wolken! ", "ber-den-wolken"),
            ("Deploy 2026 beef", "deploy"),
            ("1234", ""),
            ("", ""),
        ] {
            assert_eq!(slug(Some(name)), expected, "{name:?}");
        }
    }

    #[test]
    fn only_a_whole_uuid_at_the_end_counts() {
        let uuid = "aaaaaaaa-1111-4111-8111-111111111111";
        for (key, expected) in [
            (format!("agent:main:dashboard:{uuid}"), Some(uuid)),
            (format!("agent:main:{uuid}"), Some(uuid)),
            (format!("agent:main:{uuid}:x"), None),
            ("agent:main:aaaaaaaa-1111".to_owned(), None),
            ("agent:main:ä".to_owned(), None),
            ("global".to_owned(), None),
        ] {
            assert_eq!(uuid_of(&SessionKey::from(key.as_str())), expected, "{key}");
        }
    }
}
