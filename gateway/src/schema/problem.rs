//! What can be wrong with a value, and how it is told.

use std::fmt;

/// Where a value is in the one that is checked, as a chain on the stack: nothing is allocated while all is well.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    Root,
    Field(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

/// One thing that is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault<'v> {
    Type(&'static str),
    NotConstant,
    NotAChoice,
    NotAny,
    Refused,
    Pattern(&'static str),
    Above(i64),
    Below(i64),
    TooMany(&'static str, usize),
    TooFew(&'static str, usize),
    Duplicates,
    Missing(&'static str),
    /// A field nobody declared. It counts towards the limit of problems, but the sum after it stands for it.
    Undeclared,
    /// How many fields were [`Fault::Undeclared`] just before this, and the first of them that has a name to show.
    Unexpected(usize, Option<&'v str>),
}

/// Where faults are told. `Default` is a report of none.
pub(super) trait Report<'v>: Default {
    fn tell(&mut self, place: &Place<'_>, fault: Fault<'v>);
    fn tell_all(&mut self, other: Self);
}

/// Whether there was any fault.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) refused: bool,
}

impl<'v> Report<'v> for Verdict {
    fn tell(&mut self, _: &Place<'_>, _: Fault<'v>) {
        self.refused = true;
    }

    fn tell_all(&mut self, other: Self) {
        self.refused |= other.refused;
    }
}

/// The first faults, each with its place.
#[derive(Default)]
pub(super) struct Problems<'v>(Vec<(String, Fault<'v>)>);

/// A client learns no more than this from one answer.
const MAX_PROBLEMS: usize = 8;

impl<'v> Problems<'v> {
    /// Nothing if nothing was wrong, else the problems.
    pub(super) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The faults to show: those of undeclared fields give way to their sum, if it was still within the limit.
    fn shown(&self) -> Vec<&(String, Fault<'v>)> {
        let mut shown = Vec::with_capacity(self.0.len());
        for problem in &self.0 {
            if let Fault::Unexpected(count, _) = problem.1 {
                shown.truncate(shown.len() - count);
            }
            shown.push(problem);
        }
        shown
    }
}

impl<'v> Report<'v> for Problems<'v> {
    fn tell(&mut self, place: &Place<'_>, fault: Fault<'v>) {
        if self.0.len() < MAX_PROBLEMS {
            self.0.push((place.to_string(), fault));
        }
    }

    fn tell_all(&mut self, other: Self) {
        let room = MAX_PROBLEMS - self.0.len();
        self.0.extend(other.0.into_iter().take(room));
    }
}

/// The problems in order and without repetition, as clients read them.
impl fmt::Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told: Vec<String> = Vec::new();
        for (place, fault) in self.shown() {
            let text = match (place.as_str(), fault) {
                ("", Fault::Unexpected(_, Some(_))) => format!("at root: {fault}"),
                ("", _) => fault.to_string(),
                (place, _) => format!("at {place}: {fault}"),
            };
            if !told.contains(&text) {
                told.push(text);
            }
        }
        f.write_str(&told.join("; "))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Field(parent, name) => write!(f, "{parent}/{name}"),
            Place::Item(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Type(name) => write!(f, "must be {name}"),
            Fault::NotConstant => f.write_str("must be equal to constant"),
            Fault::NotAChoice => f.write_str("must be equal to one of the allowed values"),
            Fault::NotAny => f.write_str("must match a schema in anyOf"),
            Fault::Refused => f.write_str("must not be valid"),
            Fault::Pattern(source) => write!(f, "must match pattern \"{source}\""),
            Fault::Above(limit) => write!(f, "must be <= {limit}"),
            Fault::Below(limit) => write!(f, "must be >= {limit}"),
            Fault::TooMany(what, limit) => write!(f, "must not have more than {limit} {what}"),
            Fault::TooFew(what, limit) => write!(f, "must not have fewer than {limit} {what}"),
            Fault::Duplicates => f.write_str("must not have duplicate items"),
            Fault::Missing(name) => write!(f, "must have required property '{name}'"),
            Fault::Undeclared => f.write_str("schema is false"),
            Fault::Unexpected(_, Some(name)) => write!(f, "unexpected property '{name}'"),
            Fault::Unexpected(_, None) => f.write_str("must not have additional properties"),
        }
    }
}
