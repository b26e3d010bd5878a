/// A key of front matter that means something; any other is kept, and means what the project says.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// As it is written.
    pub name: &'static str,
    /// What its value is.
    pub kind: FieldKind,
    /// What it means, in one line.
    pub about: &'static str,
}

/// What the value of a key of front matter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A number or a word that is part of an id.
    Id,
    /// A text on one line.
    Text,
    /// A list of ids, or one id.
    Ids,
    /// Anything; kept in the spelling it has.
    Any,
}

/// The keys that mean something, in the order they are usually written.
pub const FIELDS: &[Field] = &[
    Field { name: "task_id", kind: FieldKind::Id, about: "the task's id; not written: the folder's name" },
    Field { name: "subtask_id", kind: FieldKind::Id, about: "the subtask's own part of its id; `null` for a task" },
    Field { name: "title", kind: FieldKind::Text, about: "the title" },
    Field { name: "status", kind: FieldKind::Text, about: "the status; not written: pending" },
    Field { name: "priority", kind: FieldKind::Text, about: "the priority" },
    Field { name: "parent_task", kind: FieldKind::Any, about: "the task that a subtask is part of" },
    Field { name: "dependencies", kind: FieldKind::Ids, about: "the tasks that must be done before" },
    Field { name: "created", kind: FieldKind::Any, about: "when it was made" },
    Field { name: "updated", kind: FieldKind::Any, about: "when it was last changed" },
];
