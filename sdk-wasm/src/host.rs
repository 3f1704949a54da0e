//! What the JavaScript engine around us offers: JSON, promises, a clock, timers, microtasks, wake-ups.
//!
//! Everything is looked up on `globalThis`, so it works in pages, workers and Node alike. Imports that
//! run foreign code return a `Result`: an exception passing through would leave our state half changed. What
//! web-sys binds as a plain property is taken to be one.

use alloc::string::String;
use alloc::vec::Vec;

use core::time::Duration;
use js_sys::{Function, JSON, Object, Promise, Reflect, TypeError};
use sessionwire_client_core::{Instant, Json};

use wasm_bindgen::prelude::*;
use web_sys::{Document, EventTarget, VisibilityState};

#[wasm_bindgen]
extern "C" {
    /// Where the host keeps everything.
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, milliseconds: u32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
    /// Calls back once the code that runs at the moment has finished.
    #[wasm_bindgen(js_name = queueMicrotask)]
    pub(crate) fn queue_microtask(callback: &JsValue);
}

/// The global object.
pub(crate) fn global() -> JsValue {
    GLOBAL.with(JsValue::clone)
}

/// The time on a clock that never goes back.
pub(crate) fn now() -> Instant {
    Instant::since_origin(Duration::from_micros((performance_now() * 1000.0) as u64))
}

/// Calls back after the events that have happened already.
pub(crate) fn queue_task(callback: &JsValue) {
    set_timeout(callback, 0);
}

/// Text as JavaScript's own JSON reads it.
pub(crate) fn parse(json: &str) -> Result<JsValue, JsValue> {
    JSON::parse(json)
}

/// What was written here as JSON: one crossing makes the whole object.
pub(crate) fn parse_own(json: &Json) -> JsValue {
    let Ok(value) = parse(json.get()) else {
        unreachable!("it is JSON");
    };
    value
}

/// What JavaScript's own JSON writes; `None` for what it leaves out, as `undefined`.
pub(crate) fn stringify(value: &JsValue) -> Result<Option<Json>, JsValue> {
    JSON::stringify(value).map(|text| text.as_string().map(Json::written))
}

/// The property of an object; `undefined` where it has none, or is no object.
pub(crate) fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    if !object.is_object() && !object.is_function() {
        return Ok(JsValue::UNDEFINED);
    }
    Reflect::get(object, &name.into())
}

/// The function that a property holds; absent where the property is.
pub(crate) fn get_function(object: &JsValue, name: &str) -> Result<Option<Function>, JsValue> {
    function(get(object, name)?, name)
}

/// An argument that is a function, or absent. Called by whom TypeScript does not watch, it may be anything.
pub(crate) fn function(value: JsValue, name: &str) -> Result<Option<Function>, JsValue> {
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    let checked = value.dyn_into().map(Some);
    checked.map_err(|_| type_error(&[name, " is not a function"].concat()))
}

/// An argument that is a text.
pub(crate) fn text(value: &JsValue, name: &str) -> Result<String, JsValue> {
    let text = value.as_string();
    text.ok_or_else(|| type_error(&[name, " is not a string"].concat()))
}

/// A whole number above 0.
pub(crate) fn whole(value: &JsValue) -> Option<u64> {
    let number = value.as_f64()?;
    (number >= 1.0 && number as u64 as f64 == number).then_some(number as u64)
}

