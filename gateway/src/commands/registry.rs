//! The table of chat commands: their names, what is said of them, and what carries them out.

use sessionwire_protocol::gateway::{CommandArg, CommandChoice, CommandInfo};

use super::{Outcome, View, goal, help, model, name, options, renew};

/// A chat command.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) category: &'static str,
    pub(super) description: &'static str,
    /// As the short help writes it.
    pub(super) usage: &'static str,
    /// Whether anything may follow the name; a message with more than the name is text otherwise.
    pub(super) accepts_args: bool,
    args: &'static [Argument],
    /// Gets what follows the name; `None` makes the message text after all.
    pub(super) run: fn(&str, &View<'_>) -> Option<Outcome>,
}

struct Argument {
    name: &'static str,
    description: &'static str,
    choices: &'static [&'static str],
}

/// All commands, in the order of help texts.
pub(super) static COMMANDS: [Command; 10] = [
    Command {
        name: "new",
        aliases: &[],
        category: "session",
        description: "Start a new session.",
        usage: "/new",
        accepts_args: true,
        args: &[],
        run: renew::new,
    },
    Command {
        name: "reset",
        aliases: &[],
        category: "session",
        description: "Reset the current session.",
        usage: "/reset",
        accepts_args: true,
        args: &[],
        run: renew::reset,
    },
    Command {
        name: "name",
        aliases: &[],
        category: "session",
        description: "Name or rename the current session.",
        usage: "/name <title>",
        accepts_args: true,
        args: &[Argument {
            name: "title",
            description: "New session name (omit to see a suggestion)",
            choices: &[],
        }],
        run: name::name,
    },
    Command {
        name: "think",
        aliases: &["thinking", "t"],
        category: "options",
        description: "Set thinking level.",
        usage: "/think <level|default>",
        accepts_args: true,
        args: &[Argument {
            name: "level",
            description: "Thinking level",
            choices: &[
                "default", "off", "minimal", "low", "medium", "high", "xhigh", "max", "ultra",
            ],
        }],
        run: options::think,
    },
    Command {
        name: "model",
        aliases: &[],
        category: "options",
        description: "Show or set the model of the session.",
        usage: "/model <id>",
        accepts_args: true,
        args: &[Argument {
            name: "model",
            description: "Model id, or default",
            choices: &[],
        }],
        run: model::model,
    },
    Command {
        name: "verbose",
        aliases: &["v"],
        category: "options",
        description: "Toggle verbose mode.",
        usage: "/verbose on|off|full",
        accepts_args: true,
        args: &[Argument {
            name: "mode",
            description: "on, off, or full",
            choices: &["on", "off", "full"],
        }],
        run: options::verbose,
    },
    Command {
        name: "usage",
        aliases: &[],
        category: "options",
        description: "Usage footer or cost summary.",
        usage: "/usage off|tokens|full",
        accepts_args: true,
        args: &[Argument {
            name: "mode",
            description: "off, tokens, full, or cost",
            choices: &["off", "tokens", "full", "cost"],
        }],
        run: options::usage,
    },
    Command {
        name: "goal",
        aliases: &[],
        category: "status",
        description: "Show or control the current goal.",
        usage: "/goal <objective>",
        accepts_args: true,
        args: &[
            Argument {
                name: "action",
                description: "status, start, edit, pause, resume, complete, block, clear",
                choices: &[
                    "status", "start", "edit", "pause", "resume", "complete", "block", "clear",
                ],
            },
            Argument {
                name: "text",
                description: "Goal objective or note",
                choices: &[],
            },
        ],
        run: goal::goal,
    },
    Command {
        name: "help",
        aliases: &[],
        category: "status",
        description: "Show available commands.",
        usage: "/help",
        accepts_args: false,
        args: &[],
        run: help::help,
    },
    Command {
        name: "commands",
        aliases: &[],
        category: "status",
        description: "List all slash commands.",
        usage: "/commands",
        accepts_args: false,
        args: &[],
        run: help::commands,
    },
];

/// The command with this name or alias, in whatever case.
pub(super) fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| {
        command.name.eq_ignore_ascii_case(name)
            || command
                .aliases
                .iter()
                .any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

/// All commands, as `commands.list` answers.
pub fn list() -> Vec<CommandInfo> {
    COMMANDS.iter().map(Command::info).collect()
}

impl Command {
    fn info(&self) -> CommandInfo {
        let names = std::iter::once(&self.name).chain(self.aliases);
        CommandInfo {
            name: self.name.to_owned(),
            native_name: Some(self.name.to_owned()),
            text_aliases: names.map(|name| format!("/{name}")).collect(),
            description: self.description.to_owned(),
            category: Some(self.category.to_owned()),
            source: "native".to_owned(),
            scope: "both".to_owned(),
            accepts_args: self.accepts_args,
            args: self.args.iter().map(Argument::info).collect(),
        }
    }
}

impl Argument {
    fn info(&self) -> CommandArg {
        let choice = |value: &&str| CommandChoice {
            value: (*value).to_owned(),
            label: (*value).to_owned(),
        };
        CommandArg {
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            kind: "string".to_owned(),
            choices: self.choices.iter().map(choice).collect(),
        }
    }
}
