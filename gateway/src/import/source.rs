//! OpenClaw's state folder: which databases it has, and what is wrong with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension;
use sessionwire_protocol::sessions::GroupDefaults;

use super::database::Database;

/// The schema of agents' databases in OpenClaw 2026.9.6.
const AGENT_SCHEMA: i64 = 23;
/// The schema of the database that they share.
const SHARED_SCHEMA: i64 = 18;

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

/// A folder whose databases are all sound.
pub(super) struct Source {
    /// Each agent by its id, with its database.
    pub(super) agents: Vec<(String, Database)>,
    shared: Option<Database>,
}

impl Source {
    /// Opens all databases of a folder, or those of some agents.
    pub(super) fn open(folder: &Path, wanted: &[String]) -> Result<Self, SourceError> {
        let mut found = databases(folder)?;
        for agent in wanted {
            if !found.iter().any(|(id, _)| id == agent) {
                return Err(SourceError::NoAgent(agent.clone()));
            }
        }
        found.retain(|(id, _)| wanted.is_empty() || wanted.contains(id));
        let shared = folder.join("state/openclaw.sqlite");
        let shared = match exists(&shared)? {
            true => Some(Database::open(&shared, SHARED_SCHEMA)?),
            false => None,
        };
        let open = |(id, path): (String, PathBuf)| Ok((id, Database::open(&path, AGENT_SCHEMA)?));
        let agents = found.into_iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { agents, shared })
    }

    /// The groups in their order, and the order of the sections.
    pub(super) fn groups(&self) -> Result<(Vec<GroupDefaults>, Vec<String>), SourceError> {
        let Some(shared) = &self.shared else {
            return Ok((Vec::new(), Vec::new()));
        };
        let read = || {
            let connection = shared.connection();
            let mut select = connection.prepare(
                "SELECT name, cwd, worktree FROM session_groups ORDER BY position, name",
            )?;
            let groups = select.query_map([], |row| {
                Ok(GroupDefaults {
                    name: row.get(0)?,
                    cwd: row.get(1)?,
                    worktree: row.get(2)?,
                })
            })?;
            let groups = groups.collect::<Result<_, _>>()?;
            let order: Option<String> = connection
                .query_row(
                    "SELECT value_json FROM config_machine_state WHERE state_key = 'sidebar.sectionOrder'",
                    [],
                    |row| row.get(0),
                )
                .optional()?;
            let order = order.and_then(|order| serde_json::from_str(&order).ok());
            Ok((groups, order.unwrap_or_default()))
        };
        read().map_err(|error| shared.corrupt(error))
    }
}

/// The databases of all agents, in the order of their ids.
fn databases(folder: &Path) -> Result<Vec<(String, PathBuf)>, SourceError> {
    // Says which of the two is missing.
    fs::read_dir(folder).map_err(|error| SourceError::file(folder, error))?;
    let agents = folder.join("agents");
    if !exists(&agents)? {
        return Err(SourceError::NotOpenClaw(folder.to_owned()));
    }
    let mut found = Vec::new();
    let mut in_files = false;
    for entry in fs::read_dir(&agents).map_err(|error| SourceError::file(&agents, error))? {
        let entry = entry.map_err(|error| SourceError::file(&agents, error))?;
        let database = entry.path().join("agent/openclaw-agent.sqlite");
        if exists(&database)? {
            found.push((entry.file_name().to_string_lossy().into_owned(), database));
        }
        in_files |= exists(&entry.path().join("sessions/sessions.json"))?;
    }
    if found.is_empty() {
        let folder = folder.to_owned();
        return Err(match in_files {
            true => SourceError::Files(folder),
            false => SourceError::NotOpenClaw(folder),
        });
    }
    found.sort();
    Ok(found)
}

fn exists(path: &Path) -> Result<bool, SourceError> {
    path.try_exists()
        .map_err(|error| SourceError::file(path, error))
}
