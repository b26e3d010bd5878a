//! Bytes to model and back, without loss.
//!
//! Reading gives records and diagnostics; editing gives byte-span [patches](patch), never a file
//! written anew. Nothing here knows where the bytes came from.

pub mod body;
pub mod dates;
pub mod edit;
pub mod front_matter;
pub mod generated_text;
pub mod json;
pub mod link;
pub mod mail_address;
pub mod mention;
pub mod named;
pub mod new_task;
pub mod patch;
pub mod sections;
pub mod state_json;
pub mod tasks_json;
pub mod trailer;
pub mod variable;
pub mod workflow;
pub mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use edit::{EditError, FieldEdit};
use patch::Patch;

use crate::model::{
    Board, Code, Diagnostic, FileReadings, FileRole, Reading, RecordKind, Snapshot, SourceFile, Span, StatusSet, Task,
    TaskId, TreePath, in_shares,
};

/// How the file begins that git-lfs leaves where a file's content was not fetched.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Reads one file by its role.
#[must_use]
pub fn read(path: &TreePath, bytes: &[u8]) -> Reading {
    match path.role() {
        FileRole::Other | FileRole::Report | FileRole::Migrated => Reading::default(),
        _ if bytes.starts_with(LFS_POINTER) => {
            let message = format!("`{path}` is a pointer of git-lfs: its content is not here");
            let finding = Diagnostic::error(Code::LFS_POINTER, message)
                .hint("fetch it: git lfs pull; or keep tasks out of LFS: git lfs untrack")
                .at(path, bytes, Span::at(0));
            Reading { diagnostics: vec![finding], ..Reading::default() }
        }
        FileRole::TaskMarkdown => front_matter::read(path, bytes),
        FileRole::TasksJson => tasks_json::read(path, bytes),
        FileRole::GeneratedText => generated_text::read(path, bytes),
        FileRole::State => state_json::read(path, bytes),
        FileRole::Workflow => Reading::default(),
    }
}

/// Reads every file of a snapshot and joins what they say. A file that another snapshot shares is
/// not read again.
#[must_use]
pub fn board(snapshot: &Snapshot, statuses: StatusSet) -> Board {
    read_all(snapshot);
    let readings: Vec<(&TreePath, &Reading)> =
        snapshot.files.iter().map(|(path, file)| (path, file.reading(|bytes| read(path, bytes)))).collect();
    Board::build(snapshot, &readings, statuses)
}

/// The board of `after`, taken from the board of `before` where that is enough: the same as
/// [`board`], without joining all files anew for one that has changed.
#[must_use]
pub fn board_following(before: &Snapshot, known: &Board, after: &Snapshot, statuses: &StatusSet) -> Board {
    following(before, known, after, statuses).unwrap_or_else(|| board(after, statuses.clone()))
}

fn following(before: &Snapshot, known: &Board, after: &Snapshot, statuses: &StatusSet) -> Option<Board> {
    if known.statuses != *statuses || before.problems != after.problems || !before.files.keys().eq(after.files.keys()) {
        return None;
    }
    let changes: Option<Vec<FileReadings<'_>>> = after
        .changed_files(before)
        .into_iter()
        .map(|path| {
            let (old, new) = (before.files.get(path)?, after.files.get(path)?);
            Some(readings(path, old, new))
        })
        .collect();
    known.following(&changes?)
}

/// Reads the files that nobody has read yet, on as many threads as there are processors.
fn read_all(snapshot: &Snapshot) {
    const WORTH_A_THREAD: usize = 256;
    let unread: Vec<(&TreePath, &Arc<SourceFile>)> =
        snapshot.files.iter().filter(|(_, file)| !file.is_read()).collect();
    if unread.len() <= WORTH_A_THREAD {
        return;
    }
    in_shares(&unread, WORTH_A_THREAD, |files| {
        for (path, file) in files {
            file.reading(|bytes| read(path, bytes));
        }
    });
}

/// The patches that change one field of one task in one place of a file.
///
/// # Errors
/// When the file has no such record there, or cannot be edited safely.
pub fn edit(
    path: &TreePath,
    kind: RecordKind,
    bytes: &[u8],
    task: &TaskId,
    edit: &FieldEdit,
    check_mark: body::CheckMark,
) -> Result<Vec<Patch>, EditError> {
    let status = || edit.value.as_str().filter(|_| edit.path == ["status"]);
    let only_status = || EditError::Unsafe {
        field: edit.path.join("."),
        reason: format!("the {} repeats the status alone", kind.name()),
    };
    match kind {
        RecordKind::FrontMatter => front_matter::edit(bytes, edit),
        RecordKind::TasksJson => tasks_json::edit(bytes, task, edit),
        RecordKind::BodyBullet => body::edit_status(bytes, status().ok_or_else(only_status)?, check_mark),
        RecordKind::GeneratedText => generated_text::edit(path, bytes, task, status().ok_or_else(only_status)?),
    }
}

/// The bytes of a `tasks.json` with several edits made at once. Of two edits of one field the later
/// one counts.
///
/// # Errors
/// When one of them cannot be made, or they cannot be made together.
pub fn edit_tasks_json(bytes: &[u8], edits: &[(&TaskId, &FieldEdit)]) -> Result<Vec<u8>, EditError> {
    tasks_json::edit_all(bytes, edits)
}

