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
    let mut settings = Record::of(settings.value());
    let mut config = Config::new(ClientInfo {
        id: String::new(),
        mode: String::new(),
        display_name: None,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: String::new(),
        device_family: None,
        instance_id: None,
    });
    let client = &mut config.client;
    let mut scopes: Option<Vec<String>> = None;
    settings
        .read("id", &mut client.id)
        .read("mode", &mut client.mode)
        .read("displayName", &mut client.display_name)
        .read("version", &mut client.version)
        .read("platform", &mut client.platform)
        .read("token", &mut config.auth.token)
        .read("scopes", &mut scopes);
    if let Some(scopes) = scopes {
        config.scopes = scopes.into_iter().map(Scope::from).collect();
    }
    config
}
