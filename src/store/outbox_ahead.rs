//! Effects of commits that are not on the shared branch yet: noted where the commits are made, beside what is recorded.

use std::fs;
use std::path::PathBuf;

use super::atomic::{Flush, create_from};
use super::error::io;
use super::{Intent, Outbox, Permission, StoreError, read, remove, replace};

impl Outbox {
    /// Notes an effect that is to be recorded once its commit is on the shared branch, unless it was recorded or noted before.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note_ahead(&self, intent: &Intent) -> Result<(), StoreError> {
        if self.has(&intent.key) {
            return Ok(());
        }
        let path = self.ahead_path(&intent.key);
        let text = serde_json::to_string_pretty(intent).map_err(|_| StoreError::Corrupt { path: path.clone() })?;
        create_from(&self.folder, &path, format!("{text}\n").as_bytes(), (Permission::Shared, Flush::First))?;
        Ok(())
    }

    /// The effects that are noted so, by key. What cannot be read is none.
    ///
    /// # Errors
    /// When the folder cannot be listed, or a file cannot be read.
    pub fn ahead(&self) -> Result<Vec<Intent>, StoreError> {
        let folder = self.folder.join("ahead");
        let listed = match fs::read_dir(&folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io("listing", &folder)(error)),
        };
        let mut found: Vec<Intent> = Vec::new();
        for entry in listed {
            let path = entry.map_err(io("listing", &folder))?.path();
            if let Some(bytes) = read(&path)? {
                found.extend(serde_json::from_slice(&bytes));
            }
        }
        found.sort_by(|one: &Intent, other| one.key.cmp(&other.key));
        Ok(found)
    }

    /// Whether any was ever noted so.
    #[must_use]
    pub fn was_ahead(&self) -> bool {
        self.folder.join("ahead").is_dir()
    }

    /// Takes such a note away.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn forget_ahead(&self, key: &str) -> Result<(), StoreError> {
        remove(&self.ahead_path(key))
    }

    /// Where the shared branch was when somebody looked last which of them have arrived there.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn arrived_at(&self) -> Result<Option<Vec<u8>>, StoreError> {
        read(&self.folder.join("arrived"))
    }

    /// Says where it was.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note_arrived_at(&self, tips: &[u8]) -> Result<(), StoreError> {
        let path = self.folder.join("arrived");
        let before = read(&path)?;
        replace(&path, before.as_deref(), tips).map(drop)
    }

    fn ahead_path(&self, key: &str) -> PathBuf {
        self.folder.join("ahead").join(format!("{key}.json"))
    }
}
