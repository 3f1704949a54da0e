use std::fmt;

use tokio_tungstenite::tungstenite::http::Uri;

/// Where a gateway listens: `ws://host:port/path`.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) uri: Uri,
}

/// The text is not an address that this client can connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// It is no `ws://` address; in words.
    Invalid(String),
    /// It begins with `wss://`, and this build has no TLS. A proxy on the same machine can add it.
    NoTls,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(problem) => write!(f, "not the address of a gateway: {problem}"),
            Self::NoTls => f.write_str("wss:// needs TLS, which this build does not have"),
        }
    }
}

impl std::error::Error for AddressError {}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text
            .parse()
            .map_err(|error| AddressError::Invalid(format!("{text:?}: {error}")))?;
        match uri.scheme_str() {
            Some("ws") => {}
            Some("wss") => return Err(AddressError::NoTls),
            _ => {
                return Err(AddressError::Invalid(format!(
                    "{text:?} does not begin with ws://"
                )));
            }
        }
        let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
            return Err(AddressError::Invalid(format!("{text:?} names no host")));
        };
        if uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            // Not said again: there may be a password in it.
            let problem = "it names a user, but gateways are shown a token or a device";
            return Err(AddressError::Invalid(problem.to_owned()));
        }
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(80),
            uri,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, host, port) in [
            ("ws://127.0.0.1:18789", "127.0.0.1", 18789),
            ("ws://gateway.local/ws?x=1", "gateway.local", 80),
            ("ws://[::1]:9", "::1", 9),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.host.as_str(), address.port), (host, port));
        }
        assert_eq!(Address::parse("wss://x").unwrap_err(), AddressError::NoTls);
        for text in [
            "http://x",
            "127.0.0.1:18789",
            "",
            "ws://",
            "/ws",
            "ws://user:secret@x",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(matches!(error, AddressError::Invalid(_)), "{text:?}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
