//! `/name`.

use super::{Effect, Outcome, View};

/// Gives the session a name, or shows the one that it has.
pub(super) fn name(args: &str, view: &View<'_>) -> Option<Outcome> {
    let title = args.lines().next().unwrap_or_default().trim();
    if title.is_empty() {
        return Some(Outcome::reply(shown(view)));
    }
    Some(match (view.check_label)(title) {
        Ok(label) => {
            Outcome::reply(format!("✅ Session renamed to “{label}”.")).with(Effect::Label(label))
        }
        Err(error) => Outcome::reply(format!("Couldn't rename the session: {}", error.message)),
    })
}

fn shown(view: &View<'_>) -> String {
    let current = match &view.entry.label {
        Some(label) => format!("Current session name: {label}\n"),
        None => "This session has no custom name yet.\n".to_owned(),
    };
    let suggested = match &view.entry.derived_title {
        Some(title) if Some(title) != view.entry.label.as_ref() => {
            format!("Suggested name: {title}\n")
        }
        _ => String::new(),
    };
    format!("{current}{suggested}Use /name <title> to set a name (mirrors the session manager).")
}
