//! Prints the list of sessions as it changes.
//!
//!     cargo run -p sessionwire --example watch -- ws://127.0.0.1:18789 TOKEN

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::process::ExitCode;

use sessionwire::{Client, SessionEvent, SessionRow};

#[tokio::main]
async fn main() -> ExitCode {
    match watch().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn watch() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(token)) = (arguments.next(), arguments.next()) else {
        return Err("usage: watch <ws://host:port> <token>".into());
    };
    let client = Client::connect(&url, token)?;
    client.ready().await?;

    let mut sessions = client.sessions();
    while let Some(event) = sessions.next().await {
        match event {
            SessionEvent::Snapshot { .. } => println!("the list:"),
            SessionEvent::Changed { row, reason, .. } => {
                let reason =
                    reason.map_or(String::new(), |reason| format!(" ({})", reason.as_str()));
                println!("{} changed{reason}:", row.key);
            }
            SessionEvent::Left { key } => println!("{key} left the list:"),
            SessionEvent::Evicted(evicted) if evicted.lives_on() => {
                println!("{} begins anew ({:?}):", evicted.key, evicted.reason);
            }
            SessionEvent::Evicted(evicted) => {
                println!("{} is gone ({:?}):", evicted.key, evicted.reason);
            }
            SessionEvent::Failed(error) => return Err(error.into()),
        }
        for row in sessions.list().iter() {
            println!("  {}", line(row));
        }
    }
    Ok(())
}

fn line(row: &SessionRow) -> String {
    let pin = if row.pinned { "*" } else { " " };
    let title = row.label.as_ref().or(row.display_name.as_ref());
    format!("{pin} {} {}", row.key, title.map_or("", String::as_str))
}
