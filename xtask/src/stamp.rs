//! Whether a step's inputs and outputs are as they were when it last succeeded.

use std::{
    fs,
    hash::{DefaultHasher, Hasher as _},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::step::Outcome;

/// What a step reads and writes, and the file that remembers how both looked.
///
/// Folders count with all that is in them, but for `node_modules` and the inputs that `except` names.
pub(crate) struct Stamp<'a> {
    pub(crate) file: PathBuf,
    pub(crate) inputs: &'a [&'a Path],
    pub(crate) outputs: &'a [&'a Path],
    pub(crate) except: &'a [&'a Path],
}

impl Stamp<'_> {
    /// Does the work, unless the stamp says that it would change nothing.
    pub(crate) fn unless_current(&self, work: impl FnOnce() -> Result<()>) -> Result<Outcome> {
        let inputs = fingerprint(self.inputs, self.except)?;
        if let Ok(recorded) = fs::read_to_string(&self.file)
            && recorded == format!("{inputs} {}", fingerprint(self.outputs, &[])?)
        {
            return Ok(Outcome::Unchanged);
        }
        work()?;
        let record = format!("{inputs} {}", fingerprint(self.outputs, &[])?);
        self.file
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&self.file, record))
            .with_context(|| format!("cannot write {}", self.file.display()))?;
        Ok(Outcome::Done)
    }
}

fn fingerprint(paths: &[&Path], except: &[&Path]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(path, except, &mut hasher)
            .with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(path: &Path, except: &[&Path], hasher: &mut DefaultHasher) -> io::Result<()> {
    if except.contains(&path) || path.file_name().is_some_and(|name| name == "node_modules") {
        return Ok(());
    }
    hasher.write(path.as_os_str().as_encoded_bytes());
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()?;
        entries.sort();
        entries
            .iter()
            .try_for_each(|entry| add(entry, except, hasher))
    } else if path.is_file() {
        let content = fs::read(path)?;
        hasher.write_usize(content.len());
        hasher.write(&content);
        Ok(())
    } else {
        hasher.write(b"missing");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn work_is_done_once_and_again_after_each_change() {
        let room = Room::new();
        assert!(room.works());
        assert!(!room.works());

        room.write("in/deep/source", "two");
        assert!(room.works());
        assert!(!room.works());

        room.write("in/new", "");
        assert!(room.works());
        fs::rename(room.path("in/new"), room.path("in/renamed")).unwrap();
        assert!(room.works());
        fs::remove_file(room.path("in/renamed")).unwrap();
        assert!(room.works());
        assert!(!room.works());
    }

    #[test]
    fn a_lost_or_edited_output_is_made_again() {
        let room = Room::new();
        assert!(room.works());
        fs::remove_file(room.path("in/built")).unwrap();
        assert!(room.works());
        room.write("in/built", "edited");
        assert!(room.works());
        assert!(!room.works());
    }

    #[test]
    fn installed_packages_and_exceptions_do_not_count() {
        let room = Room::new();
        assert!(room.works());
        room.write("in/node_modules/package/index.js", "");
        room.write("in/excepted/index.js", "");
        assert!(!room.works());
    }

    #[test]
    fn work_that_fails_is_tried_again() {
        let room = Room::new();
        assert!(room.stamped(|| anyhow::bail!("no")).is_err());
        assert!(room.works());
    }

    struct Room(TempDir);

    impl Room {
        fn new() -> Self {
            let room = Self(TempDir::new().unwrap());
            room.write("in/deep/source", "one");
            room
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, content: &str) {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }

        /// Whether the stamp lets the work be done, which copies the source to the output.
        fn works(&self) -> bool {
            let outcome = self.stamped(|| {
                fs::copy(self.path("in/deep/source"), self.path("in/built")).unwrap();
                Ok(())
            });
            matches!(outcome.unwrap(), Outcome::Done)
        }

        fn stamped(&self, work: impl FnOnce() -> Result<()>) -> Result<Outcome> {
            Stamp {
                file: self.path("stamps/work"),
                inputs: &[&self.path("in")],
                outputs: &[&self.path("in/built")],
                except: &[&self.path("in/built"), &self.path("in/excepted")],
            }
            .unless_current(work)
        }
    }
}
