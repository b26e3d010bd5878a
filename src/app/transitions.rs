//! What the commits of a range did to the tree, commit by commit: whose it is, what is a
//! consequence already, and what has been seen before history was rewritten.

mod left;
mod seen;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use self::left::{left_files, left_values, made_for};

use super::readable::Readable;
use super::{AppError, Project, View};
use crate::engine::cascade::Left;
use crate::engine::creation::FILE;
use crate::engine::diff::{Change, diff};
use crate::engine::event::{self, CONFIG_CHANGED, Event, Origin, plain};
use crate::engine::made_key::{MadeBefore, MadeKey, reports};
use crate::engine::migrate::{MIGRATE, drop_rehomed};
use crate::format::trailer::{self, ChangeTrailer, MADE_TASK};
use crate::model::{Code, Commit, CommitId, Diagnostic, RecordKind, Snapshot, StatusSet, TaskId, Timestamp, TreePath};

pub(super) use self::seen::Seen;

/// One commit of a range and the events that are its own.
pub(super) struct CommitSource {
    /// The commit.
    pub(super) commit: Commit,
    /// The tree as the commit has it.
    pub(super) after: Rc<View>,
    /// What it did, without the consequences it lists.
    pub(super) events: Vec<Event>,
    /// Contradictions in what it did.
    pub(super) conflicts: Vec<crate::model::Diagnostic>,
    /// Existing tasks its message closes.
    pub(super) closes: Vec<TaskId>,
    /// Whether the engine made it.
    pub(super) is_engine: bool,
    /// The values it took fields out of.
    pub(super) leaves: Vec<Left>,
    /// Values that it is not to bring about, since they were taken back later.
    pub(super) left: Vec<Left>,
    /// When the commits that it merges were first written.
    pub(super) merged: Vec<Timestamp>,
    /// What a merge says of made tasks whose numbers others have in it.
    pub(super) replaced: Vec<Diagnostic>,
    /// The tree before it.
    pub(super) before: Rc<View>,
    /// The keys of what it brings that was made for an event.
    pub(super) made: MadeBefore,
}

/// What a merge is taken to have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// All that differs from its first parent: the same in every clone.
    Pure,
    /// Only what no other parent has already: the same in every clone, for where those commits are
    /// read themselves.
    Alone,
    /// All without what was published where the branch is shared: that belongs to its authors' clones. What comes from
    /// another branch, published or not, is done on this one by who merges it.
    Own,
    /// All without what the beginning of the range has already: for what others have merged.
    Arrived,
}

/// Reads a range commit by commit along first parents; views are handed from one to the next, so
/// that a range costs what changed in it.
pub(super) struct Walk<'a> {
    project: &'a Project,
    reading: Reading,
    branch: Option<String>,
    /// Where the range begins.
    base: Option<CommitId>,
    before: Option<(CommitId, Rc<View>)>,
    readable: Readable,
}

impl<'a> Walk<'a> {
    pub(super) fn new(project: &'a Project, reading: Reading, branch: Option<String>) -> Self {
        Self { project, reading, branch, base: None, before: None, readable: Readable::default() }
    }

    /// The commits of a branch behind `base`, each in a reading of its own.
    pub(super) fn behind(project: &'a Project, base: &CommitId, branch: String) -> Self {
        Self { base: Some(base.clone()), ..Self::new(project, Reading::Own, Some(branch)) }
    }

    /// Reads one commit so.
    pub(super) fn read_as(&mut self, id: &CommitId, reading: Reading) -> Result<CommitSource, AppError> {
        self.reading = reading;
        self.read(id)
    }

