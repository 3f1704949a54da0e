use std::sync::Arc;

use sessionwire::raw::{PayloadEvent, Payloads};
use sessionwire_protocol::SessionKey;

use crate::change::Passed;
use crate::gateway::Gateway;
use crate::upstream::Following;

/// Passes on the messages of a session that lives at the upstream, as long as somebody holds what is returned.
pub fn follow(gateway: &Arc<Gateway>, key: &SessionKey) -> Option<Arc<Following>> {
    let upstream = gateway.upstream.as_ref()?;
    Some(upstream.follow(key, |payloads| {
        tokio::spawn(pass_on(payloads, key.clone(), Arc::clone(gateway)))
    }))
}

async fn pass_on(mut payloads: Payloads, key: SessionKey, gateway: Arc<Gateway>) {
    while let Some(event) = payloads.next().await {
        let (event, payload) = match event {
            PayloadEvent::Message(payload) => (Passed::Message, payload),
            PayloadEvent::Chat(payload) => (Passed::Chat, payload),
            // Whoever shows a transcript reads it again when the upstream is back.
            PayloadEvent::Missed => continue,
            PayloadEvent::Failed(error) => {
                tracing::warn!(session = %key, %error, "the upstream gateway does not tell its messages");
                continue;
            }
        };
        let key = key.clone();
        let committing = gateway.sessions.commit(move |transaction| {
            transaction.pass_on(key, event, &payload);
            Ok(())
        });
        // A store that fails says so by itself.
        let _failed = committing.await;
    }
}
