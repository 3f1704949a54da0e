//! Values of JavaScript.

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::prelude::*;

/// What was written here as JSON: one crossing makes the whole value.
pub(crate) fn parse(json: &str) -> JsValue {
    let Ok(value) = JSON::parse(json) else {
        unreachable!("it is JSON");
    };
    value
}

/// Sets a property of an object that we have made ourselves.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let set = Reflect::set(object, &name.into(), value);
    debug_assert!(set.is_ok(), "our own objects are not frozen");
}

/// An object with these properties.
pub(crate) fn object<const N: usize>(properties: [(&str, &JsValue); N]) -> JsValue {
    let object = Object::new().into();
    for (name, value) in properties {
        set(&object, name, value);
    }
    object
}
