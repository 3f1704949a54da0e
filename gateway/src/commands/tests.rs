use serde_json::json;
use sessionwire_protocol::goal::GoalStatus;

use super::*;

/// A session that chat commands are tried on, with the label `Taken` held by another one.
struct Chat {
    entry: SessionEntry,
    may_administer: bool,
    evicted: Vec<EvictionReason>,
}

impl Chat {
    fn of(may_administer: bool) -> Self {
        Self {
            entry: SessionEntry::default(),
            may_administer,
            evicted: Vec::new(),
        }
    }

    /// What a message comes to; its effects are carried out.
    fn say(&mut self, message: &str) -> Option<Answer> {
        let view = View {
            entry: &self.entry,
            may_administer: self.may_administer,
            now: 7,
            check_label: &|label| match label {
                "Taken" => Err(ErrorBody::invalid("label already in use: Taken")),
                label => Ok(label.trim().to_owned()),
            },
        };
        let Outcome { answer, effects } = run(message, &view)?;
        for effect in effects {
            match effect {
                Effect::Label(label) => self.entry.label = Some(label.into()),
                Effect::Goal(goal) => self.entry.goal = goal.map(Box::new),
                Effect::Model(model) => self.entry.model = model.map(Into::into),
                Effect::Setting(name, Some(value)) => {
                    self.entry.options.insert(name.to_owned(), json!(value));
                }
                Effect::Setting(name, None) => {
                    self.entry.options.remove(name);
                }
                Effect::Evict(reason) => self.evicted.push(reason),
            }
        }
        Some(answer)
    }

    fn expect(&mut self, table: &[(&str, &str)]) {
        for (message, reply) in table {
            let expected = Some(Answer::Reply((*reply).to_owned()));
            assert_eq!(self.say(message), expected, "{message}");
        }
    }

    fn expect_text(&mut self, messages: &[&str]) {
        let before = self.entry.clone();
        for message in messages {
            assert_eq!(self.say(message), None, "{message}");
        }
        assert_eq!(self.entry, before);
    }
}

#[test]
fn what_is_no_command_is_text() {
    Chat::of(true).expect_text(&[
        "hello",
        "",
        "/",
        "//name x",
        "/ name x",
        "/nameless",
        "/rename Foo",
        "/unknowncmd",
        "say /name x",
        "/help me please",
        "/think high please do",
        "/verbose on and on",
        "/model a b",
    ]);
}

#[test]
fn name() {
    const HINT: &str = "Use /name <title> to set a name (mirrors the session manager).";
    let mut chat = Chat::of(false);
    let unnamed = format!("This session has no custom name yet.\n{HINT}");
    chat.expect(&[("/name", &unnamed), ("/name   ", &unnamed)]);
    chat.entry.derived_title = Some("Fix the build".into());
    let suggested =
        format!("This session has no custom name yet.\nSuggested name: Fix the build\n{HINT}");
    chat.expect(&[
        ("/name", &suggested),
        ("/name First title", "✅ Session renamed to “First title”."),
        (
            "/NAME Second  title",
            "✅ Session renamed to “Second  title”.",
        ),
        (
            "/name Taken",
            "Couldn't rename the session: label already in use: Taken",
        ),
        ("/name: Colon", "✅ Session renamed to “Colon”."),
        ("/name:Tight", "✅ Session renamed to “Tight”."),
        ("/name : Loose", "✅ Session renamed to “Loose”."),
    ]);
    assert_eq!(chat.entry.label.as_deref(), Some("Loose"));
    let shown = format!("Current session name: Loose\nSuggested name: Fix the build\n{HINT}");
    chat.expect(&[("/name", &shown), ("/name\nmultiline\ntitle", &shown)]);
}

