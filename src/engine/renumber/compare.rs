//! Whether every task says what it said, under its new number.

use std::collections::BTreeSet;

use super::{Numbers, Obstacle};
use crate::model::{Board, Code, Severity, Task, TaskId, TreePath};

/// Keys that name the parent, which may have another number now.
const NAMES: [&str; 2] = ["parentTaskId", "parentId"];

type Boards = [(Option<TreePath>, Board)];

/// Those of the tasks that get other numbers which are there twice.
pub(super) fn written_twice(board: &Board, changed: &[(TaskId, TaskId)]) -> Vec<Obstacle> {
    let twice = board.diagnostics.iter().filter(|found| found.code == Code::DUPLICATE_ID);
    let twice: BTreeSet<&TaskId> = twice.filter_map(|found| found.task.as_ref()).collect();
    changed.iter().filter(|(old, _)| twice.contains(old)).map(|(old, _)| Obstacle::WrittenTwice(old.clone())).collect()
}

/// The tasks, by their old numbers, that say something else afterwards.
pub(super) fn different(before: &Boards, after: &Boards, numbers: &Numbers) -> Result<(), BTreeSet<TaskId>> {
    let mut found = BTreeSet::new();
    for ((_, before), (_, after)) in before.iter().zip(after) {
        for task in before.tasks.values() {
            let same = after.tasks.get(&numbers.after(&task.id)).is_some_and(|new| is_same(task, new, numbers));
            if !same {
                found.insert(task.id.clone());
            }
        }
        let errors = |board: &Board| board.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
        if before.tasks.len() != after.tasks.len() || errors(after) > errors(before) {
            let known: BTreeSet<TaskId> = before.tasks.keys().map(|id| numbers.after(id)).collect();
            let new = after.tasks.keys().filter(|id| !known.contains(id)).cloned();
            let reported = after.diagnostics.iter().filter(|found| found.severity == Severity::Error);
            found.extend(new.chain(reported.filter_map(|found| found.task.clone())));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn is_same(old: &Task, new: &Task, numbers: &Numbers) -> bool {
    let (one, other) = (&old.record, &new.record);
    let mirrors = |task: &Task| -> Vec<_> {
        let mut list: Vec<_> = task.mirrors.iter().map(|mirror| (mirror.kind, mirror.status.clone())).collect();
        list.sort();
        list
    };
    let fields = |task: &Task| -> Vec<(String, serde_json::Value)> {
        let fields = task.record.fields.iter().filter(|(key, _)| !NAMES.contains(&key.as_str()));
        fields.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let needs = |task: &Task, number: &dyn Fn(&TaskId) -> TaskId| -> Vec<TaskId> {
        task.dependencies.iter().map(|dependency| number(&dependency.id)).collect()
    };
    (one.kind, one.nested, &one.title, &one.status, &one.priority)
        == (other.kind, other.nested, &other.title, &other.status, &other.priority)
        && old.parent.as_ref().map(|parent| numbers.after(parent)) == new.parent
        && needs(old, &|id| numbers.after(id)) == needs(new, &TaskId::clone)
        && fields(old) == fields(new)
        && mirrors(old) == mirrors(new)
}

/// What a task names, as it is written, in any of its places.
pub(super) fn names<'a>(boards: &'a Boards, id: &'a TaskId) -> impl Iterator<Item = (TaskId, String)> + 'a {
    let tasks = boards.iter().filter_map(|(_, board)| board.tasks.get(id));
    let written = tasks.flat_map(|task| task.record.dependencies.iter());
    written.map(|written| (id.clone(), written.clone()))
}
