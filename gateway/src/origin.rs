//! Where the sessions of a data folder live: in it, or at an upstream gateway.

use std::path::Path;

use crate::state::State;

/// The sessions in a data folder are not of the kind that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    /// There would be nothing behind them.
    #[error(
        "{0} holds sessions of a gateway of its own; with --upstream, name another folder by --data"
    )]
    Own(String),
    /// Nobody else would hear of their changes.
    #[error("{0} mirrors an upstream gateway; name it by --upstream, or another folder by --data")]
    Mirrored(String),
}

/// Refuses sessions of another origin: mirrored ones where they are to be changed here, and own ones in front of an
/// upstream, which would take all that it does not have for evicted.
pub fn check(state: &State, data: &Path, is_mirror: bool) -> Result<(), OriginError> {
    if state
        .catalog()
        .in_any_order()
        .all(|session| session.is_mirrored() == is_mirror)
    {
        return Ok(());
    }
    let data = data.display().to_string();
    Err(match is_mirror {
        true => OriginError::Own(data),
        false => OriginError::Mirrored(data),
    })
}
