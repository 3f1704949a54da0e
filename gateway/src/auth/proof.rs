//! How a device shows that it is who it says: by signing the challenge, and with it all that it asks for.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use sessionwire_protocol::connect::{ConnectParams, DeviceProof};
use sessionwire_protocol::statement::StatementVersion;
use sessionwire_protocol::{ErrorBody, Millis};
use sha2::{Digest, Sha256};

use super::refusal::device_proof;

/// How far a device's clock may be from the gateway's.
const SKEW: Millis = 120_000;

/// A device that showed that it has the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenDevice {
    /// SHA-256 of its raw public key, in hexadecimal.
    pub id: String,
    /// The raw public key, base64url.
    pub public_key: String,
}

/// Checks a device's proof against the challenge that was put to it.
pub fn verify(
    proof: &DeviceProof,
    params: &ConnectParams,
    nonce: &str,
    now: Millis,
) -> Result<ProvenDevice, ErrorBody> {
    let key = decode(&proof.public_key)
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .filter(|key| id_of(key) == proof.id)
        .ok_or_else(|| {
            let code = "DEVICE_AUTH_DEVICE_ID_MISMATCH";
            device_proof(code, "device-id-mismatch", "device identity mismatch")
        })?;
    if now.abs_diff(proof.signed_at) > SKEW {
        let code = "DEVICE_AUTH_SIGNATURE_EXPIRED";
        let reason = "device-signature-stale";
        return Err(device_proof(code, reason, "device signature expired"));
    }
    match proof.nonce.trim() {
        "" => {
            let code = "DEVICE_AUTH_NONCE_REQUIRED";
            let reason = "device-nonce-missing";
            return Err(device_proof(code, reason, "device nonce required"));
        }
        given if given != nonce => {
            let code = "DEVICE_AUTH_NONCE_MISMATCH";
            let reason = "device-nonce-mismatch";
            return Err(device_proof(code, reason, "device nonce mismatch"));
        }
        _ => {}
    }
    if !is_signed(&key, proof, params) {
        let code = "DEVICE_AUTH_SIGNATURE_INVALID";
        let reason = "device-signature";
        return Err(device_proof(code, reason, "device signature invalid"));
    }
    Ok(ProvenDevice {
        id: proof.id.clone(),
        public_key: URL_SAFE_NO_PAD.encode(key),
    })
}

fn is_signed(key: &[u8; 32], proof: &DeviceProof, params: &ConnectParams) -> bool {
    let signature = decode(&proof.signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
    let (Ok(key), Some(signature)) = (VerifyingKey::from_bytes(key), signature) else {
        return false;
    };
    let versions = [StatementVersion::V3, StatementVersion::V2];
    versions.into_iter().any(|version| {
        let statement = params.statement(version, proof);
        key.verify_strict(statement.as_bytes(), &signature).is_ok()
    })
}

fn id_of(key: &[u8; 32]) -> String {
    let hash = Sha256::digest(key);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Clients write base64 in either alphabet, with or without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = match text.contains(['+', '/']) {
        true => GeneralPurpose::new(&STANDARD, ANY_PADDING),
        false => GeneralPurpose::new(&URL_SAFE, ANY_PADDING),
    };
    engine.decode(text).ok()
}
