//! How a device that showed who it is gets in: known, let in by the shared token on this machine, or asked to wait.

use std::collections::HashSet;
use std::sync::Arc;

use sessionwire_protocol::connect::ConnectParams;
use sessionwire_protocol::device::PairRequest;
use sessionwire_protocol::{ErrorBody, Millis, Scopes};

use crate::auth::refusal::{PairingReason, PairingRequired};
use crate::auth::{
    Admission, Bond, Method, Peer, ProvenDevice, is_backend, is_control_ui, is_webchat, metadata,
};
use crate::device::{About, Approval, Device, DeviceToken, OPERATOR, missing};
use crate::gateway::Gateway;
use crate::transaction::Transaction;

/// How long it is not worth a write that a device is still there.
const SEEN: Millis = 60_000;
/// Devices that were let in so recently stay, even if others like them follow.
const GRACE: Millis = 60_000;

/// A device that is in.
#[derive(Default)]
pub struct Joined {
    /// What it rests on.
    pub bond: Option<Bond>,
    /// What it can come back with.
    pub token: Option<DeviceToken>,
}

/// Lets a device in, or tells it whom to wait for.
pub async fn join(
    params: &ConnectParams,
    peer: &Peer,
    admission: &Admission,
    gateway: &Gateway,
) -> Result<Joined, ErrorBody> {
    let Some(proven) = &admission.device else {
        return Ok(Joined::default());
    };
    let candidate = Candidate::new(params, peer, admission, proven);
    let known = gateway.sessions.read().devices().get(&proven.id).cloned();
    let reason = candidate.lacks(known.as_deref());
    match (known, reason) {
        // A backend beside the gateway needs nobody's approval, and is not paired for it.
        (None, _) if is_backend(params, peer) => Ok(Joined::default()),
        (Some(device), None) => Ok(candidate.come_back(&device, gateway).await),
        (Some(device), Some(_)) if is_backend(params, peer) => Ok(Joined {
            bond: Some(bond(&device)),
            token: None,
        }),
        (known, Some(reason)) => match candidate.is_let_in_silently(known.as_deref(), reason) {
            true => candidate.let_in(gateway).await,
            false => Err(candidate.ask(known.as_deref(), reason, gateway)),
        },
        (None, None) => Err(ErrorBody::unavailable("the device is not known")),
    }
}

/// A device at the door.
#[derive(Clone)]
struct Candidate {
    id: String,
    public_key: String,
    about: About,
    role: String,
    scopes: Scopes,
    method: Method,
    /// The token of the device that it came with.
    presented: Option<String>,
    local: bool,
    from_page: bool,
    is_control_ui: bool,
    is_webchat: bool,
    is_native_app: bool,
}

