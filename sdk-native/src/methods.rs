use sessionwire_client_core::Error;
use sessionwire_protocol::SessionRow;
use sessionwire_protocol::chat::{
    ChatHistory, ChatHistoryParams, ChatSend, ChatSendParams, RunStarted, Transcript,
};
use sessionwire_protocol::sessions::{
    SessionPatch, SessionsCreate, SessionsCreateParams, SessionsCreated, SessionsDelete,
    SessionsDeleteParams, SessionsDescribe, SessionsDescribeParams, SessionsList,
    SessionsListParams, SessionsListed, SessionsPatch, SessionsPatchParams, SessionsPatched,
    SessionsReset, SessionsResetParams,
};

use crate::client::Client;

/// Short ways to ask for what is asked for most; [`Client::call`] asks for any method.
impl Client {
    /// One page of the list: `sessions.list`.
    pub async fn list_sessions(
        &self,
        params: &SessionsListParams,
    ) -> Result<SessionsListed, Error> {
        self.call::<SessionsList>(params).await
    }

    /// The row of a session, if there is one: `sessions.describe`.
    pub async fn describe_session(&self, key: &str) -> Result<Option<SessionRow>, Error> {
        let params = SessionsDescribeParams {
            key: key.to_owned(),
            ..SessionsDescribeParams::default()
        };
        let described = self.call::<SessionsDescribe>(&params).await?;
        Ok(described.session)
    }

    /// Makes a session, or adopts the one that exists: `sessions.create`.
    pub async fn create_session(
        &self,
        params: &SessionsCreateParams,
    ) -> Result<SessionsCreated, Error> {
        self.call::<SessionsCreate>(params).await
    }

    /// Changes what is said about a session: `sessions.patch`.
    pub async fn patch_session(
        &self,
        params: &SessionsPatchParams,
    ) -> Result<SessionsPatched, Error> {
        self.call::<SessionsPatch>(params).await
    }

    /// Keeps a session on top of lists, or no longer.
    pub async fn pin(&self, key: &str, pinned: bool) -> Result<SessionsPatched, Error> {
        self.patch(key, |params| params.patch.pinned = Some(pinned))
            .await
    }

    /// Puts a session away, or takes it out again. It is refused where another transcript than `session_id`
    /// has taken its place.
    pub async fn archive(
        &self,
        key: &str,
        session_id: &str,
        archived: bool,
    ) -> Result<SessionsPatched, Error> {
        self.patch(key, |params| {
            params.expected_session_id = Some(session_id.to_owned());
            params.patch = SessionPatch {
                archived: Some(archived),
                ..SessionPatch::default()
            };
        })
        .await
    }

    /// Destroys the context of a session; key, label and pins stay: `sessions.reset`.
    pub async fn reset_session(&self, key: &str) -> Result<SessionsPatched, Error> {
        let params = SessionsResetParams {
            key: key.to_owned(),
            ..SessionsResetParams::default()
        };
        self.call::<SessionsReset>(&params).await
    }

    /// Removes a session; `false` where there was none: `sessions.delete`.
    pub async fn delete_session(&self, key: &str) -> Result<bool, Error> {
        let params = SessionsDeleteParams {
            key: key.to_owned(),
            ..SessionsDeleteParams::default()
        };
        let deleted = self.call::<SessionsDelete>(&params).await?;
        Ok(deleted.deleted)
    }

    /// Adds a message to a session, or carries out the chat command that it is: `chat.send`.
    pub async fn send_message(&self, key: &str, message: &str) -> Result<RunStarted, Error> {
        let params = ChatSendParams {
            session_key: key.to_owned(),
            message: message.to_owned(),
            idempotency_key: unique(),
            ..ChatSendParams::default()
        };
        self.call::<ChatSend>(&params).await
    }

    /// The newest messages of a session: `chat.history`.
    pub async fn chat_history(&self, key: &str) -> Result<Transcript, Error> {
        let params = ChatHistoryParams {
            session_key: key.to_owned(),
            ..ChatHistoryParams::default()
        };
        self.call::<ChatHistory>(&params).await
    }

    async fn patch(
        &self,
        key: &str,
        change: impl FnOnce(&mut SessionsPatchParams),
    ) -> Result<SessionsPatched, Error> {
        let mut params = SessionsPatchParams {
            key: key.to_owned(),
            ..SessionsPatchParams::default()
        };
        change(&mut params);
        self.patch_session(&params).await
    }
}

/// A name that nothing else has.
fn unique() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has randomness once it runs programs");
    format!("{:032x}", u128::from_ne_bytes(bytes))
}
