//! The client, as JavaScript sees it.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;

use js_sys::Promise;
use sessionwire_protocol::Method;
use sessionwire_protocol::chat::ChatHistory;
use sessionwire_protocol::gateway::CommandsList;
use sessionwire_protocol::sessions::{
    SessionsCreate, SessionsDelete, SessionsDescribe, SessionsList, SessionsPatch, SessionsReset,
    SessionsSend,
};
use wasm_bindgen::prelude::*;

use crate::driver::{Driver, Reply};
use crate::feed::{Callbacks, MessageListener, SessionFeed};
use crate::host::{self, Settle};
use crate::options::Options;
use crate::params;
use crate::subscription::{Handle, MessageSubscription, SessionSubscription};

/// A connection to a gateway that mends itself. Made by {@link connect}.
///
/// Requests reject with a {@link SessionwireError}. No listener is called from inside a call to the client.
#[wasm_bindgen]
pub struct Client {
    driver: Rc<Driver>,
}

/// Connects; the loaders of the package wrap this.
#[wasm_bindgen(skip_typescript)]
pub fn open(options: &JsValue, platform: String) -> Result<Client, JsValue> {
    let driver = Driver::start(Options::read(options, platform)?)?;
    Ok(Client { driver })
}

#[wasm_bindgen]
impl Client {
    /// How the connection is.
    #[wasm_bindgen(getter, unchecked_return_type = "ConnectionStatus")]
    pub fn status(&self) -> JsValue {
        self.driver.status()
    }

