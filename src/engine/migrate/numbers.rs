//! Numbers that a machine would spell otherwise: a list gets them as they are spelled in files.

use std::collections::BTreeMap;

use super::json::TAKEN;
use crate::format::front_matter::spelled_numbers;
use crate::format::tasks_json::{SpelledNumbers, with_numbers};
use crate::model::{FileRole, Snapshot, SourceFile, Task, TaskId, TreePath};

/// Spellings of numbers in files, by tasks.
pub(super) struct Spelled(BTreeMap<TaskId, SpelledNumbers>);

impl Spelled {
    /// Those in the files of these tasks.
    pub(super) fn of<'a>(snapshot: &Snapshot, tasks: impl Iterator<Item = &'a Task>) -> Self {
        let in_file = |task: &Task| {
            let bytes = snapshot.bytes(&task.path).filter(|_| task.path.role() == FileRole::TaskMarkdown)?;
            let mut numbers = spelled_numbers(std::str::from_utf8(bytes).ok()?);
            numbers.retain(|(path, _)| path.first().is_some_and(|key| !TAKEN.contains(&key.as_str())));
            Some((task.id.clone(), numbers)).filter(|(_, numbers)| !numbers.is_empty())
        };
        Self(tasks.filter_map(in_file).collect())
    }

    /// A list with these numbers where it has got texts of that spelling.
    pub(super) fn in_list(&self, bytes: Vec<u8>, before: &[u8]) -> Vec<u8> {
        if self.0.is_empty() {
            return bytes;
        }
        with_numbers(&bytes, before, &self.0).unwrap_or(bytes)
    }

    /// The same in all lists of a tree.
    pub(super) fn in_lists(&self, after: &mut Snapshot, before: &Snapshot) {
        let lists = after.files.keys().filter(|path| path.role() == FileRole::TasksJson);
        for path in lists.cloned().collect::<Vec<TreePath>>() {
            let was = before.bytes(&path).unwrap_or_default();
            let Some(bytes) = after.bytes(&path).filter(|bytes| *bytes != was) else { continue };
            let spelled = self.in_list(bytes.to_vec(), was);
            if spelled != bytes {
                after.files.insert(path, SourceFile::new(spelled));
            }
        }
    }
}
