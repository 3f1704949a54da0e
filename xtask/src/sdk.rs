//! The npm package: compiled to wasm, bound to JavaScript, shrunk, and declared to TypeScript.

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    memory, process,
    stamp::Stamp,
    step::Outcome,
    workspace::{Workspace, cargo},
};

/// The npm package's folder.
pub(crate) const PACKAGE: &str = "sdk-wasm/npm";
/// What the package is made of that nobody wrote.
pub(crate) const DIST: &str = "sdk-wasm/npm/dist";
const COMMITTED_DECLARATIONS: &str = "sdk-wasm/npm/index.d.ts";
const NAME: &str = "sessionwire";
/// That nothing stands in the first KB of memory, where the stack ends, lets loads and stores do additions.
const NOTHING_BELOW: &str = "--low-memory-unused";
const WASM_OPT: &str = "node_modules/binaryen/bin/wasm-opt";
const ESBUILD: &str = "node_modules/esbuild/bin/esbuild";

const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles the crate to wasm: small, and once more with the declarations of its types, which need the standard library.
pub(crate) fn compile() -> Result<()> {
    process::run(build().arg("--profile=wasm"))?;
    process::run(build().args(["--profile=declarations", "--features=typescript"]))
}

fn build() -> Command {
    let mut build = cargo();
    build.args(["build", "--package=sessionwire-wasm", "--target", TARGET]);
    build
}

fn compiled(workspace: &Workspace, profile: &str) -> PathBuf {
    let folder = workspace.target_directory.join(TARGET).join(profile);
    folder.join("sessionwire_wasm.wasm")
}

/// Writes the package's `dist`, and its declarations beside it under the target folder.
pub(crate) fn bind(workspace: &Workspace) -> Result<Outcome> {
    let small = compiled(workspace, "wasm");
    let declaring = compiled(workspace, "declarations");
    let declarations = built_declarations(workspace);
    let wasm_opt = Path::new(PACKAGE).join(WASM_OPT);
    if !wasm_opt.is_file() {
        bail!(
            "{PACKAGE}/package.json must have `binaryen` in its devDependencies: it shrinks the wasm"
        );
    }
    Stamp {
        file: workspace.own_directory().join("bind.stamp"),
        inputs: &[
            &small,
            &declaring,
            &wasm_opt,
            &Path::new(PACKAGE).join("src"),
            Path::new("xtask/src/sdk.rs"),
        ],
        outputs: &[Path::new(DIST), &declarations],
        except: &[],
    }
    .unless_current(|| {
        write_dist(&small)?;
        shrink()?;
        bundle()?;
        write_declarations(&declaring, &declarations)
    })
}

/// Says so if the committed declarations are not those that were built.
pub(crate) fn compare_declarations(workspace: &Workspace) -> Outcome {
    match check_declarations(workspace) {
        Ok(()) => Outcome::Unchanged,
        Err(difference) => {
            eprintln!("      note: {difference}");
            Outcome::Done
        }
    }
}

/// Fails if the committed declarations are not those that were built.
pub(crate) fn check_declarations(workspace: &Workspace) -> Result<()> {
    let built = read(&built_declarations(workspace))?;
    match fs::read(COMMITTED_DECLARATIONS) {
        Ok(committed) if committed == built => Ok(()),
        _ => bail!(
            "{COMMITTED_DECLARATIONS} is not what the crate declares: `cargo xtask bless` accepts the difference"
        ),
    }
}

/// Commits to the declarations that were built.
pub(crate) fn accept_declarations(workspace: &Workspace) -> Result<Outcome> {
    if check_declarations(workspace).is_ok() {
        return Ok(Outcome::Unchanged);
    }
    write(
        Path::new(COMMITTED_DECLARATIONS),
        &read(&built_declarations(workspace))?,
    )?;
    Ok(Outcome::Done)
}

fn built_declarations(workspace: &Workspace) -> PathBuf {
    workspace.own_directory().join("index.d.ts")
}

