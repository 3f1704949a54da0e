//! Records and what they yield, as files.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{Record, page, plot};

/// Inside the docs: the page, and the folder of records and plots.
const PAGE: &str = "benchmarks.md";
const FOLDER: &str = "benchmarks";

/// Puts a record into the docs, in the place of the one before of that benchmark.
pub fn save(docs: &Path, record: &Record) -> Result<()> {
    let folder = docs.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let text = serde_json::to_string_pretty(record)?;
    put(
        &folder.join(format!("{}.json", record.name)),
        &(text + "\n"),
    )
}

/// Writes the page and the plots that the records in the docs yield.
pub fn write(docs: &Path) -> Result<()> {
    let yielded = yielded(docs)?;
    for (path, text) in &yielded {
        put(path, text)?;
    }
    for plot in files(&docs.join(FOLDER), "svg")? {
        if !yielded.contains_key(&plot) {
            fs::remove_file(&plot).with_context(|| format!("cannot remove {}", plot.display()))?;
        }
    }
    Ok(())
}

/// Fails where the page or a plot is not what the records in the docs yield.
pub fn check(docs: &Path) -> Result<()> {
    let expected = yielded(docs)?;
    let differs = |(path, text): &(&PathBuf, &String)| {
        fs::read_to_string(path).map_or(true, |found| found != **text)
    };
    let mut wrong: Vec<PathBuf> = expected
        .iter()
        .filter(differs)
        .map(|(path, _)| path.clone())
        .collect();
    let plots = files(&docs.join(FOLDER), "svg")?;
    wrong.extend(
        plots
            .into_iter()
            .filter(|plot| !expected.contains_key(plot)),
    );
    if wrong.is_empty() {
        return Ok(());
    }
    let wrong: Vec<String> = wrong
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    bail!(
        "the records in {} do not yield this: {}",
        docs.join(FOLDER).display(),
        wrong.join(", ")
    );
}

/// The page and the plots, by path.
fn yielded(docs: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let records = records(&docs.join(FOLDER))?;
    let mut yielded = BTreeMap::from([(docs.join(PAGE), page::page(&records))]);
    for record in &records {
        if let Some(drawn) = plot::plot(&record.table) {
            let path = docs.join(FOLDER).join(format!("{}.svg", record.name));
            yielded.insert(path, drawn);
        }
    }
    Ok(yielded)
}

fn records(folder: &Path) -> Result<Vec<Record>> {
    let read = |path: PathBuf| -> Result<Record> {
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let record: Record = serde_json::from_str(&text)
            .with_context(|| format!("{} is no record", path.display()))?;
        let columns = record.table.columns.len();
        let runs = || record.table.rows.iter().flat_map(|row| &row.runs);
        if record.table.rows.is_empty() || runs().any(|run| run.len() != columns) {
            bail!("{} has not a figure for each column", path.display());
        }
        if path.file_stem().is_none_or(|stem| *stem != *record.name) {
            bail!("{} is the record of {}", path.display(), record.name);
        }
        Ok(record)
    };
    files(folder, "json")?.into_iter().map(read).collect()
}

/// The files of a kind, by name; none where there is no such folder.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("cannot read {}", folder.display()))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Better, Column, Made, Role, Row, Table};

    fn record(cost: f64) -> Record {
        let row = |server: &str, role, figure: Option<f64>| Row {
            server: server.to_owned(),
            role,
            runs: vec![vec![figure, Some(3.0)], vec![figure, Some(4.0)]],
        };
        let column = |name: &str, better| Column {
            name: name.to_owned(),
            unit: "each".to_owned(),
            better,
        };
        Record {
            name: "views".to_owned(),
            table: Table {
                title: "Live lists".to_owned(),
                about: "What they cost.".to_owned(),
                columns: vec![column("cost", Some(Better::Less)), column("lists", None)],
                rows: vec![
                    row("sessionwire", Role::Own, Some(cost)),
                    row("the limit", Role::Limit, Some(1.0)),
                    row("a peer & others", Role::Peer, None),
                ],
            },
            made: Made {
                date: "2026-01-01".to_owned(),
                commit: "abc".to_owned(),
                cores: 2,
                processor: "Processor".to_owned(),
                memory: 8,
                kernel: "Linux 6".to_owned(),
                versions: vec!["rustc 1".to_owned()],
                load_before: 0.0,
                load_after: 1.0,
            },
        }
    }

    #[test]
    fn the_page_is_held_to_its_records() {
        let docs = tempfile::tempdir().expect("a temporary folder");
        let docs = docs.path();
        assert!(check(docs).is_err(), "there is no page");
        save(docs, &record(2.0)).expect("it is saved");
        write(docs).expect("it is written");
        check(docs).expect("it is as its record");
        let page = fs::read_to_string(docs.join(PAGE)).expect("there is a page");
        assert!(
            page.contains("| the limit | 0.50× (1.00) | 3.50 |"),
            "{page}"
        );
        assert!(page.contains("| a peer & others | – | 3.50 |"), "{page}");
        assert!(page.contains("`cargo xtask bench resume --peers"), "{page}");

        save(docs, &record(4.0)).expect("it is saved");
        let wrong = check(docs).expect_err("the page is of another record");
        assert!(wrong.to_string().contains("views.svg"), "{wrong}");
        write(docs).expect("it is written");
        check(docs).expect("it is as its record");

        fs::remove_file(docs.join("benchmarks/views.json")).expect("it was there");
        let wrong = check(docs).expect_err("the plot has no record");
        assert!(wrong.to_string().contains("views.svg"), "{wrong}");
        write(docs).expect("it is written");
        check(docs).expect("there is no such plot");
    }

    #[test]
    fn a_record_has_a_figure_for_each_column() {
        let docs = tempfile::tempdir().expect("a temporary folder");
        let mut short = record(2.0);
        short.table.rows[0].runs[0].pop();
        save(docs.path(), &short).expect("it is saved");
        let wrong = write(docs.path()).expect_err("a figure is missing");
        assert!(wrong.to_string().contains("views.json"), "{wrong}");
    }
}
