//! The benchmarks that the page has a place for.

/// A place on the page.
pub(crate) struct Part {
    /// What the benchmark is called on the command line.
    pub(crate) name: &'static str,
    /// Its heading.
    pub(crate) title: &'static str,
}

/// In the page's order. What is measured beside them stands behind them.
pub(crate) const PARTS: &[Part] = &[
    part("fan-out-200", "One change at a time, told to 200"),
    part("fan-out-500", "One change at a time, told to 500"),
    part("burst-200", "Bursts of changes, told to 200"),
    part("burst-500", "Bursts of changes, told to 500"),
    part("idle-2000", "2,000 idle connections"),
    part("idle-10000", "10,000 idle connections"),
    part("multitude", "As many as one process may have"),
    part("lists", "Lists of 5,000 sessions"),
    part("lists-of-million", "Lists of a million sessions"),
    part("searches", "Searches in 5,000 sessions"),
    part("searches-of-million", "Searches in a million sessions"),
    part("resume", "Everybody comes back at once"),
    part("views", "A thousand different live lists"),
    part("writes", "Durable changes"),
    part("start", "Start"),
    part("filled", "With 5,000 sessions"),
    part("filled-with-million", "With a million sessions"),
    part("decode", "What a browser takes for a change"),
    part("size", "What a browser downloads"),
];

/// The heading of a benchmark; one without a place has its name.
pub fn title(name: &str) -> &str {
    let part = PARTS.iter().find(|part| part.name == name);
    part.map_or(name, |part| part.title)
}

const fn part(name: &'static str, title: &'static str) -> Part {
    Part { name, title }
}
