//! The table of methods: from a request's text to its answer.

use std::future::Future;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sessionwire_protocol::chat::{ChatAbort, ChatHistory, ChatInject, ChatSend, ChatStartup};
use sessionwire_protocol::connect::Connect;
use sessionwire_protocol::device::{
    DeviceApprove, DeviceReject, DeviceRemove, DeviceTokenRevoke, DeviceTokenRotate, DevicesList,
};
use sessionwire_protocol::gateway::{
    AgentsList, CommandsList, ConfigGet, HealthGet, ModelsList, StatusGet, SystemPresence,
};
use sessionwire_protocol::goal::{GoalClear, GoalUpdate};
use sessionwire_protocol::sessions::{
    GroupsDefaults, GroupsDelete, GroupsList, GroupsPut, GroupsRename, GroupsUpdate,
    MessagesSubscribe, MessagesUnsubscribe, SessionsAbort, SessionsCleanup, SessionsCreate,
    SessionsDelete, SessionsDescribe, SessionsGet, SessionsList, SessionsListParams, SessionsPatch,
    SessionsPatchMany, SessionsPreview, SessionsReset, SessionsResolve, SessionsSearch,
    SessionsSend, SessionsSubscribe, SessionsSubscribeParams, SessionsUnsubscribe,
};
use sessionwire_protocol::{ErrorBody, Method, Scope};

use crate::encoded::Encoded;
use crate::feed::Feed;
use crate::methods::subscribe::{Beginning, Subscribing};
use crate::methods::{
    chat, cleanup, create, devices, follow, gateway, goal, groups, list, patch, read, remove,
    resolve, search, send, subscribe,
};
use crate::request::{Caller, admit, carrier, forward, is_passed_on, or_empty};
use crate::schema;
use crate::text::Text;

