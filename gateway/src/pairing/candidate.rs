//! A device at the door: what it is, what it asks for, and whether that has to be approved.

use sessionwire_protocol::Scopes;
use sessionwire_protocol::connect::ConnectParams;
use sessionwire_protocol::device::About;
use sessionwire_protocol::statement::machine;

use crate::admission::{Admission, is_control_ui, is_webchat};
use crate::auth::proof::ProvenDevice;
use crate::auth::refusal::PairingReason;
use crate::auth::{Method, Peer};
use crate::device::{Device, OPERATOR, missing};

/// A device at the door.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) public_key: String,
    pub(super) about: About,
    pub(super) role: String,
    pub(super) scopes: Scopes,
    pub(super) method: Method,
    /// The token of the device that it came with.
    pub(super) presented: Option<String>,
    local: bool,
    from_page: bool,
    pub(super) is_control_ui: bool,
    is_webchat: bool,
    is_native_app: bool,
}

impl Candidate {
    pub(super) fn new(
        params: &ConnectParams,
        peer: &Peer,
        admission: &Admission,
        proven: &ProvenDevice,
    ) -> Self {
        let client = &params.client;
        let auth = params.auth.as_ref();
        let presented = auth.and_then(|auth| {
            let shared = auth
                .token
                .as_ref()
                .filter(|_| admission.method == Method::Device);
            let token = auth.device_token.as_ref().or(shared)?.trim();
            Some(token.to_owned())
        });
        Self {
            id: proven.id.clone(),
            public_key: proven.public_key.clone(),
            about: About {
                display_name: client.display_name.clone(),
                platform: Some(client.platform.clone()),
                device_family: client.device_family.clone(),
                client_id: Some(client.id.clone()),
                client_mode: Some(client.mode.clone()),
                remote_ip: (!peer.is_local()).then(|| peer.address.to_string()),
            },
            role: admission.role.clone(),
            scopes: admission.scopes.clone(),
            method: admission.method,
            presented,
            local: peer.is_local(),
            from_page: peer.origin.is_some(),
            is_control_ui: is_control_ui(params),
            is_webchat: is_webchat(params),
            is_native_app: client.mode == "ui"
                && matches!(
                    client.id.as_str(),
                    "openclaw-macos" | "openclaw-linux" | "openclaw-ios" | "openclaw-android"
                ),
        }
    }

    /// The device as it is known, or why it has to be approved.
    pub(super) fn check<'a>(&self, known: Option<&'a Device>) -> Result<&'a Device, PairingReason> {
        let device = known.ok_or(PairingReason::NotPaired)?;
        if !self.is_same_machine(&device.about) {
            return Err(PairingReason::MetadataUpgrade);
        }
        if device.grant(&self.role).is_none() {
            return Err(PairingReason::RoleUpgrade);
        }
        match missing(&self.role, &self.scopes, &device.approved) {
            Some(_) => Err(PairingReason::ScopeUpgrade),
            None => Ok(device),
        }
    }

    /// What a device said of its machine stays, but for the versions of systems that apps come with.
    fn is_same_machine(&self, known: &About) -> bool {
        let (said, before) = (
            machine(self.about.platform.as_deref()),
            machine(known.platform.as_deref()),
        );
        let system = |platform: &str| platform.split(' ').next().map(str::to_owned);
        let same_platform = before.is_empty()
            || said == before
            || self.is_native_app && system(&said) == system(&before);
        let before = machine(known.device_family.as_deref());
        let same_family =
            before.is_empty() || machine(self.about.device_family.as_deref()) == before;
        same_platform && same_family
    }

    /// On this machine the shared token is as good as a person's approval, but not from any page.
    pub(super) fn is_let_in_silently(&self, known: Option<&Device>, reason: PairingReason) -> bool {
        let from_foreign_page = self.from_page && !self.is_control_ui && !self.is_webchat;
        let takes_another_role = known.is_some() && self.role != OPERATOR;
        let asks_beyond_role = self.scopes.iter().any(|scope| !scope.is_of(&self.role));
        if !self.local || from_foreign_page || takes_another_role || asks_beyond_role {
            return false;
        }
        match reason {
            PairingReason::NotPaired | PairingReason::RoleUpgrade | PairingReason::ScopeUpgrade => {
                self.method == Method::Shared
            }
            PairingReason::MetadataUpgrade => self.is_native_app && !self.from_page,
        }
    }
}
