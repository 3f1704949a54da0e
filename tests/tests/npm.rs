//! The npm package against a real gateway, in Node and in Chromium. The tests themselves are in `tests/js`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sessionwire_tests::{Program, TestGateway};

#[tokio::test(flavor = "multi_thread")]
async fn node() {
    run("node.test.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium() {
    run("chromium.test.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn picker_in_chromium() {
    run("picker.test.mjs").await;
}

async fn run(file: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(PathBuf::from)
        .expect("the workspace");
    let www = root.join("www/dist").display().to_string();
    let gateway = TestGateway::start_with(&["--www", &www]).await;
    let finished = Program::new("node", ["--test", "--test-reporter", "spec", file])
        .folder(&root.join("tests/js"))
        .env("SESSIONWIRE_URL", gateway.url())
        .env("SESSIONWIRE_HTTP", gateway.http_url())
        .env("SESSIONWIRE_TOKEN", TestGateway::TOKEN)
        .run(Duration::from_secs(180))
        .await;
    assert!(finished.success, "{}\n{}", finished.stdout, finished.stderr);
}
