//! A tree in the other layout, and back: one commit, or nothing.

mod files;
mod said;

use std::collections::BTreeMap;

pub(super) use self::files::files;
use super::commit::make_with_others;
use super::dirty::{dirty, in_the_way, named_alike};
use super::migrate_back::way_back;
use super::newest::newest;
use super::{AppError, Keep, Prefer, Project, View, message, migrate_backlog};
use crate::engine::migrate::{
    Conflict, ImportRequest, Manifest, Migration, MigrationRequest, Refusal, Side, TakenIds, Target, Unreadable, adopt,
    changed, differences, forward, import, stays_beside, unreadable,
};
use crate::engine::plan::Merge;
use crate::git::{Deferral, Disk, EngineCommit, FileChange, NewMode};
use crate::model::{CommitId, FileRole, RecordKind, TaskId, Timestamp, TreePath};
use crate::store;

/// What is to be migrated, and how.
#[derive(Debug, Clone)]
pub struct MigrateRequest {
    /// What is there; `None` to find out.
    pub from: Option<Source>,
    /// The layout that is wanted; `None` for the other one.
    pub to: Option<Target>,
    /// The tasks of this tag alone.
    pub tag: Option<String>,
    /// Which place is right where places contradict each other; `None` where nobody has said.
    pub prefer: Option<Prefer>,
    /// What becomes of what cannot be read.
    pub unreadable: Unreadable,
    /// What statuses of an import mean that nobody here knows.
    pub statuses: BTreeMap<String, String>,
    /// What becomes of imported tasks whose ids are there already.
    pub taken: TakenIds,
    /// How it is kept: in a commit, or not at all.
    pub keep: Keep,
}

/// Where the tasks are that are to be migrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In the tree, in this layout.
    Tree(Target),
    /// In `tasks/` beside the tree's folder, as older trees have them.
    Beside,
    /// In a folder of Backlog.md beside the tree's folder.
    Backlog,
}

/// Which way it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the layout that people had.
    There,
    /// To it again, from the files that were put away.
    Back,
}

impl Way {
    /// As it is written in output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::Back => "back",
        }
    }
}

/// What was migrated, or would be.
#[derive(Debug)]
pub struct MigrateReport {
    /// The layout that the tree has afterwards.
    pub target: Target,
    /// Which way it went.
    pub way: Way,
    /// The tasks that are written in the other way.
    pub moved: Vec<TaskId>,
    /// The contradictions, and who was right.
    pub conflicts: Vec<Conflict>,
    /// What is put away and nowhere else; why something stayed.
    pub notes: Vec<String>,
    /// The files that changed, or would.
    pub files: Vec<FileChange>,
    /// Those that went, or would, from beside the tree; their paths are from the top of the repository.
    pub gone: Vec<FileChange>,
    /// The commit; `None` for a dry run.
    pub commit: Option<CommitId>,
    /// Files that hold the user's own changes and could not follow.
    pub left_alone: Vec<TreePath>,
}

/// Writes the tasks at the branch tip in the other layout, in one commit that fires nothing: no task becomes another
/// one by it.
///
/// # Errors
/// When not all of it can be done, the tree has changes that no commit has, or nothing can be committed now. Nothing
/// is written then.
pub fn migrate(project: &Project, request: &MigrateRequest, now: Timestamp) -> Result<MigrateReport, AppError> {
    if let Some(repository) = project.repository.with_folder_of_its_own()? {
        if request.from == Some(Source::Backlog) {
            return Err(Refusal::Older.into());
        }
        let newer = Project::of(repository);
        return migrate_in(&newer, &MigrateRequest { from: Some(Source::Beside), ..request.clone() }, now);
    }
    migrate_in(project, request, now)
}

