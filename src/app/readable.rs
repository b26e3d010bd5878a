//! What commits are compared by: a file that nobody can read, say for the conflict markers in it,
//! counts as it last could be. Its tasks are neither gone nor new: nobody has decided anything yet.

use std::rc::Rc;

use super::{AppError, Project, View};
use crate::format;
use crate::model::{Commit, CommitId, Severity, SourceFile, TreePath};

/// How far back a version is looked for that can be read.
const LONGEST: usize = 1_000;

/// Trees that can be compared, handed from one commit to the next.
#[derive(Default)]
pub(super) struct Readable {
    last: Option<(CommitId, Rc<View>)>,
}

impl Readable {
    /// The trees before and after a commit, each unreadable file in them as it last could be read; where
    /// it never could, it is not there.
    pub(super) fn of(
        &mut self,
        project: &Project,
        commit: &Commit,
        (before, after): (&Rc<View>, &Rc<View>),
    ) -> Result<(Rc<View>, Rc<View>), AppError> {
        let known = self.last.take();
        if unreadable(before).next().is_none() && unreadable(after).next().is_none() {
            return Ok((Rc::clone(before), Rc::clone(after)));
        }
        let before = match (known, commit.parents.first()) {
            (Some((at, view)), Some(parent)) if at == *parent => view,
            (_, Some(parent)) => earlier(project, parent, before)?,
            (_, None) => Rc::clone(before),
        };
        let mut snapshot = after.snapshot.clone();
        for path in unreadable(after) {
            snapshot.forget(path);
            let file = before.snapshot.files.get(path).map(|file| (path.clone(), file.clone()));
            snapshot.files.extend(file);
        }
        let after = Rc::new(after.following(snapshot));
        self.last = Some((commit.id.clone(), Rc::clone(&after)));
        Ok((before, after))
    }
}

/// The tree of a commit, each unreadable file in it as the nearest of its first parents has it that can
/// be read.
fn earlier(project: &Project, id: &CommitId, view: &Rc<View>) -> Result<Rc<View>, AppError> {
    let repository = &project.repository;
    let mut missing: Vec<&TreePath> = unreadable(view).collect();
    if missing.is_empty() {
        return Ok(Rc::clone(view));
    }
    let mut settled = view.snapshot.clone();
    for path in &missing {
        settled.forget(path);
    }
    let (mut at, mut snapshot) = (id.clone(), view.snapshot.clone());
    for _ in 0..LONGEST {
        let parent = repository.commit(&at)?.parents.into_iter().next();
        let (Some(parent), false) = (parent, missing.is_empty()) else { break };
        snapshot = repository.snapshot_following(&snapshot, &at, &parent)?;
        missing.retain(|path| match snapshot.files.get(*path) {
            Some(file) if is_unreadable(path, file) => true,
            Some(file) => {
                settled.files.insert((*path).clone(), file.clone());
                false
            }
            None => false,
        });
        at = parent;
    }
    Ok(Rc::new(view.following(settled)))
}

/// The files of a tree that cannot be read.
fn unreadable(view: &View) -> impl Iterator<Item = &TreePath> {
    let errors = view.board.diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
    let named = errors.filter_map(|finding| finding.place.as_ref());
    named.filter_map(|place| {
        let (path, file) = view.snapshot.files.get_key_value(&place.path)?;
        is_unreadable(path, file).then_some(path)
    })
}

pub(super) fn is_unreadable(path: &TreePath, file: &SourceFile) -> bool {
    let reading = file.reading(|bytes| format::read(path, bytes));
    reading.records.is_empty() && reading.diagnostics.iter().any(|finding| finding.severity == Severity::Error)
}