    /// Resolves once the gateway has said hello, at once where it has. Rejects where it refuses the client, or
    /// the client is closed.
    #[wasm_bindgen(
        unchecked_return_type = "Promise<Extract<ConnectionStatus, { state: \"connected\" }>>"
    )]
    pub fn ready(&self) -> Promise {
        self.driver.ready()
    }

    /// Follows a list of sessions: through callbacks, through the subscription's async iterator, or both.
    #[wasm_bindgen(js_name = subscribeSessions)]
    pub fn subscribe_sessions(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "SessionCallbacks")] callbacks: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "LiveListParams")] params: &JsValue,
    ) -> Result<SessionSubscription, JsValue> {
        let params = params::read(params)?;
        let feed = Rc::new(SessionFeed::new(Callbacks::read(callbacks)?, &params));
        let id = self.driver.subscribe_sessions(params, Rc::clone(&feed));
        Ok(SessionSubscription::new(self.handle(id), feed))
    }

    /// Follows the messages of a session, which need not exist yet. Where the gateway refuses that and there is
    /// no `onError`, the error is reported as uncaught.
    #[wasm_bindgen(js_name = subscribeMessages)]
    pub fn subscribe_messages(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] key: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "(event: MessageEvent) => void")] listener: JsValue,
        #[wasm_bindgen(
            js_name = "onError",
            unchecked_optional_param_type = "(error: SessionwireError) => void"
        )]
        on_error: JsValue,
    ) -> Result<MessageSubscription, JsValue> {
        let key = host::text(key, "key")?;
        let listener = MessageListener {
            listener: host::function(listener, "listener")?
                .ok_or_else(|| host::type_error("listener is missing"))?,
            on_error: host::function(on_error, "onError")?,
        };
        let id = self.driver.subscribe_messages(&key, listener);
        Ok(MessageSubscription::new(self.handle(id)))
    }

    /// Lists sessions once, filtered and in pages.
    #[wasm_bindgen(js_name = listSessions, unchecked_return_type = "Promise<SessionsListed>")]
    pub fn list_sessions(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "SessionsListParams")] params: &JsValue,
    ) -> Promise {
        self.call::<SessionsList>(params)
    }

    /// The row of a session; `null` where there is none.
    #[wasm_bindgen(js_name = describeSession, unchecked_return_type = "Promise<SessionRow | null>")]
    pub fn describe_session(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] key: &JsValue,
    ) -> Promise {
        let (promise, settle) = Settle::promise();
        let params = host::object([("key", key)]);
        let reply = move |answer: Result<JsValue, JsValue>| {
            settle.with(&answer.and_then(|described| host::get(&described, "session")));
        };
        self.ask(SessionsDescribe::NAME, &params, Box::new(reply));
        promise
    }

    /// Makes a session, or adopts the one that exists under the key.
    #[wasm_bindgen(js_name = createSession, unchecked_return_type = "Promise<SessionsCreated>")]
    pub fn create_session(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "SessionsCreateParams")] params: &JsValue,
    ) -> Promise {
        self.call::<SessionsCreate>(params)
    }

    /// Changes what is said about a session; absent fields stay, `null` clears.
    #[wasm_bindgen(js_name = patchSession, unchecked_return_type = "Promise<SessionsPatched>")]
    pub fn patch_session(
        &self,
        #[wasm_bindgen(unchecked_param_type = "SessionsPatchParams & { key: string }")]
        params: &JsValue,
    ) -> Promise {
        self.call::<SessionsPatch>(params)
    }

    /// Gives a session a name; `null` takes it away. Every live list shows that at once, in a row that is
    /// {@link SessionRow.pending}, and the true row again where the gateway refuses.
    #[wasm_bindgen(js_name = renameSession, unchecked_return_type = "Promise<SessionsPatched>")]
    pub fn rename_session(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] key: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "string | null")] label: &JsValue,
    ) -> Promise {
        let (promise, settle) = Settle::promise();
        let named = host::text(key, "key").and_then(|key| match label.is_null() {
            true => Ok((key, None)),
            false => Ok((key, Some(host::text(label, "label")?))),
        });
        let reply: Reply = Box::new(move |answer| settle.with(&answer));
        match named {
            Ok((key, label)) => self.driver.rename(&key, label.as_deref(), reply),
            Err(error) => reply(Err(error)),
        }
        promise
    }

    /// Keeps a session on top of the list, or no longer.
    #[wasm_bindgen(js_name = pinSession, unchecked_return_type = "Promise<SessionsPatched>")]
    pub fn pin_session(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] key: &JsValue,
        pinned: bool,
    ) -> Promise {
        let pinned = pinned.into();
        self.call::<SessionsPatch>(&host::object([("key", key), ("pinned", &pinned)]))
    }

    /// Puts a session away, or takes it back. Refused where another transcript has taken the place of the one
    /// that the caller sees: that of a live copy, or else the gateway's.
    #[wasm_bindgen(js_name = archiveSession, unchecked_return_type = "Promise<SessionsPatched>")]
    pub fn archive_session(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] key: &JsValue,
        archived: bool,
    ) -> Promise {
        let (promise, settle) = Settle::promise();
        let patch = host::object([("key", key), ("archived", &archived.into())]);
        if let Some(row) = key.as_string().and_then(|key| self.driver.row(&key)) {
            archive(&self.driver, &row, &patch, settle);
            return promise;
        }
        let driver = Rc::clone(&self.driver);
        let described = move |answer: Result<JsValue, JsValue>| match answer
            .and_then(|described| host::get(&described, "session"))
        {
            Ok(row) => archive(&driver, &row, &patch, settle),
            Err(error) => settle.with(&Err(error)),
        };
        let params = host::object([("key", key)]);
        self.ask(SessionsDescribe::NAME, &params, Box::new(described));
        promise
    }

    /// Destroys the context of a session; its key, name and pins stay.
    #[wasm_bindgen(js_name = resetSession, unchecked_return_type = "Promise<SessionsPatched>")]
    pub fn reset_session(
        &self,
        #[wasm_bindgen(unchecked_param_type = "SessionsResetParams & { key: string }")]
        params: &JsValue,
    ) -> Promise {
        self.call::<SessionsReset>(params)
    }

    /// Removes a session.
    #[wasm_bindgen(js_name = deleteSession, unchecked_return_type = "Promise<SessionsDeleted>")]
    pub fn delete_session(
        &self,
        #[wasm_bindgen(unchecked_param_type = "SessionsDeleteParams & { key: string }")]
        params: &JsValue,
    ) -> Promise {
        self.call::<SessionsDelete>(params)
    }

    /// Sends a message to a session, or carries out the chat command that it is.
    #[wasm_bindgen(js_name = sendMessage, unchecked_return_type = "Promise<RunStarted>")]
    pub fn send_message(
        &self,
        #[wasm_bindgen(
            unchecked_param_type = "SessionsSendParams & { key: string; message: string }"
        )]
        params: &JsValue,
    ) -> Promise {
        self.call::<SessionsSend>(params)
    }

    /// The newest messages of a session.
    #[wasm_bindgen(js_name = chatHistory, unchecked_return_type = "Promise<Transcript>")]
    pub fn chat_history(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ChatHistoryParams")] params: &JsValue,
    ) -> Promise {
        self.call::<ChatHistory>(params)
    }

    /// The chat commands that the gateway knows.
    #[wasm_bindgen(js_name = listCommands, unchecked_return_type = "Promise<Commands>")]
    pub fn list_commands(&self) -> Promise {
        self.call::<CommandsList>(&JsValue::UNDEFINED)
    }

    /// Any method of the gateway.
    #[wasm_bindgen(unchecked_return_type = "Promise<unknown>")]
    pub fn request(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] method: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "object")] params: &JsValue,
    ) -> Promise {
        match host::text(method, "method") {
            Ok(method) => self.promise(&method, params),
            Err(error) => Promise::reject(&error),
        }
    }

    /// Connects at once, instead of when the next attempt is due.
    pub fn reconnect(&self) {
        self.driver.reconnect();
    }

    /// Closes the connection for good: open requests reject, subscriptions and iterators end.
    pub fn close(&self) {
        self.driver.close();
    }
}

impl Client {
    fn handle(&self, id: sessionwire_client_core::SubscriptionId) -> Handle {
        Handle {
            driver: Rc::clone(&self.driver),
            id,
        }
    }

    fn call<M: Method>(&self, params: &JsValue) -> Promise {
        self.promise(M::NAME, params)
    }

    fn promise(&self, method: &str, params: &JsValue) -> Promise {
        let (promise, settle) = Settle::promise();
        self.ask(method, params, Box::new(move |answer| settle.with(&answer)));
        promise
    }

    fn ask(&self, method: &str, params: &JsValue, reply: Reply) {
        ask(&self.driver, method, params, reply);
    }
}

/// Sends a request, unless the params cannot be written as JSON.
fn ask(driver: &Driver, method: &str, params: &JsValue, reply: Reply) {
    match host::stringify(params) {
        Ok(params) => driver.request(method, params.as_ref(), reply),
        Err(error) => reply(Err(error)),
    }
}

/// Patches `archived`, which needs the transcript; a session without one is left to the gateway to refuse.
fn archive(driver: &Driver, row: &JsValue, patch: &JsValue, settle: Settle) {
    if let Ok(transcript) = host::get(row, "sessionId") {
        host::set(patch, "expectedSessionId", &transcript);
    }
    let reply = Box::new(move |answer| settle.with(&answer));
    ask(driver, SessionsPatch::NAME, patch, reply);
}
