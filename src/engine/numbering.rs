//! The next free number, from the tree alone: nobody else may have claimed it in any way. And what stands beside the
//! tree, that a number is not to be taken from.

use std::collections::{BTreeSet, HashMap};

use super::creation::EVENT;
use super::made_key::MadeKey;
use super::plan::PlannedFile;
use super::redo::Made;
use crate::model::{FileRole, Record, RecordKind, Severity, Snapshot, SourceFile, TaskId, TreePath};

/// The next number of a task at the top with this tag, or of a subtask of `parent`.
///
/// Every place counts that names one: tasks and what repeats them, even where the task itself is gone,
/// names of files and folders, and what others depend on.
#[must_use]
pub fn next(snapshot: &Snapshot, tag: &str, parent: Option<&TaskId>, series: &Series) -> u64 {
    let mut highest = 0;
    for (path, file) in &snapshot.files {
        claims(path, file, &mut |id, _| highest = highest.max(series.number(id, tag, parent).unwrap_or(0)));
    }
    // A file that has the name of a task's folder.
    let folders = snapshot.blocked.iter().filter(|path| path.folder() == Some("context"));
    for id in folders.flat_map(|path| named_by_path(path.as_str())) {
        highest = highest.max(series.number(&id, tag, parent).unwrap_or(0));
    }
    highest.saturating_add(1)
}

/// What the numbers of tasks are parts of: nothing but themselves, or ids such as `setup-3` and `auth-003`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// What stands before the number.
    word: String,
    /// How many digits there are at least.
    width: usize,
}

impl Series {
    /// That of the last task with a number in `tasks.json`, at the top with this tag or below `parent`.
    #[must_use]
    pub fn of(snapshot: &Snapshot, tag: &str, parent: Option<&TaskId>) -> Self {
        let mut last = None;
        for (path, file) in snapshot.files.iter().filter(|(path, _)| path.role() == FileRole::TasksJson) {
            let reading = file.reading(|bytes| crate::format::read(path, bytes));
            let records = reading.records.iter().filter(|record| record.kind == RecordKind::TasksJson);
            let near = records.filter(|record| record.id.tag() == tag && record.id.parent().as_ref() == parent);
            last = near.filter_map(|record| Self::named(record.id.last_segment())).next_back().or(last);
        }
        last.unwrap_or_default()
    }

    /// That of a name with a number at its end.
    fn named(segment: &str) -> Option<Self> {
        let word = segment.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = segment.get(word.len()..).filter(|digits| !digits.is_empty())?;
        let is_word = word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'));
        let width = if digits.starts_with('0') { digits.len() } else { 0 };
        is_word.then(|| Self { word: word.to_owned(), width })
    }

    /// The name with that number.
    #[must_use]
    pub fn name(&self, number: u64) -> String {
        format!("{}{number:0>width$}", self.word, width = self.width)
    }

    /// The number that an id takes up in it, among the tasks at the top, or among the subtasks of `parent`.
    pub(super) fn number(&self, id: &TaskId, tag: &str, parent: Option<&TaskId>) -> Option<u64> {
        if id.tag() != tag {
            return None;
        }
        let segment = match parent {
            None => id.segments().next()?,
            Some(parent) => id.path().strip_prefix(parent.path())?.strip_prefix('.')?.split('.').next()?,
        };
        segment.strip_prefix(&self.word)?.parse().ok()
    }
}

/// What stands beside the tree that a plan is made on: numbers and paths of files that no commit has. A task that is
/// made takes none of them, since whoever adds such a file later would wipe it out.
#[derive(Debug, Default)]
pub struct Beside {
    /// For which events those tasks were made that claim a number; `None` for somebody's own.
    numbers: HashMap<TaskId, Vec<Option<MadeKey>>>,
    /// The same for new files.
    paths: HashMap<TreePath, Option<MadeKey>>,
    /// What stands where files could be made, and is none of the tree's: links, folders and files of other kinds.
    blocked: BTreeSet<TreePath>,
}

