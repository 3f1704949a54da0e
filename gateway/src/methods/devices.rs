//! `device.pair.*` and `device.token.*`: who is paired, who asks to be, and taking that back.
//!
//! A caller that came by the token of its device has a say over that device only, unless it may administer.

use sessionwire_protocol::device::{
    DeviceApproved, DeviceParams, DeviceRejected, DeviceRemoved, DeviceTokenRevokeParams,
    DeviceTokenRevoked, DeviceTokenRotateParams, DeviceTokenRotated, DevicesListParams,
    DevicesListed, PairRequest, PairRequestParams,
};
use sessionwire_protocol::{ErrorBody, Scope, Scopes};

use crate::device::{Approval, Device, OPERATOR, missing};
use crate::request::Caller;
use crate::transaction::Transaction;

/// Who is paired, and who asks to be.
pub async fn list(caller: Caller, _: DevicesListParams) -> Result<DevicesListed, ErrorBody> {
    let gateway = &caller.gateway;
    let connected = gateway.presence.devices();
    let mut pending = gateway.pair_requests.list(gateway.clock.now());
    pending.retain(|request| caller.may_manage(&request.device_id));
    let state = gateway.sessions.read();
    let devices = state.devices().values();
    Ok(DevicesListed {
        pending,
        paired: devices
            .filter(|device| caller.may_manage(&device.id))
            .map(|device| device.to_wire(connected.contains(&device.id)))
            .collect(),
    })
}

/// Lets a device in, or lets it do more.
pub async fn approve(
    caller: Caller,
    params: PairRequestParams,
) -> Result<DeviceApproved, ErrorBody> {
    const DENIED: &str = "device pairing approval denied";
    let gateway = &caller.gateway;
    let name = params.request_id.trim().to_owned();
    let request = match gateway.pair_requests.get(&name, gateway.clock.now()) {
        Some(request) => request,
        None if caller.is_admin() => return Err(unknown_request()),
        None => return Err(ErrorBody::invalid(DENIED)),
    };
    if !caller.may_manage(&request.device_id) || !caller.may_manage_roles(&request.roles) {
        tracing::warn!(request = name, "an approval was denied");
        return Err(ErrorBody::invalid(DENIED));
    }
    check_scopes(&request, &caller.scopes)?;
    let (id, device) = (request.device_id.clone(), request.clone());
    let device = caller
        .commit(move |transaction| Ok(grant(transaction, &device)))
        .await?;
    let now = gateway.clock.now();
    gateway.pair_requests.resolve(&name, "approved", now);
    tracing::info!(device = id, "a device was approved");
    Ok(DeviceApproved {
        request_id: name,
        device: device.to_wire(gateway.presence.devices().contains(&id)),
    })
}

/// Forgets what a device asks for.
pub async fn reject(
    caller: Caller,
    params: PairRequestParams,
) -> Result<DeviceRejected, ErrorBody> {
    let gateway = &caller.gateway;
    let now = gateway.clock.now();
    let name = params.request_id.trim();
    let request = gateway.pair_requests.get(name, now);
    let request = request.filter(|request| caller.may_manage(&request.device_id));
    let Some(request) = request else {
        return Err(match caller.principal.own_device() {
            Some(_) if !caller.is_admin() => ErrorBody::invalid("device pairing rejection denied"),
            _ => unknown_request(),
        });
    };
    gateway.pair_requests.resolve(name, "rejected", now);
    Ok(DeviceRejected {
        request_id: request.request_id,
        device_id: request.device_id,
    })
}

/// Forgets a device; its connections end.
pub async fn remove(caller: Caller, params: DeviceParams) -> Result<DeviceRemoved, ErrorBody> {
    const DENIED: &str = "device pairing removal denied";
    let id = params.device_id.trim().to_owned();
    if !caller.may_manage(&id) {
        return Err(ErrorBody::invalid(DENIED));
    }
    let (removed, asker) = (id.clone(), caller.clone());
    let removing = caller.commit(move |transaction| {
        let Some(device) = transaction.device(&removed) else {
            return Err(ErrorBody::invalid("unknown deviceId"));
        };
        let roles: Vec<_> = device.grants.keys().cloned().collect();
        if asker.principal.own_device().is_some() && !asker.may_manage_roles(&roles) {
            return Err(ErrorBody::invalid(DENIED));
        }
        transaction.forget_device(&removed);
        Ok(())
    });
    removing.await?;
    tracing::info!(device = id, "a device was removed");
    let now = caller.gateway.clock.now();
    caller.gateway.pair_requests.forget(&id, now);
    Ok(DeviceRemoved { device_id: id })
}