    /// Reads one commit against its first parent.
    pub(super) fn read(&mut self, id: &CommitId) -> Result<CommitSource, AppError> {
        let repository = &self.project.repository;
        let commit = repository.commit(id)?;
        let (before, after) = self.views(id, &commit)?;
        let origin = Origin::of_commit(&commit, self.branch.clone());
        let (old, new) = self.readable.of(self.project, &commit, (&before, &after))?;
        let mut changes = if Rc::ptr_eq(&before, &after) { Vec::new() } else { diff(&old.board, &new.board) };
        let mut leaves = left_values(&changes, &after.board.statuses);
        if !Rc::ptr_eq(&before, &after) {
            leaves.extend(left_files(&commit, &before.snapshot, &after.snapshot)?);
        }
        let made = MadeBefore { brought: brought(&changes, &before, &after), ..MadeBefore::default() };
        let replaced = self.replaced(&commit, &before, &after)?;
        let mut merged = Vec::new();
        let left = self.drop_consequences(&commit, &after, &mut changes, &mut merged)?;
        self.drop_theirs(&commit, &before, &mut changes)?;
        drop_rehomed(&before.snapshot, &after.snapshot, &after.board.statuses, &mut changes);
        let derived = event::derive(&changes, &old.board, &new.board, &origin);
        let mut events = derived.events;
        if before.snapshot.bytes(&TreePath::workflow()) != after.snapshot.bytes(&TreePath::workflow()) {
            let blob = |view: &View| {
                view.snapshot.bytes(&TreePath::workflow()).and_then(|bytes| repository.blob_id(bytes).ok())
            };
            let values = (blob(&before).map(Into::into), blob(&after).map(Into::into));
            events.insert(0, Event::of_tree(CONFIG_CHANGED, values, &origin));
        }
        let is_engine = is_engine_commit(&commit);
        let closes = if is_engine {
            Vec::new()
        } else {
            let named = trailer::closings(&commit.message).into_iter();
            named.filter_map(|closing| Some(after.task(&closing.task).ok()?.id.clone())).collect()
        };
        Ok(CommitSource {
            commit,
            after,
            events,
            conflicts: derived.conflicts,
            closes,
            is_engine,
            leaves,
            left,
            merged,
            before,
            made,
            replaced,
        })
    }

    /// The trees before and after a commit; the latter is kept for the next one.
    fn views(&mut self, id: &CommitId, commit: &Commit) -> Result<(Rc<View>, Rc<View>), AppError> {
        let repository = &self.project.repository;
        let first = commit.parents.first();
        let before = match (self.before.take(), first) {
            (Some((at, view)), Some(parent)) if at == *parent => view,
            (Some((at, view)), Some(parent)) => {
                Rc::new(view.following(repository.snapshot_following(&view.snapshot, &at, parent)?))
            }
            (None, Some(parent)) => self.project.shared(parent)?,
            (_, None) => Rc::new(View::of(Snapshot::empty())),
        };
        let after = match first {
            Some(parent) if repository.has_tree_of(parent, id)? => Rc::clone(&before),
            Some(parent) => match self.project.known(id) {
                Some(view) => view,
                None => Rc::new(before.following(repository.snapshot_following(&before.snapshot, parent, id)?)),
            },
            None => Rc::new(View::of(repository.snapshot_of_commit(id)?)),
        };
        self.before = Some((id.clone(), Rc::clone(&after)));
        Ok((before, after))
    }

    /// The tree of the commit that was read last.
    pub(super) fn last(self) -> Option<Rc<View>> {
        self.before.map(|(_, view)| view)
    }

    /// All that a commit changed against its first parent, consequences among it.
    pub(super) fn changes(&mut self, id: &CommitId) -> Result<Vec<Change>, AppError> {
        let (before, after) = self.views(id, &self.project.repository.commit(id)?)?;
        Ok(if Rc::ptr_eq(&before, &after) { Vec::new() } else { diff(&before.board, &after.board) })
    }

    /// The places in which a commit changed statuses, each with its kind.
    pub(super) fn status_places(&mut self, id: &CommitId) -> Result<Vec<(TaskId, RecordKind, TreePath)>, AppError> {
        let (before, after) = self.views(id, &self.project.repository.commit(id)?)?;
        let mut changes = diff(&before.board, &after.board);
        drop_rehomed(&before.snapshot, &after.snapshot, &after.board.statuses, &mut changes);
        Ok(changes
            .into_iter()
            .filter_map(|change| match change {
                Change::Field { task, field, .. } if field == "status" => {
                    let home = after.board.tasks.get(&task)?;
                    Some((task, home.record.kind, home.path.clone()))
                }
                Change::Mirror { task, new: Some(new), old: Some(_) } => Some((task, new.kind, new.path)),
                _ => None,
            })
            .collect())
    }