/// What comes of a frame.
pub enum Answer {
    /// Nothing: it was no JSON.
    None,
    /// A response.
    Ready(Text),
    /// A response that takes a commit, or a read that may be long.
    Waiting(BoxFuture<'static, Text>),
    /// A response with a long list, and what the feed is to take with it.
    Beginning(BoxFuture<'static, (Text, Beginning)>),
}

/// Names of all methods.
pub const METHODS: [&str; 44] = [
    AgentsList::NAME,
    ChatAbort::NAME,
    ChatHistory::NAME,
    ChatInject::NAME,
    ChatSend::NAME,
    ChatStartup::NAME,
    CommandsList::NAME,
    ConfigGet::NAME,
    DeviceApprove::NAME,
    DeviceReject::NAME,
    DeviceRemove::NAME,
    DeviceTokenRevoke::NAME,
    DeviceTokenRotate::NAME,
    DevicesList::NAME,
    GoalClear::NAME,
    GoalUpdate::NAME,
    GroupsDefaults::NAME,
    GroupsDelete::NAME,
    GroupsList::NAME,
    GroupsPut::NAME,
    GroupsRename::NAME,
    GroupsUpdate::NAME,
    HealthGet::NAME,
    MessagesSubscribe::NAME,
    MessagesUnsubscribe::NAME,
    ModelsList::NAME,
    SessionsAbort::NAME,
    SessionsCleanup::NAME,
    SessionsCreate::NAME,
    SessionsDelete::NAME,
    SessionsDescribe::NAME,
    SessionsGet::NAME,
    SessionsList::NAME,
    SessionsPatch::NAME,
    SessionsPatchMany::NAME,
    SessionsPreview::NAME,
    SessionsReset::NAME,
    SessionsResolve::NAME,
    SessionsSearch::NAME,
    SessionsSend::NAME,
    SessionsSubscribe::NAME,
    SessionsUnsubscribe::NAME,
    StatusGet::NAME,
    SystemPresence::NAME,
];

/// Names of the methods that a connection can ask for, with or without cursors.
pub fn methods(cursors: bool) -> Vec<&'static str> {
    let offered = |method: &&'static str| cursors || *method != SessionsUnsubscribe::NAME;
    METHODS.into_iter().filter(offered).collect()
}

/// Finds the method, checks scope and params, and begins to carry it out.
pub fn dispatch(text: &str, caller: &Caller, feed: &mut Feed) -> Answer {
    let Ok(mut frame) = serde_json::from_str::<Value>(text) else {
        return unreadable(text, caller);
    };
    if let Err(message) = schema::check_frame(&frame) {
        let id = frame.get("id").cloned().unwrap_or_else(|| "invalid".into());
        return Answer::Ready(answer(
            NO_METHOD,
            &id,
            Err(ErrorBody::invalid(message)),
            caller,
        ));
    }
    let request = Request {
        id: frame["id"].take(),
        params: or_empty(frame["params"].take()),
        caller,
    };
    let method = frame["method"].as_str().unwrap_or_default();
    if is_passed_on(method, &request.params, caller) {
        return request.forward(method.to_owned(), feed);
    }
    match method {
        Connect::NAME => request.refuse("connect is only valid as the first request"),
        MessagesSubscribe::NAME => request.follow(feed),
        MessagesUnsubscribe::NAME => request.feed::<MessagesUnsubscribe>(feed, follow::end),
        SessionsSubscribe::NAME => request.subscribe(feed),
        SessionsUnsubscribe::NAME if caller.cursors => {
            request.feed::<SessionsUnsubscribe>(feed, subscribe::end)
        }
        AgentsList::NAME => request.gateway::<AgentsList, _>(gateway::agents),
        ChatAbort::NAME => request.gateway::<ChatAbort, _>(chat::abort),
        ChatHistory::NAME => request.gateway_raw::<ChatHistory, _>(chat::history),
        ChatInject::NAME => request.gateway::<ChatInject, _>(chat::inject),
        ChatSend::NAME => request.gateway::<ChatSend, _>(send::chat),
        ChatStartup::NAME => request.gateway_raw::<ChatStartup, _>(chat::history),
        CommandsList::NAME => request.gateway::<CommandsList, _>(gateway::commands),
        ConfigGet::NAME => request.gateway::<ConfigGet, _>(gateway::config),
        DeviceApprove::NAME => request.gateway::<DeviceApprove, _>(devices::approve),
        DeviceReject::NAME => request.gateway::<DeviceReject, _>(devices::reject),
        DeviceRemove::NAME => request.gateway::<DeviceRemove, _>(devices::remove),
        DeviceTokenRevoke::NAME => request.gateway::<DeviceTokenRevoke, _>(devices::revoke),
        DeviceTokenRotate::NAME => request.gateway::<DeviceTokenRotate, _>(devices::rotate),
        DevicesList::NAME => request.gateway::<DevicesList, _>(devices::list),
        GoalClear::NAME => request.gateway::<GoalClear, _>(goal::clear),
        GoalUpdate::NAME => request.gateway::<GoalUpdate, _>(goal::update),
        GroupsDefaults::NAME => request.gateway::<GroupsDefaults, _>(groups::defaults),
        GroupsDelete::NAME => request.gateway::<GroupsDelete, _>(groups::delete),
        GroupsList::NAME => request.gateway::<GroupsList, _>(groups::list),
        GroupsPut::NAME => request.gateway::<GroupsPut, _>(groups::put),
        GroupsRename::NAME => request.gateway::<GroupsRename, _>(groups::rename),
        GroupsUpdate::NAME => request.gateway::<GroupsUpdate, _>(groups::update),
        HealthGet::NAME => request.gateway::<HealthGet, _>(gateway::health),
        ModelsList::NAME => request.gateway::<ModelsList, _>(gateway::models),
        SessionsAbort::NAME => request.gateway::<SessionsAbort, _>(chat::abort_run),
        SessionsCleanup::NAME => request.gateway::<SessionsCleanup, _>(cleanup::cleanup),
        SessionsCreate::NAME => request.gateway::<SessionsCreate, _>(create::create),
        SessionsDelete::NAME => request.gateway::<SessionsDelete, _>(remove::delete),
        SessionsDescribe::NAME => request.gateway_raw::<SessionsDescribe, _>(list::describe),
        SessionsGet::NAME => request.gateway_raw::<SessionsGet, _>(read::get),
        SessionsList::NAME => request.gateway_raw::<SessionsList, _>(list::list),
        SessionsPatch::NAME => request.gateway::<SessionsPatch, _>(patch::patch),
        SessionsPatchMany::NAME => request.gateway::<SessionsPatchMany, _>(patch::patch_many),
        SessionsPreview::NAME => request.gateway::<SessionsPreview, _>(read::preview),
        SessionsReset::NAME => request.gateway::<SessionsReset, _>(remove::reset),
        SessionsResolve::NAME => request.gateway::<SessionsResolve, _>(resolve::resolve),
        SessionsSearch::NAME => request.gateway::<SessionsSearch, _>(search::search),
        SessionsSend::NAME => request.gateway::<SessionsSend, _>(send::session),
        StatusGet::NAME => request.gateway::<StatusGet, _>(gateway::status),
        SystemPresence::NAME => request.gateway::<SystemPresence, _>(gateway::presence),
        unknown => request.refuse(&format!("unknown method: {unknown}")),
    }
}

type FeedHandler<P, R> = fn(&Caller, &mut Feed, &P) -> Result<R, ErrorBody>;

/// Other readers of JSON take halves of surrogate pairs, numbers beyond all bounds and any depth. Who sends such
/// a frame is told, and does not wait for an answer that never comes; what is no JSON at all is ignored.
fn unreadable(text: &str, caller: &Caller) -> Answer {
    #[derive(Deserialize)]
    struct Outline<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
    }
    let Ok(outline) = serde_json::from_str::<Outline<'_>>(text) else {
        tracing::debug!("ignored a frame that is no JSON");
        return Answer::None;
    };
    let id = outline
        .id
        .and_then(|id| serde_json::from_str(id.get()).ok());
    let id = id.unwrap_or_else(|| Value::from("invalid"));
    let refusal = ErrorBody::invalid(
        "invalid request frame: it holds text or numbers that have no meaning here",
    );
    Answer::Ready(answer(NO_METHOD, &id, Err(refusal), caller))
}

