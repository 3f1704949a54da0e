//! What a device signs to prove itself.

use alloc::string::{String, ToString as _};

use crate::connect::{ConnectParams, DeviceProof};

/// The forms of protocol 4's statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementVersion {
    /// Says nothing of the machine.
    V2,
    /// The newest.
    V3,
}

impl ConnectParams {
    /// What a device signs to prove itself in these params.
    pub fn statement(&self, version: StatementVersion, proof: &DeviceProof) -> String {
        let client = &self.client;
        // To collect them would be larger code.
        let (mut scopes, mut separator) = (String::new(), "");
        for scope in self.scopes.iter().flatten() {
            scopes.push_str(separator);
            scopes.push_str(scope.as_str());
            separator = ",";
        }
        let auth = self.auth.as_ref();
        let secret = auth.and_then(|auth| auth.token.as_ref().or(auth.device_token.as_ref()));
        let base = [
            proof.id.as_str(),
            &client.id,
            &client.mode,
            self.role.as_deref().unwrap_or("operator"),
            &scopes,
            &proof.signed_at.to_string(),
            secret.map_or("", String::as_str),
            proof.nonce.trim(),
        ]
        .join("|");
        match version {
            StatementVersion::V2 => ["v2", &base].join("|"),
            StatementVersion::V3 => {
                let platform = machine(Some(&client.platform));
                let family = machine(client.device_family.as_deref());
                ["v3", &base, &platform, &family].join("|")
            }
        }
    }
}

/// What a client says of its machine, as it is signed and compared.
pub fn machine(said: Option<&str>) -> String {
    said.unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_those_of_the_protocol() {
        let json = r#"{"minProtocol":4,"maxProtocol":4,"scopes":["operator.read","operator.write"],"auth":{"deviceToken":"t"},
            "client":{"id":"gateway-client","version":"1","platform":" Linux","mode":"ui","deviceFamily":"Desk Top "}}"#;
        let mut params: ConnectParams = serde_json::from_str(json).unwrap();
        let proof = DeviceProof {
            id: "d".to_owned(),
            public_key: "key".to_owned(),
            signature: String::new(),
            signed_at: 17,
            nonce: "n".to_owned(),
        };
        let old = params.statement(StatementVersion::V2, &proof);
        let base = "d|gateway-client|ui|operator|operator.read,operator.write|17|t|n";
        assert_eq!(old, format!("v2|{base}"));
        let new = params.statement(StatementVersion::V3, &proof);
        assert_eq!(new, format!("v3|{base}|linux|desk top"));

        params.role = Some("node".to_owned());
        params.client.device_family = None;
        (params.auth, params.scopes) = (None, None);
        let bare = params.statement(StatementVersion::V3, &proof);
        assert_eq!(bare, "v3|d|gateway-client|ui|node||17||n|linux|");
    }
}
