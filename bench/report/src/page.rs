//! The page.

use crate::figure::figure;
use crate::parts::{PARTS, title};
use crate::{Made, Record, Role, Row, plot};

const HEAD: &str = "\
# What it costs

Every server runs in a process of its own, and what it costs is what the operating system says of that process. The load
comes from another process, which looks at little of what it hears. Servers are measured in turn, several times, and a
figure is the median of its runs. Ratios hold where absolute times do not: a figure stands in brackets behind its ratio
to Sessionwire's, so `2.0× (12.0)` is twice as much as Sessionwire's. The limit is a program that does nothing but the
system calls, with everything prepared; beside changes stands a second one, which first makes durable what it tells, as
gateways do. Where the load takes nearly all of a processor, times are the load's, and only what the server costs tells
something.

In the plots a large dot is the median, and small ones are the runs. The dashed line is Sessionwire.

Measure everything anew with `cargo xtask bench --peers --report`, or one part with its name, as in
`cargo xtask bench views --peers --report`. This page is made of the records in `docs/benchmarks`, and
`cargo xtask check` holds it to them.
";

/// The page that shows these records.
pub(crate) fn page(records: &[Record]) -> String {
    let mut text = HEAD.to_owned();
    let benchmarks = in_order(records);
    text.push_str(&overview(&benchmarks));
    let sections = benchmarks.iter();
    text.extend(sections.map(|(name, record)| record.map_or_else(|| missing(name), section)));
    text
}

/// The benchmarks by name, each with its record if there is one.
fn in_order(records: &[Record]) -> Vec<(&str, Option<&Record>)> {
    let find = |name| records.iter().find(|record| record.name == name);
    let places = PARTS.iter().map(|part| (part.name, find(part.name)));
    let has_none = |record: &&Record| PARTS.iter().all(|part| part.name != record.name);
    let others = records.iter().filter(has_none);
    places
        .chain(others.map(|record| (&*record.name, Some(record))))
        .collect()
}

/// The first thing that each benchmark is about, side by side.
fn overview(benchmarks: &[(&str, Option<&Record>)]) -> String {
    let lines: Vec<String> = benchmarks
        .iter()
        .filter_map(|(_, record)| {
            record.and_then(|record| Some(record).zip(plot::plotted(&record.table).next()))
        })
        .map(|(record, (index, column))| {
            let table = &record.table;
            let own = table.rows[0].median(index).map_or_else(dash, figure);
            let beside = |row: Option<&Row>| {
                let median = row.and_then(|row| row.median(index));
                median.map_or_else(dash, |median| table.beside_the_first(index, median))
            };
            let limit = table.rows.iter().find(|row| row.role == Role::Limit);
            let openclaw = table.rows.iter().find(|row| is_openclaw(row));
            let best = table.best(index, |row| row.role == Role::Peer && !is_openclaw(row));
            let peer =
                best.map_or_else(dash, |row| format!("{}: {}", row.server, beside(Some(row))));
            format!(
                "| {}: {}, {} | {own} | {} | {} | {peer} |\n",
                table.title,
                column.name,
                column.unit,
                beside(limit),
                beside(openclaw),
            )
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    format!(
        "\n|  | Sessionwire | limit | OpenClaw | best other peer |\n| --- | ---: | ---: | ---: | --- |\n{}",
        lines.concat()
    )
}

fn section(record: &Record) -> String {
    let Record { name, table, made } = record;
    let plot = match plot::plotted(table).next() {
        Some(_) => format!("\n![{}](benchmarks/{name}.svg)\n", table.title),
        None => String::new(),
    };
    let runs = table.rows.iter().map(|row| row.runs.len()).max();
    format!(
        "\n## {}\n\n{}\n\n{}{plot}\n{}\n",
        table.title,
        table.about,
        table.markdown(),
        said_of(made, runs.unwrap_or_default()),
    )
}

fn said_of(made: &Made, runs: usize) -> String {
    let Made {
        date,
        commit,
        cores,
        processor,
        memory,
        kernel,
        versions,
        load_before,
        load_after,
    } = made;
    let versions = versions.join(", ");
    let times = if runs == 1 { "run" } else { "runs" };
    format!(
        "{date}, commit `{commit}`, {runs} {times}; {cores} × {processor}, {memory} GB, {kernel}, {versions}; load \
         {load_before:.2} before and {load_after:.2} at the end."
    )
}

fn missing(name: &str) -> String {
    let title = title(name);
    format!("\n## {title}\n\nNot measured yet: `cargo xtask bench {name} --peers --report`.\n")
}

fn is_openclaw(row: &Row) -> bool {
    row.server.starts_with("OpenClaw")
}

fn dash() -> String {
    "–".to_owned()
}