struct Request<'a> {
    id: Value,
    params: Value,
    caller: &'a Caller,
}

impl Request<'_> {
    fn refuse(&self, message: &str) -> Answer {
        let refusal = Err(ErrorBody::invalid(message));
        Answer::Ready(answer(NO_METHOD, &self.id, refusal, self.caller))
    }

    /// A method that the upstream carries out. It counts under its name where it has one here.
    fn forward(self, method: String, feed: &mut Feed) -> Answer {
        let (id, params, caller) = (self.id, self.params, self.caller.clone());
        let named = params["sessionKey"].as_str().unwrap_or_default();
        if let Ok(upstream) = carrier(&method, &params, &caller)
            && let Ok(key) = caller.gateway.key(named, None)
            && caller.scopes.allow(&Scope::WRITE)
        {
            feed.talk_in(&key, || upstream.follow(&key));
        }
        Answer::Waiting(Box::pin(async move {
            let known = METHODS.into_iter().find(|known| *known == method);
            let outcome = forward(&method, &params, &caller).await;
            let outcome = outcome.map(Encoded::from);
            answer(known.unwrap_or(NO_METHOD), &id, outcome, &caller)
        }))
    }

    /// The messages of a session. An upstream may refuse to tell them.
    fn follow(self, feed: &mut Feed) -> Answer {
        type M = MessagesSubscribe;
        let answering = admit::<M>(self.params, self.caller)
            .and_then(|params| follow::begin(self.caller, feed, &params));
        let (id, caller) = (self.id, self.caller.clone());
        let mut answer: BoxFuture<'static, Text> = Box::pin(async move {
            let outcome = match answering {
                Ok(answering) => answering.await.map(|result| Encoded::of(&result)),
                Err(error) => Err(error),
            };
            answer(M::NAME, &id, outcome, &caller)
        });
        match answer.as_mut().now_or_never() {
            Some(response) => Answer::Ready(response),
            None => Answer::Waiting(answer),
        }
    }

    /// A method that changes what the connection is told.
    fn feed<M: Method>(
        self,
        feed: &mut Feed,
        handler: FeedHandler<M::Params, M::Result>,
    ) -> Answer {
        let outcome = admit::<M>(self.params, self.caller)
            .and_then(|params| handler(self.caller, feed, &params))
            .map(|result| Encoded::of(&result));
        Answer::Ready(answer(M::NAME, &self.id, outcome, self.caller))
    }

    /// The list. In plain protocol 4 a page of it comes with the answer, and may have to come from the upstream.
    fn subscribe(self, feed: &mut Feed) -> Answer {
        type M = SessionsSubscribe;
        let (id, caller) = (self.id, self.caller.clone());
        let is_passed_on = is_passed_on(SessionsList::NAME, &self.params, &caller);
        let asked = is_passed_on.then(|| self.params.clone());
        let params = match admit::<M>(self.params, &caller) {
            Ok(params) => params,
            Err(error) => return Answer::Ready(answer(M::NAME, &id, Err(error), &caller)),
        };
        if params.subscription.is_some() {
            return subscribe_with_cursor(id, caller, feed, params);
        }
        subscribe::without_list(&caller, feed);
        if let Some(asked) = asked {
            return Answer::Waiting(Box::pin(async move {
                let list = forward(SessionsList::NAME, &asked, &caller).await;
                let outcome = list.map(|list| subscribe::with_list(&list));
                answer(M::NAME, &id, outcome, &caller)
            }));
        }
        if params.list == SessionsListParams::default() {
            return Answer::Ready(answer(M::NAME, &id, Ok(subscribe::plain()), &caller));
        }
        Answer::Waiting(Box::pin(async move {
            let outcome = subscribe::with_page(caller.clone(), params.list).await;
            answer(M::NAME, &id, outcome, &caller)
        }))
    }

    /// A method that asks or changes the gateway.
    fn gateway<M: Method, F>(self, handler: fn(Caller, M::Params) -> F) -> Answer
    where
        M::Result: Send,
        F: Future<Output = Result<M::Result, ErrorBody>> + Send + 'static,
    {
        self.wait::<M, _>(handler, |outcome| {
            outcome.map(|result| Encoded::of(&result))
        })
    }

    /// The same, with an answer that is already encoded.
    fn gateway_raw<M: Method, F>(self, handler: fn(Caller, M::Params) -> F) -> Answer
    where
        F: Future<Output = Result<Encoded, ErrorBody>> + Send + 'static,
    {
        self.wait::<M, _>(handler, |outcome| outcome)
    }

    fn wait<M: Method, F>(
        self,
        handler: fn(Caller, M::Params) -> F,
        encode: fn(F::Output) -> Result<Encoded, ErrorBody>,
    ) -> Answer
    where
        F: Future + Send + 'static,
    {
        match admit::<M>(self.params, self.caller) {
            Err(error) => Answer::Ready(answer(M::NAME, &self.id, Err(error), self.caller)),
            Ok(params) => {
                let (id, caller) = (self.id, self.caller.clone());
                let handling = handler(caller.clone(), params);
                Answer::Waiting(Box::pin(async move {
                    answer(M::NAME, &id, encode(handling.await), &caller)
                }))
            }
        }
    }
}