#[test]
fn goal() {
    const NONE: &str = "No goal for this session.\nStart one with /goal start <objective>.";
    let mut chat = Chat::of(false);
    chat.expect(&[
        ("/goal", NONE),
        ("/goal status", NONE),
        ("/goal start", "Usage: /goal start <objective>"),
        ("/goal set ", "Usage: /goal start <objective>"),
        ("/goal edit", "Usage: /goal edit <objective>"),
        ("/goal pause", "Goal error: goal not found"),
        ("/goal resume", "Goal error: goal not found"),
        ("/goal complete", "Goal error: goal not found"),
        ("/goal block", "Goal error: goal not found"),
        ("/goal edit x", "Goal error: goal not found"),
        ("/goal clear", "No goal to clear."),
        ("/goal clear extra", "No goal to clear."),
        ("/goal start Ship it", "Goal started: Ship it"),
        (
            "/goal",
            "Goal\nStatus: active\nObjective: Ship it\nTokens used: 0\n\nCommands: /goal edit <objective>, /goal pause, /goal complete, /goal clear",
        ),
        ("/goal start Another", "Goal error: goal already exists"),
        ("/goal something else", "Goal error: goal already exists"),
        ("/goal edit Better words", "Goal updated: Better words"),
        ("/goal pause waiting for bob", "Goal paused: Better words"),
        (
            "/goal",
            "Goal\nStatus: paused\nObjective: Better words\nTokens used: 0\nNote: waiting for bob\n\nCommands: /goal resume, /goal edit <objective>, /goal clear",
        ),
        ("/goal pause again", "Goal paused: Better words"),
        ("/goal edit while paused", "Goal updated: while paused"),
        ("/goal resume", "Goal resumed: while paused"),
        ("/goal RESUME", "Goal resumed: while paused"),
        ("/goal blocked stuck on x", "Goal blocked: while paused"),
        (
            "/goal",
            "Goal\nStatus: blocked\nObjective: while paused\nTokens used: 0\nNote: stuck on x\n\nCommands: /goal resume, /goal edit <objective>, /goal clear",
        ),
        (
            "/goal done all good",
            "Goal complete: while paused\nTokens used: 0",
        ),
        (
            "/goal",
            "Goal\nStatus: complete\nObjective: while paused\nTokens used: 0\nNote: all good\n\nCommands: /goal clear",
        ),
        ("/goal pause", "Goal error: goal is already complete"),
        (
            "/goal complete",
            "Goal complete: while paused\nTokens used: 0",
        ),
        (
            "/goal edit after complete",
            "Goal error: goal is already complete",
        ),
        (
            "/goal start after complete",
            "Goal error: goal already exists",
        ),
        ("/goal clear", "Goal cleared."),
        ("/goal clear", "No goal to clear."),
        (
            "/goal: two\nlines",
            "Goal started: two\nlines",
        ),
    ]);
    let goal = chat.entry.goal.expect("it was started");
    assert_eq!((goal.status, goal.created_at), (GoalStatus::Active, 7));
}

#[test]
fn options() {
    const LEVELS: &str = "default, off, minimal, low, medium, high, xhigh, max, ultra";
    let mut chat = Chat::of(true);
    let fresh = format!("Current thinking level: default.\nOptions: {LEVELS}.");
    let high = format!("Current thinking level: high.\nOptions: {LEVELS}.");
    let bogus = format!("Unrecognized thinking level \"bogus\". Valid levels: {LEVELS}.");
    chat.expect(&[
        ("/think", &fresh),
        ("/think high", "Thinking level set to high."),
        ("/think", &high),
        ("/think bogus", &bogus),
        ("/think off", "Thinking disabled."),
        ("/think default", "Thinking level reset to default."),
        ("/thinking low", "Thinking level set to low."),
        ("/t medium", "Thinking level set to medium."),
        ("/think: LOW", "Thinking level set to low."),
        ("/verbose", "Current verbose level: off.\nOptions: on, full, off."),
        ("/verbose on", "⚙️ Verbose logging enabled."),
        ("/verbose", "Current verbose level: on.\nOptions: on, full, off."),
        ("/verbose off", "⚙️ Verbose logging disabled."),
        (
            "/verbose bogus",
            "Unrecognized verbose level \"bogus\". Valid levels: off, on, full.",
        ),
        ("/v full", "⚙️ Verbose logging set to full."),
        ("/usage", "⚙️ Usage footer: tokens."),
        ("/usage", "⚙️ Usage footer: full."),
        ("/usage", "⚙️ Usage footer: off."),
        ("/usage on", "⚙️ Usage footer: tokens."),
        ("/usage bogus", "⚙️ Usage: /usage off|tokens|full|reset|cost"),
        ("/usage full", "⚙️ Usage footer: full."),
        (
            "/model openai/gpt-6",
            "Model set to openai/gpt-6 for this session only; configured default unchanged.",
        ),
        (
            "/model",
            "Current: openai/gpt-6\nThink: low (change with /think <level>)\nSession: /model <provider/model>\nDefault: /model default",
        ),
    ]);
    assert_eq!(chat.entry.model.as_deref(), Some("openai/gpt-6"));
    assert_eq!(
        json!(chat.entry.options),
        json!({"thinkingLevel": "low", "verboseLevel": "full", "responseUsage": "full"})
    );
    chat.expect(&[
        (
            "/model other/one -s",
            "Model set to other/one for this session only; configured default unchanged.",
        ),
        (
            "/model other/two -g",
            "-g is not available here: this gateway keeps a model for each session only. Use /model <provider/model>.",
        ),
        ("/usage reset", "⚙️ Usage footer: reset to default."),
        ("/think default", "Thinking level reset to default."),
    ]);
    assert_eq!(chat.entry.model.as_deref(), Some("other/one"));
    chat.expect(&[(
        "/model default",
        "Session model reset to configured default.",
    )]);
    assert_eq!(chat.entry.model, None);
    assert_eq!(json!(chat.entry.options), json!({"verboseLevel": "full"}));
}

