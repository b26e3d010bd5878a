use std::sync::Arc;

use super::{Diagnostic, Fields, Span, TaskId};

/// Which kind of place repeats a task. The order is the order of authority: where a task stands
/// in several places, the first kind is its home and the others are mirrors of its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKind {
    /// A Markdown file's front matter.
    FrontMatter,
    /// An entry of `tasks.json`.
    TasksJson,
    /// The `- **Status**: ...` bullet in a Markdown file's body.
    BodyBullet,
    /// A line of a generated text file.
    GeneratedText,
}

impl RecordKind {
    /// Whether a record of this kind can be a task of its own, not only repeat a status.
    #[must_use]
    pub fn is_home(self) -> bool {
        matches!(self, Self::FrontMatter | Self::TasksJson)
    }

    /// The kind's name in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FrontMatter => "front matter",
            Self::TasksJson => "tasks.json",
            Self::BodyBullet => "body bullet",
            Self::GeneratedText => "generated text",
        }
    }
}

/// One place where a task is written, as it is written: nothing is looked up, nothing filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Which task.
    pub id: TaskId,
    /// What kind of place.
    pub kind: RecordKind,
    /// Whether the task is written as a subtask of its id's parent: inside its parent's entry, or
    /// with a subtask id of its own. A bare number in such a record's dependencies may be a sibling.
    pub nested: bool,
    /// The title.
    pub title: Option<String>,
    /// The status in the file's spelling.
    pub status: Option<String>,
    /// The priority in the file's spelling.
    pub priority: Option<String>,
    /// What `parent_task` or `parentId` says.
    pub parent: Option<String>,
    /// The dependencies in the file's spelling, one each.
    pub dependencies: Vec<String>,
    /// Every other field, by its key in the file (`created`, `details`, `completion_date` ...).
    pub fields: Fields,
    /// Where the record starts in its file: the id where there is one.
    pub span: Span,
    /// Where the status value is, if it is there.
    pub status_span: Option<Span>,
    /// Where the dependencies are, if they are there.
    pub dependencies_span: Option<Span>,
}

impl Record {
    /// A record that says nothing but which task it is.
    #[must_use]
    pub fn new(id: TaskId, kind: RecordKind, span: Span) -> Self {
        Self {
            id,
            kind,
            nested: false,
            title: None,
            status: None,
            priority: None,
            parent: None,
            dependencies: Vec::new(),
            fields: Fields::default(),
            span,
            status_span: None,
            dependencies_span: None,
        }
    }
}

/// What one file says: its records, what was wrong with it, and the tag it makes current.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The records in the order of the file.
    pub records: Vec<Arc<Record>>,
    /// What could not be read, or looks wrong, in this file alone.
    pub diagnostics: Vec<Diagnostic>,
    /// `currentTag` of `state.json`.
    pub current_tag: Option<String>,
}
