//! Which crate may use which, as a table.

mod check;

use std::{fs, process::ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

/// Every crate of ours with all that it may use, from the bottom to the top.
const LAYERS: &[Layer] = &[
    Layer {
        name: "sessionwire-dice",
        ours: &[],
        foreign: Foreign::Only {
            always: &[],
            optional: &[],
            in_tests: &[],
        },
    },
    Layer {
        name: "sessionwire-json",
        ours: &["sessionwire-dice"],
        foreign: Foreign::Only {
            always: &[],
            optional: &[],
            in_tests: &["serde_json"],
        },
    },
    Layer {
        name: "sessionwire-protocol",
        ours: &[],
        foreign: Foreign::Only {
            always: &["serde", "serde_json"],
            optional: &["tsify", "wasm-bindgen"],
            in_tests: &["insta", "proptest"],
        },
    },
    Layer {
        name: "sessionwire-listing",
        ours: &["sessionwire-dice", "sessionwire-protocol"],
        foreign: Foreign::Only {
            always: &["js-sys"],
            optional: &[],
            in_tests: &["proptest"],
        },
    },
    Layer {
        name: "sessionwire-client-core",
        ours: &[
            "sessionwire-dice",
            "sessionwire-json",
            "sessionwire-protocol",
            "sessionwire-listing",
        ],
        foreign: Foreign::Only {
            always: &["serde", "serde_json"],
            optional: &[],
            in_tests: &["insta", "proptest"],
        },
    },
    Layer {
        name: "sessionwire",
        ours: &["sessionwire-protocol", "sessionwire-client-core"],
        foreign: Foreign::Unfenced,
    },
    Layer {
        name: "sessionwire-gateway",
        ours: &[
            "sessionwire-dice",
            "sessionwire-protocol",
            "sessionwire-listing",
            "sessionwire",
        ],
        foreign: Foreign::Unfenced,
    },
    Layer {
        name: "sessionwire-wasm",
        ours: &[
            "sessionwire-json",
            "sessionwire-protocol",
            "sessionwire-client-core",
        ],
        foreign: Foreign::Unfenced,
    },
    Layer {
        name: "sessionwire-conformance",
        ours: &[],
        foreign: Foreign::Only {
            always: &["serde", "serde_json"],
            optional: &[],
            in_tests: &[],
        },
    },
    Layer {
        name: "sessionwire-openclaw",
        ours: &[],
        foreign: Foreign::Only {
            always: &["serde_json"],
            optional: &[],
            in_tests: &[],
        },
    },
    Layer {
        name: "sessionwire-tests",
        ours: &[
            "sessionwire-conformance",
            "sessionwire-dice",
            "sessionwire-openclaw",
            "sessionwire-protocol",
            "sessionwire-listing",
            "sessionwire-client-core",
            "sessionwire-gateway",
            "sessionwire",
        ],
        foreign: Foreign::Unfenced,
    },
    Layer {
        name: "sessionwire-faults",
        ours: &["sessionwire-protocol", "sessionwire-gateway", "sessionwire"],
        foreign: Foreign::Unfenced,
    },
    Layer {
        name: "sessionwire-bench-report",
        ours: &[],
        foreign: Foreign::Only {
            always: &["anyhow", "serde", "serde_json"],
            optional: &[],
            in_tests: &["tempfile"],
        },
    },
    Layer {
        name: "sessionwire-bench",
        ours: &["sessionwire-openclaw", "sessionwire-bench-report"],
        foreign: Foreign::Unfenced,
    },
    Layer {
        name: "xtask",
        ours: &["sessionwire-bench-report", "sessionwire-conformance"],
        foreign: Foreign::Unfenced,
    },
];

/// Foreign crates that few of ours may use.
const FENCES: &[Fence] = &[
    Fence {
        around: &[
            "wasm-bindgen",
            "wasm-bindgen-futures",
            "js-sys",
            "web-sys",
            "tsify",
        ],
        open_to: &[
            "sessionwire-protocol",
            "sessionwire-listing",
            "sessionwire-wasm",
        ],
    },
    Fence {
        around: &["tokio", "tokio-tungstenite"],
        open_to: &[
            "sessionwire-gateway",
            "sessionwire",
            "sessionwire-tests",
            "sessionwire-faults",
            "sessionwire-bench",
        ],
    },
    Fence {
        around: &["axum"],
        open_to: &["sessionwire-gateway", "sessionwire-bench"],
    },
    Fence {
        around: &["rusqlite"],
        open_to: &[
            "sessionwire-gateway",
            "sessionwire-bench",
            "sessionwire-tests",
        ],
    },
];

/// A feature that only one crate may turn on, so that a plain build of the others never has it.
const TYPESCRIPT: &str = "typescript";
const TURNS_TYPESCRIPT_ON: &str = "sessionwire-wasm";

/// Crates of which the whole workspace has one version.
const ONE_COPY: &[&str] = &["axum", "tokio-tungstenite", "tungstenite"];

struct Layer {
    name: &'static str,
    ours: &'static [&'static str],
    foreign: Foreign,
}

enum Foreign {
    /// Any crate that no fence keeps out.
    Unfenced,
    Only {
        always: &'static [&'static str],
        optional: &'static [&'static str],
        in_tests: &'static [&'static str],
    },
}

struct Fence {
    around: &'static [&'static str],
    open_to: &'static [&'static str],
}

/// `cargo xtask layers`.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    check(workspace)?;
    eprintln!("every crate uses only what the layers allow");
    Ok(ExitCode::SUCCESS)
}

/// Fails with all offences, one a line.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let lock = fs::read_to_string("Cargo.lock").context("cannot read Cargo.lock")?;
    let mut offences = check::offences(&workspace.packages);
    offences.extend(check::second_copies(&lock));
    if !offences.is_empty() {
        bail!(
            "the layers do not allow this (xtask/src/layers.rs):\n  {}",
            offences.join("\n  ")
        );
    }
    Ok(())
}