fn write_dist(compiled: &Path) -> Result<()> {
    let dist = Path::new(DIST);
    if dist.exists() {
        fs::remove_dir_all(dist).with_context(|| format!("cannot remove {DIST}"))?;
    }
    bindgen(compiled)
        .omit_default_module_path(true)
        .web(true)
        .and_then(|bindgen| bindgen.typescript(false).generate(dist))
        .context("wasm-bindgen cannot bind the compiled wasm")
}

fn shrink() -> Result<()> {
    memory::check(&read(&Path::new(DIST).join(format!("{NAME}_bg.wasm")))?)?;
    process::run(&mut wasm_opt(&[
        "-Oz",
        "--converge",
        "--strip-producers",
        NOTHING_BELOW,
    ]))?;
    shorten_names()
}

/// Gives what the wasm and its glue share short names: those of wasm-bindgen end in hashes, which do not compress.
fn shorten_names() -> Result<()> {
    let renamed = process::read(&mut wasm_opt(&[
        "-Oz",
        NOTHING_BELOW,
        "--minify-imports-and-exports-and-modules",
        "--strip-target-features",
    ]))?;
    let Renamed {
        imports,
        mut exports,
    } = serde_json::from_str(&renamed).context("wasm-opt did not say what it renamed")?;
    let glue = Path::new(DIST).join(format!("{NAME}.js"));
    let text = fs::read_to_string(&glue)?;
    // The one module that it imports from gets this name.
    let mut text = text.replace(&format!("\"./{NAME}_bg.js\":"), "\"a\":");
    for (_, before, after) in imports {
        let field = format!("{before}: function");
        if !text.contains(&field) {
            bail!("the glue has no {before} for the wasm to import");
        }
        text = text.replace(&field, &format!("{after}: function"));
    }
    // Some names are the beginnings of others.
    exports.sort_by_key(|(before, _)| Reverse(before.len()));
    for (before, after) in exports {
        text = text.replace(&format!("wasm.{before}"), &format!("wasm.{after}"));
    }
    write(&glue, text.as_bytes())
}

/// Rewrites the package's wasm. Without feature flags wasm-opt keeps to the features that the wasm says it uses.
fn wasm_opt(passes: &[&str]) -> Command {
    let wasm = format!("dist/{NAME}_bg.wasm");
    let mut command = Command::new("node");
    command
        .arg(WASM_OPT)
        .args(passes)
        .args(["--output", &wasm, &wasm])
        .current_dir(PACKAGE);
    command
}

/// What wasm-opt says of names: the module, before and after.
#[derive(Deserialize)]
struct Renamed {
    imports: Vec<(String, String, String)>,
    exports: Vec<(String, String)>,
}

/// Makes one file of each loader with all that it needs: what wasm-bindgen writes is commented at length, and offers more
/// than either loader takes.
fn bundle() -> Result<()> {
    process::run(
        Command::new("node")
            .args([
                ESBUILD,
                "src/browser.js",
                "src/node.js",
                "--bundle",
                "--minify",
                "--format=esm",
                "--external:node:*",
                "--external:ws",
                "--outdir=dist",
            ])
            .current_dir(PACKAGE),
    )
}

/// The package's own loaders start the wasm, so its declarations are those of the target that leaves loading to others:
/// the target `web` also declares the raw exports, whose names change with every build.
fn write_declarations(compiled: &Path, declarations: &Path) -> Result<()> {
    let mut bindgen = bindgen(compiled);
    let output = bindgen
        .bundler(true)
        .and_then(|bindgen| bindgen.typescript(true).generate_output())
        .context("wasm-bindgen cannot declare the compiled wasm")?;
    let text = output.ts().context("wasm-bindgen wrote no declarations")?;
    write(declarations, text.as_bytes())
}

fn bindgen(compiled: &Path) -> Bindgen {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(NAME);
    bindgen
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, content))
        .with_context(|| format!("cannot write {}", path.display()))
}