impl Beside {
    /// What of `others`, the files on disk and those that are staged, is not in `tree`.
    #[must_use]
    pub fn of(tree: &Snapshot, others: &[Snapshot]) -> Self {
        let mut beside = Self::default();
        for other in others {
            for path in other.changed_files(tree) {
                let Some(file) = other.files.get(path) else { continue };
                claims(path, file, &mut |id, record| {
                    let key = record.and_then(made_for);
                    // Whoever has a subtask's number has that of what it is a part of, too.
                    for id in std::iter::successors(Some(id.clone()), TaskId::parent) {
                        let keys = beside.numbers.entry(id).or_default();
                        if !keys.contains(&key) {
                            keys.push(key.clone());
                        }
                    }
                });
                if !tree.files.contains_key(path) {
                    beside.paths.insert(path.clone(), home(path, file).and_then(|record| made_for(&record)));
                }
            }
            beside.blocked.extend(other.blocked.difference(&tree.blocked).cloned());
        }
        for id in beside
            .blocked
            .iter()
            .filter(|path| path.folder() == Some("context"))
            .flat_map(|path| named_by_path(path.as_str()))
        {
            beside.numbers.entry(id).or_default().push(None);
        }
        beside
    }

    /// Whether one of the tasks that a plan makes has a number or a path that is somebody else's, or one of the files that
    /// it writes no place.
    #[must_use]
    pub fn meets(&self, made: &[Made], written: &[PlannedFile]) -> bool {
        let is_task_in_the_way = made.iter().any(|made| match made {
            Made::Task(made) => self.is_in_the_way(&made.task.id, &made.path, key_in(&made.task.fields).as_ref()),
            Made::Edit { .. } => false,
        });
        is_task_in_the_way
            || written.iter().any(|file| file.path.role() == FileRole::Report && self.blocks(&file.path).is_some())
    }

