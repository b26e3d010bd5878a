//! The outbox as it is found, whatever state its files are in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::error::io;
use super::outbox::StateFile;
use super::{Intent, IntentState, Outbox, StoreError};

/// One effect as its two files have it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxEntry {
    /// The effect's key, which is the files' name.
    pub key: String,
    /// What is to happen.
    pub intent: Part<Intent>,
    /// Where it stands.
    pub state: Part<IntentState>,
}

/// One file of an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Part<T> {
    /// It is not there.
    Absent,
    /// It is not what this program writes.
    Unreadable,
    /// It says this.
    Read(T),
}

impl Outbox {
    /// All effects that have a file, by key.
    ///
    /// # Errors
    /// When a folder cannot be listed, or a file cannot be read.
    pub fn entries(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        let mut keys = BTreeSet::new();
        for folder in ["intents", "state"] {
            let folder = self.folder.join(folder);
            let listed = match fs::read_dir(&folder) {
                Ok(listed) => listed,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(io("listing", &folder)(error)),
            };
            for entry in listed {
                let name = entry.map_err(io("listing", &folder))?.file_name();
                let name = name.to_string_lossy();
                keys.extend(name.strip_suffix(".json").filter(|key| !key.starts_with('.')).map(ToOwned::to_owned));
            }
        }
        let mut entries = Vec::new();
        for key in keys {
            let state = match read::<StateFile>(&self.state_path(&key))? {
                Part::Read(file) => Part::Read(file.state),
                Part::Unreadable => Part::Unreadable,
                Part::Absent => Part::Absent,
            };
            entries.push(OutboxEntry { intent: read(&self.intent_path(&key))?, state, key });
        }
        Ok(entries)
    }

    /// The files of an effect: intent and state.
    #[must_use]
    pub fn files(&self, key: &str) -> [PathBuf; 2] {
        [self.intent_path(key), self.state_path(key)]
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Part<T>, StoreError> {
    Ok(match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_or(Part::Unreadable, Part::Read),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Part::Absent,
        Err(error) => return Err(io("reading", path)(error)),
    })
}
