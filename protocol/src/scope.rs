use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// What a connection may do. An open set: unknown scopes are kept and match themselves only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(from = "String", into = "String")]
pub struct Scope(#[cfg_attr(feature = "typescript", tsify(type = "string"))] Cow<'static, str>);

impl Scope {
    /// See sessions and their messages.
    pub const READ: Self = Self(Cow::Borrowed("operator.read"));
    /// Change them; implies reading.
    pub const WRITE: Self = Self(Cow::Borrowed("operator.write"));
    /// Let devices in, and show them out.
    pub const PAIRING: Self = Self(Cow::Borrowed("operator.pairing"));
    /// Everything.
    pub const ADMIN: Self = Self(Cow::Borrowed("operator.admin"));

    /// Whether it is a scope of this role.
    pub fn is_of(&self, role: &str) -> bool {
        let rest = self.0.strip_prefix(role);
        rest.is_some_and(|rest| rest.starts_with('.'))
    }

    /// The scope as written on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Scope {
    /// Scopes that every connection has take no memory of their own.
    fn from(text: String) -> Self {
        static KNOWN: [Scope; 4] = [Scope::READ, Scope::WRITE, Scope::PAIRING, Scope::ADMIN];
        match KNOWN.iter().find(|scope| scope.0 == text) {
            Some(Self(Cow::Borrowed(known))) => Self(Cow::Borrowed(known)),
            Some(_) | None => Self(Cow::Owned(text)),
        }
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0.into_owned()
    }
}

/// The scopes of one connection, in the order in which they were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// The scopes that reading, changing and administering take.
    pub fn all() -> Self {
        [Scope::READ, Scope::WRITE, Scope::ADMIN]
            .into_iter()
            .collect()
    }

    /// Whether these scopes include `scope` or one that implies it.
    pub fn allow(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
            || self.0.contains(&Scope::ADMIN) && scope.is_of("operator")
            || *scope == Scope::READ && self.0.contains(&Scope::WRITE)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut kept: Vec<Scope> = Vec::new();
        for scope in scopes {
            if !kept.contains(&scope) {
                kept.push(scope);
            }
        }
        Self(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stronger_scopes_imply_weaker_ones() {
        let write: Scopes = [Scope::WRITE].into_iter().collect();
        assert!(
            write.allow(&Scope::READ) && write.allow(&Scope::WRITE) && !write.allow(&Scope::ADMIN)
        );
        let admin: Scopes = [Scope::ADMIN].into_iter().collect();
        assert!(admin.allow(&Scope::READ) && admin.allow(&Scope::WRITE));
        let odd: Scopes = [Scope::from("bogus.scope".to_owned())]
            .into_iter()
            .collect();
        assert!(!odd.allow(&Scope::READ) && odd.allow(&"bogus.scope".to_owned().into()));
    }
}