impl Candidate {
    fn new(
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
                client_id: client.id.clone(),
                client_mode: client.mode.clone(),
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

    /// Why the device has to be approved, if it has to.
    fn lacks(&self, known: Option<&Device>) -> Option<PairingReason> {
        let Some(device) = known else {
            return Some(PairingReason::NotPaired);
        };
        if !self.is_same_machine(&device.about) {
            return Some(PairingReason::MetadataUpgrade);
        }
        if device.grant(&self.role).is_none() {
            return Some(PairingReason::RoleUpgrade);
        }
        let lacking = missing(&self.role, &self.scopes, &device.approved);
        lacking.map(|_| PairingReason::ScopeUpgrade)
    }

    /// What a device said of its machine stays, but for the versions of systems that apps come with.
    fn is_same_machine(&self, known: &About) -> bool {
        let (said, before) = (
            metadata(self.about.platform.as_deref()),
            metadata(known.platform.as_deref()),
        );
        let system = |platform: &str| platform.split(' ').next().map(str::to_owned);
        let same_platform = before.is_empty()
            || said == before
            || self.is_native_app && system(&said) == system(&before);
        let before = metadata(known.device_family.as_deref());
        let same_family =
            before.is_empty() || metadata(self.about.device_family.as_deref()) == before;
        same_platform && same_family
    }

    /// On this machine the shared token is as good as a person's approval, but not from any page.
    fn is_let_in_silently(&self, known: Option<&Device>, reason: PairingReason) -> bool {
        let from_foreign_page = self.from_page && !self.is_control_ui && !self.is_webchat;
        let takes_another_role = known.is_some() && self.role != OPERATOR;
        let asks_beyond_role = self.scopes.iter().any(|scope| !scope.is_of(&self.role));
        if !self.local || from_foreign_page || takes_another_role || asks_beyond_role {
            return false;
        }
        match reason {
            PairingReason::NotPaired | PairingReason::RoleUpgrade => true,
            PairingReason::ScopeUpgrade => self.method == Method::Shared,
            PairingReason::MetadataUpgrade => self.is_native_app && !self.from_page,
        }
    }

    /// A known device, with the token that it has or another one. Where the store takes no writes, it goes without.
    async fn come_back(self, device: &Device, gateway: &Gateway) -> Joined {
        let grant = device.grant(&self.role);
        let presented = self.presented.as_ref().and_then(|secret| {
            let token = DeviceToken {
                secret: secret.clone(),
                issued_at: grant?.issued_at(secret)?,
            };
            let lacking = missing(&self.role, &self.scopes, &grant?.scopes);
            lacking.is_none().then_some(token)
        });
        let bond = Some(bond(device));
        let is_news = gateway
            .clock
            .now()
            .saturating_sub(device.last_seen_at.unwrap_or(0))
            > SEEN;
        if presented.is_some() && !is_news {
            return Joined {
                bond,
                token: presented,
            };
        }
        let renews = presented.is_none();
        let writing = gateway.sessions.commit(move |transaction| {
            let now = transaction.now();
            let Some(device) = transaction.device(&self.id) else {
                return Ok(None);
            };
            let mut device = Device::clone(&device);
            device.seen(&self.role, &self.about, self.method == Method::Device, now);
            let token = match renews && self.lacks(Some(&device)).is_none() {
                true => device.issue(&self.role, &self.scopes, now),
                false => None,
            };
            transaction.keep_device(device);
            Ok(token)
        });
        if !renews {
            // Nobody waits until it is stored when a device was last seen.
            drop(writing);
            return Joined {
                bond,
                token: presented,
            };
        }
        Joined {
            bond,
            token: writing.await.ok().flatten(),
        }
    }

    /// Pairs the device, or lets it do more.
    async fn let_in(self, gateway: &Gateway) -> Result<Joined, ErrorBody> {
        let connected = gateway.presence.devices();
        let id = self.id.clone();
        let joined = gateway.sessions.commit(move |transaction| {
            let now = transaction.now();
            let mut device = match transaction.device(&self.id) {
                Some(device) => Device::clone(&device),
                None => Device::new(self.id.clone(), self.public_key.clone(), now),
            };
            device.approve(&self.role, &self.scopes, Approval::Silent, now);
            device.seen(&self.role, &self.about, false, now);
            let token = device.issue(&self.role, &self.scopes, now);
            let bond = Some(bond(&device));
            forget_predecessors(transaction, &device, &connected);
            transaction.keep_device(device);
            Ok(Joined { bond, token })
        });
        let joined = joined.await?;
        tracing::info!(device = id, "a device was paired by the shared token");
        gateway.pair_requests.forget(&id, gateway.clock.now());
        Ok(joined)
    }

    fn ask(self, known: Option<&Device>, reason: PairingReason, gateway: &Gateway) -> ErrorBody {
        let about = self.about;
        let request = PairRequest {
            device_id: self.id.clone(),
            public_key: self.public_key,
            display_name: about.display_name,
            platform: about.platform,
            device_family: about.device_family,
            client_id: Some(about.client_id),
            client_mode: Some(about.client_mode),
            role: Some(self.role.clone()),
            roles: vec![self.role.clone()],
            scopes: self.scopes.iter().cloned().collect(),
            remote_ip: about.remote_ip,
            is_repair: known.is_some().then_some(true),
            ..PairRequest::default()
        };
        let request = gateway.pair_requests.ask(request, gateway.clock.now());
        tracing::info!(device = self.id, request, "a device asks to be paired");
        let nothing = Scopes::default();
        let roles = known.map(|device| device.grants.keys().cloned().collect());
        PairingRequired {
            reason,
            request: &request,
            device: &self.id,
            role: &self.role,
            scopes: &self.scopes,
            approved_roles: &roles.unwrap_or_else(Vec::new),
            approved_scopes: known.map_or(&nothing, |device| &device.approved),
            waits: self.is_control_ui && self.role == OPERATOR,
        }
        .to_error()
    }
}

/// A program that makes itself a new key at each start would leave a device behind each time.
fn forget_predecessors(
    transaction: &mut Transaction<'_>,
    device: &Device,
    connected: &HashSet<String>,
) {
    let now = transaction.now();
    let kind = |about: &About| {
        (
            about.client_id.clone(),
            about.client_mode.clone(),
            about.display_name.clone(),
        )
    };
    let is_left_behind = |other: &Arc<Device>| {
        other.id != device.id
            && other.approved_via == Approval::Silent
            && kind(&other.about) == kind(&device.about)
            && now.saturating_sub(other.approved_at) >= GRACE
            && !connected.contains(&other.id)
    };
    for other in transaction
        .devices()
        .iter()
        .filter(|&other| is_left_behind(other))
    {
        transaction.forget_device(&other.id);
    }
}

fn bond(device: &Device) -> Bond {
    Bond {
        device: device.id.clone(),
        authority: device.authority.clone(),
    }
}
