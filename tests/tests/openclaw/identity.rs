use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use sessionwire::{Device, DeviceIdentity};
use sha2::{Digest, Sha256};

/// A device identity that a program brings along.
pub(crate) struct Identity {
    key: SigningKey,
    token: Mutex<Option<String>>,
}

impl Identity {
    pub(crate) fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_bytes(&[seed; 32]),
            token: Mutex::default(),
        }
    }

    /// The name that gateways know the device by.
    pub(crate) fn id(&self) -> String {
        let hash = Sha256::digest(self.key.verifying_key());
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.verifying_key())
    }

    /// The signature of a statement.
    pub(crate) fn signed(&self, statement: &str) -> String {
        let signature = self.key.sign(statement.as_bytes());
        URL_SAFE_NO_PAD.encode(signature.to_bytes())
    }
}

impl DeviceIdentity for Identity {
    fn load(&self) -> Result<Device, String> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Device {
            id: self.id(),
            public_key: self.public_key(),
            token: token.clone(),
        })
    }

    fn sign(&self, statement: &str) -> Result<String, String> {
        Ok(self.signed(statement))
    }

    fn keep(&self, token: Option<&str>) {
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = token.map(str::to_owned);
    }
}
