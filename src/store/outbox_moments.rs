//! Which commits had an effect, by the moment they were first written at: so that it is known again for a commit
//! that history was rewritten to.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use super::atomic::flush;
use super::crash::{Step, around};
use super::error::io;
use super::umask::{file_mode, is_shared};
use super::{Outbox, StoreError};

/// An effect that a commit had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// What the effect's key would be if its event were known by when its commit was first written, and not by the
    /// commit.
    pub known_as: String,
    /// The key of the effect's intent: that of the commit which had it first.
    pub key: String,
    /// The commit.
    pub commit: String,
}

impl Outbox {
    /// All commits that had an effect of that kind at that moment, the first recorded first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn moments(&self, known_as: &str) -> Result<Vec<Moment>, StoreError> {
        let path = self.moments_path(known_as);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io("reading", &path)(error)),
        };
        let text = String::from_utf8_lossy(&bytes);
        let read = |line: &str| {
            let mut parts = line.split(' ').map(ToOwned::to_owned);
            Some(Moment { known_as: parts.next()?, key: parts.next()?, commit: parts.next()? })
        };
        Ok(text.lines().filter_map(read).filter(|moment| moment.known_as == known_as).collect())
    }

    /// Notes commits that have effects, and brings that to the disk.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn note_moments(&self, moments: &[Moment]) -> Result<(), StoreError> {
        let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
        for Moment { known_as, key, commit } in moments {
            // A line of its own, whatever a killed run has left of another.
            let text = files.entry(self.moments_path(known_as)).or_insert_with(|| "\n".to_owned());
            text.push_str(&format!("{known_as} {key} {commit}\n"));
        }
        if files.is_empty() {
            return Ok(());
        }
        let folder = self.folder.join("moments");
        around(Step::Folder, || fs::create_dir_all(&folder)).map_err(io("creating", &folder))?;
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_shared() { file_mode() } else { 0o600 });
        for (path, text) in &files {
            around(Step::LogLines, || options.open(path)?.write_all(text.as_bytes())).map_err(io("writing", path))?;
        }
        flush(&files.into_keys().collect::<Vec<_>>())
    }

    /// One file for each beginning of two digits: so each of them is short.
    fn moments_path(&self, known_as: &str) -> PathBuf {
        self.folder.join("moments").join(known_as.get(..2).unwrap_or("other"))
    }
}