/// Gives a device another token in the place of its present ones; its connections end.
pub async fn rotate(
    caller: Caller,
    params: DeviceTokenRotateParams,
) -> Result<DeviceTokenRotated, ErrorBody> {
    const DENIED: &str = "device token rotation denied";
    let (id, role) = (
        params.device_id.trim().to_owned(),
        params.role.trim().to_owned(),
    );
    if !caller.may_manage(&id) || !caller.may_manage_roles(std::slice::from_ref(&role)) {
        return Err(ErrorBody::invalid(DENIED));
    }
    let asked: Option<Scopes> = params.scopes.map(|scopes| scopes.into_iter().collect());
    let (rotated, as_role, may) = (id.clone(), role.clone(), caller.scopes.clone());
    let rotating = caller.commit(move |transaction| {
        let mut device = held(transaction, &rotated, &as_role, DENIED)?;
        let scopes = asked.unwrap_or_else(|| device.grants[&as_role].scopes.clone());
        let beyond_caller = as_role == OPERATOR && missing(&as_role, &scopes, &may).is_some();
        if beyond_caller || missing(&as_role, &scopes, &device.approved).is_some() {
            return Err(ErrorBody::invalid(DENIED));
        }
        let now = transaction.now();
        let token = device.rotate(&as_role, &scopes, now);
        transaction.keep_device(device);
        Ok((token, scopes, now))
    });
    let (token, scopes, now) = rotating.await?;
    tracing::info!(device = id, role, "the token of a device was rotated");
    let is_own = caller.principal.own_device() == Some(&id);
    Ok(DeviceTokenRotated {
        device_id: params.device_id,
        role,
        token: token.filter(|_| is_own).map(|token| token.secret),
        scopes: scopes.iter().cloned().collect(),
        rotated_at_ms: now,
        token_delivery: Some(match is_own {
            true => "in-band".to_owned(),
            false => "withheld-cross-device".to_owned(),
        }),
    })
}

/// Takes a device's tokens away; its connections end.
pub async fn revoke(
    caller: Caller,
    params: DeviceTokenRevokeParams,
) -> Result<DeviceTokenRevoked, ErrorBody> {
    const DENIED: &str = "device token revocation denied";
    let (id, role) = (
        params.device_id.trim().to_owned(),
        params.role.trim().to_owned(),
    );
    if !caller.may_manage(&id) || !caller.may_manage_roles(std::slice::from_ref(&role)) {
        return Err(ErrorBody::invalid(DENIED));
    }
    let (revoked, as_role, may) = (id.clone(), role.clone(), caller.scopes.clone());
    let revoking = caller.commit(move |transaction| {
        let mut device = held(transaction, &revoked, &as_role, DENIED)?;
        let scopes = &device.grants[&as_role].scopes;
        if as_role == OPERATOR && missing(&as_role, scopes, &may).is_some() {
            return Err(ErrorBody::invalid(DENIED));
        }
        let now = transaction.now();
        device.revoke(&as_role, now);
        transaction.keep_device(device);
        Ok(now)
    });
    let now = revoking.await?;
    tracing::info!(device = id, role, "the token of a device was revoked");
    Ok(DeviceTokenRevoked {
        device_id: id,
        role,
        revoked_at_ms: now,
    })
}

impl Caller {
    fn is_admin(&self) -> bool {
        self.scopes.allow(&Scope::ADMIN)
    }

    fn may_manage(&self, device: &str) -> bool {
        let own = self.principal.own_device();
        self.is_admin() || own.is_none_or(|own| own == device)
    }

    fn may_manage_roles(&self, roles: &[String]) -> bool {
        self.is_admin() || roles.iter().all(|role| role == OPERATOR)
    }
}

/// Nobody gives what they do not have, and no role has the scopes of another.
fn check_scopes(request: &PairRequest, had: &Scopes) -> Result<(), ErrorBody> {
    let beyond_roles = |scope: &&Scope| !request.roles.iter().any(|role| scope.is_of(role));
    if let Some(scope) = request.scopes.iter().find(beyond_roles) {
        let scope = scope.as_str();
        let sentence = format!("invalid scope for requested roles: {scope}");
        return Err(ErrorBody::invalid(sentence));
    }
    let asked = request.scopes.iter();
    let asked = asked
        .filter(|scope| scope.is_of(OPERATOR))
        .cloned()
        .collect();
    match missing(OPERATOR, &asked, had) {
        Some(scope) => Err(ErrorBody::invalid(format!(
            "missing scope: {}",
            scope.as_str()
        ))),
        None => Ok(()),
    }
}

fn grant(transaction: &mut Transaction<'_>, request: &PairRequest) -> Device {
    let now = transaction.now();
    let id = &request.device_id;
    let mut device = match transaction.device(id) {
        Some(device) => Device::clone(&device),
        None => Device::new(id.clone(), request.public_key.clone(), now),
    };
    device.about = request.about.clone();
    for role in &request.roles {
        let scopes = request.scopes.iter();
        let scopes = scopes.filter(|scope| scope.is_of(role)).cloned().collect();
        device.approve(role, &scopes, Approval::Owner, now);
    }
    transaction.keep_device(device.clone());
    device
}

/// A device that has the role, for a change.
fn held(
    transaction: &Transaction<'_>,
    id: &str,
    role: &str,
    denied: &str,
) -> Result<Device, ErrorBody> {
    let device = transaction.device(id);
    let device = device.filter(|device| device.grants.contains_key(role));
    let device = device.ok_or_else(|| ErrorBody::invalid(denied))?;
    Ok(Device::clone(&device))
}

fn unknown_request() -> ErrorBody {
    ErrorBody::invalid("unknown requestId")
}
