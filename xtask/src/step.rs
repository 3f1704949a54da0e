//! A command as a list of steps, told one by one.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::tally::Tally;

/// One thing to do.
pub(crate) struct Step<'a> {
    title: String,
    work: Box<dyn FnOnce() -> Result<Outcome> + 'a>,
}

/// How a step ended that did not fail.
pub(crate) enum Outcome {
    Done,
    Unchanged,
    /// Tests ran to their end; some may have failed.
    Tested(Tally),
}

impl<'a> Step<'a> {
    /// `title` says what is being done: "compiling the gateway".
    pub(crate) fn new(
        title: impl Into<String>,
        work: impl FnOnce() -> Result<Outcome> + 'a,
    ) -> Self {
        Self {
            title: title.into(),
            work: Box::new(work),
        }
    }

    /// A step that has nothing to tell but that it did not fail.
    pub(crate) fn plain(title: impl Into<String>, work: impl FnOnce() -> Result<()> + 'a) -> Self {
        Self::new(title, || work().map(|()| Outcome::Done))
    }
}

/// Takes the steps in order, up to the first that fails, and adds up the tests they ran.
pub(crate) fn run(steps: Vec<Step<'_>>) -> Result<Tally> {
    let count = steps.len();
    let began = Instant::now();
    let mut total = Tally::default();
    for (index, step) in steps.into_iter().enumerate() {
        eprintln!("[{}/{count}] {} …", index + 1, step.title);
        let began = Instant::now();
        match (step.work)()? {
            Outcome::Done => eprintln!("      done in {}", seconds(began.elapsed())),
            Outcome::Unchanged => eprintln!("      unchanged"),
            Outcome::Tested(tally) => {
                eprintln!("      {tally}, in {}", seconds(began.elapsed()));
                total += tally;
            }
        }
    }
    eprintln!("all steps took {}", seconds(began.elapsed()));
    Ok(total)
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}
