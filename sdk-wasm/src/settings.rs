//! What a client is told when it is made.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use sessionwire_client_core::{Config, Json};
use sessionwire_json::Record;
use sessionwire_protocol::Scope;
use sessionwire_protocol::connect::ClientInfo;

/// Reads what the JavaScript of the package has checked.
pub(crate) fn read(settings: &Json) -> Config {
    let Ok(mut settings) = Record::of(settings.value()) else {
        unreachable!("it is an object");
    };
    let version: Option<String> = settings.optional("version");
    let mut config = Config::new(ClientInfo {
        id: settings.required("id"),
        mode: settings.required("mode"),
        display_name: settings.optional("displayName"),
        version: version.unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
        platform: settings.required("platform"),
        device_family: None,
        instance_id: None,
    });
    config.auth.token = settings.optional("token");
    let scopes: Option<Vec<String>> = settings.optional("scopes");
    if let Some(scopes) = scopes {
        config.scopes = scopes.into_iter().map(Scope::from).collect();
    }
    config
}
