//! Making a plan's edits once more, on bytes that somebody else has changed meanwhile.
//!
//! Lines are too coarse for that: title, status and priority stand below each other, and whoever
//! edits one of them does not contradict an edit of the next.

use serde_json::Value;

use super::diff::fields;
use super::workspace::TaskEdit;
use crate::format::{self, body, body::CheckMark};
use crate::model::TreePath;

/// Fields that only say when a file was changed last.
const DATES: [&str; 2] = ["updated", "updatedAt"];

/// One edit and the value it found.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The edit.
    pub edit: TaskEdit,
    /// What the field was; `null` where it was not there.
    pub old: Value,
}

/// Makes the edits of `path` among `made` on `bytes`, which need not be the bytes they were made on;
/// `planned` are the bytes they led to. `None` where a field has neither its old value nor its new one,
/// or cannot be edited here.
#[must_use]
pub fn redo(made: &[Made], path: &TreePath, planned: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let check_mark = if body::has_check_mark(planned) { CheckMark::Add } else { CheckMark::Remove };
    let mut bytes = bytes.to_vec();
    for Made { edit, old } in made.iter().filter(|made| made.edit.path == *path) {
        let current = value(&bytes, edit)?;
        if current == edit.edit.value {
            continue;
        }
        if current != *old {
            // The date of the last change is the user's own who has set it by hand.
            if DATES.contains(&edit.edit.path.first().map_or("", String::as_str)) {
                continue;
            }
            return None;
        }
        let patches = format::edit(path, edit.kind, &bytes, &edit.task, &edit.edit, check_mark).ok()?;
        bytes = format::patch::apply(&bytes, &patches).ok()?;
    }
    Some(bytes)
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
    use crate::model::{RecordKind, TaskId};

    fn made(field: &str, old: &str, new: &str) -> Made {
        let edit = TaskEdit {
            task: TaskId::parse("1").unwrap(),
            path: TreePath::new("context/task_001/task.md").unwrap(),
            kind: RecordKind::FrontMatter,
            edit: FieldEdit::new(field, new),
        };
        Made { edit, old: json!(old) }
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
