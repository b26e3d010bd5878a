//! Tasks under other numbers: one commit, or nothing.

use std::collections::BTreeMap;
use std::path::Path;

use super::commit::make_processed;
use super::dirty::dirty;
use super::{AppError, Keep, Project, View, message};
use crate::engine::diff::{Change, diff};
use crate::engine::event::plain;
use crate::engine::migrate::{MIGRATE, changed};
use crate::engine::plan::Merge;
use crate::engine::renumber::{self, NUMBER, Obstacle, Paths, RENUMBER, RenumberRefusal, Renumbering};
use crate::format::trailer::{CHANGE, ChangeTrailer, RULES};
use crate::git::{Deferral, Disk, EngineCommit, FileChange, NewMode, UnreadFile};
use crate::model::{CommitId, TaskId, Timestamp, TreePath};

/// What was renumbered, or would be.
#[derive(Debug)]
pub struct RenumberReport {
    /// Every task that has another number, subtasks among them: the old one and the new one.
    pub numbers: Vec<(TaskId, TaskId)>,
    /// The files that changed, or would.
    pub files: Vec<FileChange>,
    /// Places in rules and their cases, and in fields of tasks that no format knows, that name a task by its old number, and are left to people.
    pub by_hand: Vec<String>,
    /// The commit; `None` for a dry run.
    pub commit: Option<CommitId>,
    /// Files that hold the user's own changes and could not follow.
    pub left_alone: Vec<TreePath>,
}

/// Gives tasks at the branch tip other numbers, in one commit that fires nothing: of each pair the first gets the
/// second.
///
/// # Errors
/// When not all of it can be done, the tree has changes that no commit has, or nothing can be committed now. Nothing
/// is written then.
pub fn renumber(
    project: &Project,
    wanted: &[(TaskId, TaskId)],
    keep: Keep,
    now: Timestamp,
) -> Result<RenumberReport, AppError> {
    let repository = &project.repository;
    if let Some(why) = repository.deferral()? {
        return Err(AppError::Deferred(why));
    }
    let (Some(branch), Some(tip)) = (repository.branch()?, repository.head()?) else {
        return Err(AppError::Deferred(Deferral::Detached));
    };
    let view = project.commit(&tip)?;
    if view.snapshot.files.is_empty() {
        project.worktree()?;
    }
    let dirty = dirty(project, &view.snapshot)?;
    if !dirty.is_empty() {
        return Err(AppError::Dirty { paths: dirty });
    }
    let (renumbering, files) = plan(project, &tip, &view, wanted)?;
    let folders: Vec<TreePath> =
        renumbering.folders().keys().filter_map(|folder| TreePath::new(folder.clone()).ok()).collect();
    let folders: Vec<String> = folders.iter().map(|folder| repository.full_path(folder)).collect();
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let dirty = if folders.is_empty() { Vec::new() } else { repository.changed_files(&folders)? };
    if !dirty.is_empty() {
        return Err(AppError::Dirty { paths: dirty.into_iter().filter_map(|path| TreePath::new(path).ok()).collect() });
    }
    let mut report = RenumberReport {
        by_hand: [renumbering.by_hand.clone(), left(project, &tip, &renumbering.numbers)?].concat(),
        numbers: renumbering.numbers.clone(),
        files,
        commit: None,
        left_alone: Vec::new(),
    };
    if keep == Keep::Commit {
        let text = text(&view, &renumbering);
        let commit = EngineCommit {
            branch: &branch,
            tip: Some(&tip),
            message: &text,
            identity: &message::identity(&view.workflow),
            time: now,
            files: &report.files,
            redo: &|_, _| None,
            disk: Disk::Follows,
        };
        let made = make_processed(project, &commit)?;
        (report.commit, report.left_alone) = (Some(made.id), made.left_alone);
    }
    Ok(report)
}

/// What names these tasks in the rules of a commit, and in the cases that try them.
fn left(project: &Project, tip: &CommitId, numbers: &[(TaskId, TaskId)]) -> Result<Vec<String>, AppError> {
    let repository = &project.repository;
    let old: Vec<TaskId> = numbers.iter().map(|(old, _)| old.clone()).collect();
    let rules = repository.committed(tip, &repository.full_path(&TreePath::workflow()))?;
    let mut files: Vec<(TreePath, Vec<u8>)> = rules.map(|bytes| (TreePath::workflow(), bytes)).into_iter().collect();
    let folder = TreePath::new("tests").map(|folder| repository.full_path(&folder));
    if let Ok(folder) = folder {
        let cases = repository.files_in_folder(tip, &folder, &["yaml", "yml"])?.unwrap_or_default();
        files.extend(
            cases.into_iter().filter_map(|(name, bytes)| Some((TreePath::new(format!("tests/{name}")).ok()?, bytes))),
        );
    }
    Ok(files.iter().flat_map(|(path, bytes)| renumber::by_hand(path, bytes, &old)).collect())
}