/// What follows the answer to a subscription with cursors is told after it, however long that takes.
fn subscribe_with_cursor(
    id: Value,
    caller: Caller,
    feed: &mut Feed,
    params: SessionsSubscribeParams,
) -> Answer {
    type M = SessionsSubscribe;
    let subscribing = match Subscribing::new(&caller, feed, params) {
        Ok(subscribing) => subscribing,
        Err(error) => return Answer::Ready(answer(M::NAME, &id, Err(error), &caller)),
    };
    if !subscribing.takes_long() {
        let begun = subscribing.begin();
        begun.beginning.enter(feed);
        return Answer::Ready(answer(M::NAME, &id, Ok(begun.answer), &caller));
    }
    Answer::Beginning(Box::pin(async move {
        let begun = caller.aside.run(true, || subscribing.begin()).await;
        let answer = answer(M::NAME, &id, Ok(begun.answer), &caller);
        (answer, begun.beginning)
    }))
}

/// What requests count as that name no method of this gateway.
const NO_METHOD: &str = "none";

fn answer(
    method: &'static str,
    id: &Value,
    outcome: Result<Encoded, ErrorBody>,
    caller: &Caller,
) -> Text {
    caller.gateway.metrics.request(method, &outcome);
    match outcome {
        Ok(result) => Text::answer(id, result),
        Err(error) => Text::refusal(id, Encoded::of(&error)),
    }
}
