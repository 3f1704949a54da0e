//! What `connect` takes.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use js_sys::{Array, Error, Function};
use sessionwire_client_core::Config;
use sessionwire_protocol::Scope;
use sessionwire_protocol::connect::{ClientInfo, ConnectAuth};
use wasm_bindgen::prelude::*;

use crate::device::DeviceIdentity;
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
    /**
     * Which device connects. Where absent, pages prove one that the package keeps in IndexedDB, for each gateway one,
     * whose private key nobody can read; programs in Node have none. `null` turns it off.
     */
    device?: DeviceIdentity | null;
    /** Told whenever the connection changes, from the first attempt on. */
    onStatus?: (status: ConnectionStatus) => void;
}
"#;

#[wasm_bindgen(typescript_custom_section)]
const CONNECT_SETTINGS: &str = r#"
/** The part of {@link ConnectOptions} that is plain data. */
export interface ConnectSettings {
    /** Where the gateway listens: `ws://…` or `wss://…`. */
    url: string;
    /** The gateway's token. */
    token?: string;
    /** What the client wants to do; reading, writing and administering where absent. What it got is in the status. */
    scopes?: string[];
    /** How long a request may take, 30,000 where absent. */
    requestTimeoutMs?: number;
    /** Which program this is. */
    client?: ClientSettings;
}

/** How a client introduces itself. Gateways take the ids and modes of protocol 4 only. */
export interface ClientSettings {
    /** `webchat` in browsers, `gateway-client` in Node where absent. */
    id?: string;
    /** `webchat` in browsers, `backend` in Node where absent. */
    mode?: string;
    /** What to call it. */
    displayName?: string;
    /** The program's version; the package's where absent. */
    version?: string;
}
"#;

/// What was read of a `ConnectSettings`.
struct ConnectSettings {
    url: String,
    token: Option<String>,
    scopes: Option<Vec<String>>,
    request_timeout_ms: Option<f64>,
    client: Option<ClientSettings>,
}

/// What was read of a `ClientSettings`.
#[derive(Clone, Default)]
struct ClientSettings {
    id: Option<String>,
    mode: Option<String>,
    display_name: Option<String>,
    version: Option<String>,
}

/// What was read from a `ConnectOptions`.
pub(crate) struct Options {
    pub(crate) url: String,
    pub(crate) constructor: Function,
    pub(crate) device: Option<DeviceIdentity>,
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
        let device = DeviceIdentity::read(host::get(options, "device")?)?;
        let mut config = settings.config(platform);
        config.has_device = device.is_some();
        Ok(Self {
            constructor,
            device,
            on_status: host::get_function(options, "onStatus")?,
            config,
            url: settings.url,
        })
    }
}

impl ConnectSettings {
    fn read(options: &JsValue) -> Result<Self, JsValue> {
        let scopes = |value: &JsValue| {
            let scopes = value.dyn_ref::<Array>()?;
            scopes.iter().map(|scope| scope.as_string()).collect()
        };
        let milliseconds = |value: &JsValue| value.as_f64().filter(|number| *number >= 0.0);
        let object = |value: &JsValue| value.is_object().then(|| value.clone());
        let client = setting(options, "client", "an object", object)?;
        Ok(Self {
            url: text(options, "url")?.ok_or_else(|| host::type_error("url is missing"))?,
            token: text(options, "token")?,
            scopes: setting(options, "scopes", "an array of strings", scopes)?,
            request_timeout_ms: setting(
                options,
                "requestTimeoutMs",
                "a number of milliseconds",
                milliseconds,
            )?,
            client: client
                .map(|client| ClientSettings::read(&client))
                .transpose()?,
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
            ..ConnectAuth::default()
        };
        if let Some(scopes) = &self.scopes {
            config.scopes = scopes.iter().cloned().map(Scope::from).collect();
        }
        if let Some(milliseconds) = self.request_timeout_ms {
            config.request_timeout = Duration::from_millis(milliseconds as u64);
        }
        // Fifty-three random bits are all that a number of JavaScript holds.
        config.seed = (js_sys::Math::random() * (1_u64 << 53) as f64) as u64;
        config
    }
}

impl ClientSettings {
    fn read(client: &JsValue) -> Result<Self, JsValue> {
        Ok(Self {
            id: text(client, "id")?,
            mode: text(client, "mode")?,
            display_name: text(client, "displayName")?,
            version: text(client, "version")?,
        })
    }
}

fn text(settings: &JsValue, name: &str) -> Result<Option<String>, JsValue> {
    setting(settings, name, "a string", JsValue::as_string)
}

/// A setting that may be absent. Read by hand: a deserialiser of JavaScript values is large code, and its errors do
/// not name the field.
fn setting<T>(
    settings: &JsValue,
    name: &str,
    expected: &str,
    read: impl FnOnce(&JsValue) -> Option<T>,
) -> Result<Option<T>, JsValue> {
    let value = host::get(settings, name)?;
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    let read = read(&value).map(Some);
    read.ok_or_else(|| host::type_error(&[name, " is not ", expected].concat()))
}
