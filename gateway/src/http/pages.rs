//! The session picker's files.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use crate::gateway::Gateway;

/// A page may run its own scripts and WebAssembly and talk to this gateway, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Answers with a file of the folder that was given, `index.html` for a folder.
pub(super) async fn serve(gateway: &Gateway, request: Request) -> Response {
    let Some(www) = &gateway.config.www else {
        let message = "no page is served here; start the gateway with --www DIR\n";
        return (StatusCode::NOT_FOUND, message).into_response();
    };
    let caching = caching(request.uri().path());
    let mut response = match ServeDir::new(www).try_call(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => {
            (StatusCode::NOT_FOUND, "no such page\n").into_response()
        }
        Ok(response) => response.into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    let found = response.status() != StatusCode::NOT_FOUND;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CACHE_CONTROL,
            if found { caching } else { "no-store" },
        ),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A file with its content's hash in its name never changes; all others are asked for again.
fn caching(path: &str) -> &'static str {
    const HASH: usize = 8;
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split_once('.').map_or("", |(stem, _)| stem);
    let hashed = stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == HASH
            && hash
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    });
    if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_names_are_kept() {
        for (path, kept) in [
            ("/picker-EKQFL2RP.js", true),
            ("/assets/picker-OMRTE3ZB.css", true),
            ("/", false),
            ("/index.html", false),
            ("/picker.js", false),
            ("/session-picker.js", false),
        ] {
            assert_eq!(caching(path).contains("immutable"), kept, "{path}");
        }
    }
}
