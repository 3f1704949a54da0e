use sessionwire::protocol::Patch;
use sessionwire::protocol::sessions::{SessionPatch, SessionsCreateParams, SessionsPatchParams};
use sessionwire::{Client, Error};

/// What is to be done.
pub(super) enum Task {
    Label(String),
    Pin(bool),
    /// Puts it away, or takes it out again.
    Archive,
    Group(Option<&'static str>),
    Message(String),
    Reset,
    Delete,
    Create(String),
}

/// What an answer says beyond that the change was made.
pub(super) enum Answer {
    Done,
    /// There was nothing to change.
    Nothing,
    Reset(String),
    Deleted(String),
}

impl Task {
    /// Carries it out on the session with this key.
    pub(super) async fn carry_out(self, client: Client, key: String) -> Result<Answer, Error> {
        match self {
            Self::Label(label) => client.rename(&key, Some(&label)).await.map(drop)?,
            Self::Pin(pinned) => client.pin(&key, pinned).await.map(drop)?,
            Self::Archive => {
                let Some(row) = client.describe_session(&key).await? else {
                    return Ok(Answer::Nothing);
                };
                let session_id = row.session_id.expect("this gateway names transcripts");
                let archived = !row.archived;
                client
                    .archive(&key, &session_id, archived)
                    .await
                    .map(drop)?;
            }
            Self::Group(group) => {
                let patch = SessionPatch {
                    category: group.map_or(Patch::Clear, |group| Patch::Set(group.to_owned())),
                    ..SessionPatch::default()
                };
                let params = SessionsPatchParams {
                    key,
                    patch,
                    ..SessionsPatchParams::default()
                };
                client.patch_session(&params).await.map(drop)?;
            }
            Self::Message(text) => client.send_message(&key, &text).await.map(drop)?,
            Self::Reset => {
                let reset = client.reset_session(&key).await?;
                return Ok(Answer::Reset(reset.entry.lifecycle_revision));
            }
            Self::Delete => {
                return Ok(match client.delete_session(&key).await? {
                    true => Answer::Deleted(key),
                    false => Answer::Nothing,
                });
            }
            Self::Create(label) => {
                let params = SessionsCreateParams {
                    key: Some(key),
                    label: Some(label),
                    ..SessionsCreateParams::default()
                };
                client.create_session(&params).await.map(drop)?;
            }
        }
        Ok(Answer::Done)
    }
}
