use super::transitions::{Reading, Walk};
use super::{AppError, Project};
use crate::engine::diff::diff;
use crate::engine::event::{self, Event, Origin};
use crate::engine::migrate::drop_rehomed;
use crate::model::{Commit, CommitId, Diagnostic};

/// Which history events are wanted from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventRange {
    /// What the worktree has that HEAD has not.
    Worktree,
    /// The commits that `to` reaches and `from` does not, each against its first parent.
    Commits {
        /// Where it begins, itself not included; `None` is the root.
        from: Option<CommitId>,
        /// Where it ends, itself included.
        to: CommitId,
        /// Which commits of the range.
        paths: Paths,
    },
}

/// Which commits of a range count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paths {
    /// Along the branch: a merge counts as one step.
    FirstParent,
    /// All of them, those of merged branches too.
    All,
}

/// The events of one commit; without one, of the worktree.
#[derive(Debug)]
pub struct CommitEvents {
    /// The commit.
    pub commit: Option<Commit>,
    /// What it did, without the consequences it lists.
    pub events: Vec<Event>,
    /// Contradictions in what it did.
    pub conflicts: Vec<Diagnostic>,
    /// Whether the engine made it.
    pub is_engine: bool,
}

/// Derives the events of a range, oldest commit first; commits without events are left out.
///
/// `each` is called as soon as a commit is read, so that long ranges can be shown while they are.
///
/// # Errors
/// When a commit or the worktree cannot be read.
pub fn events(project: &Project, range: &EventRange, mut each: impl FnMut(CommitEvents)) -> Result<(), AppError> {
    match range {
        EventRange::Worktree => {
            let before = match project.repository.head()? {
                Some(head) => project.commit(&head)?,
                None => super::View::of(crate::model::Snapshot::empty()),
            };
            let after = project.worktree()?;
            let mut changes = diff(&before.board, &after.board);
            drop_rehomed(&before.snapshot, &after.snapshot, &after.board.statuses, &mut changes);
            let origin = Origin { branch: project.repository.branch()?, ..Origin::default() };
            let derived = event::derive(&changes, &before.board, &after.board, &origin);
            each(CommitEvents { commit: None, events: derived.events, conflicts: derived.conflicts, is_engine: false });
        }
        EventRange::Commits { from, to, paths } => {
            let repository = &project.repository;
            let commits = match paths {
                Paths::FirstParent => repository.first_parents(from.as_ref(), to)?,
                Paths::All => repository.all_commits(from.as_ref(), to)?,
            };
            // Ids name the commit, not the branch it was seen on.
            let mut walk = Walk::new(project, Reading::Pure, None);
            for id in commits {
                let source = walk.read(&id)?;
                if !source.events.is_empty() || !source.conflicts.is_empty() {
                    each(CommitEvents {
                        commit: Some(source.commit),
                        events: source.events,
                        conflicts: source.conflicts,
                        is_engine: source.is_engine,
                    });
                }
            }
        }
    }
    Ok(())
}
