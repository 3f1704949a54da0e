//! Measurements as tables.

use std::fmt::Write as _;

use serde::Serialize;

/// What was measured of several servers in one run.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) about: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
}

/// One figure of every server.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
}

/// One server.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) server: String,
    /// Medians of the runs, by column.
    pub(crate) medians: Vec<f64>,
    /// Every run.
    pub(crate) runs: Vec<Vec<f64>>,
}

impl Row {
    /// A server's runs, with their medians.
    pub(crate) fn new(server: String, runs: Vec<Vec<f64>>) -> Self {
        let columns = runs.first().map_or(0, Vec::len);
        let median = |column: usize| {
            let mut values: Vec<f64> = runs.iter().map(|run| run[column]).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        Self {
            server,
            medians: (0..columns).map(median).collect(),
            runs,
        }
    }
}

impl Table {
    /// In Markdown; each figure with its ratio to that of the first server.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("### {}\n\n{}\n\n|  |", self.name, self.about);
        let mut write =
            |part: std::fmt::Arguments<'_>| text.write_fmt(part).expect("text takes text");
        for column in &self.columns {
            write(format_args!(" {}, {} |", column.name, column.unit));
        }
        write(format_args!(
            "\n| --- |{}\n",
            " ---: |".repeat(self.columns.len())
        ));
        for row in &self.rows {
            write(format_args!("| {} |", row.server));
            for (index, median) in row.medians.iter().enumerate() {
                let own = self.rows[0].medians[index];
                write(format_args!(" {}", figure(*median)));
                if !std::ptr::eq(row, &raw const self.rows[0]) && own > 0.0 {
                    write(format_args!(" ({}×)", figure(median / own)));
                }
                write(format_args!(" |"));
            }
            write(format_args!("\n"));
        }
        text
    }
}

/// Three digits that count.
fn figure(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        medium if medium >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
