//! What changes besides sessions, from a moment on.

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::gateway::Gateway;
use crate::pairing::News;
use crate::upstream::{Hearing, Standing, Upstream};

/// Begun before a client is greeted, as its greeting tells how things stand: nothing is missed between the two, or
/// between the greeting and the connection.
pub struct Watch {
    /// The end of the journal.
    pub head: u64,
    /// Who is connected.
    pub presence: watch::Receiver<u64>,
    /// Which devices ask to be paired, for those who may decide.
    pub pairing: Option<broadcast::Receiver<Arc<News>>>,
    /// How the upstream is, where there is one.
    pub standing: Option<watch::Receiver<Standing>>,
    /// What it tells, for those who are told.
    pub hearing: Option<Hearing>,
}

impl Watch {
    /// From now on.
    pub fn begin(gateway: &Gateway) -> Self {
        let upstream = gateway.upstream.as_ref();
        Self {
            head: gateway.sessions.read().journal().head(),
            presence: gateway.presence.version(),
            pairing: Some(gateway.pair_requests.news()),
            standing: upstream.map(Upstream::standing),
            hearing: upstream.map(Upstream::hear),
        }
    }
}
