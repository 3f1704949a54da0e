//! `sessions.groups.*`.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use sessionwire_protocol::gateway::Empty;
use sessionwire_protocol::sessions::{
    Groups as ListedGroups, GroupsChanged, GroupsDefaultsListed, GroupsDeleteParams,
    GroupsPutParams, GroupsRenameParams, GroupsUpdateParams, GroupsUpdated,
};
use sessionwire_protocol::{ChangeReason, ErrorBody, ErrorCode, Scope, SessionKey};

use crate::access;
use crate::groups::Groups;
use crate::request::Caller;
use crate::transaction::Transaction;

/// The groups.
pub async fn list(caller: Caller, _: Empty) -> Result<ListedGroups, ErrorBody> {
    Ok(caller.gateway.sessions.read().groups().listed())
}

/// What sessions of each group begin with.
pub async fn defaults(caller: Caller, _: Empty) -> Result<GroupsDefaultsListed, ErrorBody> {
    let defaults = caller.gateway.sessions.read().groups().defaults().to_vec();
    Ok(GroupsDefaultsListed { defaults })
}

/// Sets the groups and their order. A group with sessions in it cannot be dropped so.
pub async fn put(caller: Caller, params: GroupsPutParams) -> Result<GroupsChanged, ErrorBody> {
    let committing = caller.commit(move |transaction| {
        let order = params.section_order.as_deref();
        let groups = transaction.groups().arranged(&params.names, order);
        let dropped: Vec<_> = dropped(transaction, &groups)
            .into_iter()
            .map(|(name, members)| format!("\"{name}\" ({members})"))
            .collect();
        if !dropped.is_empty() {
            return Err(ErrorBody::invalid(format!(
                "sessions.groups.put cannot drop groups that still have member sessions: {}; include them in names or remove them via sessions.groups.delete",
                dropped.join(", ")
            )));
        }
        set(transaction, groups);
        Ok(changed(transaction, None))
    });
    committing.await
}

/// Renames a group, also in its sessions; where the new name exists, the two become one.
pub async fn rename(
    caller: Caller,
    params: GroupsRenameParams,
) -> Result<GroupsChanged, ErrorBody> {
    let (name, to) = (params.name.trim().to_owned(), params.to.trim().to_owned());
    if name.is_empty() || to.is_empty() {
        return Err(unavailable("group rename requires non-empty names"));
    }
    let committing = caller.commit(move |transaction| {
        if name == to {
            return Ok(changed(transaction, Some(0)));
        }
        if !transaction.groups().contains(&name) {
            return Err(unknown(&name));
        }
        let updated = move_members(transaction, &name, Some(&to));
        set(transaction, transaction.groups().renamed(&name, &to));
        Ok(changed(transaction, Some(updated)))
    });
    committing.await
}

/// Takes a group away; its sessions stay, without a group.
pub async fn delete(
    caller: Caller,
    params: GroupsDeleteParams,
) -> Result<GroupsChanged, ErrorBody> {
    let name = params.name.trim().to_owned();
    if name.is_empty() {
        return Err(unavailable("group delete requires a non-empty name"));
    }
    let committing = caller.commit(move |transaction| {
        let updated = move_members(transaction, &name, None);
        set(transaction, transaction.groups().without(&name));
        Ok(changed(transaction, Some(updated)))
    });
    committing.await
}

/// Sets what sessions of a group begin with.
pub async fn update(
    caller: Caller,
    params: GroupsUpdateParams,
) -> Result<GroupsUpdated, ErrorBody> {
    if let Some(cwd) = &params.cwd
        && !Path::new(cwd).is_absolute()
    {
        return Err(ErrorBody::invalid("session group cwd must be absolute"));
    }
    let name = params.name.trim().to_owned();
    if name.is_empty() {
        return Err(ErrorBody::invalid("session group name must not be empty"));
    }
    if params.cwd.is_some() {
        access::require(&caller.scopes, &Scope::ADMIN)?;
    }
    let committing = caller.commit(move |transaction| {
        let mut groups = transaction.groups().clone();
        let group = groups.get_mut(&name).ok_or_else(|| unknown(&name))?;
        (group.cwd, group.worktree) = (params.cwd, Some(params.worktree));
        set(transaction, groups);
        Ok(GroupsUpdated {
            ok: true,
            defaults: transaction.groups().defaults().to_vec(),
        })
    });
    committing.await
}

/// The groups that are not among these and have sessions, with how many.
fn dropped<'a>(transaction: &'a Transaction<'_>, kept: &Groups) -> Vec<(&'a str, usize)> {
    let kept = kept.defaults().iter().map(|group| group.name.as_str());
    let kept: HashSet<_> = kept.collect();
    let held = transaction.groups().defaults().iter();
    let names = held.map(|group| group.name.as_str());
    let dropped: Vec<_> = names.filter(|name| !kept.contains(name)).collect();
    if dropped.is_empty() {
        return Vec::new();
    }
    let mut members: HashMap<_, usize> = HashMap::new();
    for session in transaction.sessions() {
        if let Some(category) = session.entry.category.as_deref() {
            *members.entry(category).or_default() += 1;
        }
    }
    let with_members = |name| Some((name, *members.get(name)?));
    dropped.into_iter().filter_map(with_members).collect()
}

/// The sessions in a group.
fn members(transaction: &Transaction<'_>, name: &str) -> Vec<SessionKey> {
    let members = transaction
        .sessions()
        .filter(|session| session.entry.category.as_deref() == Some(name));
    members.map(|session| session.key.clone()).collect()
}

/// Keeping house is no activity: no session moves in lists by it.
fn move_members(transaction: &mut Transaction<'_>, name: &str, to: Option<&str>) -> u64 {
    let members = members(transaction, name);
    for key in &members {
        let _session: Arc<_> = transaction.maintain(key, ChangeReason::GROUPS, |entry| {
            entry.category = to.map(Into::into);
        });
    }
    members.len() as u64
}

fn set(transaction: &mut Transaction<'_>, groups: Groups) {
    if groups != *transaction.groups() {
        transaction.set_groups(groups);
    }
}

fn changed(transaction: &Transaction<'_>, updated_sessions: Option<u64>) -> GroupsChanged {
    GroupsChanged {
        ok: true,
        groups: transaction.groups().listed(),
        updated_sessions,
    }
}

fn unknown(name: &str) -> ErrorBody {
    ErrorBody::invalid(format!("unknown session group: {name}"))
}

fn unavailable(message: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::Unavailable, message)
}
