//! How a device that showed who it is gets in: known, let in by the shared token on this machine, or asked to wait.

use std::collections::HashSet;
use std::sync::Arc;

use sessionwire_protocol::connect::ConnectParams;
use sessionwire_protocol::device::{About, PairRequest};
use sessionwire_protocol::{ErrorBody, Millis, Scopes};

use super::candidate::Candidate;
use crate::admission::{Admission, is_backend};
use crate::auth::refusal::{PairingReason, PairingRequired};
use crate::auth::{Bond, Method, Peer};
use crate::device::{Approval, Device, DeviceToken, OPERATOR, missing};
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
    match candidate.check(known.as_deref()) {
        Ok(device) => Ok(candidate.clone().come_back(device, gateway).await),
        // A backend beside the gateway needs nobody's approval, and is not paired for it.
        Err(_) if is_backend(params, peer) => Ok(Joined {
            bond: known.as_deref().map(bond),
            token: None,
        }),
        Err(reason) if candidate.is_let_in_silently(known.as_deref(), reason) => {
            candidate.let_in(gateway).await
        }
        Err(reason) => Err(candidate.ask(known.as_deref(), reason, gateway)),
    }
}

impl Candidate {
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
            let token = match renews && self.check(Some(&device)).is_ok() {
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
        let request = PairRequest {
            device_id: self.id.clone(),
            public_key: self.public_key,
            about: self.about,
            role: Some(self.role.clone()),
            roles: vec![self.role.clone()],
            scopes: self.scopes.iter().cloned().collect(),
            is_repair: known.is_some().then_some(true),
            ..PairRequest::default()
        };
        let request = gateway.pair_requests.ask(request, gateway.clock.now());
        tracing::info!(device = self.id, request, "a device asks to be paired");
        let nothing = Scopes::default();
        let roles = known.map(|device| device.grants.keys().cloned().collect::<Vec<_>>());
        PairingRequired {
            reason,
            request: &request,
            device: &self.id,
            role: &self.role,
            scopes: &self.scopes,
            approved_roles: &roles.unwrap_or_default(),
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
