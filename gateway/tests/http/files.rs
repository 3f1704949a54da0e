//! The files of the picker.

use crate::support::Gateway;

#[tokio::test]
async fn the_picker_is_served() {
    let www = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [
        ("index.html", "<title>Picker</title>"),
        ("picker-ABCDEF12.js", "1"),
        ("sessionwire.wasm", "\0asm"),
    ] {
        std::fs::write(www.path().join(name), text).expect("it is written");
    }
    let folder = www.path().display().to_string();
    let gateway = Gateway::start(&["--www", &folder]).await;
    for (path, status, content_type, caching) in [
        ("/", 200, "text/html", "no-cache"),
        ("/?x=1", 200, "text/html", "no-cache"),
        ("/index.html", 200, "text/html", "no-cache"),
        ("/picker-ABCDEF12.js", 200, "text/javascript", "immutable"),
        ("/sessionwire.wasm", 200, "application/wasm", "no-cache"),
        ("/nothing", 404, "text/plain", "no-store"),
        ("/../Cargo.toml", 404, "text/plain", "no-store"),
        ("/%2e%2e/token", 404, "text/plain", "no-store"),
    ] {
        let answer = gateway.raw("GET", path, &[], "").await;
        assert_eq!(answer.status, status, "{path}");
        let header = |name| answer.header(name).unwrap_or_default();
        assert!(header("content-type").starts_with(content_type), "{path}");
        assert!(header("cache-control").contains(caching), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        let policy = header("content-security-policy");
        assert!(policy.contains("'wasm-unsafe-eval'") && policy.contains("connect-src 'self';"));
    }
    let page = gateway.raw("GET", "/", &[], "").await;
    assert_eq!(page.body, "<title>Picker</title>");
    let modified = page.header("last-modified").expect("it has a time");
    let again = gateway
        .raw("GET", "/", &[("If-Modified-Since", modified)], "")
        .await;
    assert_eq!(again.status, 304);
    assert_eq!(gateway.raw("POST", "/", &[], "").await.status, 404);

    let without = Gateway::start(&[]).await;
    let answer = without.raw("GET", "/", &[], "").await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("--www"));
}
