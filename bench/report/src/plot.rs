//! Plots: for each column a panel in which every server has a line, on a scale of powers of ten.

use std::fmt::Write as _;

use crate::figure::figure;
use crate::{Better, Column, Role, Row, Table};

const WIDTH: f64 = 860.0;
/// Where the scale begins and ends.
const LEFT: f64 = 280.0;
const RIGHT: f64 = 690.0;
/// Of a panel's title, and of its scale.
const TITLE: f64 = 40.0;
const SCALE: f64 = 34.0;
/// Of a server.
const LINE: f64 = 24.0;

/// Colours that are readable on their own ground, whichever the reader prefers.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.scale{font-size:11px;fill:#59636e}\
.ground{fill:#fff}.grid{stroke:#d1d9e0}.first{stroke:#0969da;stroke-dasharray:3 3}\
.own{fill:#0969da}.peer{fill:#6e7781}.limit{fill:#1a7f37}.run{opacity:.4}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.scale{fill:#9198a1}.ground{fill:#0d1117}.grid{stroke:#3d444d}\
.first{stroke:#4493f8}.own{fill:#4493f8}.peer{fill:#b1bac4}.limit{fill:#3fb950}}";

/// The columns that are plotted, with their places: the first two by which servers are compared.
pub(crate) fn plotted(table: &Table) -> impl Iterator<Item = (usize, &Column)> {
    let columns = table.columns.iter().enumerate();
    columns
        .filter(|(_, column)| column.better.is_some())
        .take(2)
}

/// A table's plot; none where nothing of it is to be plotted.
pub(crate) fn plot(table: &Table) -> Option<String> {
    let mut drawing = Drawing::default();
    for (index, column) in plotted(table) {
        drawing.panel(table, index, column);
    }
    let Drawing { shapes, height } = drawing;
    (height > 0.0).then(|| {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\">\n<style>{STYLE}</style>\n<rect class=\"ground\" width=\"{WIDTH}\" \
             height=\"{height}\"/>\n{shapes}</svg>\n"
        )
    })
}

#[derive(Default)]
struct Drawing {
    shapes: String,
    height: f64,
}

impl Drawing {
    fn panel(&mut self, table: &Table, index: usize, column: &Column) {
        let lines: Vec<&Row> = table.rows.iter().collect();
        let figures = lines.iter().flat_map(|row| row.figures(index));
        let Some(scale) = Scale::of(figures) else {
            return;
        };
        let top = self.height + TITLE;
        let bottom = top + LINE * lines.len() as f64;
        let wish = match column.better {
            Some(Better::More) => "more is better",
            Some(Better::Less) | None => "less is better",
        };
        let title = format!("{}, {} ({wish})", column.name, column.unit);
        self.text(16.0, top - 16.0, "title", "start", &title);
        for mark in scale.marks() {
            let x = scale.place(mark);
            self.line(x, top, bottom, "grid");
            let text = figure(mark);
            let text = text.strip_suffix(".00").or(text.strip_suffix(".0"));
            let text = text.map_or_else(|| figure(mark), str::to_owned);
            self.text(x, bottom + 16.0, "scale", "middle", &text);
        }
        if let Some(first) = lines.first().and_then(|row| row.median(index)) {
            self.line(scale.place(first), top, bottom, "first");
        }
        for (row, place) in lines.into_iter().zip(0..) {
            let y = top + LINE * (f64::from(place) + 0.5);
            self.server(table, row, index, &scale, y);
        }
        self.height = bottom + SCALE;
    }

    fn server(&mut self, table: &Table, row: &Row, index: usize, scale: &Scale, y: f64) {
        self.text(
            LEFT - 16.0,
            y + 4.0,
            "name",
            "end",
            &row.server.replace('`', ""),
        );
        let Some(median) = row.median(index) else {
            return self.text(RIGHT + 16.0, y + 4.0, "figure", "start", "–");
        };
        let class = match row.role {
            Role::Own => "own",
            Role::Peer => "peer",
            Role::Limit => "limit",
        };
        for run in row.figures(index) {
            self.dot(scale.place(run), y, 3.0, &format!("{class} run"));
        }
        self.dot(scale.place(median), y, 5.5, class);
        let is_first = table
            .rows
            .first()
            .is_some_and(|first| std::ptr::eq(first, row));
        let text = match is_first {
            true => figure(median),
            false => table.beside_the_first(index, median),
        };
        self.text(RIGHT + 16.0, y + 4.0, "figure", "start", &text);
    }

    fn text(&mut self, x: f64, y: f64, class: &str, anchor: &str, text: &str) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\" text-anchor=\"{anchor}\">{text}</text>\n"
        ));
    }

    fn line(&mut self, x: f64, top: f64, bottom: f64, class: &str) {
        self.put(format_args!(
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\" class=\"{class}\"/>\n"
        ));
    }

    fn dot(&mut self, x: f64, y: f64, radius: f64, class: &str) {
        self.put(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" class=\"{class}\"/>\n"
        ));
    }

    fn put(&mut self, part: std::fmt::Arguments<'_>) {
        self.shapes.write_fmt(part).expect("text takes text");
    }
}

/// Powers of ten, from whole one to whole one.
struct Scale {
    lowest: i32,
    highest: i32,
}

impl Scale {
    /// A scale that has room for these figures; what is not above zero has no place on it.
    fn of(figures: impl Iterator<Item = f64>) -> Option<Self> {
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for figure in figures.filter(|figure| *figure > 0.0) {
            (least, most) = (least.min(figure), most.max(figure));
        }
        (most > 0.0).then(|| Self {
            lowest: least.log10().floor() as i32,
            highest: (most.log10().ceil() as i32).max(least.log10().floor() as i32 + 1),
        })
    }

    fn place(&self, figure: f64) -> f64 {
        let span = f64::from(self.highest - self.lowest);
        let share = (figure.log10() - f64::from(self.lowest)) / span;
        LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    /// The powers of ten; with few of them also figures between.
    fn marks(&self) -> Vec<f64> {
        let between: &[f64] = match self.highest - self.lowest {
            ..=2 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let powers = (self.lowest..self.highest).map(|power| 10_f64.powi(power));
        let mut marks: Vec<f64> = powers
            .flat_map(|power| between.iter().map(move |times| power * times))
            .collect();
        marks.push(10_f64.powi(self.highest));
        marks
    }
}
