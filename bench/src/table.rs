//! The columns of measurements.

use sessionwire_bench_report as report;
use sessionwire_bench_report::Better;

/// One figure of every server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// Which figure is the better one; none where servers are not compared by it.
    pub(crate) better: Option<Better>,
}

impl Column {
    pub(crate) const fn less(name: &'static str, unit: &'static str) -> Self {
        let better = Some(Better::Less);
        Self { name, unit, better }
    }

    pub(crate) const fn more(name: &'static str, unit: &'static str) -> Self {
        let better = Some(Better::More);
        Self { name, unit, better }
    }

    /// By which servers are not compared; it says something about the other columns.
    pub(crate) const fn beside(name: &'static str, unit: &'static str) -> Self {
        let better = None;
        Self { name, unit, better }
    }
}

impl From<Column> for report::Column {
    fn from(Column { name, unit, better }: Column) -> Self {
        Self {
            name: name.to_owned(),
            unit: unit.to_owned(),
            better,
        }
    }
}
