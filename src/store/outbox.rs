use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::atomic::{Flush, create_from, flush, replace_from};
use super::{Permission, StoreError, remove, sweep};

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
    /// The digest of the configuration that asked for it: it is carried out where that is allowed. `None` of what
    /// earlier versions have recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// The id of the event from outside that all began with: what has happened outside is so on whatever branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<String>,
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
    /// Never to be carried out: nothing here can, or nobody wants it.
    Skipped,
    /// It is being carried out. Where nobody has the outbox's turn, whoever did was killed.
    Running,
    /// It failed for good, or too often.
    Dead,
    /// Whoever carried it out was killed, and a second attempt might do it twice: a person decides.
    Parked,
}

impl IntentState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Begun, Self::Running, Self::Sent, Self::Skipped, Self::Dead, Self::Parked];

    /// Those of what is not through with.
    pub const OPEN: [Self; 4] = [Self::Waiting, Self::Running, Self::Dead, Self::Parked];

    /// Its name in files and output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Begun => "begun",
            Self::Running => "running",
            Self::Sent => "sent",
            Self::Skipped => "skipped",
            Self::Dead => "dead",
            Self::Parked => "parked",
        }
    }
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
    /// Being carried out.
    pub running: usize,
    /// Failed for good, or waiting for another delivery while one has failed so.
    pub dead: usize,
    /// Left to a person, or waiting for another delivery while one is left so.
    pub parked: usize,
    /// Not through with as far as is known, with a file that cannot be read.
    pub unreadable: usize,
}

/// What the state file of an effect says: `taskmaster.intent-state/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    schema: String,
    /// Where it stands.
    pub state: IntentState,
    /// Why.
    pub reason: String,
    /// How often it was tried.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub attempts: u64,
    /// When it may be tried again, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<u64>,
    /// Which of its deliveries was begun last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<usize>,
    /// Which of its deliveries are done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<usize>,
    /// Of which of its deliveries nobody knows whether they happened, and why: they are not begun again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<usize, String>,
    /// Which of its deliveries are given up, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<usize, String>,
    /// What came of the last attempt at each delivery, by its number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub receipts: BTreeMap<String, Value>,
    /// The push that it waits for: another clone may be faster with the same event, and sends then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<AwaitedPush>,
    /// The id of the event from outside that is to have been handled before: what follows from it is kept then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
    /// The command that was begun last, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<CommandProcess>,
}

/// A command that runs, as the next run of the outbox may find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandProcess {
    /// The number of its process group, and of the process that leads it.
    pub group: u32,
    /// When that process has started, in the system's own way; `None` where that cannot be known.
    pub started: Option<String>,
    /// When its time is over, in milliseconds since 1970.
    pub until: u64,
}

/// A commit that is to be on a remote's branch before an effect is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedPush {
    /// The remote.
    pub remote: String,
    /// The branch there.
    pub branch: String,
    /// The key of the event from outside that the commit is for.
    pub event: String,
    /// What tells the commit from those that other clones make for the same event: it is in its trailers.
    pub sender: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_none_yet(attempts: &u64) -> bool {
    *attempts == 0
}

impl Standing {
    /// Nothing was tried yet.
    #[must_use]
    pub fn new(state: IntentState, reason: &str) -> Self {
        Self {
            schema: "taskmaster.intent-state/1".to_owned(),
            state,
            reason: reason.to_owned(),
            attempts: 0,
            not_before: None,
            part: None,
            done: Vec::new(),
            unknown: BTreeMap::new(),
            refused: BTreeMap::new(),
            receipts: BTreeMap::new(),
            push: None,
            awaits: None,
            process: None,
        }
    }

    /// What an empty file means, which a power cut can leave: anything may have happened.
    pub(super) fn lost() -> Self {
        Self { part: Some(0), ..Self::new(IntentState::Running, "its state was lost with the power") }
    }

