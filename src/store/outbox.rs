use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::atomic::{create_from, replace_from};
use super::error::io;
use super::{Permission, StoreError, sweep};

/// The durable queue of effects: an intent that never changes, and a state beside it that is
/// replaced atomically.
#[derive(Debug, Clone)]
pub struct Outbox {
    pub(super) folder: PathBuf,
}

/// One thing that is to happen outside the tree, as it was planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// `taskmaster.intent/1`.
    pub schema: String,
    /// The effect's key: the same effect never gets a second intent.
    pub key: String,
    /// The key of the event that caused it.
    pub event: String,
    /// The trigger that asked for it.
    pub trigger: String,
    /// The action's name in the trigger.
    pub action: String,
    /// The task it is about, if it is about one.
    pub task: Option<String>,
    /// The commit that must be on the canonical branch before it may be carried out.
    pub requires: String,
    /// The event's data and the rendered text.
    pub data: Value,
}

/// Where an effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntentState {
    /// To be carried out.
    Waiting,
    /// A run is about to carry it out. Where that run was killed nobody knows how far it came, and it is not
    /// carried out again.
    Begun,
    /// It was carried out.
    Sent,
    /// Never to be carried out: it was not allowed when it was planned.
    Skipped,
}

/// How many intents there are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxCounts {
    /// To be carried out.
    pub waiting: usize,
    /// Begun, and not known to have been carried out.
    pub begun: usize,
    /// Carried out.
    pub sent: usize,
    /// Recorded, never to be carried out.
    pub skipped: usize,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StateFile {
    schema: String,
    pub(super) state: IntentState,
    reason: String,
}

impl Outbox {
    /// The outbox below `store`, the program's folder in the common git directory.
    #[must_use]
    pub fn new(store: &Path) -> Self {
        Self { folder: store.join("outbox") }
    }

    /// Removes what interrupted runs have left. Files are staged beside the folders of intents and states, which
    /// may hold ten thousands.
    pub fn sweep(&self) {
        sweep(&self.folder);
    }

    /// Records an intent and its first state; `false` where the key is there already.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn record(&self, intent: &Intent, state: IntentState, reason: &str) -> Result<bool, StoreError> {
        let path = self.intent_path(&intent.key);
        let text = serde_json::to_string_pretty(intent).map_err(|_| StoreError::Corrupt { path: path.clone() })?;
        let created = create_from(&self.folder, &path, format!("{text}\n").as_bytes())?;
        // After a crash between the two files the intent is there and its state is not.
        if created || !self.state_path(&intent.key).exists() {
            self.settle(&intent.key, state, reason)?;
        }
        Ok(created)
    }

    /// Says where the effect of a key stands now.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn settle(&self, key: &str, state: IntentState, reason: &str) -> Result<(), StoreError> {
        let path = self.state_path(key);
        let before = fs::read(&path).ok();
        let text = Self::state_text(&path, state, reason)?;
        replace_from(&self.folder, &path, before.as_deref(), &text, Permission::Readable)?;
        Ok(())
    }

    fn state_text(path: &Path, state: IntentState, reason: &str) -> Result<Vec<u8>, StoreError> {
        let file = StateFile { schema: "taskmaster.intent-state/1".to_owned(), state, reason: reason.to_owned() };
        let text = serde_json::to_string_pretty(&file).map_err(|_| StoreError::Corrupt { path: path.to_owned() })?;
        Ok(format!("{text}\n").into_bytes())
    }

    /// Says that the effect of a key is about to be carried out, where nothing is said of it yet; `false` where
    /// something is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&self, key: &str, reason: &str) -> Result<bool, StoreError> {
        let path = self.state_path(key);
        create_from(&self.folder, &path, &Self::state_text(&path, IntentState::Begun, reason)?)
    }

    /// Whether the effect of a key was recorded.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.intent_path(key).exists()
    }

    pub(super) fn intent_path(&self, key: &str) -> PathBuf {
        self.folder.join("intents").join(format!("{key}.json"))
    }

    pub(super) fn state_path(&self, key: &str) -> PathBuf {
        self.folder.join("state").join(format!("{key}.json"))
    }

    /// Counts the intents by state.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn counts(&self) -> Result<OutboxCounts, StoreError> {
        let folder = self.folder.join("state");
        let mut counts = OutboxCounts::default();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(counts),
            Err(error) => return Err(io("listing", &folder)(error)),
        };
        for entry in entries {
            let path = entry.map_err(io("listing", &folder))?.path();
            let text = fs::read_to_string(&path).map_err(io("reading", &path))?;
            let file: StateFile =
                serde_json::from_str(&text).map_err(|_| StoreError::Corrupt { path: path.clone() })?;
            match file.state {
                IntentState::Waiting => counts.waiting += 1,
                IntentState::Begun => counts.begun += 1,
                IntentState::Sent => counts.sent += 1,
                IntentState::Skipped => counts.skipped += 1,
            }
        }
        Ok(counts)
    }
}
