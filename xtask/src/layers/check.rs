//! Holding the workspace against the table.

use super::{FENCES, Foreign, LAYERS, Layer, ONE_COPY, TURNS_TYPESCRIPT_ON, TYPESCRIPT};
use crate::workspace::{Dependency, DependencyKind, Package};

/// What the manifests ask for and the table does not allow.
pub(super) fn offences(packages: &[Package]) -> Vec<String> {
    let mut offences = Vec::new();
    for package in packages {
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == package.name) else {
            offences.push(format!("{} has no layer", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            if let Some(offence) = layer.offence(dependency) {
                offences.push(format!("{} {offence}", package.name));
            }
        }
    }
    for layer in LAYERS {
        if !packages.iter().any(|package| package.name == layer.name) {
            offences.push(format!("the layer {} has no crate", layer.name));
        }
    }
    offences
}

impl Layer {
    fn offence(&self, dependency: &Dependency) -> Option<String> {
        let name = dependency.name.as_str();
        if LAYERS.iter().any(|layer| layer.name == name) {
            return self.offence_among_ours(dependency);
        }
        if let Some(fence) = FENCES.iter().find(|fence| fence.around.contains(&name))
            && !fence.open_to.contains(&self.name)
        {
            return Some(format!(
                "uses {name}, which is for {}",
                fence.open_to.join(" and ")
            ));
        }
        let Foreign::Only {
            always,
            optional,
            in_tests,
        } = &self.foreign
        else {
            return None;
        };
        if always.contains(&name)
            || (dependency.kind == Some(DependencyKind::Dev) && in_tests.contains(&name))
        {
            return None;
        }
        if optional.contains(&name) {
            return (!dependency.optional)
                .then(|| format!("uses {name} always, and not only behind a feature"));
        }
        Some(format!(
            "uses {name}, and may use only {}",
            always.join(" and ")
        ))
    }

    fn offence_among_ours(&self, dependency: &Dependency) -> Option<String> {
        let name = &dependency.name;
        if !self.ours.contains(&name.as_str()) {
            return Some(format!("uses {name}"));
        }
        let typescript = dependency
            .features
            .iter()
            .any(|feature| feature == TYPESCRIPT);
        (typescript && self.name != TURNS_TYPESCRIPT_ON).then(|| {
            format!(
                "turns on the feature {TYPESCRIPT} of {name}, which is for {TURNS_TYPESCRIPT_ON}"
            )
        })
    }
}

/// The crates that the lock file has twice and may have once.
pub(super) fn second_copies(lock: &str) -> Vec<String> {
    let names = || {
        lock.lines()
            .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
    };
    ONE_COPY
        .iter()
        .filter(|wanted| names().filter(|name| name == *wanted).count() > 1)
        .map(|name| format!("Cargo.lock has more than one {name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_the_table_allows_is_no_offence() {
        assert_eq!(offences(&packages()), Vec::<String>::new());
    }

    #[test]
    fn a_crate_above_may_not_be_used_in_any_table_of_the_manifest() {
        for kind in [json!(null), json!("dev"), json!("build")] {
            let core = with(
                "sessionwire-gateway",
                &json!({"name": "sessionwire-client-core", "kind": kind}),
            );
            assert_eq!(
                offences(&core),
                ["sessionwire-gateway uses sessionwire-client-core"]
            );
        }
        let upward = with(
            "sessionwire-protocol",
            &json!({"name": "sessionwire-client-core"}),
        );
        assert_eq!(
            offences(&upward),
            ["sessionwire-protocol uses sessionwire-client-core"]
        );
    }

    #[test]
    fn the_lower_crates_know_only_serde() {
        assert_eq!(
            offences(&with("sessionwire-client-core", &json!({"name": "rand"}))),
            ["sessionwire-client-core uses rand, and may use only serde and serde_json"]
        );
        let proptest = json!({"name": "proptest", "kind": "dev"});
        assert!(offences(&with("sessionwire-client-core", &proptest)).is_empty());
        let proptest = json!({"name": "proptest"});
        assert_eq!(
            offences(&with("sessionwire-client-core", &proptest)).len(),
            1
        );
    }

    #[test]
    fn wasm_bindgen_stays_in_the_wasm_sdk_and_behind_a_feature() {
        assert!(
            offences(&with(
                "sessionwire-protocol",
                &json!({"name": "tsify", "optional": true})
            ))
            .is_empty()
        );
        assert_eq!(
            offences(&with("sessionwire-protocol", &json!({"name": "tsify"}))),
            ["sessionwire-protocol uses tsify always, and not only behind a feature"]
        );
        assert_eq!(
            offences(&with("sessionwire", &json!({"name": "js-sys"}))),
            [
                "sessionwire uses js-sys, which is for sessionwire-protocol and sessionwire-listing and sessionwire-wasm"
            ]
        );
        let typescript = json!({"name": "sessionwire-protocol", "features": ["typescript"]});
        assert!(offences(&with("sessionwire-wasm", &typescript)).is_empty());
        assert_eq!(
            offences(&with("sessionwire-gateway", &typescript)),
            [
                "sessionwire-gateway turns on the feature typescript of sessionwire-protocol, which is for sessionwire-wasm"
            ]
        );
    }

    #[test]
    fn the_table_and_the_workspace_name_the_same_crates() {
        let mut packages = packages();
        let protocol = packages
            .iter_mut()
            .find(|package| package.name == "sessionwire-protocol");
        protocol.expect("it is one of ours").name = "sessionwire-extra".into();
        assert_eq!(
            offences(&packages),
            [
                "sessionwire-extra has no layer",
                "the layer sessionwire-protocol has no crate"
            ]
        );
    }

    #[test]
    fn a_second_copy_in_the_lock_file_is_an_offence() {
        let lock =
            "name = \"axum\"\nversion = \"0.8.9\"\n\nname = \"axum-core\"\nversion = \"0.5.0\"\n";
        assert!(second_copies(lock).is_empty());
        assert_eq!(
            second_copies(&format!("{lock}\nname = \"axum\"\nversion = \"0.7.0\"\n")),
            ["Cargo.lock has more than one axum"]
        );
    }

    fn packages() -> Vec<Package> {
        let packages = LAYERS.iter().map(|layer| Package {
            name: layer.name.to_owned(),
            dependencies: layer
                .ours
                .iter()
                .map(|name| dependency(&json!({"name": name})))
                .collect(),
        });
        packages.collect()
    }

    fn with(package: &str, fields: &Value) -> Vec<Package> {
        let mut packages = packages();
        let package = packages
            .iter_mut()
            .find(|candidate| candidate.name == package);
        package.unwrap().dependencies.push(dependency(fields));
        packages
    }

    fn dependency(fields: &Value) -> Dependency {
        let mut whole = json!({"kind": null, "optional": false, "features": []});
        whole
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }
}
