use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rusqlite::Connection;
use tempfile::TempDir;

/// A state folder like the one that OpenClaw 2026.9.6 left after a day of every kind of session: made by its clients'
/// requests, stopped, and dumped; of the schema what an import looks at, of the entries all but the long fields.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self::empty();
        folder.add(
            "state/openclaw.sqlite",
            include_str!("../fixtures/openclaw/state.sql"),
        );
        folder.add_agent("main", include_str!("../fixtures/openclaw/main.sql"));
        folder.add_agent("other", include_str!("../fixtures/openclaw/other.sql"));
        folder
    }

    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Adds an agent with these rows.
    pub(crate) fn add_agent(&self, agent: &str, rows: &str) {
        let schema = include_str!("../fixtures/openclaw/agent.sql");
        self.add(
            &format!("agents/{agent}/agent/openclaw-agent.sqlite"),
            &format!("{schema}{rows}"),
        );
    }

    /// The database of the agent that most is of.
    pub(crate) fn main(&self) -> PathBuf {
        self.path().join("agents/main/agent/openclaw-agent.sqlite")
    }

    /// Something happens there, in a database that OpenClaw then closes.
    pub(crate) fn change(&self, sql: &str) {
        let connection = Connection::open(self.main()).expect("it opens");
        connection.execute_batch(sql).expect("it is SQL");
    }

    /// Every file with what is in it.
    pub(crate) fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(self.path(), &mut files);
        files.sort();
        files
    }

    fn add(&self, name: &str, sql: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        let connection = Connection::open(path).expect("it opens");
        let wal = "PRAGMA journal_mode = wal;";
        connection
            .execute_batch(&format!("{wal} {sql}"))
            .expect("it is SQL");
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it is readable").path();
        match path.is_dir() {
            true => collect(&path, files),
            false => files.push((path.clone(), fs::read(&path).expect("it is readable"))),
        }
    }
}

/// The command that imports.
pub(crate) fn command(openclaw: &Path, data: &Path, further: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sessionwire"));
    command.args(["import", "--openclaw"]).arg(openclaw);
    command.arg("--data").arg(data).args(further);
    command
}

/// Imports, and returns the exit code with all that was said.
pub(crate) fn run(openclaw: &Path, data: &Path, further: &[&str]) -> (i32, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command(openclaw, data, further).output().expect("it runs");
    let said = [stdout, stderr].concat();
    (
        status.code().expect("it ends by itself"),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// Imports, and returns the summary.
pub(crate) fn import(openclaw: &Folder, data: &Path) -> String {
    let (code, said) = run(openclaw.path(), data, &[]);
    assert_eq!(code, 0, "{said}");
    said
}

/// All that the store holds of sessions, and where its journal ends.
pub(crate) fn stored(data: &Path) -> Vec<String> {
    let store = Connection::open(data.join("sessions.sqlite")).expect("there is a store");
    let mut stored = Vec::new();
    for query in [
        "SELECT session FROM sessions ORDER BY session_key",
        "SELECT session_key || seq || message FROM messages ORDER BY session_key, seq",
        "SELECT value FROM meta WHERE name = 'groups'",
        "SELECT 'journal ' || max(entry_offset) || ' ' || count(*) FROM journal",
    ] {
        let mut select = store.prepare(query).expect("it is SQL");
        let rows = select.query_map([], |row| row.get(0)).expect("it is read");
        stored.extend(rows.map(|row| row.expect("it is text")));
    }
    stored
}
