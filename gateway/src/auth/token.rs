//! The shared secret.

use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use subtle::ConstantTimeEq;

/// The shared secret.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The given token, or for loopback the one kept in the data folder, made where there is none.
    pub fn load_or_make(given: Option<&str>, address: IpAddr, data: &Path) -> Result<Self, String> {
        match given {
            Some("") => Err("the token must not be empty".to_owned()),
            Some(token) => Ok(Self(token.to_owned())),
            None if !address.is_loopback() => Err(format!(
                "refusing to listen on {address} without a token: give --token, or listen on a loopback address"
            )),
            None => match read(&token_file(data))? {
                Some(token) => Ok(Self(token)),
                None => make(&token_file(data)).map(Self),
            },
        }
    }

    /// What somebody says that the token is.
    pub fn given(token: &str) -> Self {
        Self(token.to_owned())
    }

    /// The token that a gateway keeps in its data folder, if it keeps one.
    pub fn kept(data: &Path) -> Result<Option<Self>, String> {
        read(&token_file(data)).map(|token| token.map(Self))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a client's secret is this one, in a time that tells nothing about either.
    pub fn matches(&self, secret: &str) -> bool {
        self.0.as_bytes().ct_eq(secret.as_bytes()).into()
    }
}

fn token_file(data: &Path) -> std::path::PathBuf {
    data.join("token")
}

fn read(path: &Path) -> Result<Option<String>, String> {
    match std::fs::read_to_string(path) {
        Ok(token) => Ok(Some(token.trim().to_owned()).filter(|token| !token.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(path, &error)),
    }
}

fn make(path: &Path) -> Result<String, String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers to be had: {error}"))?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| fault(path, &error))?;
    file.write_all(token.as_bytes())
        .map_err(|error| fault(path, &error))?;
    Ok(token)
}

fn fault(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