/// What files say now that a board has as they were: `unread` are those files, `files` all there
/// are. Gives the changed tasks as they were; `None`, and no change, where that is not enough.
pub fn follow(
    board: &mut Board,
    unread: &BTreeMap<TreePath, Arc<SourceFile>>,
    files: &BTreeMap<TreePath, Arc<SourceFile>>,
) -> Option<Vec<Task>> {
    let changes: Option<Vec<FileReadings<'_>>> =
        unread.iter().map(|(path, old)| Some(readings(path, old, files.get(path)?))).collect();
    board.follow(&changes?)
}

fn readings<'a>(path: &'a TreePath, old: &'a SourceFile, new: &'a SourceFile) -> FileReadings<'a> {
    let (before, after) = (old.reading(|bytes| read(path, bytes)), new.reading(|bytes| read(path, bytes)));
    FileReadings { path, before, after }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One file of a small tree: two tasks' files, a note, generated text and tasks.json, all of
    /// them sometimes broken.
    fn content(path: &'static str) -> BoxedStrategy<String> {
        let status = || prop::sample::select(vec!["pending", "done", "doing", "\"a: b\"", "[x]"]);
        let title = || prop::sample::select(vec!["A", "B", "\"C\\u0007\""]);
        let id = || prop::sample::select(vec!["1", "2", "3"]);
        let dependency = || prop::sample::select(vec!["", "2", "task_001", "9", "subtask_001", "3"]);
        let fence = || prop::sample::select(vec!["---", "---", "---", "---", ""]);
        match path {
            "tasks/tasks.json" => (id(), status(), dependency(), id())
                .prop_map(|(id, status, dependency, other)| {
                    let status = status.trim_matches('"');
                    format!(
                        "{{\"tasks\": [{{\"id\": {id}, \"status\": \"{status}\", \"dependencies\": \
                         [\"{dependency}\"]}}, {{\"id\": {other}, \"status\": \"done\"}}]}}"
                    )
                })
                .boxed(),
            "tasks/task_001.txt" => {
                (id(), status()).prop_map(|(id, status)| format!("# Task ID: {id}\n# Title: A\n# Status: {status}\n")).boxed()
            }
            _ => (id(), status(), title(), dependency(), fence(), status())
                .prop_map(|(id, status, title, dependency, fence, bullet)| {
                    format!(
                        "---\ntask_id: task_{id}\ntitle: {title}\nstatus: {status}\ndependencies: [{dependency}]\n{fence}\n\
                         # Task\n- **Status**: {bullet}\n"
                    )
                })
                .boxed(),
        }
    }

    const PATHS: [&str; 5] = [
        "context/task_001/subtask_001.md",
        "context/task_001/task.md",
        "context/task_002/task.md",
        "tasks/task_001.txt",
        "tasks/tasks.json",
    ];

    fn snapshot(files: &[Option<String>]) -> Snapshot {
        let files = PATHS.iter().zip(files).filter_map(|(path, text)| {
            Some((TreePath::new(*path).unwrap(), SourceFile::new(text.clone()?.into_bytes())))
        });
        Snapshot { files: files.collect(), ..Snapshot::empty() }
    }

    fn files() -> impl Strategy<Value = Vec<Option<String>>> {
        PATHS.map(|path| prop::option::of(content(path))).to_vec().prop_map(|files| files)
    }

    /// A tree, and the same with one file written anew.
    fn edited() -> impl Strategy<Value = (Vec<Option<String>>, Vec<Option<String>>)> {
        (files(), 0..PATHS.len()).prop_flat_map(|(before, at)| {
            content(PATHS[at]).prop_map(move |text| {
                let mut after = before.clone();
                after[at] = Some(text);
                (before.clone(), after)
            })
        })
    }

    #[test]
    fn a_changed_status_is_followed() {
        let text = |status: &str| Some(format!("---\ntask_id: 1\nstatus: {status}\n---\n- **Status**: {status}\n"));
        let before = snapshot(&[None, text("pending"), None, None, None]);
        let after = snapshot(&[None, text("done"), None, None, None]);
        let known = board(&before, StatusSet::default());
        let followed = following(&before, &known, &after, &known.statuses).unwrap();
        assert_eq!(followed.tasks, board(&after, StatusSet::default()).tasks);
        assert_ne!(followed.tasks, known.tasks);
    }

    proptest! {
        #[test]
        fn a_followed_board_is_the_board_read_anew((before, after) in edited()) {
            let (before, after) = (snapshot(&before), snapshot(&after));
            let known = board(&before, StatusSet::default());
            let anew = board(&after, StatusSet::default());
            let followed = board_following(&before, &known, &after, &known.statuses);
            prop_assert_eq!(&followed.tasks, &anew.tasks);
            prop_assert_eq!(&followed.diagnostics, &anew.diagnostics);
            prop_assert_eq!(&followed.current_tag, &anew.current_tag);
        }

        #[test]
        fn a_board_that_follows_in_place_has_the_tasks_read_anew((before, after) in edited()) {
            let (before, after) = (snapshot(&before), snapshot(&after));
            let known = board(&before, StatusSet::default());
            let changed = after.changed_files(&before);
            let unread = before.files.iter().filter(|(path, _)| changed.contains(path));
            let unread = unread.map(|(path, file)| (path.clone(), Arc::clone(file))).collect();
            let mut followed = known.clone();
            match follow(&mut followed, &unread, &after.files) {
                Some(old) if before.files.len() == after.files.len() => {
                    prop_assert_eq!(&followed.tasks, &board(&after, StatusSet::default()).tasks);
                    prop_assert!(old.iter().all(|task| known.tasks.contains_key(&task.id)));
                }
                Some(_) => {}
                None => prop_assert_eq!(&followed.tasks, &known.tasks),
            }
        }
    }
}
