//! The picker, built over the npm package.

use std::path::Path;

use anyhow::Result;

use crate::{npm, sdk, stamp::Stamp, step::Outcome, workspace::Workspace};

/// The picker's folder.
pub(crate) const FOLDER: &str = "www";
/// The files that the gateway serves.
pub(crate) const DIST: &str = "www/dist";

/// Runs the picker's own build, which writes `DIST`.
pub(crate) fn build(workspace: &Workspace) -> Result<Outcome> {
    Stamp {
        file: workspace.own_directory().join("picker.stamp"),
        inputs: &[Path::new(FOLDER), Path::new(sdk::PACKAGE)],
        outputs: &[Path::new(DIST)],
        except: &[DIST, "www/test", "sdk-wasm/npm/test"].map(Path::new),
    }
    .unless_current(|| npm::run_script(FOLDER, "build"))
}