#[test]
fn without_admin_verbose_and_resets_change_nothing() {
    const REFUSED: &str = "⚠️ You are not authorized to reset this session. Gateway resets require operator.admin and command access. Ask your administrator to reset it, or send your message without the command.";
    let mut chat = Chat::of(false);
    chat.expect(&[
        (
            "/verbose on",
            "⚙️ Verbose logging set for the current reply only. ⚙️ Verbose defaults require operator.admin for gateway callers; skipped persistence.",
        ),
        ("/reset", REFUSED),
        ("/reset soft", REFUSED),
        ("/new", REFUSED),
        ("/new start over", REFUSED),
    ]);
    assert!(chat.evicted.is_empty());
    assert_eq!(chat.entry, SessionEntry::default());
    chat.expect(&[("/think low", "Thinking level set to low.")]);
}

#[test]
fn resets_evict() {
    let mut chat = Chat::of(true);
    chat.expect(&[
        ("/reset", "✅ Session reset."),
        ("/RESET", "✅ Session reset."),
        ("/new", "✅ New session started."),
        (
            "/reset soft",
            "⚠️ A soft reset restarts the agent and keeps the messages; this gateway runs no agent. Use /reset to start over.",
        ),
    ]);
    assert_eq!(
        chat.say("/new fix the build"),
        Some(Answer::PassOn("fix the build".to_owned()))
    );
    assert_eq!(
        chat.evicted,
        [
            EvictionReason::Reset,
            EvictionReason::Reset,
            EvictionReason::New,
            EvictionReason::New
        ]
    );
}

#[test]
fn help_is_written_from_the_registry() {
    let mut chat = Chat::of(false);
    chat.expect(&[
        (
            "/help",
            "ℹ️ Help\n\nSession\n  /new  |  /reset  |  /name <title>\n\nOptions\n  /think <level|default>  |  /model <id>  |  /verbose on|off|full  |  /usage off|tokens|full\n\nStatus\n  /goal <objective>  |  /help  |  /commands\n\nMore: /commands for full list",
        ),
        (
            "/commands",
            "ℹ️ Slash commands\n\nSession\n  /new - Start a new session.\n  /reset - Reset the current session.\n  /name - Name or rename the current session.\n\nOptions\n  /think (/thinking, /t) - Set thinking level.\n  /model - Show or set the model of the session.\n  /verbose (/v) - Toggle verbose mode.\n  /usage - Usage footer or cost summary.\n\nStatus\n  /goal - Show or control the current goal.\n  /help - Show available commands.\n  /commands - List all slash commands.",
        ),
    ]);
    let listed = list();
    let think = listed.iter().find(|command| command.name == "think");
    let think = think.expect("it is listed");
    assert_eq!(think.text_aliases, ["/think", "/thinking", "/t"]);
    let levels: Vec<_> = think.args[0].choices.iter().skip(1).collect();
    assert!(
        levels
            .iter()
            .map(|level| &level.value)
            .eq(options::THINKING_LEVELS.iter())
    );
    for command in &listed {
        for alias in &command.text_aliases {
            assert!(chat.say(alias).is_some(), "{alias} is a command");
        }
    }
}
