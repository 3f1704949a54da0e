//! `sessionwire import`: takes over the sessions of an OpenClaw that moves in.

mod arrivals;
mod copy;
mod database;
mod error;
mod progress;
mod row;
mod source;
mod summary;
mod transcript;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use self::arrivals::Target;
use self::copy::Copy;
use self::database::Database;
pub use self::error::{ImportError, SourceError};
use self::progress::Progress;
use self::row::Arrival;
use self::source::Source;
use self::summary::Summary;
use crate::clock::Clock;
use crate::config::Storage;
use crate::id::random_number;
use crate::origin;
use crate::sessions::Sessions;
use crate::store::{DATABASE, lock, make_folder, open_sqlite};

/// How many sessions are committed at once.
const SESSIONS: usize = 200;
/// With how many messages, unless one session has more.
const MESSAGES: usize = 5_000;

/// What to import, and where to.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// State folder of OpenClaw 2026.9.6, such as ~/.openclaw; it is only read
    #[arg(long, value_name = "DIR")]
    openclaw: PathBuf,

    /// Take over this agent's sessions only; may be given several times
    #[arg(long = "agent", value_name = "ID")]
    agents: Vec<String>,

    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    storage: Storage,
}

/// Takes over what the folder has, and says what that was.
pub async fn import(args: ImportArgs) -> Result<String, ImportError> {
    let source = Source::open(&args.openclaw, &args.agents)?;
    let data = args.storage.data.clone();
    if is_inside(&data, &args.openclaw) {
        return Err(ImportError::Inside(data.display().to_string()));
    }
    if !args.dry_run {
        make_folder(&data)?;
        return Ok(take_over(&source, &args.storage, &data).await?.to_string());
    }
    let _lock = data.exists().then(|| lock(&data)).transpose()?;
    let copy = Copy::of(&data.join(DATABASE)).map_err(ImportError::Copy)?;
    let storage = Storage {
        data: copy.folder().to_owned(),
        ..args.storage
    };
    let summary = take_over(&source, &storage, &data).await?;
    Ok(format!("A dry run: nothing was changed.\n{summary}"))
}

/// Whether a folder, which need not be there yet, is another or in it.
fn is_inside(folder: &Path, other: &Path) -> bool {
    let (Ok(folder), Ok(other)) = (std::path::absolute(folder), other.canonicalize()) else {
        return false;
    };
    let made = folder.ancestors().find_map(|made| made.canonicalize().ok());
    made.is_some_and(|made| made.starts_with(other))
}

/// Takes over into a store; `data` is the folder that it is of.
async fn take_over(
    source: &Source,
    storage: &Storage,
    data: &Path,
) -> Result<Summary, ImportError> {
    let retention = storage.retention();
    let opened = open_sqlite(&storage.data, retention.entries)?;
    let (sessions, committer) = Sessions::load(
        opened.store,
        retention,
        Arc::default(),
        Clock::system(),
        random_number(),
    )?;
    origin::check(&sessions.read(), data, false)?;
    sessions.start(committer)?;
    let mut summary = Summary::default();
    let mut target = Target::new(&sessions, opened.transcripts.as_ref());
    let (groups, section_order) = source.groups()?;
    target
        .take_groups(groups, section_order, &mut summary)
        .await?;
    let mut progress = Progress::new(count(source)?);
    for (agent, database) in &source.agents {
        take_agent(agent, database, &mut target, &mut summary, &mut progress).await?;
    }
    progress.finish();
    Ok(summary)
}

async fn take_agent(
    agent: &str,
    database: &Database,
    target: &mut Target<'_>,
    summary: &mut Summary,
    progress: &mut Progress,
) -> Result<(), ImportError> {
    let corrupt = |error| database.corrupt(error);
    let connection = database.connection();
    let mut select = connection.prepare(row::SELECT).map_err(corrupt)?;
    let mut rows = select.query([]).map_err(corrupt)?;
    loop {
        let (mut batch, mut messages, mut read) = (Vec::<Arrival>::new(), 0, 0);
        while batch.len() < SESSIONS && messages < MESSAGES {
            let Some(row) = rows.next().map_err(corrupt)? else {
                break;
            };
            read += 1;
            match row::read(connection, agent, row).map_err(corrupt)? {
                Ok(arrival) => {
                    messages += arrival.messages.len();
                    batch.push(arrival);
                }
                Err(refused) => summary.skip(refused),
            }
        }
        if read == 0 {
            return Ok(());
        }
        database.check_untouched()?;
        target.take(batch, summary).await?;
        progress.advance(read);
    }
}

fn count(source: &Source) -> Result<u64, SourceError> {
    let counts = source.agents.iter().map(|(_, database)| {
        database
            .connection()
            .query_row(row::COUNT, [], |row| row.get::<_, u32>(0))
            .map_err(|error| database.corrupt(error))
    });
    counts.map(|count| count.map(u64::from)).sum()
}
