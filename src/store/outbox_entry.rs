//! The outbox as it is found, whatever state its files are in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::crash::{Step, around};
use super::error::io;
use super::{Intent, IntentState, Outbox, OutboxCounts, Standing, StoreError, Turn};

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
            let state = match standing(&self.state_path(&key))? {
                Part::Read(file) => Part::Read(file.state),
                Part::Unreadable => Part::Unreadable,
                Part::Absent => Part::Absent,
            };
            entries.push(OutboxEntry { intent: intent(&self.intent_path(&key))?, state, key });
        }
        Ok(entries)
    }

    /// What is to happen under a key, and where it stands; `None` where a file of it is missing or unreadable.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn look(&self, key: &str) -> Result<Option<(Intent, Standing)>, StoreError> {
        Ok(match (intent(&self.intent_path(key))?, standing(&self.state_path(key))?) {
            (Part::Read(intent), Part::Read(standing)) => Some((intent, standing)),
            _ => None,
        })
    }

    /// The effects in one of these states, the first recorded first. What cannot be read is the doctor's.
    ///
    /// # Errors
    /// When the folder cannot be listed, or a file cannot be read.
    pub fn list(&self, states: &[IntentState]) -> Result<Vec<(Intent, Standing)>, StoreError> {
        let mut found = Vec::new();
        self.visit(states, &mut |recorded, intent, standing| found.push((recorded, intent, standing)))?;
        found.sort_by(|(one, first, _), (other, second, _)| (one, &first.key).cmp(&(other, &second.key)));
        Ok(found.into_iter().map(|(_, intent, standing)| (intent, standing)).collect())
    }

    /// The effects in one of these states one by one, in no order, each with the time it was recorded at: there may
    /// be ten thousands. Gives how many there are, of all that are not through with as far as is known, with a file that
    /// cannot be read.
    ///
    /// # Errors
    /// When the folder cannot be listed, or a file cannot be read.
    pub fn visit(
        &self,
        states: &[IntentState],
        visit: &mut dyn FnMut(Option<SystemTime>, Intent, Standing),
    ) -> Result<usize, StoreError> {
        let mut unreadable = 0;
        self.walk(|key, standing| {
            let (is_asked, is_open) = match &standing {
                Some(standing) => (states.contains(&standing.state), IntentState::OPEN.contains(&standing.state)),
                None => (false, true),
            };
            if !is_asked && !is_open {
                return Ok(());
            }
            let path = self.intent_path(key);
            let recorded = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
            match (intent(&path)?, standing) {
                (Part::Read(intent), Some(standing)) if is_asked => visit(recorded, intent, standing),
                (Part::Read(_), Some(_)) => {}
                _ => unreadable += usize::from(is_open && self.state_path(key).exists()),
            }
            Ok(())
        })?;
        Ok(unreadable)
    }

    /// Counts the effects by state; one that is not through with, with a file that cannot be read, as that alone.
    ///
    /// # Errors
    /// When the folder cannot be listed, or a file cannot be read.
    pub fn counts(&self) -> Result<OutboxCounts, StoreError> {
        let mut counts = OutboxCounts::default();
        self.walk(|_, standing| {
            match standing.map(|standing| standing.state) {
                Some(IntentState::Begun) => counts.begun += 1,
                Some(IntentState::Sent) => counts.sent += 1,
                Some(IntentState::Skipped) => counts.skipped += 1,
                _ => {}
            }
            Ok(())
        })?;
        counts.unreadable = self.visit(&IntentState::OPEN, &mut |_, _, standing| match standing.state {
            IntentState::Waiting => {
                counts.waiting += 1;
                counts.dead += usize::from(!standing.refused.is_empty());
                counts.parked += usize::from(!standing.unknown.is_empty());
            }
            IntentState::Running => counts.running += 1,
            IntentState::Dead => counts.dead += 1,
            IntentState::Parked => counts.parked += 1,
            IntentState::Begun | IntentState::Sent | IntentState::Skipped => {}
        })?;
        Ok(counts)
    }

    /// The keys there are, in no order, and where the effect of each stands; `None` where that cannot be read.
    fn walk<E>(&self, mut each: E) -> Result<(), StoreError>
    where
        E: FnMut(&str, Option<Standing>) -> Result<(), StoreError>,
    {
        let folder = self.folder.join("state");
        let listed = match fs::read_dir(&folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(io("listing", &folder)(error)),
        };
        for entry in listed {
            let name = entry.map_err(io("listing", &folder))?.file_name();
            let name = name.to_string_lossy();
            let Some(key) = name.strip_suffix(".json").filter(|key| !key.starts_with('.')) else { continue };
            match standing(&self.state_path(key))? {
                Part::Read(standing) => each(key, Some(standing))?,
                Part::Unreadable => each(key, None)?,
                Part::Absent => {}
            }
        }
        Ok(())
    }

    /// When an intent was recorded last; `None` where none was.
    #[must_use]
    pub fn last_recorded(&self) -> Option<SystemTime> {
        fs::metadata(self.folder.join("intents")).and_then(|metadata| metadata.modified()).ok()
    }

    /// Says that an effect is never carried out; what came of it before is kept, where that can be read.
    ///
    /// # Errors
    /// When its state cannot be read or written.
    pub fn skip(&self, key: &str, reason: &str) -> Result<(), StoreError> {
        let mut skipped = match standing(&self.state_path(key))? {
            Part::Read(known) => known,
            Part::Absent | Part::Unreadable => Standing::new(IntentState::Skipped, reason),
        };
        (skipped.state, skipped.not_before) = (IntentState::Skipped, None);
        reason.clone_into(&mut skipped.reason);
        self.put(key, &skipped)
    }

    /// When something was recorded last, and when something was noted of what came of it.
    #[must_use]
    pub fn last_changed(&self) -> [Option<SystemTime>; 2] {
        let states = fs::metadata(self.folder.join("state")).and_then(|metadata| metadata.modified()).ok();
        [self.last_recorded(), states]
    }

    /// Takes the right to carry effects out, which one process at a time has; else what is said of who has it.
    ///
    /// # Errors
    /// When the lock cannot be made or asked for.
    pub fn turn(&self, who: &str) -> Result<Result<Turn, String>, StoreError> {
        around(Step::Folder, || fs::create_dir_all(&self.folder)).map_err(io("creating", &self.folder))?;
        Turn::take(&self.folder.join("outbox.lock"), who)
    }

    /// The files of an effect: intent and state.
    #[must_use]
    pub fn files(&self, key: &str) -> [PathBuf; 2] {
        [self.intent_path(key), self.state_path(key)]
    }
}

fn intent(path: &Path) -> Result<Part<Intent>, StoreError> {
    read(path, |bytes| serde_json::from_slice(bytes).ok())
}

fn standing(path: &Path) -> Result<Part<Standing>, StoreError> {
    read(path, Standing::of)
}

fn read<T>(path: &Path, parse: impl FnOnce(&[u8]) -> Option<T>) -> Result<Part<T>, StoreError> {
    Ok(match fs::read(path) {
        Ok(bytes) => parse(&bytes).map_or(Part::Unreadable, Part::Read),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Part::Absent,
        Err(error) => return Err(io("reading", path)(error)),
    })
}
