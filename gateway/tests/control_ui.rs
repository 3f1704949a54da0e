//! OpenClaw's Control UI on the gateway's port, without OpenClaw's files.

mod support;

use std::fs;

use serde_json::json;
use support::http::Answer;
use support::{Gateway, TOKEN};
use tempfile::TempDir;

const PAGE: &str = "<!doctype html><html lang=\"en\"><script>one()</script><script src=\"./assets/a.js\"></script>";

struct Served {
    gateway: Gateway,
    _folder: TempDir,
}

impl Served {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("assets")).expect("it can be written");
        for (file, text) in [("index.html", PAGE), ("assets/a.js", "one()")] {
            fs::write(folder.path().join(file), text).expect("it can be written");
        }
        let path = folder.path().display().to_string();
        Self {
            gateway: Gateway::start(&["--control-ui", &path]).await,
            _folder: folder,
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.gateway.raw("GET", path, headers, "").await
    }
}

#[tokio::test]
async fn the_page_stands_at_every_path_that_a_browser_opens() {
    let served = Served::start().await;
    for path in ["/", "/index.html", "/chat", "/chat/main/a%20b"] {
        let answer = served.get(path, &[("Accept", "text/html,*/*;q=0.8")]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.contains("src=\"/assets/a.js\""), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        let policy = answer.header("content-security-policy");
        let policy = policy.expect("it has a policy");
        assert!(policy.contains("script-src 'self' 'sha256-"), "{policy}");
    }
    let probe = served.gateway.raw("HEAD", "/chat/main/a", &[], "").await;
    assert_eq!((probe.status, probe.body.as_str()), (200, ""));
}

#[tokio::test]
async fn files_are_files_and_nothing_else_is() {
    let served = Served::start().await;
    let asset = served.get("/assets/a.js", &[("Accept", "*/*")]).await;
    assert_eq!((asset.status, asset.body.as_str()), (200, "one()"));
    assert_eq!(
        asset.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    for (path, accept) in [
        ("/assets/b.js", "*/*"),
        ("/missing.png", "image/png"),
        ("/api/users", "text/html"),
        ("/v1/none", "text/html"),
        ("/..%2f..%2fetc%2fpasswd", "image/png"),
    ] {
        let answer = served.get(path, &[("Accept", accept)]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("<html"), "{path}");
    }
    assert_eq!(
        served.gateway.raw("POST", "/chat", &[], "").await.status,
        404
    );
}

#[tokio::test]
async fn how_it_is_served_is_told_to_those_with_the_token() {
    let served = Served::start().await;
    let path = "/control-ui-config.json";
    for headers in [&[][..], &[("Authorization", "Bearer another")]] {
        assert_eq!(served.get(path, headers).await.status, 401);
    }
    let bearer = format!("Bearer {TOKEN}");
    let answer = served.get(path, &[("Authorization", &bearer)]).await;
    let config = answer.json();
    assert_eq!(
        (&config["basePath"], &config["assistantAgentId"]),
        (&json!(""), &json!("main"))
    );
    let plain = Gateway::start(&[]).await;
    assert_eq!(plain.raw("GET", path, &[], "").await.status, 404);
}