    /// What stands in the place of a file, or of a folder that it would be in.
    #[must_use]
    pub fn blocks(&self, path: &TreePath) -> Option<&TreePath> {
        if self.blocked.is_empty() {
            return None;
        }
        self.blocked.iter().find(|blocked| {
            let rest = path.as_str().strip_prefix(blocked.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Whether a number or a path is taken by something else than what was made for the very event, by a run that was
    /// interrupted or a commit that was taken out of history again.
    #[must_use]
    pub fn is_in_the_way(&self, id: &TaskId, path: &TreePath, key: Option<&MadeKey>) -> bool {
        let is_other = |other: &Option<MadeKey>| match (other, key) {
            (Some(other), Some(key)) => !(other.is_kin_of(key) && other.has_values_of(key)),
            _ => true,
        };
        self.numbers.get(id).is_some_and(|keys| keys.iter().any(is_other))
            || self.paths.get(path).is_some_and(is_other)
            || self.blocks(path).is_some()
    }
}

/// The key that the fields of a new task carry.
pub(super) fn key_in(fields: &[(String, serde_json::Value)]) -> Option<MadeKey> {
    let (_, value) = fields.iter().find(|(field, _)| field == EVENT)?;
    MadeKey::parse(value.as_str()?)
}

fn made_for(record: &Record) -> Option<MadeKey> {
    MadeKey::parse(record.fields.get(EVENT)?.as_str()?)
}

/// The task that a file of one is about.
fn home(path: &TreePath, file: &SourceFile) -> Option<std::sync::Arc<Record>> {
    let reading = file.reading(|bytes| crate::format::read(path, bytes));
    reading.records.iter().find(|record| record.kind == RecordKind::FrontMatter).cloned()
}

/// Calls `claim` for each id that a file claims, with the record that does so, be it by its file's name.
fn claims(path: &TreePath, file: &SourceFile, claim: &mut dyn FnMut(&TaskId, Option<&Record>)) {
    let home = home(path, file);
    let reading = file.reading(|bytes| crate::format::read(path, bytes));
    let is_unreadable = reading.diagnostics.iter().any(|finding| finding.severity == Severity::Error);
    for id in named_by_path(path.as_str()) {
        // Whose number it is, the file says, and else its folder.
        let tag = home.as_ref().map(|record| record.id.tag()).or_else(|| tag_folder(path.as_str()));
        match tag.filter(|tag| *tag != id.tag()) {
            Some(tag) => claim(&id.with_tag(tag), home.as_deref()),
            None => claim(&id, home.as_deref()),
        }
        if home.is_none() && is_unreadable {
            claim(&id, None);
        }
    }
    for record in &reading.records {
        // A bullet says nothing of its own, and is about the task of its file.
        let by = if record.kind == RecordKind::BodyBullet { home.as_deref() } else { Some(record.as_ref()) };
        claim(&record.id, by);
        if record.kind == RecordKind::BodyBullet {
            continue;
        }
        if let Some(other) = record.parent.as_deref().and_then(|written| TaskId::parse(written).ok()) {
            claim(&other.with_tag(record.id.tag()), by);
        }
        for written in &record.dependencies {
            let Ok(other) = TaskId::parse_within(written, record.id.tag()) else { continue };
            claim(&other, by);
            // A bare number in a subtask may mean a sibling.
            let bare = written.starts_with(|c: char| c.is_ascii_digit()) || written.starts_with("subtask");
            let around = record.id.parent().filter(|_| record.nested && bare);
            if let Some(sibling) = around.and_then(|around| around.child(written).ok()) {
                claim(&sibling, by);
            }
        }
    }
}

/// The folder of a tag, as a migration makes it: `context/x/task_001/`.
fn tag_folder(path: &str) -> Option<&str> {
    let (tag, below) = path.strip_prefix("context/")?.split_once('/')?;
    let (folder, _) = below.split_once('/')?;
    let is_number =
        |text: &str| TaskId::parse(text).is_ok_and(|id| id.path().bytes().all(|byte| byte.is_ascii_digit()));
    (is_number(folder) && !is_number(tag)).then_some(tag)
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
        let top = |files: &[(&str, &str)]| next(&snapshot(files), "master", None, &Series::default());
        assert_eq!(top(&[]), 1);
        assert_eq!(top(&[("context/task_007/task.md", "broken")]), 8);
        assert_eq!(top(&[("context/x/task.md", "---\ntask_id: 4\ndependencies: [9, task_011]\n---\n")]), 12);
        assert_eq!(top(&[("tasks/task_013.txt", "# Task ID: 13\n# Status: done\n")]), 14);
        assert_eq!(top(&[("tasks/task_015_old.txt", "")]), 16);
        let json = r#"{"tasks": [{"id": 2}, {"id": "1.1"}], "x": {"tasks": [{"id": 40}]}}"#;
        assert_eq!(top(&[("tasks/tasks.json", json)]), 3);
        assert_eq!(next(&snapshot(&[("tasks/tasks.json", json)]), "x", None, &Series::default()), 41);
        assert_eq!(top(&[("tasks/tasks.json", r#"{"tasks": [{"id": "login"}]}"#)]), 1);
    }

    #[test]
    fn folders_of_tags_claim_numbers_of_their_tags() {
        let files = [
            ("context/x/task_007/task.md", "---\ntask_id: x:task_007\n---\n"),
            ("context/x/task_007/notes.md", "mine"),
            ("tasks/tasks.json", r#"{"master": {"tasks": [{"id": 2}]}, "x": {"tasks": []}}"#),
        ];
        let tree = snapshot(&files);
        assert_eq!(
            (next(&tree, "master", None, &Series::default()), next(&tree, "x", None, &Series::default())),
            (3, 8)
        );
        let unreadable = snapshot(&[("context/x/task_007/task.md", "---\ntask_id: [\n---\n")]);
        assert_eq!(
            (next(&unreadable, "master", None, &Series::default()), next(&unreadable, "x", None, &Series::default())),
            (8, 8)
        );
    }

    #[test]
    fn subtasks_are_counted_below_their_parent() {
        let below = |files: &[(&str, &str)], id: &str| {
            next(&snapshot(files), "master", Some(&TaskId::parse(id).unwrap()), &Series::default())
        };
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
