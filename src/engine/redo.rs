//! Making a plan's edits once more, on bytes that somebody else has changed meanwhile.
//!
//! Lines are too coarse for that: title, status and priority stand below each other, and whoever
//! edits one of them does not contradict an edit of the next.

use serde_json::Value;

use super::diff::fields;
use super::event::UPDATED_FIELDS;
use super::workspace::{MadeTask, TaskEdit};
use crate::format::{self, body, body::CheckMark};
use crate::model::{RecordKind, TreePath};

/// One thing that a plan does to a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// An edit, and the value it found.
    Edit {
        /// The edit.
        edit: TaskEdit,
        /// What the field was; `null` where it was not there.
        old: Value,
    },
    /// A task that was made.
    Task(MadeTask),
}

impl Made {
    fn path(&self) -> &TreePath {
        match self {
            Self::Edit { edit, .. } => &edit.path,
            Self::Task(made) => &made.path,
        }
    }
}

/// Makes the edits of `path` among `made` on `bytes`, which need not be the bytes they were made on;
/// `planned` are the bytes they led to. `None` where a field has neither its old value nor its new one,
/// the number of a made task is taken, or the edit cannot be made here.
#[must_use]
pub fn redo(made: &[Made], path: &TreePath, planned: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let check_mark = if body::has_check_mark(planned) { CheckMark::Add } else { CheckMark::Remove };
    let mut bytes = bytes.to_vec();
    for made in made.iter().filter(|made| made.path() == path) {
        let (edit, old) = match made {
            Made::Edit { edit, old } => (edit, old),
            Made::Task(made) => {
                bytes = insert(&bytes, made)?;
                continue;
            }
        };
        let current = value(&bytes, edit)?;
        if current == edit.edit.value {
            continue;
        }
        if current != *old {
            // The date of the last change is the user's own who has set it by hand.
            if UPDATED_FIELDS.contains(&edit.edit.path.first().map_or("", String::as_str)) {
                continue;
            }
            return None;
        }
        let patches = format::edit(path, edit.kind, &bytes, &edit.task, &edit.edit, check_mark).ok()?;
        bytes = format::patch::apply(&bytes, &patches).ok()?;
    }
    Some(bytes)
}

/// A made task in bytes that need not be those it was made in; where it is there already, nothing.
fn insert(bytes: &[u8], made: &MadeTask) -> Option<Vec<u8>> {
    if made.kind != RecordKind::TasksJson {
        return None;
    }
    let reading = format::read(&made.path, bytes);
    let there = reading.records.iter().find(|record| record.id == made.task.id);
    if let Some(there) = there {
        let same = |(key, value): &(String, Value)| there.fields.get(key) == Some(value);
        let is_this = there.title.as_ref() == Some(&made.task.title) && made.task.fields.iter().all(same);
        return is_this.then(|| bytes.to_vec());
    }
    let patches = format::tasks_json::insert(bytes, &made.task).ok()?;
    format::patch::apply(bytes, &patches).ok()
}

/// What the field of an edit is in these bytes; `None` where they have no such record.
fn value(bytes: &[u8], edit: &TaskEdit) -> Option<Value> {
    let reading = format::read(&edit.path, bytes);
    let record = reading.records.iter().find(|record| record.id == edit.task && record.kind == edit.kind)?;
    let (first, rest) = edit.edit.path.split_first()?;
    let value = fields(record).remove(first).unwrap_or(Value::Null);
    Some(rest.iter().try_fold(&value, |value, key| value.get(key)).cloned().unwrap_or(Value::Null))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::format::edit::FieldEdit;
    use crate::model::TaskId;

    fn made(field: &str, old: &str, new: &str) -> Made {
        let edit = TaskEdit {
            task: TaskId::parse("1").unwrap(),
            path: TreePath::new("context/task_001/task.md").unwrap(),
            kind: RecordKind::FrontMatter,
            edit: FieldEdit::new(field, new),
        };
        Made::Edit { edit, old: json!(old) }
    }

    fn redone(text: &str) -> Option<String> {
        let made = [made("status", "pending", "done"), made("updated", "2025-01-01", "2025-02-02")];
        let path = TreePath::new("context/task_001/task.md").unwrap();
        redo(&made, &path, b"", text.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn neighbours_do_not_contradict_each_other() {
        let text =
            "---\ntask_id: task_001\ntitle: Mine\nstatus: pending\npriority: low\nupdated: 2025-01-01\n---\nMore.\n";
        let expected = text.replace("pending", "done").replace("2025-01-01", "2025-02-02");
        assert_eq!(redone(text), Some(expected.clone()));
        assert_eq!(redone(&expected), Some(expected));
    }

    #[test]
    fn another_value_of_the_same_field_does() {
        assert_eq!(redone("---\ntask_id: task_001\nstatus: review\nupdated: 2025-01-01\n---\n"), None);
        let dated = "---\ntask_id: task_001\nstatus: pending\nupdated: 2025-03-03\n---\n";
        assert_eq!(redone(dated), Some(dated.replace("pending", "done")), "a date of one's own stays");
        assert_eq!(redone("---\ntask_id: task_002\nstatus: pending\n---\n"), None);
        assert_eq!(redone("no front matter any more"), None);
    }
}
