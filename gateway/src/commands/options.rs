//! `/think`, `/verbose` and `/usage`: options that the gateway keeps for agents.

use serde_json::Value;

use super::{Effect, Outcome, View, single};

/// How hard an agent can be told to think.
pub const THINKING_LEVELS: [&str; 8] = [
    "off", "minimal", "low", "medium", "high", "xhigh", "max", "ultra",
];

/// How much an agent can be told to say of its work.
pub const VERBOSE_LEVELS: [&str; 3] = ["on", "off", "full"];

/// Shows or sets the thinking level.
pub(super) fn think(args: &str, view: &View<'_>) -> Option<Outcome> {
    const OPTION: &str = "thinkingLevel";
    let levels = || format!("default, {}", THINKING_LEVELS.join(", "));
    let asked = single(args)?;
    let level = asked.to_lowercase();
    Some(match level.as_str() {
        "" => Outcome::reply(format!(
            "Current thinking level: {}.\nOptions: {}.",
            thinking(view),
            levels()
        )),
        "default" => {
            Outcome::reply("Thinking level reset to default.").with(Effect::Setting(OPTION, None))
        }
        "off" => Outcome::reply("Thinking disabled.").with(Effect::Setting(OPTION, Some(level))),
        known if THINKING_LEVELS.contains(&known) => {
            Outcome::reply(format!("Thinking level set to {known}."))
                .with(Effect::Setting(OPTION, Some(level)))
        }
        _ => Outcome::reply(format!(
            "Unrecognized thinking level \"{asked}\". Valid levels: {}.",
            levels()
        )),
    })
}

/// Shows or sets how much the agent says of its work.
pub(super) fn verbose(args: &str, view: &View<'_>) -> Option<Outcome> {
    const OPTION: &str = "verboseLevel";
    let asked = single(args)?;
    let level = asked.to_lowercase();
    let done = match level.as_str() {
        "" => {
            let current = option(view, OPTION).unwrap_or("off");
            return Some(Outcome::reply(format!(
                "Current verbose level: {current}.\nOptions: on, full, off."
            )));
        }
        "on" => "⚙️ Verbose logging enabled.",
        "off" => "⚙️ Verbose logging disabled.",
        "full" => "⚙️ Verbose logging set to full.",
        _ => {
            return Some(Outcome::reply(format!(
                "Unrecognized verbose level \"{asked}\". Valid levels: off, on, full."
            )));
        }
    };
    if !view.may_administer {
        return Some(Outcome::reply(
            "⚙️ Verbose logging set for the current reply only. ⚙️ Verbose defaults require operator.admin for gateway callers; skipped persistence.",
        ));
    }
    Some(Outcome::reply(done).with(Effect::Setting(OPTION, Some(level))))
}

/// Sets what replies tell of their cost; without an argument the next of the three ways.
pub(super) fn usage(args: &str, view: &View<'_>) -> Option<Outcome> {
    const OPTION: &str = "responseUsage";
    let asked = args.trim().to_lowercase();
    let footer = match asked.as_str() {
        "" => match option(view, OPTION).unwrap_or("off") {
            "off" => "tokens",
            "full" => "off",
            _ => "full",
        },
        "on" | "tokens" => "tokens",
        "full" => "full",
        "off" => "off",
        "reset" | "default" => {
            return Some(
                Outcome::reply("⚙️ Usage footer: reset to default.")
                    .with(Effect::Setting(OPTION, None)),
            );
        }
        cost if cost.starts_with("cost") => {
            return Some(Outcome::reply(
                "⚙️ Usage cost: not known; this gateway runs no model.",
            ));
        }
        _ => {
            return Some(Outcome::reply(
                "⚙️ Usage: /usage off|tokens|full|reset|cost",
            ));
        }
    };
    Some(
        Outcome::reply(format!("⚙️ Usage footer: {footer}."))
            .with(Effect::Setting(OPTION, Some(footer.to_owned()))),
    )
}

/// The session's thinking level in words.
pub(super) fn thinking<'a>(view: &View<'a>) -> &'a str {
    option(view, "thinkingLevel").unwrap_or("default")
}

fn option<'a>(view: &View<'a>, name: &str) -> Option<&'a str> {
    view.entry.options.get(name).and_then(Value::as_str)
}