    /// Takes out what this commit, or the commits it merges, list as consequences; gives what
    /// the merged commits list as undone, and when they were first written.
    fn drop_consequences(
        &self,
        commit: &Commit,
        after: &View,
        changes: &mut Vec<Change>,
        moments: &mut Vec<Timestamp>,
    ) -> Result<Vec<Left>, AppError> {
        let mut listed = trailer::changes_anywhere(&commit.message);
        let mut unmade = Vec::new();
        if let Some((first, others)) = commit.parents.split_first() {
            for merged in others {
                for id in self.project.repository.all_commits(Some(first), merged)? {
                    let merged = self.project.repository.commit(&id)?;
                    let changes = trailer::changes_anywhere(&merged.message);
                    moments.push(merged.authored);
                    unmade.extend(self.unmade(&merged, &changes)?);
                    listed.extend(changes);
                }
            }
        }
        if !listed.is_empty() {
            let mut by_task: HashMap<&TaskId, Vec<&ChangeTrailer>> = HashMap::new();
            for entry in &listed {
                by_task.entry(&entry.task).or_default().push(entry);
            }
            let named = |change: &Change| by_task.get(change.task()).into_iter().flatten();
            changes.retain(|change| !named(change).any(|entry| lists(entry, change, &after.board.statuses)));
            // The same tasks in another layout: texts, mirrors and places change with it, and nobody has changed them.
            if listed.iter().any(|entry| entry.event == MIGRATE) {
                changes.retain(|change| matches!(change, Change::Field { field, .. } if field == "status"));
            }
        }
        let undone = listed.into_iter().filter(|entry| commit.parents.len() > 1 && entry.trigger == "undo");
        Ok(undone
            .map(|entry| {
                let field = if entry.field.starts_with(FILE) {
                    entry.field
                } else {
                    entry.field.split('@').next().unwrap_or_default().to_owned()
                };
                Left { task: entry.task, field, value: entry.old }
            })
            .chain(unmade)
            .collect())
    }

    /// The events of the tasks that an undo took away.
    fn unmade(&self, commit: &Commit, listed: &[ChangeTrailer]) -> Result<Vec<Left>, AppError> {
        let mut removed = listed.iter().filter(|entry| entry.field == MADE_TASK && entry.new.is_empty()).peekable();
        let (Some(_), Some(parent)) = (removed.peek(), commit.parents.first()) else { return Ok(Vec::new()) };
        let before = self.project.commit(parent)?;
        Ok(removed.filter_map(|entry| made_for(before.board.tasks.get(&entry.task)?)).collect())
    }

    /// The tasks that one parent of a merge had made and the merge has not, since one that another parent had made has
    /// their number.
    fn replaced(&self, commit: &Commit, before: &View, after: &View) -> Result<Vec<Diagnostic>, AppError> {
        let Some((first, others)) = commit.parents.split_first() else { return Ok(Vec::new()) };
        let kept: HashSet<MadeKey> = after.board.tasks.values().filter_map(MadeKey::of_task).collect();
        if self.reading != Reading::Own || others.is_empty() || kept.is_empty() {
            return Ok(Vec::new());
        }
        let repository = &self.project.repository;
        let mut found = Vec::new();
        for other in others {
            let theirs = before.following(repository.snapshot_following(&before.snapshot, first, other)?);
            for (id, task) in &after.board.tasks {
                let in_parents = [before, &theirs].map(|view| view.board.tasks.get(id).and_then(MadeKey::of_task));
                let [Some(one), Some(another)] = in_parents else { continue };
                let lost = if kept.contains(&one) { another } else { one };
                if MadeKey::of_task(task).is_none() || kept.contains(&lost) {
                    continue;
                }
                let base = repository.merge_base(first, other)?;
                let since = base.map(|base| format!(" --since {}", base.short())).unwrap_or_default();
                let message = format!(
                    "two branches had made a task {id}, and the merge keeps one; to make the other again: taskmaster sync{since}"
                );
                found.push(Diagnostic::warning(Code::REPLACED_TASK, message).about(id));
            }
        }
        Ok(found)
    }

