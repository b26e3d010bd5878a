//! Whether the commit that an effect was recorded for is still where it counts.

use std::collections::HashMap;
use std::path::Path;

use super::{AppError, EventRange, Paths, Project, configuration, emit, events, trust};
use crate::engine::event::{Event, EventId};
use crate::format::trailer::{self, OutsideTrailer};
use crate::model::{Commit, CommitId};
use crate::store::{AwaitedPush, Intent};

/// The branches that an effect's commit may be on, and what is known of commits so far.
pub struct Basis {
    project: Project,
    tips: Vec<CommitId>,
    known: HashMap<String, bool>,
}

impl Basis {
    /// Of the repository at `path`, as it is now: HEAD, and the shared branch, here and at the remote as far as is known.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn of(path: &Path) -> Result<Self, AppError> {
        let project = Project::open(path)?;
        let repository = &project.repository;
        let head = repository.head()?;
        let rules = head.as_ref().map(|head| configuration(&project, head)).transpose()?.flatten();
        let rules = rules.map(|rules| trust::read(&rules.text)).unwrap_or_default();
        let shared = repository.shared_branch(rules.git.canonical.as_deref());
        let mut tips: Vec<CommitId> = head.into_iter().collect();
        if let Some(shared) = shared {
            tips.extend(repository.branch_tip(&shared)?);
            if let Some(remote) = repository.remote_of(&shared)? {
                tips.extend(repository.remote_tip(&remote, &shared)?);
            }
        }
        tips.dedup();
        Ok(Self { project, tips, known: HashMap::new() })
    }

    /// Whether the commit is there that an effect was recorded for, or the one that it was rewritten to. Where that
    /// cannot be known it is.
    pub fn holds(&mut self, intent: &Intent) -> bool {
        if let Some(known) = self.known.get(&intent.requires) {
            return *known;
        }
        let holds = self.look(&intent.requires).unwrap_or(true);
        self.known.insert(intent.requires.clone(), holds);
        holds
    }

    /// Whether the push has come about that an effect waits for: the commit that was made for it is on the branch there, as
    /// far as is known here.
    pub fn is_pushed(&self, push: &AwaitedPush, requires: &str) -> bool {
        self.find_pushed(push, requires).unwrap_or(false)
    }

    /// Whether an event from outside was handled: in a commit behind the one that HEAD was at, or as a note says.
    pub fn is_handled(&self, event: &str, requires: &str) -> bool {
        self.find_handled(event, requires).unwrap_or(false)
    }

    fn find_handled(&self, event: &str, requires: &str) -> Result<bool, AppError> {
        let repository = &self.project.repository;
        if emit::was_noted(&self.project, event)? {
            return Ok(true);
        }
        let from = CommitId::new(requires).ok();
        for tip in &self.tips {
            for id in repository.all_commits(from.as_ref(), tip)? {
                let found = trailer::outside(&repository.commit(&id)?.message);
                let is_it = |found: &OutsideTrailer| {
                    EventId::of_outside(&found.kind, found.task.as_ref(), &found.id).as_str() == event
                };
                if found.as_ref().is_some_and(is_it) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn find_pushed(&self, push: &AwaitedPush, requires: &str) -> Result<bool, AppError> {
        let repository = &self.project.repository;
        let Some(tip) = repository.remote_tip(&push.remote, &push.branch)? else { return Ok(false) };
        let from = CommitId::new(requires).ok();
        for id in repository.all_commits(from.as_ref(), &tip)? {
            if trailer::sender(&repository.commit(&id)?.message) == Some(push.sender.as_str()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn look(&self, requires: &str) -> Result<bool, AppError> {
        let repository = &self.project.repository;
        let Ok(id) = CommitId::new(requires) else { return Ok(true) };
        if repository.is_shallow() {
            return Ok(true);
        }
        // One that is gone is the doctor's.
        let Ok(commit) = repository.commit(&id) else { return Ok(true) };
        for tip in &self.tips {
            if id == *tip || repository.is_ancestor(&id, tip)? || self.is_rewritten(&commit, tip)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a commit was rewritten on a branch: to one that was first written in the same moment by the same person,
    /// or to one that does something of what it did.
    fn is_rewritten(&self, commit: &Commit, tip: &CommitId) -> Result<bool, AppError> {
        let repository = &self.project.repository;
        let base = repository.merge_base(&commit.id, tip)?;
        for id in repository.all_commits(base.as_ref(), tip)? {
            let other = repository.commit(&id)?;
            if other.authored == commit.authored && other.author == commit.author {
                return Ok(true);
            }
        }
        let did = self.events(commit.parents.first(), &commit.id)?;
        let is_same = |one: &Event, other: &Event| {
            (&one.kind, &one.task, &one.field, &one.old, &one.new)
                == (&other.kind, &other.task, &other.field, &other.old, &other.new)
        };
        let does = self.events(base.as_ref(), tip)?;
        Ok(does.iter().any(|one| did.iter().any(|other| is_same(one, other))))
    }

    fn events(&self, from: Option<&CommitId>, to: &CommitId) -> Result<Vec<Event>, AppError> {
        let range = EventRange::Commits { from: from.cloned(), to: to.clone(), paths: Paths::FirstParent };
        let mut all = Vec::new();
        events(&self.project, &range, |commit| all.extend(commit.events))?;
        Ok(all)
    }
}
