//! Entries of `tasks.json` as Markdown files.

use std::collections::BTreeSet;

use super::{Converted, MigrationRequest, Refusal, Target, sources};
use crate::format::{self, front_matter, tasks_json};
use crate::model::{Board, DEFAULT_TAG, RecordKind, Severity, Snapshot, SourceFile, TaskId, TreePath};

pub(super) fn convert(snapshot: &Snapshot, board: &Board, request: &MigrationRequest) -> Result<Converted, Refusal> {
    let mut result = Converted::of(snapshot);
    let homes = board.tasks.values().filter(|task| task.record.kind == RecordKind::FrontMatter);
    result.standing = homes.map(|task| (task.id.clone(), task.record.status.clone().unwrap_or_default())).collect();
    let (mut seen, mut taken, mut no_place) = (BTreeSet::new(), Vec::new(), Vec::new());
    for (path, file) in sources(snapshot, Target::Markdown) {
        let reading = file.reading(|bytes| format::read(path, bytes));
        if reading.records.is_empty() && reading.diagnostics.iter().any(|found| found.severity == Severity::Error) {
            result.notes.push(format!("{path} cannot be read and stays as it is"));
            continue;
        }
        let wanted = reading.records.iter().filter(|record| request.is_about(&record.id));
        let mut any = reading.records.is_empty() && request.tag.is_none();
        for record in wanted {
            any = true;
            if !seen.insert(record.id.clone()) {
                result.notes.push(format!("task {} is written twice: its second entry is put away", record.id));
                continue;
            }
            if result.standing.contains_key(&record.id) {
                result.moved.push(record.id.clone());
                continue;
            }
            let target = path_of(&record.id, record.nested);
            let Some(target) = target else {
                no_place.push(record.id.clone());
                continue;
            };
            if result.snapshot.files.contains_key(&target) {
                taken.push(target);
                continue;
            }
            let Some(printed) = front_matter::print(&target, record) else {
                no_place.push(record.id.clone());
                continue;
            };
            for field in printed.left_out {
                result.notes.push(format!("the field `{}` of task {} is put away", field.escape_debug(), record.id));
            }
            result.snapshot.files.insert(target, SourceFile::new(printed.bytes));
            result.moved.push(record.id.clone());
        }
        match &request.tag {
            _ if !any => {}
            Some(tag) => {
                let Some(emptied) = tasks_json::emptied(file.bytes(), tag) else { continue };
                result.snapshot.files.insert(path.clone(), SourceFile::new(emptied));
            }
            None => result.snapshot.forget(path),
        }
    }
    if !taken.is_empty() {
        return Err(Refusal::Taken(taken));
    }
    if !no_place.is_empty() {
        return Err(Refusal::NoPlace(no_place));
    }
    Ok(result)
}

/// Where the file of a task goes: `context/task_018/task.md`, `context/task_018/subtask_005.md`, below a folder of its
/// tag where it has one. `None` where the id makes no path.
pub(super) fn path_of(id: &TaskId, nested: bool) -> Option<TreePath> {
    let whole = id.parent().filter(|_| nested);
    let folder = numbered(whole.as_ref().unwrap_or(id).path(), "task");
    let name = if nested { named_subtask(id.last_segment()) } else { "task".to_owned() };
    let tag = if id.tag() == DEFAULT_TAG { String::new() } else { format!("{}/", id.tag()) };
    TreePath::new(format!("context/{tag}{folder}/{name}.md")).ok()
}

fn numbered(path: &str, kind: &str) -> String {
    let is_number = !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("{kind}_{path:0>3}") } else { path.to_owned() }
}

fn named_subtask(segment: &str) -> String {
    if segment.bytes().all(|byte| byte.is_ascii_digit()) {
        numbered(segment, "subtask")
    } else {
        format!("subtask_{segment}")
    }
}
