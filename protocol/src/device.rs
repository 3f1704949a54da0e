//! Devices: programs with a key pair of their own that were let in once, and come back without the gateway's token.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{Access, Method, Millis, Scope};

/// `device.pair.list`: who is paired, and who asks to be.
pub enum DevicesList {}

impl Method for DevicesList {
    const NAME: &'static str = "device.pair.list";
    const ACCESS: Access = Access::Pairing;
    type Params = DevicesListParams;
    type Result = DevicesListed;
}

/// `device.pair.approve`: lets a device in, or lets it do more.
pub enum DeviceApprove {}

impl Method for DeviceApprove {
    const NAME: &'static str = "device.pair.approve";
    const ACCESS: Access = Access::Pairing;
    type Params = PairRequestParams;
    type Result = DeviceApproved;
}

/// `device.pair.reject`: forgets what a device asks for.
pub enum DeviceReject {}

impl Method for DeviceReject {
    const NAME: &'static str = "device.pair.reject";
    const ACCESS: Access = Access::Pairing;
    type Params = PairRequestParams;
    type Result = DeviceRejected;
}

/// `device.pair.remove`: forgets a device, whose connections end.
pub enum DeviceRemove {}

impl Method for DeviceRemove {
    const NAME: &'static str = "device.pair.remove";
    const ACCESS: Access = Access::Pairing;
    type Params = DeviceParams;
    type Result = DeviceRemoved;
}

/// `device.token.rotate`: gives a device another token in the place of its present ones; its connections end.
pub enum DeviceTokenRotate {}

impl Method for DeviceTokenRotate {
    const NAME: &'static str = "device.token.rotate";
    const ACCESS: Access = Access::Pairing;
    type Params = DeviceTokenRotateParams;
    type Result = DeviceTokenRotated;
}

/// `device.token.revoke`: takes a device's tokens away; its connections end.
pub enum DeviceTokenRevoke {}

impl Method for DeviceTokenRevoke {
    const NAME: &'static str = "device.token.revoke";
    const ACCESS: Access = Access::Pairing;
    type Params = DeviceTokenRevokeParams;
    type Result = DeviceTokenRevoked;
}

/// Params of `device.pair.list`: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicesListParams {}

/// Params of `device.pair.approve` and `device.pair.reject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PairRequestParams {
    /// The pending request.
    pub request_id: String,
}

/// Params of `device.pair.remove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceParams {
    /// The device.
    pub device_id: String,
}

/// Params of `device.token.rotate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRotateParams {
    /// The device.
    pub device_id: String,
    /// `operator`.
    pub role: String,
    /// What the token is good for; as before where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
}

/// Params of `device.token.revoke`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRevokeParams {
    /// The device.
    pub device_id: String,
    /// `operator`.
    pub role: String,
}

/// Result of `device.pair.list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicesListed {
    /// What is asked for, the oldest first.
    pub pending: Vec<PairRequest>,
    /// Who is paired.
    pub paired: Vec<PairedDevice>,
}

/// Result of `device.pair.approve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceApproved {
    /// The request that is granted.
    pub request_id: String,
    /// The device as it is paired.
    pub device: PairedDevice,
}

/// Result of `device.pair.reject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRejected {
    /// The request that is forgotten.
    pub request_id: String,
    /// The device that asked.
    pub device_id: String,
}

/// Result of `device.pair.remove`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRemoved {
    /// The device that is forgotten.
    pub device_id: String,
}

/// Result of `device.token.rotate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRotated {
    /// The device.
    pub device_id: String,
    /// Its role.
    pub role: String,
    /// The token, told only to the device itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What it is good for.
    pub scopes: Vec<Scope>,
    /// Since when.
    pub rotated_at_ms: Millis,
    /// `in-band` with a token, else `withheld-cross-device`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_delivery: Option<String>,
}

/// Result of `device.token.revoke`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRevoked {
    /// The device.
    pub device_id: String,
    /// Its role.
    pub role: String,
    /// Since when.
    pub revoked_at_ms: Millis,
}

/// What the program of a device says of itself and its machine, and where it connects from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct About {
    /// What it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The kind of machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Which program it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// How it connects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_mode: Option<String>,
    /// Where it connects from, unless from the gateway's machine; `behind` and the address of a proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
}

/// What a device asks for; payload of `device.pair.requested`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PairRequest {
    /// Names the request.
    pub request_id: String,
    /// The device: SHA-256 of its raw public key, in hexadecimal.
    pub device_id: String,
    /// Its raw public key, base64url.
    pub public_key: String,
    /// What its program says of itself.
    #[serde(flatten)]
    pub about: About,
    /// The role that it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// All roles that it asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The scopes that it asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// Whether the device is paired already, and asks for more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_repair: Option<bool>,
    /// Since when it asks.
    pub ts: Millis,
}

/// A device that was let in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PairedDevice {
    /// SHA-256 of its raw public key, in hexadecimal.
    pub device_id: String,
    /// The raw public key, base64url.
    pub public_key: String,
    /// What its program says of itself.
    #[serde(flatten)]
    pub about: About,
    /// The role that it was let in with first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// All its roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// What it may do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// `owner` or `silent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_via: Option<String>,
    /// When it was let in first.
    pub created_at_ms: Millis,
    /// When it was let in last.
    pub approved_at_ms: Millis,
    /// When it last connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at_ms: Option<Millis>,
    /// Whether it is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected: Option<bool>,
    /// Its tokens, one for each role, without their secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<DeviceTokenSummary>,
}

/// What may be known of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceTokenSummary {
    /// The role that it is for.
    pub role: String,
    /// What it is good for.
    pub scopes: Vec<Scope>,
    /// When the first one was made.
    pub created_at_ms: Millis,
    /// When another took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotated_at_ms: Option<Millis>,
    /// When it was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at_ms: Option<Millis>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at_ms: Option<Millis>,
}

/// Payload of `device.pair.resolved`: a request is pending no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PairResolved {
    /// The request.
    pub request_id: String,
    /// The device that asked.
    pub device_id: String,
    /// `approved` or `rejected`.
    pub decision: String,
    /// When.
    pub ts: Millis,
}
