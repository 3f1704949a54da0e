//! How far an import is: a bar on a terminal, now and then a line elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Sessions between two lines.
const LINE: u64 = 1_000;

pub(super) enum Progress {
    Bar(ProgressBar),
    Lines { done: u64, of: u64 },
}

impl Progress {
    pub(super) fn new(of: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines { done: 0, of };
        }
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} sessions {elapsed}");
        Self::Bar(ProgressBar::new(of).with_style(style.expect("the template is well-formed")))
    }

    pub(super) fn advance(&mut self, by: usize) {
        let by = by as u64;
        match self {
            Self::Bar(bar) => bar.inc(by),
            Self::Lines { done, of } => {
                let before = *done;
                *done += by;
                if *done == *of || *done / LINE > before / LINE {
                    eprintln!("{done} of {of} sessions");
                }
            }
        }
    }

    pub(super) fn finish(self) {
        if let Self::Bar(bar) = self {
            bar.finish();
        }
    }
}
