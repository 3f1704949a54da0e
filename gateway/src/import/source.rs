//! OpenClaw's state folder: which databases it has, and what is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension;
use sessionwire_protocol::sessions::GroupDefaults;

use super::database::Database;
use super::error::SourceError;

/// The schema of agents' databases in OpenClaw 2026.9.6.
const AGENT_SCHEMA: i64 = 23;
/// The schema of the database that they share.
const SHARED_SCHEMA: i64 = 18;

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
