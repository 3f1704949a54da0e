//! Measurements as tables.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::figure::{figure, ratio};

/// What was measured of several servers in one run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Table {
    /// Its heading.
    pub title: String,
    /// What was measured, in sentences.
    pub about: String,
    /// What each figure is.
    pub columns: Vec<Column>,
    /// The servers. The first is what the others are compared with.
    pub rows: Vec<Row>,
}

/// One figure of every server.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Column {
    /// What it is.
    pub name: String,
    /// In what it is counted.
    pub unit: String,
    /// Which figure is the better one; none where servers are not compared by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
}

/// Which of two figures is the better one.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// The smaller one.
    Less,
    /// The greater one.
    More,
}

/// One server.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Row {
    /// Its name.
    pub server: String,
    /// What it is there for.
    pub role: Role,
    /// The figures of every run, by column; none where the server has no such thing.
    pub runs: Vec<Vec<Option<f64>>>,
}

/// What a server is measured for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It is ours.
    Own,
    /// It is another that does the like.
    Peer,
    /// It does the least that the operating system allows.
    Limit,
}

impl Column {
    /// A figure of which less is better.
    pub fn less(name: &str, unit: &str) -> Self {
        Self::of(name, unit, Some(Better::Less))
    }

    /// A figure of which more is better.
    pub fn more(name: &str, unit: &str) -> Self {
        Self::of(name, unit, Some(Better::More))
    }

    /// A figure by which servers are not compared; it says something about the others.
    pub fn beside(name: &str, unit: &str) -> Self {
        Self::of(name, unit, None)
    }

    fn of(name: &str, unit: &str, better: Option<Better>) -> Self {
        Self {
            name: name.to_owned(),
            unit: unit.to_owned(),
            better,
        }
    }
}

impl Row {
    /// The median of a column's runs.
    pub fn median(&self, column: usize) -> Option<f64> {
        let mut values = self.figures(column);
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let upper = *values.get(middle)?;
        Some(match values.len().is_multiple_of(2) {
            true => f64::midpoint(values[middle - 1], upper),
            false => upper,
        })
    }

    /// A column of every run that has it.
    pub(crate) fn figures(&self, column: usize) -> Vec<f64> {
        self.runs.iter().filter_map(|run| run[column]).collect()
    }
}

impl Table {
    /// The columns and lines in Markdown. Where servers are compared, a figure stands behind its ratio to the first one's.
    pub fn markdown(&self) -> String {
        let mut text = String::from("|  |");
        for Column { name, unit, .. } in &self.columns {
            put(&mut text, format_args!(" {name}, {unit} |"));
        }
        let rule = " ---: |".repeat(self.columns.len());
        put(&mut text, format_args!("\n| --- |{rule}\n"));
        for (place, row) in self.rows.iter().enumerate() {
            put(&mut text, format_args!("| {} |", row.server));
            for column in 0..self.columns.len() {
                let cell = match row.median(column) {
                    None => "–".to_owned(),
                    Some(median) if place == 0 => figure(median),
                    Some(median) => self.beside_the_first(column, median),
                };
                put(&mut text, format_args!(" {cell} |"));
            }
            text.push('\n');
        }
        text
    }

    /// Of some servers the one with the best figure in a column.
    pub(crate) fn best(&self, column: usize, among: impl Fn(&Row) -> bool) -> Option<&Row> {
        let better = self.columns[column].better?;
        let rows = self.rows.iter().filter(|row| among(row));
        let figures = rows.filter_map(|row| Some((row, row.median(column)?)));
        let best = match better {
            Better::Less => figures.min_by(|one, other| one.1.total_cmp(&other.1)),
            Better::More => figures.max_by(|one, other| one.1.total_cmp(&other.1)),
        };
        best.map(|(row, _)| row)
    }

    /// A figure behind its ratio to that of the first server.
    pub(crate) fn beside_the_first(&self, column: usize, median: f64) -> String {
        let first = self.rows.first().and_then(|row| row.median(column));
        match first.filter(|first| *first > 0.0 && self.columns[column].better.is_some()) {
            Some(first) => format!("{}× ({})", ratio(median / first), figure(median)),
            None => figure(median),
        }
    }
}

fn put(text: &mut String, part: std::fmt::Arguments<'_>) {
    text.write_fmt(part).expect("text takes text");
}