/// What is to change on top of a commit, files that are never read among it.
pub(super) fn plan(
    project: &Project,
    tip: &CommitId,
    view: &View,
    wanted: &[(TaskId, TaskId)],
) -> Result<(Renumbering, Vec<FileChange>), AppError> {
    let repository = &project.repository;
    let others = repository.unread_paths(tip)?;
    let renumbering = renumber::renumber(&view.snapshot, &others, &view.board.statuses, wanted)?;
    let change = |path: &TreePath, before: Option<Vec<u8>>, after: Option<Vec<u8>>| FileChange {
        path: path.clone(),
        before,
        after,
        merge: Merge::ByLines,
        mode: NewMode::Plain,
    };
    let before = |path: &TreePath| view.snapshot.bytes(path).map(<[u8]>::to_vec);
    let mut files: Vec<FileChange> =
        renumbering.changes.iter().map(|(path, after)| change(path, before(path), after.clone())).collect();
    let folders = renumbering.folders();
    let is_inside =
        |path: &TreePath| folders.iter().flat_map(|(old, new)| [old, new]).any(|folder| is_below(path, folder));
    let all = repository.unread_where(tip, &|path| is_inside(path) || is_markdown(path))?;
    let (unread, beside): (BTreeMap<_, _>, BTreeMap<_, _>) = all.into_iter().partition(|(path, _)| is_inside(path));
    let place = |path: &TreePath| {
        let (old, new) = folders.iter().find(|(old, _)| is_below(path, old))?;
        TreePath::new(format!("{new}{}", path.as_str().strip_prefix(old.as_str())?)).ok()
    };
    let mut obstacles = Vec::new();
    let mut taken: Vec<(TreePath, Vec<u8>)> = Vec::new();
    for (path, file) in &unread {
        match (place(path), file) {
            (None, _) => obstacles.push(Obstacle::InTheWay(path.clone())),
            (Some(_), UnreadFile::Other) => obstacles.push(Obstacle::NoPlainFile(path.clone())),
            (Some(new), UnreadFile::Plain(bytes)) => taken.push((new, bytes.clone())),
        }
    }
    if !obstacles.is_empty() {
        return Err(RenumberRefusal { obstacles }.into());
    }
    let bytes_of = |path: &TreePath| match unread.get(path) {
        Some(UnreadFile::Plain(bytes)) => Some(bytes.clone()),
        _ => None,
    };
    let paths = Paths { snapshot: &view.snapshot, others: &others };
    for (path, file) in unread.iter().chain(&beside).filter(|(path, _)| is_markdown(path)) {
        let UnreadFile::Plain(before) = file else { continue };
        let Some(after) = renumbering.relinked(&paths, path, before) else { continue };
        match taken.iter_mut().find(|(new, _)| Some(new) == place(path).as_ref()) {
            Some((_, bytes)) => *bytes = after,
            None => files.push(change(path, Some(before.clone()), Some(after))),
        }
    }
    for path in unread.keys().filter(|path| !taken.iter().any(|(new, _)| new == *path)) {
        files.push(change(path, bytes_of(path), None));
    }
    files.extend(taken.into_iter().map(|(path, bytes)| change(&path, bytes_of(&path), Some(bytes))));
    files.retain(|file| file.before != file.after);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok((renumbering, files))
}

/// Whether a file may have links in it.
pub(super) fn is_markdown(path: &TreePath) -> bool {
    Path::new(path.as_str()).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md"))
}

fn is_below(path: &TreePath, folder: &str) -> bool {
    path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The whole message: each number, and what tasks that have changed numbers with each other say now.
fn text(view: &View, renumbering: &Renumbering) -> String {
    let numbers = &renumbering.numbers;
    let summary = match numbers.first() {
        Some((old, new)) if numbers.iter().all(|(other, _)| other.path().starts_with(old.path())) => {
            format!("renumber {old} as {new}")
        }
        _ => format!("renumber {} tasks", numbers.len()),
    };
    let mut text = message::subject(&view.workflow, &summary);
    text.push_str("\n\n");
    let mut list = |task: &TaskId, field: &str, old: String, new: String| {
        let (event, trigger) = (MIGRATE.to_owned(), RENUMBER.to_owned());
        let change = ChangeTrailer { event, trigger, task: task.clone(), field: field.to_owned(), old, new, depth: 1 };
        text.push_str(&format!("{CHANGE}: {change}\n"));
    };
    for (old, new) in numbers {
        list(old, NUMBER, old.to_string(), new.to_string());
    }
    let after = View::of(changed(&view.snapshot, &renumbering.changes));
    for change in diff(&view.board, &after.board) {
        if let Change::Field { task, field, old, new } = change
            && field == "status"
        {
            let word = |value: Option<serde_json::Value>| value.as_ref().map(plain).unwrap_or_default();
            list(&task, &field, word(old), word(new));
        }
    }
    text.push_str(&format!("{RULES}: {}\n", message::RULES_VERSION));
    text
}
