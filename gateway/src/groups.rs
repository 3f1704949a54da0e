//! The groups that sessions can be put in.

use sessionwire_protocol::sessions::{Group, Groups};

use crate::transaction::Transaction;

/// Makes a group of this name known if it is not yet.
pub fn register(transaction: &mut Transaction<'_>, name: &str) {
    let groups = transaction.groups();
    if groups.groups.iter().any(|group| group.name == name) {
        return;
    }
    let mut groups = groups.clone();
    groups.groups.push(Group {
        name: name.to_owned(),
        position: 0,
    });
    transaction.set_groups(numbered(groups));
}

/// The groups with their positions in order.
pub fn numbered(mut groups: Groups) -> Groups {
    for (position, group) in (0..).zip(&mut groups.groups) {
        group.position = position;
    }
    groups
}
