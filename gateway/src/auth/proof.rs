//! How a device shows that it is who it says: by signing the challenge, and with it all that it asks for.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use sessionwire_protocol::connect::{ConnectParams, DeviceProof};
use sessionwire_protocol::{ErrorBody, Millis, Scope};
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
    role: &str,
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
    if !is_signed(&key, proof, params, role, nonce) {
        let code = "DEVICE_AUTH_SIGNATURE_INVALID";
        let reason = "device-signature";
        return Err(device_proof(code, reason, "device signature invalid"));
    }
    Ok(ProvenDevice {
        id: proof.id.clone(),
        public_key: URL_SAFE_NO_PAD.encode(key),
    })
}

fn is_signed(
    key: &[u8; 32],
    proof: &DeviceProof,
    params: &ConnectParams,
    role: &str,
    nonce: &str,
) -> bool {
    let signature = decode(&proof.signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
    let (Ok(key), Some(signature)) = (VerifyingKey::from_bytes(key), signature) else {
        return false;
    };
    [Version::V3, Version::V2].iter().any(|version| {
        let payload = payload(*version, proof, params, role, nonce);
        key.verify_strict(payload.as_bytes(), &signature).is_ok()
    })
}

#[derive(Clone, Copy)]
enum Version {
    V2,
    V3,
}

/// What is signed.
fn payload(
    version: Version,
    proof: &DeviceProof,
    params: &ConnectParams,
    role: &str,
    nonce: &str,
) -> String {
    let scopes: Vec<_> = params.scopes.iter().flatten().map(Scope::as_str).collect();
    let auth = params.auth.as_ref();
    let token = auth.and_then(|auth| {
        let tokens = [&auth.token, &auth.device_token];
        tokens.into_iter().flatten().next()
    });
    let base = format!(
        "{}|{}|{}|{role}|{}|{}|{}|{nonce}",
        proof.id,
        params.client.id,
        params.client.mode,
        scopes.join(","),
        proof.signed_at,
        token.map_or("", String::as_str),
    );
    match version {
        Version::V2 => format!("v2|{base}"),
        Version::V3 => {
            let platform = metadata(Some(&params.client.platform));
            let family = metadata(params.client.device_family.as_deref());
            format!("v3|{base}|{platform}|{family}")
        }
    }
}

/// What a device says of its machine, as it is signed and compared.
pub fn metadata(said: Option<&str>) -> String {
    said.unwrap_or_default().trim().to_ascii_lowercase()
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
