//! `/model`.

use super::options::thinking;
use super::{Effect, Outcome, View};

/// Shows or sets the model that the session's agent is to use.
pub(super) fn model(args: &str, view: &View<'_>) -> Option<Outcome> {
    let (flags, words): (Vec<_>, Vec<_>) = args
        .split_whitespace()
        .partition(|word| word.starts_with('-'));
    let wider = |flag: &&&str| !["-s", "--session"].contains(*flag);
    if let Some(flag) = flags.iter().find(wider) {
        return Some(Outcome::reply(format!(
            "{flag} is not available here: this gateway keeps a model for each session only. Use /model <provider/model>."
        )));
    }
    let name = match words.as_slice() {
        [] => return Some(Outcome::reply(shown(view))),
        [name] => *name,
        _ => return None,
    };
    Some(match name.to_lowercase().as_str() {
        "status" => Outcome::reply(shown(view)),
        "list" => Outcome::reply(
            "No models are listed: this gateway runs none. Use /model <provider/model> to store one for the session's agent.",
        ),
        "default" => {
            Outcome::reply("Session model reset to configured default.").with(Effect::Model(None))
        }
        _ => Outcome::reply(format!(
            "Model set to {name} for this session only; configured default unchanged."
        ))
        .with(Effect::Model(Some(name.to_owned()))),
    })
}

fn shown(view: &View<'_>) -> String {
    format!(
        "Current: {}\nThink: {} (change with /think <level>)\nSession: /model <provider/model>\nDefault: /model default",
        view.entry.model.as_deref().unwrap_or("default"),
        thinking(view)
    )
}