fn migrate_in(project: &Project, request: &MigrateRequest, now: Timestamp) -> Result<MigrateReport, AppError> {
    let repository = &project.repository;
    if let Some(why) = repository.deferral()? {
        return Err(AppError::Deferred(why));
    }
    let (Some(branch), Some(tip)) = (repository.branch()?, repository.head()?) else {
        return Err(AppError::Deferred(Deferral::Detached));
    };
    let view = project.commit(&tip)?;
    let beside = beside(project, &tip, &view, request)?;
    let backlog = if beside.is_empty() { migrate_backlog::wanted(project, &tip, &view, request)? } else { None };
    if backlog.is_none() && (!request.statuses.is_empty() || request.taken == TakenIds::NumberOn) {
        return Err(Refusal::NoImport.into());
    }
    if view.board.tasks.is_empty() && beside.is_empty() && backlog.is_none() {
        refuse_absent(project, &view)?;
    }
    let target = match &backlog {
        Some(_) => request.to.unwrap_or(Target::Markdown),
        None if beside.is_empty() => target(&view, request)?,
        None => request.to.unwrap_or(Target::TasksJson),
    };
    if let Some(tag) = request.tag.as_ref().filter(|_| backlog.is_none()) {
        view.know_tag(tag)?;
        if let Some(manifest) = Manifest::of(&view.snapshot)?.filter(|of| of.request.tag.as_ref() != Some(tag)) {
            let target = manifest.request.target.name();
            return Err(Refusal::OtherTag { target, tag: manifest.request.tag }.into());
        }
    }
    for status in request.statuses.values() {
        view.know_status(status)?;
    }
    let dirty = dirty(project, &view.snapshot)?;
    if !dirty.is_empty() {
        return Err(AppError::Dirty { paths: dirty });
    }
    let statuses = &view.board.statuses;
    let other = |target| wanted(project, &tip, request, target);
    let (way, mut migration) = if let Some(backlog) = &backlog {
        let import_request = ImportRequest {
            tag: request.tag.clone(),
            statuses: request.statuses.clone(),
            taken: request.taken,
            unreadable: request.unreadable,
        };
        let migration = import(&view.snapshot, statuses, backlog, &import_request)?;
        let wanted = if target == Target::TasksJson { Some(other(target)?) } else { None };
        (Way::There, further(&view, migration, wanted.as_ref())?)
    } else if request.from == Some(Source::Beside) || !beside.is_empty() {
        let wanted = other(target)?;
        let migration = adopt(&view.snapshot, statuses, &beside, &wanted)?;
        let further_on = Some(&wanted).filter(|_| target == Target::Markdown);
        (Way::There, further(&view, migration, further_on)?)
    } else {
        let wanted = other(target)?;
        match way_back(project, &view, &wanted)? {
            Some(migration) => (Way::Back, migration),
            None => (Way::There, forward(&view.snapshot, statuses, &wanted)?),
        }
    };
    migration.notes.extend(settings_stay(project, &tip, &beside)?);
    if beside.is_empty() {
        let stays = repository.files_beside_tree(&tip)?;
        migration.notes.extend(stays_beside(&view.snapshot, statuses, &stays));
    }
    let files = files(project, &tip, &view.snapshot, &migration)?;
    in_the_way(project, &files)?;
    named_alike(project, &tip, &files)?;
    let gone = beside.iter().filter_map(|(path, bytes)| {
        let path = repository.file_beside_tree(path)?;
        Some(FileChange { path, before: Some(bytes.clone()), after: None, merge: Merge::ByLines, mode: NewMode::Plain })
    });
    let after = View::of(changed(&view.snapshot, &migration.changes));
    let mut report = MigrateReport {
        target,
        way,
        moved: migration.moved,
        conflicts: migration.conflicts,
        notes: migration.notes,
        files,
        gone: gone.collect(),
        commit: None,
        left_alone: Vec::new(),
    };
    if request.keep == Keep::Commit {
        let text = said::text(&view, &after, &report)?;
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
        // A new folder is there before the branch moves: the next run, if there must be one, finds the tree by it.
        store::make_folder(&repository.tree_dir()?)?;
        let made = make_with_others(project, &commit, &report.gone)?;
        (report.commit, report.left_alone) = (Some(made.id), made.left_alone);
    }
    Ok(report)
}

/// Refuses where there is no tree at all, or the tasks are there, and git is told to ignore them: no commit has them.
fn refuse_absent(project: &Project, view: &View) -> Result<(), AppError> {
    if view.snapshot.files.is_empty() {
        project.worktree()?;
    }
    let repository = &project.repository;
    let instead = "add it all the same (git add -f) and commit it; then run this again";
    if repository.is_tree_ignored() {
        return Err(AppError::Ignored { prefix: repository.prefix().to_owned(), instead });
    }
    let disk = store::snapshot_of_folder(&repository.tree_dir()?)?;
    let is_task = |path: &&TreePath| matches!(path.role(), FileRole::TasksJson | FileRole::TaskMarkdown);
    match disk.files.keys().filter(is_task).find(|path| repository.is_ignored(path)) {
        Some(path) => Err(AppError::Ignored { prefix: repository.full_path(path), instead }),
        None => Ok(()),
    }
}

/// What has come into the tree, in the other layout where that is wanted.
fn further(view: &View, came: Migration, wanted: Option<&MigrationRequest>) -> Result<Migration, Refusal> {
    let Some(wanted) = wanted else { return Ok(came) };
    let with_it = changed(&view.snapshot, &came.changes);
    let further = forward(&with_it, &view.board.statuses, wanted)?;
    let changes = differences(&view.snapshot, &changed(&with_it, &further.changes));
    Ok(Migration { changes, notes: came.notes.into_iter().chain(further.notes).collect(), ..further })
}

