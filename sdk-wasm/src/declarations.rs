//! What the JavaScript of the package exports, as TypeScript sees it.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const CONNECT: &str = include_str!("../declarations/connect.d.ts");

#[wasm_bindgen(typescript_custom_section)]
const CLIENT: &str = include_str!("../declarations/client.d.ts");

#[wasm_bindgen(typescript_custom_section)]
const SUBSCRIPTIONS: &str = include_str!("../declarations/subscriptions.d.ts");

#[wasm_bindgen(typescript_custom_section)]
const LISTS: &str = include_str!("../declarations/lists.d.ts");

#[wasm_bindgen(typescript_custom_section)]
const EVENTS: &str = include_str!("../declarations/events.d.ts");

#[wasm_bindgen(typescript_custom_section)]
const ERRORS: &str = include_str!("../declarations/error.d.ts");
