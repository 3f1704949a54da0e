//! The device identity that the application, or the package for browsers, brings along.

use alloc::borrow::ToOwned as _;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::Cell;

use js_sys::{Error, Function, Promise};
use sessionwire_client_core::Device;
use wasm_bindgen::prelude::*;

use crate::host;

#[wasm_bindgen(typescript_custom_section)]
const DEVICE_IDENTITY: &str = r#"
/**
 * A device identity: an Ed25519 key that proves to a gateway which device connects. Gateways that need none never see
 * it, and then nothing of it is called. What a method throws, or rejects with, is told where the gateway insists on a
 * device.
 */
export interface DeviceIdentity {
    /** Which device this is, with the token that was kept last. */
    load(): Device | Promise<Device>;
    /** Signs a text: the signature as base64url. */
    sign(statement: string): string | Promise<string>;
    /** Keeps the token that the gateway issued, in place of the one before. */
    keep(token: string): void | Promise<void>;
    /** Forgets this token, which the gateway refused; another that was kept meanwhile stays. */
    forget(token: string): void | Promise<void>;
}

/** A device, as gateways know it. */
export interface Device {
    /** SHA-256 of the raw public key, in hexadecimal. */
    id: string;
    /** The raw Ed25519 public key, base64url. */
    publicKey: string;
    /** What {@link DeviceIdentity.keep} got last, for this gateway. */
    token?: string | null;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// A promise whose reactions may be functions of any origin.
    type Awaited;
    #[wasm_bindgen(method)]
    fn then(this: &Awaited, resolved: &JsValue, rejected: &JsValue);
}

/// An object with the methods of `DeviceIdentity`.
pub(crate) struct DeviceIdentity {
    object: JsValue,
    load: Function,
    sign: Function,
    keep: Function,
    forget: Function,
}

impl DeviceIdentity {
    /// Reads the option; absent where it is.
    pub(crate) fn read(object: JsValue) -> Result<Option<Self>, JsValue> {
        if object.is_undefined() || object.is_null() {
            return Ok(None);
        }
        let method = |name: &str| {
            let function = host::get_function(&object, name)?;
            function.ok_or_else(|| host::type_error(&["device.", name, " is missing"].concat()))
        };
        Ok(Some(Self {
            load: method("load")?,
            sign: method("sign")?,
            keep: method("keep")?,
            forget: method("forget")?,
            object,
        }))
    }

    /// Which device this is; or why there is none, in words.
    pub(crate) fn load(&self, then: impl FnOnce(Result<Device, String>) + 'static) {
        settled(self.load.call0(&self.object), |device| {
            then(
                device
                    .and_then(|device| read(&device))
                    .map_err(|thrown| words(&thrown)),
            );
        });
    }

    /// Signs; or says why it cannot.
    pub(crate) fn sign(
        &self,
        statement: &str,
        then: impl FnOnce(Result<String, String>) + 'static,
    ) {
        let signing = self.sign.call1(&self.object, &statement.into());
        settled(signing, |signature| {
            let text = |signature: JsValue| host::text(&signature, "signature");
            then(signature.and_then(text).map_err(|thrown| words(&thrown)));
        });
    }

    /// Keeps a token. That it is not kept costs no more than another way to connect the next time.
    pub(crate) fn keep(&self, token: &str) {
        settled(self.keep.call1(&self.object, &token.into()), |kept| {
            warn_unless(&kept, "the token of the device is not kept:");
        });
    }

    /// Forgets a token. That it is not forgotten costs no more than another attempt the next time.
    pub(crate) fn forget(&self, token: &str) {
        let forgetting = self.forget.call1(&self.object, &token.into());
        settled(forgetting, |forgotten| {
            warn_unless(&forgotten, "the token of the device is not forgotten:");
        });
    }
}

fn warn_unless(done: &Result<JsValue, JsValue>, problem: &str) {
    if let Err(thrown) = done {
        host::warn(problem, thrown);
    }
}

fn read(device: &JsValue) -> Result<Device, JsValue> {
    let text = |name: &str| host::text(&host::get(device, name)?, name);
    Ok(Device {
        id: text("id")?,
        public_key: text("publicKey")?,
        token: host::get(device, "token")?.as_string(),
    })
}

/// What was thrown, in words.
fn words(thrown: &JsValue) -> String {
    let said = thrown.dyn_ref::<Error>().map(Error::message);
    said.map_or_else(
        || thrown.as_string().unwrap_or_else(|| "it failed".to_owned()),
        String::from,
    )
}

/// Calls back, later, with what a function returned or threw, at once or by a promise.
fn settled(
    called: Result<JsValue, JsValue>,
    then: impl FnOnce(Result<JsValue, JsValue>) + 'static,
) {
    let promise = match called {
        Ok(value) => Promise::resolve(&value),
        Err(error) => Promise::reject(&error),
    };
    let then = Rc::new(Cell::new(Some(then)));
    let reaction = |wrap: fn(JsValue) -> Result<JsValue, JsValue>| {
        let then = Rc::clone(&then);
        Closure::once_into_js(move |value: JsValue| {
            if let Some(then) = then.take() {
                then(wrap(value));
            }
        })
    };
    let promise: &Awaited = promise.unchecked_ref();
    promise.then(&reaction(Ok), &reaction(Err));
}