/// What JavaScript throws at who passes something else than was asked for.
pub(crate) fn type_error(message: &str) -> JsValue {
    TypeError::new(message).into()
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

/// Surfaces an exception of a listener as what it is, an error that nobody caught.
pub(crate) fn report_uncaught(error: JsValue) {
    if let Ok(Some(report)) = get_function(&global(), "reportError") {
        // A handler of the page that throws in turn has had its say.
        let _ = report.call1(&JsValue::UNDEFINED, &error);
    } else {
        queue_microtask(&Closure::once_into_js(move || Err::<(), _>(error)));
    }
}

/// Says on the console what went wrong that nobody has to handle.
pub(crate) fn warn(problem: &str, cause: &JsValue) {
    let console = Reflect::get(&global(), &"console".into());
    let warn = console.and_then(|console| Ok((get_function(&console, "warn")?, console)));
    if let Ok((Some(warn), console)) = warn {
        // A console that throws has nothing to say.
        let _ = warn.call2(&console, &problem.into(), cause);
    }
}

/// Calls a listener; what it throws is its own affair.
pub(crate) fn call_listener(listener: &Function, this: &JsValue, argument: &JsValue) {
    if let Err(error) = listener.call1(this, argument) {
        report_uncaught(error);
    }
}

/// The two ends of a promise that is not settled yet.
pub(crate) struct Settle {
    resolve: Function,
    reject: Function,
}

impl Settle {
    /// A promise, and what settles it.
    pub(crate) fn promise() -> (Promise, Self) {
        let mut ends = None;
        let promise = Promise::new(&mut |resolve, reject| ends = Some(Self { resolve, reject }));
        (promise, ends.expect("a promise calls its executor at once"))
    }

    /// Settles the promise. Its reactions run as microtasks, never from in here.
    pub(crate) fn with(self, result: &Result<JsValue, JsValue>) {
        let (settle, value) = match result {
            Ok(value) => (self.resolve, value),
            Err(error) => (self.reject, error),
        };
        let settled = settle.call1(&JsValue::UNDEFINED, value);
        debug_assert!(settled.is_ok(), "the ends of a promise do not throw");
    }
}

/// One timer that can be set again.
#[derive(Default)]
pub(crate) struct Timer(Option<(Instant, JsValue)>);

impl Timer {
    /// Makes sure that the callback is called by `deadline`. It may be called earlier as well: a timer that
    /// is due before is left alone, because deadlines move with every frame and timers are not free.
    pub(crate) fn ring_by(&mut self, deadline: Instant, callback: &JsValue) {
        if self.0.as_ref().is_some_and(|(due, _)| *due <= deadline) {
            return;
        }
        self.clear();
        // Hosts count in 31 bits; a timer that rings too early is set again.
        let milliseconds = (deadline - now()).as_millis().min(i32::MAX as u128 - 1) as u32 + 1;
        self.0 = Some((deadline, set_timeout(callback, milliseconds)));
    }

    /// To be called when it has rung, and when it should not: a host with nothing else to do may end.
    pub(crate) fn clear(&mut self) {
        if let Some((_, timer)) = self.0.take() {
            clear_timeout(&timer);
        }
    }
}

/// Calls back when a page is shown again or its machine is back on the network.
pub(crate) struct WakeUps {
    listener: Function,
    targets: Vec<(EventTarget, &'static str)>,
}

impl WakeUps {
    pub(crate) fn listen(listener: &Function) -> Self {
        let global = global();
        let document = get(&global, "document").unwrap_or_default();
        let mut targets = Vec::new();
        for (target, event) in [(global, "online"), (document, "visibilitychange")] {
            if matches!(get_function(&target, "addEventListener"), Ok(Some(_))) {
                let target: EventTarget = target.unchecked_into();
                if target
                    .add_event_listener_with_callback(event, listener)
                    .is_ok()
                {
                    targets.push((target, event));
                }
            }
        }
        Self {
            listener: listener.clone(),
            targets,
        }
    }

    /// Whether there is a page and nobody sees it.
    pub(crate) fn page_is_hidden() -> bool {
        get(&global(), "document").is_ok_and(|document| {
            document.is_object()
                && document.unchecked_ref::<Document>().visibility_state()
                    == VisibilityState::Hidden
        })
    }
}

impl Drop for WakeUps {
    fn drop(&mut self) {
        for (target, event) in &self.targets {
            let _ = target.remove_event_listener_with_callback(event, &self.listener);
        }
    }
}
