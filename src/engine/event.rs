//! Events: named facts with stable ids, derived from changes or handed in from outside.

pub mod alias;
mod derive;
mod outside;

use std::fmt;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

pub use derive::{Derived, derive, field_event};
pub use outside::data_digest;

use super::creation::Ground;
use super::made_key::MadeBefore;
use crate::model::{Commit, CommitId, Task, TaskId, Timestamp};

/// The version of the id's recipe: ids of different recipes never meet.
const RECIPE: &str = "1";

/// The stable id of an event: 64 hexadecimal digits.
///
/// SHA-256 over (recipe version, task, type, field, old, new, commit), each preceded by its length
/// in bytes as a 64-bit big-endian number. An event that `trigger_*` asks for has one part more: the id that
/// the asking event would have without a commit. The same commit gives the same ids in every clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EventId(String);

impl EventId {
    fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for part in [RECIPE].into_iter().chain(parts) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digits = hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
            text.push(digit(byte >> 4));
            text.push(digit(byte & 15));
            text
        });
        Self(digits)
    }

    /// The key of one effect of this event: SHA-256 over (event, trigger, action index, destination).
    #[must_use]
    pub fn effect_key(&self, trigger: &str, action: usize, destination: &str) -> String {
        Self::of([&self.0, trigger, &action.to_string(), destination, "", "effect"]).0
    }

    /// All digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits: enough for people, and for a trailer's line.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A named fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its stable id, which is also its key.
    pub id: EventId,
    /// Its dotted name, such as `task.status.updated`.
    pub kind: String,
    /// The task it is about.
    pub task: Option<TaskId>,
    /// The field it is about.
    pub field: Option<String>,
    /// What the field was, as written.
    pub old: Option<Value>,
    /// What the field is, as written.
    pub new: Option<Value>,
    /// Whoever did it has set the date of the task's last change in the same step.
    pub is_dated: bool,
    /// Where it came from.
    pub origin: Origin,
    /// 0 for what a person did, one more for each consequence.
    pub depth: u8,
    /// The event it is a consequence of.
    pub cause: Option<EventId>,
    /// What tells an event that an action asked for from an equal one that was asked for by another event: the
    /// id that the asking event would have without a commit.
    pub asked_by: Option<EventId>,
    /// The task it is about, as it was before it was deleted.
    pub gone: Option<Box<Task>>,
    /// Anything else that is known: what an outside event carries.
    pub metadata: Map<String, Value>,
}

/// What an event was derived from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Origin {
    /// The commit; `None` for files that are not committed yet.
    pub commit: Option<CommitId>,
    /// When it was committed.
    pub time: Option<Timestamp>,
    /// Who committed it: `Name <email>`.
    pub actor: Option<String>,
    /// The branch, where it is known.
    pub branch: Option<String>,
    /// When the commit was written first.
    pub authored: Option<Timestamp>,
    /// When the commits that it merges were: what they did may be its doing, too. Known of sources alone.
    pub merged: Vec<Timestamp>,
    /// What was made already, for this source or near it. Known of sources alone.
    pub made: MadeBefore,
    /// Which branch what follows is planned for.
    pub ground: Ground,
    /// The event from outside that all began with: it stands for the commit in every id, so that ids are the same
    /// wherever the branch is when it is handled.
    pub outside: Option<EventId>,
}

impl Origin {
    /// What events of a commit come from, seen on a branch or on none: ids do not name it.
    #[must_use]
    pub fn of_commit(commit: &Commit, branch: Option<String>) -> Self {
        Self {
            commit: Some(commit.id.clone()),
            time: Some(commit.committed),
            actor: Some(commit.author.to_string()),
            branch,
            authored: Some(commit.authored),
            merged: Vec::new(),
            made: MadeBefore::default(),
            ground: Ground::default(),
            outside: None,
        }
    }
}

impl Event {
    /// An event about a task's field.
    #[must_use]
    pub fn about(
        kind: &str,
        task: &TaskId,
        field: Option<&str>,
        values: (Option<Value>, Option<Value>),
        origin: &Origin,
    ) -> Self {
        Self::new(kind, Some(task.clone()), field, values, origin)
    }

    /// An event about the tree as a whole.
    #[must_use]
    pub fn of_tree(kind: &str, values: (Option<Value>, Option<Value>), origin: &Origin) -> Self {
        Self::new(kind, None, None, values, origin)
    }

    /// Something that happened outside the tree, with what it brings along.
    #[must_use]
    pub fn outside(kind: &str, task: Option<&TaskId>, metadata: Map<String, Value>, origin: &Origin) -> Self {
        Self { metadata, ..Self::new(kind, task.cloned(), None, (None, None), origin) }
    }

    fn new(
        kind: &str,
        task: Option<TaskId>,
        field: Option<&str>,
        (old, new): (Option<Value>, Option<Value>),
        origin: &Origin,
    ) -> Self {
        let mut event = Self {
            id: EventId::default(),
            kind: kind.to_owned(),
            task,
            field: field.map(ToOwned::to_owned),
            old,
            new,
            is_dated: false,
            origin: origin.clone(),
            depth: 0,
            cause: None,
            asked_by: None,
            gone: None,
            metadata: Map::new(),
        };
        event.id = event.id_of(origin.commit.as_ref());
        event
    }

