use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::io;
use super::{StoreError, create_new, replace};

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

    /// Records an intent and its first state; `false` where the key is there already.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn record(&self, intent: &Intent, state: IntentState, reason: &str) -> Result<bool, StoreError> {
        let path = self.intent_path(&intent.key);
        let text = serde_json::to_string_pretty(intent).map_err(|_| StoreError::Corrupt { path: path.clone() })?;
        let created = create_new(&path, format!("{text}\n").as_bytes())?;
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
        let file = StateFile { schema: "taskmaster.intent-state/1".to_owned(), state, reason: reason.to_owned() };
        let text = serde_json::to_string_pretty(&file).map_err(|_| StoreError::Corrupt { path: path.clone() })?;
        let before = fs::read(&path).ok();
        replace(&path, before.as_deref(), format!("{text}\n").as_bytes())?;
        Ok(())
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
                IntentState::Sent => counts.sent += 1,
                IntentState::Skipped => counts.skipped += 1,
            }
        }
        Ok(counts)
    }
}
