//! What `connect` takes.

use std::time::Duration;

use js_sys::{Error, Function};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sessionwire_client_core::Config;
use sessionwire_protocol::Scope;
use sessionwire_protocol::connect::{ClientInfo, ConnectAuth};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::host;

#[wasm_bindgen(typescript_custom_section)]
const CONNECT_OPTIONS: &str = r#"
/** What {@link connect} takes. */
export interface ConnectOptions extends ConnectSettings {
    /**
     * The constructor of sockets, with the interface of browsers. Where absent, the global `WebSocket`;
     * in Node without one, that of the package `ws`.
     */
    WebSocket?: unknown;
    /** Told whenever the connection changes, from the first attempt on. */
    onStatus?: (status: ConnectionStatus) => void;
}
"#;

/// The part of {@link ConnectOptions} that is plain data.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ConnectSettings {
    /// Where the gateway listens: `ws://…` or `wss://…`.
    url: String,
    /// The gateway's token.
    #[tsify(optional)]
    token: Option<String>,
    /// What the client wants to do; reading, writing and administering where absent. What it got is in the status.
    #[tsify(optional)]
    scopes: Option<Vec<String>>,
    /// How long a request may take, 30,000 where absent.
    #[tsify(optional)]
    request_timeout_ms: Option<u64>,
    /// Which program this is.
    #[tsify(optional)]
    client: Option<ClientSettings>,
}

/// How a client introduces itself. Gateways take the ids and modes of protocol 4 only.
#[derive(Clone, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientSettings {
    /// `webchat` in browsers, `gateway-client` in Node where absent.
    #[tsify(optional)]
    id: Option<String>,
    /// `webchat` in browsers, `backend` in Node where absent.
    #[tsify(optional)]
    mode: Option<String>,
    /// What to call it.
    #[tsify(optional)]
    display_name: Option<String>,
    /// The program's version; the package's where absent.
    #[tsify(optional)]
    version: Option<String>,
}

/// What was read from a `ConnectOptions`.
pub(crate) struct Options {
    pub(crate) url: String,
    pub(crate) constructor: Function,
    pub(crate) on_status: Option<Function>,
    pub(crate) config: Config,
}

impl Options {
    /// Reads options. `platform` is `web` in browsers, else the name of the operating system.
    pub(crate) fn read(options: &JsValue, platform: String) -> Result<Self, JsValue> {
        let settings = ConnectSettings::read(options)?;
        let constructor = match host::get_function(options, "WebSocket")? {
            Some(constructor) => constructor,
            None => host::get_function(&host::global(), "WebSocket")?.ok_or_else(|| {
                Error::new("there is no global WebSocket: install `ws`, or pass options.WebSocket")
            })?,
        };
        Ok(Self {
            constructor,
            on_status: host::get_function(options, "onStatus")?,
            config: settings.config(platform),
            url: settings.url,
        })
    }
}

impl ConnectSettings {
    fn read(options: &JsValue) -> Result<Self, JsValue> {
        Ok(Self {
            url: setting(options, "url", "a string")?,
            token: setting(options, "token", "a string")?,
            scopes: setting(options, "scopes", "an array of strings")?,
            request_timeout_ms: setting(options, "requestTimeoutMs", "a number of milliseconds")?,
            client: setting(options, "client", "an object of strings")?,
        })
    }

    fn config(&self, platform: String) -> Config {
        let settings = self.client.clone().unwrap_or_default();
        let (id, mode) = match platform.as_str() {
            "web" => ("webchat", "webchat"),
            _ => ("gateway-client", "backend"),
        };
        let mut config = Config::new(ClientInfo {
            id: settings.id.unwrap_or_else(|| id.to_owned()),
            mode: settings.mode.unwrap_or_else(|| mode.to_owned()),
            display_name: settings.display_name,
            version: settings
                .version
                .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
            platform,
            device_family: None,
            instance_id: None,
        });
        config.auth = ConnectAuth {
            token: self.token.clone(),
            password: None,
        };
        if let Some(scopes) = &self.scopes {
            config.scopes = scopes.iter().cloned().map(Scope::from).collect();
        }
        if let Some(milliseconds) = self.request_timeout_ms {
            config.request_timeout = Duration::from_millis(milliseconds);
        }
        // Fifty-three random bits are all that a number of JavaScript holds.
        config.seed = (js_sys::Math::random() * (1_u64 << 53) as f64) as u64;
        config
    }
}

/// Reads one by one, because serde's errors do not name the field that is wrong.
fn setting<T: DeserializeOwned>(
    options: &JsValue,
    name: &str,
    expected: &str,
) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(host::get(options, name)?)
        .map_err(|_| host::type_error(&[name, " is not ", expected].concat()))
}