    /// What a state file says; `None` where it is none.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() { Some(Self::lost()) } else { serde_json::from_slice(bytes).ok() }
    }
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
        let is_new = self.record_soon(intent, state, reason)?;
        self.flush([intent.key.as_str()])?;
        Ok(is_new)
    }

    /// The same for one of many: only [`Outbox::flush`] brings it to the disk.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn record_soon(&self, intent: &Intent, state: IntentState, reason: &str) -> Result<bool, StoreError> {
        self.record_standing_soon(intent, &Standing::new(state, reason))
    }

    /// The same with all that is known of where it stands.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn record_standing_soon(&self, intent: &Intent, standing: &Standing) -> Result<bool, StoreError> {
        if self.is_past(&intent.key)? {
            return Ok(false);
        }
        let path = self.intent_path(&intent.key);
        let how = (Permission::Shared, Flush::Later);
        let text = serde_json::to_string_pretty(intent).map_err(|_| StoreError::Corrupt { path: path.clone() })?;
        let created = create_from(&self.folder, &path, format!("{text}\n").as_bytes(), how)?;
        // A power cut has left an empty file of a run that came no further.
        let is_empty = !created && fs::metadata(&path).is_ok_and(|metadata| metadata.len() == 0);
        if is_empty {
            replace_from(&self.folder, &path, Some(b""), format!("{text}\n").as_bytes(), how)?;
        }
        // After a crash between the two files the intent is there and its state is not.
        if created || is_empty || !self.state_path(&intent.key).exists() {
            self.put_soon(&intent.key, standing)?;
        }
        Ok(created || is_empty)
    }

    /// Takes an effect back that nobody has begun: as if it had never been recorded. The state goes first, so that no run
    /// finds half of it.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn take_back(&self, key: &str) -> Result<(), StoreError> {
        let [intent, state] = self.files(key);
        remove(&state)?;
        remove(&intent)
    }

    /// Says where the effect of a key stands now.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn settle(&self, key: &str, state: IntentState, reason: &str) -> Result<(), StoreError> {
        self.put(key, &Standing::new(state, reason))
    }

    /// Says where the effect of a key stands now, with all that is known of it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn put(&self, key: &str, standing: &Standing) -> Result<(), StoreError> {
        self.write(key, standing, Flush::First)
    }

    /// The same, where a power cut may leave the state unknown, until [`Outbox::flush`] brings it to the disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn put_soon(&self, key: &str, standing: &Standing) -> Result<(), StoreError> {
        self.write(key, standing, Flush::Later)
    }

    fn write(&self, key: &str, standing: &Standing, flush: Flush) -> Result<(), StoreError> {
        let path = self.state_path(key);
        let before = fs::read(&path).ok();
        let text = Self::state_text(&path, standing)?;
        replace_from(&self.folder, &path, before.as_deref(), &text, (Permission::Shared, flush))?;
        Ok(())
    }

    /// Brings what was written of these effects to the disk.
    ///
    /// # Errors
    /// When that fails.
    pub fn flush<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Result<(), StoreError> {
        let paths: Vec<PathBuf> = keys.into_iter().flat_map(|key| self.files(key)).collect();
        flush(&paths)
    }

    /// Brings the states of these effects to the disk.
    ///
    /// # Errors
    /// When that fails.
    pub fn flush_states<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Result<(), StoreError> {
        let paths: Vec<PathBuf> = keys.into_iter().map(|key| self.state_path(key)).collect();
        flush(&paths)
    }

    fn state_text(path: &Path, standing: &Standing) -> Result<Vec<u8>, StoreError> {
        let text = serde_json::to_string_pretty(standing).map_err(|_| StoreError::Corrupt { path: path.to_owned() })?;
        Ok(format!("{text}\n").into_bytes())
    }

    /// Says that the effect of a key is about to be carried out, where nothing is said of it yet; `false` where
    /// something is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&self, key: &str, reason: &str) -> Result<bool, StoreError> {
        if self.is_past(key)? {
            return Ok(false);
        }
        let path = self.state_path(key);
        let text = Self::state_text(&path, &Standing::new(IntentState::Begun, reason))?;
        create_from(&self.folder, &path, &text, (Permission::Shared, Flush::First))
    }

    /// Notes that it is said how a configuration is allowed; `false` where that was said of it before.
    ///
    /// # Errors
    /// When the note cannot be written.
    pub fn ask(&self, hash: &str) -> Result<bool, StoreError> {
        let path = self.folder.join("asked");
        let before = fs::read(&path).ok();
        let line = format!("{hash}\n");
        if before.as_deref() == Some(line.as_bytes()) {
            return Ok(false);
        }
        let how = (Permission::Readable, Flush::First);
        replace_from(&self.folder, &path, before.as_deref(), line.as_bytes(), how)?;
        Ok(true)
    }

    /// Whether the effect of a key was recorded.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.intent_path(key).exists() || self.is_past(key).unwrap_or(true)
    }

    pub(super) fn intent_path(&self, key: &str) -> PathBuf {
        self.folder.join("intents").join(format!("{key}.json"))
    }

    pub(super) fn state_path(&self, key: &str) -> PathBuf {
        self.folder.join("state").join(format!("{key}.json"))
    }
}
