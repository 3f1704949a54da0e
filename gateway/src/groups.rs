//! The groups that sessions can be put in.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use sessionwire_protocol::sessions::{Group as ListedGroup, GroupDefaults, Groups as ListedGroups};

/// The groups in their order, and the order of the sections around them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    groups: Vec<GroupDefaults>,
    section_order: Vec<String>,
}

impl Groups {
    /// As lists of groups are answered.
    pub fn listed(&self) -> ListedGroups {
        let groups = (0..)
            .zip(&self.groups)
            .map(|(position, group)| ListedGroup {
                name: group.name.clone(),
                position,
            });
        ListedGroups {
            groups: groups.collect(),
            section_order: self.section_order.clone(),
        }
    }

    /// What sessions of each group begin with.
    pub fn defaults(&self) -> &[GroupDefaults] {
        &self.groups
    }

    /// Whether there is a group of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.groups.iter().any(|group| group.name == name)
    }

    /// The group of this name.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut GroupDefaults> {
        self.groups.iter_mut().find(|group| group.name == name)
    }

    /// Adds a group at the end.
    pub fn add(&mut self, name: &str) {
        self.groups.push(fresh(name));
    }

    /// The same groups with exactly these names, in this order; names are trimmed, empty and repeated ones
    /// left out. Without a new order of sections the old one stays, as far as it still means something.
    #[must_use]
    pub fn arranged(&self, names: &[String], section_order: Option<&[String]>) -> Self {
        let held = self.groups.iter();
        let held: HashMap<_, _> = held.map(|group| (group.name.as_str(), group)).collect();
        let mut arranged = HashSet::new();
        let names = names.iter().map(|name| name.trim());
        let names = names.filter(|name| !name.is_empty() && arranged.insert(*name));
        let group = |name| held.get(name).copied().cloned();
        let groups: Vec<_> = names
            .map(|name| group(name).unwrap_or_else(|| fresh(name)))
            .collect();
        let section_order = section_order.unwrap_or(&self.section_order);
        let section_order = known_sections(section_order, &groups);
        Self {
            groups,
            section_order,
        }
    }

    /// The same groups with one renamed in its place, or, where the new name exists, merged into that one.
    #[must_use]
    pub fn renamed(&self, name: &str, to: &str) -> Self {
        let merged = self.contains(to);
        let mut groups = self.groups.clone();
        groups.retain(|group| !(merged && group.name == name));
        for group in groups.iter_mut().filter(|group| group.name == name) {
            to.clone_into(&mut group.name);
        }
        let section_order: Vec<_> = self
            .section_order
            .iter()
            .map(|section| match section.strip_prefix(GROUP_SECTION) {
                Some(group) if group == name => format!("{GROUP_SECTION}{to}"),
                _ => section.clone(),
            })
            .collect();
        let section_order = known_sections(&section_order, &groups);
        Self {
            groups,
            section_order,
        }
    }

    /// The same groups without one.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut groups = self.groups.clone();
        groups.retain(|group| group.name != name);
        let section_order = known_sections(&self.section_order, &groups);
        Self {
            groups,
            section_order,
        }
    }
}

const GROUP_SECTION: &str = "category:";

fn fresh(name: &str) -> GroupDefaults {
    GroupDefaults {
        name: name.to_owned(),
        cwd: None,
        worktree: None,
    }
}

/// The sections that mean something, each once; clients may send others.
fn known_sections(order: &[String], groups: &[GroupDefaults]) -> Vec<String> {
    let names: HashSet<_> = groups.iter().map(|group| group.name.as_str()).collect();
    let mut known: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    for section in order.iter().map(|section| section.trim()) {
        let section = match section.split_once(':') {
            None if matches!(section, "ungrouped" | "groups" | "work") => section.to_owned(),
            Some(("category", name)) if names.contains(name.trim()) => {
                format!("{GROUP_SECTION}{}", name.trim())
            }
            Some(("catalog", id)) if !id.trim().is_empty() => format!("catalog:{}", id.trim()),
            _ => continue,
        };
        if seen.insert(section.clone()) {
            known.push(section);
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(names: &[&str], sections: &[&str]) -> Groups {
        Groups::default().arranged(&texts(names), Some(&texts(sections)))
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    fn names(groups: &Groups) -> Vec<&str> {
        groups
            .groups
            .iter()
            .map(|group| group.name.as_str())
            .collect()
    }

    #[test]
    fn names_are_trimmed_and_each_kept_once() {
        assert_eq!(
            names(&groups(&["Two", "Two", " One ", "  "], &[])),
            ["Two", "One"]
        );
    }

    #[test]
    fn arranging_keeps_what_was_set() {
        let mut held = groups(&["One", "Two"], &[]);
        held.get_mut("Two").expect("it is there").worktree = Some(true);
        let arranged = held.arranged(&texts(&["Two", "Three"]), None);
        assert_eq!(names(&arranged), ["Two", "Three"]);
        assert_eq!(arranged.defaults()[0].worktree, Some(true));
    }

    #[test]
    fn they_may_be_very_many() {
        const MANY: usize = 200_000;
        let of = |numbers: std::ops::Range<usize>| -> Vec<String> {
            numbers.map(|number| number.to_string()).collect()
        };
        let sections: Vec<_> = of(0..MANY)
            .iter()
            .map(|it| format!("category:{it}"))
            .collect();
        let held = Groups::default().arranged(&of(0..MANY), Some(&sections));
        let mut reversed = of(1..2 * MANY);
        reversed.reverse();
        let arranged = held.arranged(&reversed, None);
        assert!(names(&arranged).into_iter().eq(&reversed));
        assert_eq!(arranged.section_order, sections[1..]);
    }

    #[test]
    fn sections_without_meaning_are_left_out() {
        let sections = [
            "pinned",
            "ungrouped",
            "category: One",
            "category:Nope",
            "catalog:x",
            "catalog:",
            "ungrouped",
        ];
        assert_eq!(
            groups(&["One"], &sections).section_order,
            ["ungrouped", "category:One", "catalog:x"]
        );
    }

    #[test]
    fn a_group_is_renamed_in_its_place_or_merged() {
        let held = groups(&["One", "Two", "Three"], &["category:One", "category:Two"]);
        let renamed = held.renamed("One", "Uno");
        assert_eq!(names(&renamed), ["Uno", "Two", "Three"]);
        assert_eq!(renamed.section_order, ["category:Uno", "category:Two"]);
        let merged = held.renamed("One", "Two");
        assert_eq!(names(&merged), ["Two", "Three"]);
        assert_eq!(merged.section_order, ["category:Two"]);
    }

    #[test]
    fn a_group_leaves_with_its_section() {
        let left = groups(&["One", "Two"], &["category:One", "groups"]).without("One");
        assert_eq!(names(&left), ["Two"]);
        assert_eq!(left.section_order, ["groups"]);
    }
}
