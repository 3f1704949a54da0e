//! Standing requests for events, as JavaScript holds them.

use alloc::rc::Rc;

use js_sys::Array;
use sessionwire_client_core::SubscriptionId;
use wasm_bindgen::prelude::*;

use crate::driver::Driver;
use crate::feed::SessionFeed;
use crate::host;
use crate::iterator::SessionEvents;

/// A live list: its events, and a copy that they keep current.
#[wasm_bindgen]
pub struct SessionSubscription {
    handle: Handle,
    feed: Rc<SessionFeed>,
}

#[wasm_bindgen]
impl SessionSubscription {
    /// The list as of the last event, in its order.
    ///
    /// The array is the caller's own; the rows in it are shared and not to be changed.
    #[wasm_bindgen(unchecked_return_type = "SessionRow[]")]
    pub fn sessions(&self) -> Array {
        self.feed.rows()
    }

    /// Whether there may be sessions behind those of the window: it is full. `false` in a list without a limit.
    #[wasm_bindgen(getter, js_name = hasMore)]
    pub fn has_more(&self) -> bool {
        self.feed.has_more()
    }

    /// Makes the window of a list with a limit larger: by so many rows, or else by as many as it began with. A
    /// snapshot follows; what happens before it comes is not lost. A list without a limit shows all there is.
    #[wasm_bindgen(js_name = loadMore)]
    pub fn load_more(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "number")] count: &JsValue,
    ) -> Result<(), JsValue> {
        let count = match host::whole(count) {
            None if !count.is_undefined() => {
                return Err(host::type_error("count is not a whole number above 0"));
            }
            count => count,
        };
        if let Some(count) = self.feed.grow(count) {
            self.handle.driver.load_more(self.handle.id, count);
        }
        Ok(())
    }

    /// Ends the subscription: nothing more is told, and iterators end. Harmless when repeated.
    pub fn unsubscribe(&self) {
        self.handle.unsubscribe();
    }

    /// Reads the events one after the other, beginning with a snapshot. Each call makes a reader of its own;
    /// leaving the loop of one ends the subscription.
    #[wasm_bindgen(js_name = "[Symbol.asyncIterator]")]
    pub fn events(&self) -> SessionEvents {
        SessionEvents::new(self.handle.clone(), self.feed.reader())
    }
}

impl SessionSubscription {
    pub(crate) fn new(handle: Handle, feed: Rc<SessionFeed>) -> Self {
        Self { handle, feed }
    }
}

/// A subscription to the messages of one session.
#[wasm_bindgen]
pub struct MessageSubscription {
    handle: Handle,
}

#[wasm_bindgen]
impl MessageSubscription {
    /// Ends the subscription: nothing more is told. Harmless when repeated.
    pub fn unsubscribe(&self) {
        self.handle.unsubscribe();
    }
}

impl MessageSubscription {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle }
    }
}

/// What ends a subscription.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) driver: Rc<Driver>,
    pub(crate) id: SubscriptionId,
}

impl Handle {
    pub(crate) fn unsubscribe(&self) {
        self.driver.unsubscribe(self.id);
    }
}