/// The files beside the tree that are to be migrated: where that was asked for, or the tree has no tasks.
fn beside(
    project: &Project,
    tip: &CommitId,
    view: &View,
    request: &MigrateRequest,
) -> Result<BTreeMap<TreePath, Vec<u8>>, AppError> {
    let repository = &project.repository;
    let wanted = match request.from {
        Some(source) => source == Source::Beside,
        None => view.board.tasks.is_empty(),
    };
    let files = if wanted { repository.files_beside_tree(tip)? } else { BTreeMap::new() };
    // A list of the tree's own that cannot be read is no reason to take another.
    if request.from.is_none() && files.keys().any(|path| path.role() == FileRole::TasksJson) {
        let mut unread = unreadable(&view.snapshot);
        if !unread.is_empty() {
            unread.push(
                "tasks/tasks.json beside the tree can be read, and is not taken for it: --from root does".to_owned(),
            );
            return Err(Refusal::Unreadable(unread).into());
        }
    }
    let mut dirty = Vec::new();
    for (path, committed) in &files {
        let here = store::read(&repository.path_beside_tree(path)?)?;
        let name = format!("{}/../{path}", repository.prefix());
        let same = match here {
            Some(here) => repository.cleaned(&name, here, Some(committed))? == *committed,
            None => false,
        };
        if !same {
            dirty.push(path.clone());
        }
    }
    if dirty.is_empty() { Ok(files) } else { Err(AppError::Dirty { paths: dirty }) }
}

/// What is to be said of the settings that task-master had beside `tasks/`: they stay. `None` where there are none.
fn settings_stay(
    project: &Project,
    tip: &CommitId,
    beside: &BTreeMap<TreePath, Vec<u8>>,
) -> Result<Option<String>, AppError> {
    let repository = &project.repository;
    let Some(path) = repository.name_beside_tree(".taskmasterconfig").filter(|_| !beside.is_empty()) else {
        return Ok(None);
    };
    let is_there = repository.mode_in_commit(tip, &path)?.is_some();
    let place = format!("{}/config.json", repository.prefix());
    Ok(is_there.then(|| {
        format!("`{path}` stays where it is, and nothing here reads it; task-master looks for it at `{place}` by now")
    }))
}

/// The layout that is wanted.
fn target(view: &View, request: &MigrateRequest) -> Result<Target, AppError> {
    if let Some(target) = request.to {
        if request.from == Some(Source::Tree(target)) {
            return Err(Refusal::Nothing.into());
        }
        return Ok(target);
    }
    let other = |target| if target == Target::Markdown { Target::TasksJson } else { Target::Markdown };
    if let Some(Source::Tree(from)) = request.from {
        return Ok(other(from));
    }
    if let Some(manifest) = Manifest::of(&view.snapshot)? {
        return Ok(other(manifest.request.target));
    }
    let has_list = view.board.tasks.values().any(|task| task.record.kind == RecordKind::TasksJson);
    Ok(if has_list { Target::Markdown } else { Target::TasksJson })
}

fn wanted(
    project: &Project,
    tip: &CommitId,
    request: &MigrateRequest,
    target: Target,
) -> Result<MigrationRequest, AppError> {
    let by_field = match request.prefer {
        Some(Prefer::Newest) => newest(project, tip)?,
        _ => BTreeMap::new(),
    };
    let otherwise = match request.prefer {
        Some(Prefer::Markdown) => Some(Side::Markdown),
        Some(Prefer::Json) => Some(Side::Json),
        Some(Prefer::Newest) | None => None,
    };
    let winners = BTreeMap::new();
    let (tag, unreadable) = (request.tag.clone(), request.unreadable);
    Ok(MigrationRequest { target, tag, winners, by_field, otherwise, unreadable })
}

impl MigrateReport {
    /// A file beside the tree's folder, as it is seen from there.
    #[must_use]
    pub fn beside_tree(path: &TreePath) -> String {
        format!("../tasks/{}", path.file_name())
    }

    /// Files that were put away as they were, or taken from there, with where they were and are.
    #[must_use]
    pub fn carried(&self) -> Vec<(&TreePath, &TreePath)> {
        let one = |file: &'_ FileChange| file.path.role() == FileRole::Migrated && file.path != Manifest::path();
        let pair = |away: &'_ FileChange| {
            let bytes = away.after.as_ref().or(away.before.as_ref());
            self.files.iter().find(|file| {
                let side = if away.after.is_some() { &file.before } else { &file.after };
                Manifest::put_away(&file.path).as_ref() == Some(&away.path) && side.as_ref() == bytes
            })
        };
        let carried = self.files.iter().filter(|file| one(file)).filter_map(|away| {
            let other = pair(away)?;
            Some(if away.after.is_some() { (&other.path, &away.path) } else { (&away.path, &other.path) })
        });
        carried.collect()
    }
}
