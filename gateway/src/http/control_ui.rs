//! OpenClaw's web Control UI, served from the folder of its package.

use std::fmt::Write;
use std::path::Path;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, body::Body};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};
use tower_http::services::ServeDir;

use super::error::HttpError;
use super::{gate, text};
use crate::gateway::Gateway;

/// Where the UI asks how it is served.
const CONFIG: &str = "/control-ui-config.json";
const ASSETS: &str = "/assets/";

/// Answers with a file of the folder, and with the UI's page at every other path that a browser opens.
pub(super) async fn serve(gateway: &Gateway, folder: &Path, request: Request) -> Response {
    let path = request.uri().path();
    let mut response = if path == CONFIG {
        config(gateway, request.headers())
    } else if path.starts_with("/api/") {
        HttpError::not_found("no such route").into_response()
    } else if path == "/" || path.ends_with("/index.html") {
        page(folder).await
    } else {
        file(folder, request).await
    };
    let headers = response.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// How the UI is served, for those who may connect.
fn config(gateway: &Gateway, headers: &HeaderMap) -> Response {
    if !gate::has_token(gateway, headers) {
        return HttpError::unauthorized().into_response();
    }
    let config = json!({
        "basePath": "",
        "assistantName": "Assistant",
        "assistantAvatar": "A",
        "assistantAgentId": gateway.config.default_agent(),
        "serverVersion": env!("CARGO_PKG_VERSION"),
        "embedSandbox": "strict",
        "allowExternalEmbedUrls": false,
        "automaticallyFetchFavicons": false,
        "communityInvite": false,
        "terminalEnabled": false,
        "cliAgentsEnabled": false,
        "pluginAssetsRequireAuth": true,
        "pluginFrameGrants": [],
    });
    Json(config).into_response()
}

async fn file(folder: &Path, request: Request) -> Response {
    let is_asset = request.uri().path().starts_with(ASSETS);
    let is_page = !is_asset && takes_html(request.headers());
    let served = ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .try_call(request)
        .await;
    let mut response = match served {
        Ok(response) => response.map(Body::new),
        Err(error) => return unreadable(&error),
    };
    if response.status() == StatusCode::NOT_FOUND {
        return match is_page {
            true => page(folder).await,
            false => HttpError::not_found("no such file").into_response(),
        };
    }
    if is_asset && response.status().is_success() {
        // Names of assets have their content's hash in them.
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, forever);
    }
    response
}

fn takes_html(headers: &HeaderMap) -> bool {
    text(headers, &header::ACCEPT)
        .is_none_or(|accepted| accepted.contains("text/html") || accepted.contains("*/*"))
}

/// The page, which may run the scripts that were found in it and no other.
async fn page(folder: &Path) -> Response {
    let html = match tokio::fs::read_to_string(folder.join("index.html")).await {
        Ok(html) => at_any_depth(&html),
        Err(error) => return unreadable(&error),
    };
    let policy = policy(&html);
    let mut response = axum::response::Html(html).into_response();
    let policy = HeaderValue::from_str(&policy).expect("hashes are letters and digits");
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn unreadable(error: &std::io::Error) -> Response {
    tracing::error!(%error, "the Control UI could not be read");
    HttpError::not_found("the Control UI is not where --control-ui says").into_response()
}

/// The page names its files beside itself, and is opened at paths of any depth.
fn at_any_depth(html: &str) -> String {
    html.replace("=\"./", "=\"/").replacen(
        "<html ",
        "<html data-openclaw-control-ui-base-path=\"\" data-openclaw-terminal-enabled=\"false\" ",
        1,
    )
}

fn policy(html: &str) -> String {
    let mut scripts = String::new();
    for script in inline_scripts(html) {
        let hash = BASE64_STANDARD.encode(Sha256::digest(script));
        write!(scripts, " 'sha256-{hash}'").expect("a text takes more text");
    }
    format!(
        "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; media-src 'self' data: blob:; connect-src 'self' data:; \
         worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The scripts whose text stands in the page.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains(" src=") && !script.is_empty()).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<html lang=\"en\"><link href=\"./a.css\"><script data-x=\"1\">one()</script>\
        <script type=\"module\" src=\"./assets/b.js\"></script><script>two()</script>";

    #[test]
    fn only_the_scripts_of_the_page_may_run() {
        assert_eq!(inline_scripts(PAGE).collect::<Vec<_>>(), ["one()", "two()"]);
        let hash = BASE64_STANDARD.encode(Sha256::digest("one()"));
        let policy = policy(PAGE);
        assert!(policy.contains(&format!("script-src 'self' 'sha256-{hash}' 'sha256-")));
        assert!(!policy.contains("script-src 'self' 'unsafe-inline'"));
    }

    #[test]
    fn its_files_are_found_from_any_path() {
        let page = at_any_depth(PAGE);
        assert!(page.contains("src=\"/assets/b.js\"") && page.contains("href=\"/a.css\""));
        assert!(page.starts_with("<html data-openclaw-control-ui-base-path=\"\""));
    }
}
