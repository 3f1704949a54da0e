//! `/help` and `/commands`, written from the registry.

use super::registry::{COMMANDS, Command};
use super::{Outcome, View};

const CATEGORIES: [(&str, &str); 3] = [
    ("session", "Session"),
    ("options", "Options"),
    ("status", "Status"),
];

/// The commands in a few lines.
pub(super) fn help(_: &str, _: &View<'_>) -> Option<Outcome> {
    let text = sections(|commands| {
        let usages: Vec<_> = commands.map(|command| command.usage).collect();
        format!("  {}", usages.join("  |  "))
    });
    Some(Outcome::reply(format!(
        "ℹ️ Help\n\n{text}\n\nMore: /commands for full list"
    )))
}

/// The commands and what each does.
pub(super) fn commands(_: &str, _: &View<'_>) -> Option<Outcome> {
    let text = sections(|commands| {
        let lines: Vec<_> = commands.map(line).collect();
        lines.join("\n")
    });
    Some(Outcome::reply(format!("ℹ️ Slash commands\n\n{text}")))
}

fn sections(write: impl Fn(&mut dyn Iterator<Item = &'static Command>) -> String) -> String {
    let section = |(category, title): (&str, &str)| {
        let mut commands = COMMANDS
            .iter()
            .filter(|command| command.category == category);
        format!("{title}\n{}", write(&mut commands))
    };
    CATEGORIES.map(section).join("\n\n")
}

fn line(command: &Command) -> String {
    let aliases: Vec<_> = command
        .aliases
        .iter()
        .map(|alias| format!("/{alias}"))
        .collect();
    let aliases = match aliases.is_empty() {
        true => String::new(),
        false => format!(" ({})", aliases.join(", ")),
    };
    format!("  /{}{aliases} - {}", command.name, command.description)
}