    /// Takes out of a merge what its other parents brought, where the reading leaves that to others.
    fn drop_theirs(&self, commit: &Commit, before: &View, changes: &mut Vec<Change>) -> Result<(), AppError> {
        let repository = &self.project.repository;
        let Some((first, others)) = commit.parents.split_first() else { return Ok(()) };
        for other in others {
            let is_theirs = match self.reading {
                Reading::Pure => false,
                Reading::Alone => true,
                Reading::Own => repository.is_published_on(self.branch.as_deref().unwrap_or_default(), other)?,
                Reading::Arrived => match &self.base {
                    Some(base) => repository.is_ancestor(other, base)?,
                    None => false,
                },
            };
            if is_theirs && !changes.is_empty() {
                let theirs = before.following(repository.snapshot_following(&before.snapshot, first, other)?);
                changes.retain(|change| !is_as_in(change, &theirs));
            }
        }
        Ok(())
    }
}

/// The keys of tasks and files that a commit brings.
fn brought(changes: &[Change], before: &Rc<View>, after: &Rc<View>) -> HashSet<MadeKey> {
    if Rc::ptr_eq(before, after) {
        return HashSet::new();
    }
    let tasks = changes.iter().filter_map(|change| match change {
        Change::Created(task) => MadeKey::of_task(task),
        _ => None,
    });
    let files = reports(&after.snapshot).filter(|path| !before.snapshot.files.contains_key(path));
    tasks.chain(files.filter_map(MadeKey::of_file)).collect()
}

/// Whether the engine made a commit: it lists its changes, and it is not a squash of such commits
/// with somebody's own.
#[must_use]
pub fn is_engine_commit(commit: &Commit) -> bool {
    let trailers = trailer::trailers(&commit.message);
    // Who squashes an engine commit into one of his own has its trailers, under his own name.
    let by_a_person = trailers.iter().any(|(key, value)| *key == trailer::ACTOR && *value == commit.author.to_string());
    !by_a_person
        && trailers.iter().any(|(key, _)| *key == trailer::RULES)
        && trailers.iter().any(|(key, _)| *key == trailer::CHANGE || *key == trailer::UNDOES)
}

/// Whether a trailer lists this very change.
fn lists(entry: &ChangeTrailer, change: &Change, statuses: &StatusSet) -> bool {
    if entry.task != *change.task() {
        return false;
    }
    match change {
        Change::Field { field, new, .. } => {
            let new = new.as_ref().map(plain).unwrap_or_default();
            let name = entry.field.split('.').next().unwrap_or_default();
            let nested = entry.field.contains('.');
            name == field && (nested || entry.new == new || (field == "status" && statuses.same(&entry.new, &new)))
        }
        Change::Mirror { new, .. } => {
            let status = new.as_ref().and_then(|mirror| mirror.status.clone()).unwrap_or_default();
            entry.field.starts_with("status@") && statuses.same(&entry.new, &status)
        }
        Change::Created(_) => entry.field == MADE_TASK && !entry.new.is_empty(),
        Change::Deleted(_) => entry.field == MADE_TASK && entry.new.is_empty(),
        Change::Moved { .. } => false,
    }
}

/// Whether a change leads to what another view has already.
fn is_as_in(change: &Change, view: &View) -> bool {
    let task = view.board.tasks.get(change.task());
    match change {
        Change::Created(_) => task.is_some(),
        Change::Deleted(_) => task.is_none(),
        Change::Field { field, new, .. } => {
            task.is_some_and(|task| crate::engine::diff::fields(&task.record).get(field) == new.as_ref())
        }
        Change::Mirror { new, .. } => task.is_some_and(|task| match new {
            Some(mirror) => task.mirrors.contains(mirror),
            None => true,
        }),
        Change::Moved { .. } => true,
    }
}