    /// The id that an equal event of another commit has.
    #[must_use]
    pub fn id_in(&self, commit: &CommitId) -> EventId {
        self.id_of(Some(commit))
    }

    /// The id that an equal event has of any commit that was first written in the same second: of one that history was
    /// rewritten to, too.
    #[must_use]
    pub fn id_at_moment(&self) -> EventId {
        self.hashed(hashed_moment(self.origin.authored).as_str())
    }

    /// The id that any event has which leads to the same, where the commit of a step has done that: of a commit that was made of it
    /// and of others, too.
    #[must_use]
    pub fn id_in_step(&self, step: &str) -> EventId {
        let task = self.task.as_ref().map(ToString::to_string).unwrap_or_default();
        let new = self.new.as_ref().map(plain).unwrap_or_default();
        EventId::of([&task, &self.kind, self.field.as_deref().unwrap_or_default(), &new, step, "step"])
    }

    /// What an action of this event has in common with the same action of any event of the same kind about the same
    /// field of the same task.
    pub(super) fn hashed_kin(&self, trigger: &str, action: usize) -> EventId {
        let task = self.task.as_ref().map(ToString::to_string).unwrap_or_default();
        let field = self.field.as_deref().unwrap_or_default();
        EventId::of([&task, &self.kind, field, trigger, &action.to_string(), "made"])
    }

    /// From which value to which, and which of several equal ones.
    pub(super) fn hashed_values(&self, occurrence: usize) -> EventId {
        let text = |value: &Option<Value>| value.as_ref().map(plain).unwrap_or_default();
        EventId::of([&text(&self.old), &text(&self.new), &occurrence.to_string(), "", "", "values"])
    }

    fn id_of(&self, commit: Option<&CommitId>) -> EventId {
        match &self.origin.outside {
            Some(outside) => self.hashed(&outside.as_source()),
            None => self.hashed(commit.map(CommitId::as_str).unwrap_or_default()),
        }
    }

    fn hashed(&self, source: &str) -> EventId {
        let text = |value: &Option<Value>| value.as_ref().map(plain).unwrap_or_default();
        let task = self.task.as_ref().map(ToString::to_string).unwrap_or_default();
        let field = self.field.as_deref().unwrap_or_default();
        let parts = [&task, &self.kind, field, &text(&self.old), &text(&self.new), source];
        EventId::of(parts.into_iter().chain(self.asked_by.as_ref().map(EventId::as_str)))
    }

    /// The same event as one that an action of another's asks for. It is one of its own for each event that asks.
    #[must_use]
    pub fn requested_by(mut self, cause: &Self) -> Self {
        self.asked_by = Some(cause.hashed(""));
        self.id = self.id_of(self.origin.commit.as_ref());
        self.caused_by(cause)
    }

    /// The same event as a consequence of another.
    #[must_use]
    pub fn caused_by(mut self, cause: &Self) -> Self {
        self.depth = cause.depth.saturating_add(1);
        self.cause = Some(cause.id.clone());
        self
    }

    /// Whether it says that a status has changed.
    #[must_use]
    pub fn is_status(&self) -> bool {
        self.kind == STATUS_UPDATED
    }
}

/// The moment at which a commit was first written, to the second.
pub(super) fn hashed_moment(moment: Option<Timestamp>) -> EventId {
    let seconds = moment.map(|moment| moment.seconds.to_string()).unwrap_or_default();
    EventId::of([&seconds, "", "", "", "", "moment"])
}

/// A task's status is another one.
pub const STATUS_UPDATED: &str = "task.status.updated";
/// A task is there that was not.
pub const CREATED: &str = "task.created";
/// A task is gone.
pub const DELETED: &str = "task.deleted";
/// A task's priority is another one.
pub const PRIORITY_UPDATED: &str = "task.priority.updated";
/// A task waits for other tasks than before.
pub const DEPENDENCIES_UPDATED: &str = "task.dependencies.updated";
/// All that a task waits for is done.
pub const DEPENDENCIES_SATISFIED: &str = "task.dependencies.satisfied";
/// Any other field of a task differs.
pub const FIELD_UPDATED: &str = "task.field.updated";
/// The fields that say when a task was changed last.
pub const UPDATED_FIELDS: [&str; 2] = ["updated", "updatedAt"];
/// A commit's message closes a task.
pub const CLOSES: &str = "commit.closes";
/// The events that tasks and commits raise by themselves: nothing comes with them from outside.
pub const OF_TASKS: [&str; 8] = [
    CREATED,
    DELETED,
    STATUS_UPDATED,
    PRIORITY_UPDATED,
    DEPENDENCIES_UPDATED,
    DEPENDENCIES_SATISFIED,
    FIELD_UPDATED,
    CLOSES,
];
/// The rules have changed.
pub const CONFIG_CHANGED: &str = "config.changed";

/// The event of a `Closes:` trailer.
#[must_use]
pub fn closes(task: &TaskId, origin: &Origin) -> Event {
    let done = Some(Value::String("done".to_owned()));
    Event::about(CLOSES, task, Some("status"), (None, done), origin)
}

/// A value as plain text: strings without quotes, everything else as JSON.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
