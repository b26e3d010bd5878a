//! The next free number, from the tree alone: nobody else may have claimed it in any way.

use crate::model::{RecordKind, Snapshot, TaskId};

/// The next number of a task at the top with this tag, or of a subtask of `parent`.
///
/// Every place counts that names one: tasks and what repeats them, even where the task itself is gone,
/// names of files and folders, and what others depend on.
#[must_use]
pub fn next(snapshot: &Snapshot, tag: &str, parent: Option<&TaskId>) -> u64 {
    let mut highest = 0;
    let mut claim = |id: &TaskId| highest = highest.max(number(id, tag, parent).unwrap_or(0));
    for (path, file) in &snapshot.files {
        for id in named_by_path(path.as_str()) {
            claim(&id);
        }
        let reading = file.reading(|bytes| crate::format::read(path, bytes));
        for record in &reading.records {
            claim(&record.id);
            if record.kind == RecordKind::BodyBullet {
                continue;
            }
            if let Some(other) = record.parent.as_deref().and_then(|written| TaskId::parse(written).ok()) {
                claim(&other.with_tag(record.id.tag()));
            }
            for written in &record.dependencies {
                let Ok(other) = TaskId::parse(written) else { continue };
                claim(&other.with_tag(record.id.tag()));
                // A bare number in a subtask may mean a sibling.
                let bare = written.starts_with(|c: char| c.is_ascii_digit()) || written.starts_with("subtask");
                let around = record.id.parent().filter(|_| record.nested && bare);
                if let Some(sibling) = around.and_then(|around| around.child(written).ok()) {
                    claim(&sibling);
                }
            }
        }
    }
    highest.saturating_add(1)
}

/// The ids a path claims, whatever its file holds: that of its folder, and that of its name.
fn named_by_path(path: &str) -> Vec<TaskId> {
    let mut parts: Vec<&str> = path.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let mut ids: Vec<TaskId> = parts.iter().filter_map(|part| TaskId::parse(part).ok()).collect();
    let own = match ids.last() {
        Some(folder) if stem.starts_with("subtask") => folder.child(stem).ok(),
        _ => {
            // `task_001_feature-x` is generated for a tag.
            let digits = stem.strip_prefix("task_").unwrap_or_default();
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            digits.get(..end).and_then(|digits| TaskId::parse(digits).ok())
        }
    };
    ids.extend(own);
    ids
}

/// The number that an id takes up among the tasks at the top, or among the subtasks of `parent`.
fn number(id: &TaskId, tag: &str, parent: Option<&TaskId>) -> Option<u64> {
    if id.tag() != tag {
        return None;
    }
    match parent {
        None => id.segments().next()?.parse().ok(),
        Some(parent) => id.path().strip_prefix(parent.path())?.strip_prefix('.')?.split('.').next()?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SourceFile, TreePath};

    fn snapshot(files: &[(&str, &str)]) -> Snapshot {
        let files = files.iter().map(|(path, text)| (TreePath::new(*path).unwrap(), SourceFile::new(text.as_bytes())));
        Snapshot { files: files.collect(), ..Snapshot::empty() }
    }

    #[test]
    fn every_claim_counts() {
        let top = |files: &[(&str, &str)]| next(&snapshot(files), "master", None);
        assert_eq!(top(&[]), 1);
        assert_eq!(top(&[("context/task_007/task.md", "broken")]), 8);
        assert_eq!(top(&[("context/x/task.md", "---\ntask_id: 4\ndependencies: [9, task_011]\n---\n")]), 12);
        assert_eq!(top(&[("tasks/task_013.txt", "# Task ID: 13\n# Status: done\n")]), 14);
        assert_eq!(top(&[("tasks/task_015_old.txt", "")]), 16);
        let json = r#"{"tasks": [{"id": 2}, {"id": "1.1"}], "x": {"tasks": [{"id": 40}]}}"#;
        assert_eq!(top(&[("tasks/tasks.json", json)]), 3);
        assert_eq!(next(&snapshot(&[("tasks/tasks.json", json)]), "x", None), 41);
        assert_eq!(top(&[("tasks/tasks.json", r#"{"tasks": [{"id": "login"}]}"#)]), 1);
    }

    #[test]
    fn subtasks_are_counted_below_their_parent() {
        let below =
            |files: &[(&str, &str)], id: &str| next(&snapshot(files), "master", Some(&TaskId::parse(id).unwrap()));
        let json = r#"{"tasks": [{"id": 2, "subtasks": [{"id": 3, "dependencies": [5]}]}, {"id": 7, "dependencies": ["2.9"]}]}"#;
        assert_eq!(below(&[("tasks/tasks.json", json)], "2"), 10);
        assert_eq!(below(&[("tasks/tasks.json", json)], "7"), 1);
        assert_eq!(below(&[("context/task_002/subtask_004.md", "broken")], "2"), 5);
        let dependent = "---\ntask_id: 2\nsubtask_id: 1\ndependencies: [6]\n---\n";
        assert_eq!(below(&[("context/task_002/subtask_001.md", dependent)], "2"), 7);
        let spelled = "---\ntask_id: 2\nsubtask_id: 1\nparent_task: task_002\ndependencies: [task_006]\n---\n";
        assert_eq!(below(&[("context/task_002/subtask_001.md", spelled)], "2"), 2);
    }
}
