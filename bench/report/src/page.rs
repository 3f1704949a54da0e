//! The page.

use crate::figure::figure;
use crate::parts::{PARTS, Part};
use crate::{Made, Record, Role, Row, plot};

const HEAD: &str = "\
# What it costs

Every server runs in a process of its own, and what it costs is what the operating system says of that process. The load
comes from another process, which looks at little of what it hears. Servers are measured in turn, several times, and a
figure is the median of its runs. Ratios hold where absolute times do not: a figure stands in brackets behind its ratio to
Sessionwire's, so `2.0× (12.0)` is twice as much as Sessionwire's. The limit is a program that does nothing but the system
calls, with everything prepared.

In the plots a large dot is the median, and small ones are the runs. The dashed line is Sessionwire.

Measure everything anew with `cargo xtask bench --peers --report`, or one part with its name, as in
`cargo xtask bench views --peers --report`. Without `--peers` only what is written in Rust is measured. This page is made
of the records in `docs/benchmarks`, and `cargo xtask check` holds it to them.
";

/// The page that shows these records.
pub(crate) fn page(records: &[Record]) -> String {
    let mut text = HEAD.to_owned();
    text.push_str(&overview(records));
    let find = |name: &str| records.iter().find(|record| record.name == name);
    for part in PARTS {
        text.push_str(&find(part.name).map_or_else(|| missing(part), section));
    }
    let known = |record: &&Record| PARTS.iter().any(|part| part.name == record.name);
    let others = records.iter().filter(|record| !known(record));
    text.extend(others.map(section));
    text
}

/// The first thing that each benchmark is about, side by side.
fn overview(records: &[Record]) -> String {
    let find = |name: &str| records.iter().find(|record| record.name == name);
    let known = |record: &&Record| PARTS.iter().any(|part| part.name == record.name);
    let in_order = PARTS.iter().filter_map(|part| find(part.name));
    let lines: Vec<String> = in_order
        .chain(records.iter().filter(|record| !known(record)))
        .filter_map(|record| Some(record).zip(plot::plotted(&record.table).next()))
        .map(|(record, (index, column))| {
            let table = &record.table;
            let own = table.rows[0].median(index).map_or_else(dash, figure);
            let beside = |row: Option<&Row>| {
                let median = row.and_then(|row| row.median(index));
                median.map_or_else(dash, |median| table.beside_the_first(index, median))
            };
            let limit = table.rows.iter().find(|row| row.role == Role::Limit);
            let best = plot::best_peer(table, index);
            let openclaw = table
                .rows
                .iter()
                .find(|row| row.server.starts_with("OpenClaw"));
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
        "\n|  | Sessionwire | limit | OpenClaw | best peer |\n| --- | ---: | ---: | ---: | --- |\n{}",
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

fn missing(part: &Part) -> String {
    let Part { name, title } = part;
    format!("\n## {title}\n\nNot measured yet: `cargo xtask bench {name} --peers --report`.\n")
}

fn dash() -> String {
    "–".to_owned()
}
