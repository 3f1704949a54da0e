use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sessionwire_protocol::ErrorBody;

use crate::origin::OriginError;
use crate::store::StoreError;

/// Why an import ended early. What it had committed stays; the next one goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The other folder cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store cannot be opened or read.
    #[error("cannot open the session store: {0}")]
    Store(#[from] StoreError),
    /// What is in the store lives elsewhere.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The store took no more.
    #[error("{}; import again when it is", .0.message)]
    Commit(ErrorBody),
    /// The store would be made in the folder that is only read.
    #[error(
        "{0} is in the folder to import from, where nothing is written; name another by --data"
    )]
    Inside(String),
    /// The store cannot be copied for a dry run.
    #[error("cannot copy the session store: {0}")]
    Copy(io::Error),
}

impl ImportError {
    /// What the process ends with: 2 for folders that do not go together, 3 for a folder that cannot be read, 4 where
    /// another program is at work, else 1.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Source(SourceError::InUse(_) | SourceError::Changed(_))
            | Self::Store(StoreError::InUse(_)) => ExitCode::from(4),
            Self::Source(_) => ExitCode::from(3),
            Self::Inside(_) => ExitCode::from(2),
            Self::Store(_) | Self::Origin(_) | Self::Commit(_) | Self::Copy(_) => ExitCode::FAILURE,
        }
    }
}

/// Why nothing, or nothing more, can be read of a folder.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The folder or a file of it cannot be read.
    #[error("{path}: {error}")]
    File {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is some other folder.
    #[error(
        "{0} is no state folder of OpenClaw: it has no agents/<id>/agent/openclaw-agent.sqlite"
    )]
    NotOpenClaw(PathBuf),
    /// It has sessions as files of JSON.
    #[error(
        "{0} is of OpenClaw before 2026.8, which kept sessions in files; start OpenClaw 2026.9.6 on it once, which takes them into databases"
    )]
    Files(PathBuf),
    /// It was not written by the OpenClaw that this program knows.
    #[error(
        "{path} has schema version {found}, this program reads {known} (OpenClaw 2026.9.6){}",
        if found < known { "; start OpenClaw 2026.9.6 on it once, which brings it up to date" } else { "" }
    )]
    Schema {
        /// The database.
        path: PathBuf,
        /// The version found.
        found: i64,
        /// The one that this program reads.
        known: i64,
    },
    /// A database is damaged.
    #[error("{path} is damaged: {what}")]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        what: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A program has it open.
    #[error("{0} is in use; stop OpenClaw's gateway first")]
    InUse(PathBuf),
    /// A program wrote it meanwhile.
    #[error("{0} was written while it was read; stop OpenClaw's gateway and import again")]
    Changed(PathBuf),
    /// There is no such agent.
    #[error("there is no agent {0} in the folder")]
    NoAgent(String),
}

impl SourceError {
    pub(super) fn file(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::File { path, error }
    }

    pub(super) fn corrupt(path: &Path, error: rusqlite::Error) -> Self {
        Self::Corrupt {
            path: path.to_owned(),
            what: error.into(),
        }
    }
}
