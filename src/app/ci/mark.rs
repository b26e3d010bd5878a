//! Up to where a branch was processed by pipelines: a mark at the remote, which each run finds and moves. So a run that never
//! came about is made up for by the next one, and of two for the same commits one does what follows.

use std::collections::BTreeMap;

use super::CiError;
use super::ledger::Ledger;
use super::publish::{causes, rolling};
use super::sending::Note;
use super::unsent::Unsent;
use crate::app::range::may_matter;
use crate::app::transitions::is_engine_commit;
use crate::app::{AppError, Project};
use crate::git::{Aside, GitError, Processed};
use crate::model::{CommitId, Timestamp};

/// The mark of a branch, as it was seen last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    remote: String,
    branch: String,
    seen: Processed,
    whose: Whose,
    /// Behind which commit this run begins.
    begin: Option<CommitId>,
    /// The list of what was sent, where it begins with this run, and what it takes the place of.
    first: Option<(Option<CommitId>, CommitId)>,
    /// Whether another run has moved it since it was seen first.
    was_moved: bool,
}

/// Who moves the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A run, which processes all behind it.
    Run,
    /// A step that makes commits of its own, and moves it over those alone.
    Step,
}

/// What became of a push that moves the mark.
pub(super) enum Moved {
    /// Both are where they were to be.
    Yes,
    /// Another run has moved the mark meanwhile.
    Overtaken,
    /// It was refused.
    No(GitError),
    /// Nobody has asked for it.
    Unasked,
}

impl Mark {
    /// The mark of a branch; `None` where the branch has no remote.
    ///
    /// # Errors
    /// When the remote cannot be asked.
    pub fn look(project: &Project, branch: &str, whose: Whose) -> Result<Option<Self>, AppError> {
        let Some(remote) = project.repository.remote_of(branch)? else { return Ok(None) };
        let seen = project.repository.remote_processed(&remote, branch)?;
        Ok(Some(Self { remote, branch: branch.to_owned(), seen, whose, begin: None, first: None, was_moved: false }))
    }

    /// The same for a run that begins behind a commit.
    pub(super) fn beginning_behind(mut self, begin: &CommitId) -> Self {
        self.begin = Some(begin.clone());
        self
    }

    /// What the remote says was sent; `None` where it says nothing.
    pub(super) fn ledger(&mut self, project: &Project) -> Result<Option<Ledger>, AppError> {
        let Some(id) = &self.seen.sent else { return Ok(None) };
        let ledger = Ledger::read(project, &self.remote, &self.branch, id)?;
        self.seen.sent.clone_from(&ledger.seen);
        Ok(self.tells_what_was_sent().then_some(ledger))
    }

    /// What was processed and not sent before the commits up to `to`. Where nothing says up to where all was sent, that begins with
    /// this run; so it does where the branch was forced away from what was sent last.
    ///
    /// # Errors
    /// When the history cannot be read, or a shallow clone has left out where that begins.
    pub(super) fn unsent(
        &mut self,
        project: &Project,
        to: &CommitId,
        (ledger, now): (Option<&Ledger>, Timestamp),
    ) -> Result<Option<Unsent>, AppError> {
        let on_the_way = self.on_the_way(project, to)?;
        let parted = if on_the_way.is_none() { self.last_before(project, to)? } else { None };
        let Some(processed) = on_the_way.or(parted).or_else(|| self.begin.clone()) else { return Ok(None) };
        let Some(ledger) = ledger.filter(|ledger| ledger.up_to.is_some()) else {
            let ledger = ledger.cloned().unwrap_or_default().beginning(&processed);
            self.begin_anew(project, &ledger.text(), now)?;
            return Ok(None);
        };
        let unsent = Unsent::of(project, ledger.clone(), &processed)?;
        if let Some(text) = unsent.begins_anew() {
            self.begin_anew(project, &text, now)?;
        }
        Ok(Some(unsent))
    }

    /// Has the list of what was sent begin with this run.
    fn begin_anew(&mut self, project: &Project, text: &str, now: Timestamp) -> Result<(), AppError> {
        let next = project.repository.write_sent_note(text, now)?;
        self.first = Some((self.seen.sent.clone(), next));
        Ok(())
    }

    /// The commit that it is at, where that is here, and the commits up to `to` go through it or end before it.
    fn on_the_way(&self, project: &Project, to: &CommitId) -> Result<Option<CommitId>, AppError> {
        let repository = &project.repository;
        let Some(at) = self.at().filter(|_| !self.is_missing(project)) else { return Ok(None) };
        let is_on_the_way = repository.is_ancestor(at, to)? || repository.is_ancestor(to, at)?;
        Ok(is_on_the_way.then(|| at.clone()))
    }

    /// Whether the list of what was sent begins with this run.
    pub(super) fn begins_list(&self) -> bool {
        self.first.is_some()
    }

    /// Leaves a note for who sends what a step has recorded, where all before it was this clone's to send up to where the mark was,
    /// with the names by which that is known again. Where the remote says nothing of what was sent, it does from here on.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(in crate::app) fn leave_note(
        &mut self,
        project: &Project,
        before: Option<&CommitId>,
        (names, now): (BTreeMap<String, [String; 2]>, Timestamp),
    ) -> Result<(), AppError> {
        if !self.tells_what_was_sent() && !names.is_empty() {
            self.begin_list(project, now)?;
        }
        if !self.tells_what_was_sent() {
            return Ok(());
        }
        let mut note = self.note(project)?;
        note.names.extend(names);
        if note.to.is_some() && note.to.as_deref() == before.map(CommitId::as_str) {
            note.to = self.at().map(ToString::to_string);
        }
        note.write(project)
    }

    /// Begins a list of what was sent that does not say up to where all was. A remote that takes none is no reason to fail.
    fn begin_list(&mut self, project: &Project, now: Timestamp) -> Result<(), AppError> {
        let repository = &project.repository;
        let first = repository.write_sent_note(&Ledger::default().text(), now)?;
        self.seen.sent = match repository.push_sent_note(&self.remote, &self.branch, (None, &first)) {
            Ok(()) => Some(first),
            Err(_) => repository.remote_processed(&self.remote, &self.branch)?.sent,
        };
        Ok(())
    }

    /// A new note for who sends what is recorded here.
    pub(super) fn note(&self, project: &Project) -> Result<Note, AppError> {
        Note::of(project, &self.remote, &self.branch)
    }

    /// Whether the remote says what was sent.
    pub(super) fn tells_what_was_sent(&self) -> bool {
        self.seen.sent.is_some()
    }

    /// Up to where another run has processed the branch, where it has done this run's commits, too: what is before the first mark it
    /// has not.
    pub(super) fn done_by_another(&self, project: &Project) -> Option<CommitId> {
        let (Some(since), Some(begin)) = (&self.seen.from, &self.begin) else { return self.at().cloned() };
        let is_done = since == begin || project.repository.is_ancestor(since, begin).unwrap_or(false);
        self.at().filter(|_| is_done).cloned()
    }

    /// Whether another run has moved it since it was seen first.
    pub(super) fn was_moved(&self) -> bool {
        self.was_moved
    }

    /// The commit that it is at, where there is one.
    pub(in crate::app) fn at(&self) -> Option<&CommitId> {
        self.seen.to.as_ref()
    }

    /// Whether it is at a commit that is missing here.
    pub(super) fn is_missing(&self, project: &Project) -> bool {
        self.at().is_some_and(|at| project.repository.resolve(at.as_str()).is_err())
    }

    /// Fetches the commit that it is at, where the branch was forced away from it: the remote has it for the mark's sake.
    pub(super) fn bring(&self, project: &Project) -> Result<(), AppError> {
        if self.is_missing(project) && !project.repository.is_shallow() {
            project.repository.fetch_processed(&self.remote, &self.branch)?;
        }
        Ok(())
    }

    /// Fetches the branch where other runs have come further than this clone has seen: what is not here then is nowhere on it, or cut off.
    pub(super) fn catch_up(&self, project: &Project) -> Result<(), AppError> {
        if self.is_cut_off(project)? {
            project.repository.fetch(&self.remote, &self.branch)?;
        }
        Ok(())
    }

    /// The last commit up to `to` that was processed, as far as is known.
    pub(super) fn last_before(&self, project: &Project, to: &CommitId) -> Result<Option<CommitId>, AppError> {
        match self.at().filter(|_| !self.is_missing(project)) {
            Some(at) => Ok(project.repository.merge_base(at, to)?),
            None => Ok(None),
        }
    }

    /// The same where the way up to `to` has left the one that the mark is on behind it.
    pub(super) fn parted(&self, project: &Project, to: &CommitId) -> Result<Option<CommitId>, AppError> {
        let last = self.last_before(project, to)?;
        Ok(last.filter(|last| Some(last) != self.at() && last != to))
    }

    /// Whether the mark, or where what was not sent begins, is not here.
    pub(super) fn is_cut_off(&self, project: &Project) -> Result<bool, AppError> {
        if self.is_missing(project) {
            return Ok(true);
        }
        let Some(sent) = &self.seen.sent else { return Ok(false) };
        let up_to = Ledger::read(project, &self.remote, &self.branch, sent)?.up_to;
        Ok(up_to.is_some_and(|up_to| project.repository.resolve(up_to.as_str()).is_err()))
    }

    /// Where the commits up to `to` begin that were not processed, given where the occasion says they begin: at the mark,
    /// unless the first run that has set it began behind that.
    ///
    /// # Errors
    /// When the history cannot be read, or a shallow clone has left the mark out.
    pub(super) fn beginning(
        &self,
        project: &Project,
        from: &CommitId,
        to: &CommitId,
    ) -> Result<Option<CommitId>, AppError> {
        let repository = &project.repository;
        let (Some(at), Some(since)) = (self.at(), &self.seen.from) else { return Ok(None) };
        if self.is_missing(project) {
            let missing = at.to_string();
            let is_cut_off = repository.is_shallow();
            return Err(if is_cut_off { CiError::Shallow { missing } } else { CiError::Forced { missing } }.into());
        }
        let is_covered =
            repository.is_ancestor(at, from)? || since == from || repository.is_ancestor(since, from).unwrap_or(false);
        Ok(self.on_the_way(project, to)?.filter(|_| is_covered))
    }

    /// Whether what follows from some commits is proposed, and not merged: a run that is started anew proposes it anew.
    pub(super) fn is_proposed(&self, project: &Project, from: &CommitId, to: &CommitId) -> Result<bool, AppError> {
        let repository = &project.repository;
        let Some(proposed) = repository.fetch_if_there(&self.remote, &rolling(&self.branch))? else { return Ok(false) };
        let causes = causes(project, &proposed, to)?;
        Ok(repository.all_commits(Some(from), to)?.iter().any(|id| causes.contains(id)))
    }

    /// Looks where it is by now; whether it has moved.
    pub(super) fn look_again(&mut self, project: &Project) -> Result<bool, AppError> {
        let now = project.repository.remote_processed(&self.remote, &self.branch)?;
        let has_moved = (&now.from, &now.to) != (&self.seen.from, &self.seen.to);
        self.was_moved |= has_moved;
        self.seen = now;
        // What somebody else has written of what was sent is not written over.
        self.first.take_if(|(seen, _)| *seen != self.seen.sent);
        Ok(has_moved)
    }

    /// Whether it is at a commit or behind that already.
    pub(super) fn has(&self, project: &Project, commit: &CommitId) -> Result<bool, AppError> {
        match self.at() {
            Some(at) if at == commit => Ok(true),
            Some(_) if self.is_missing(project) => Ok(false),
            Some(at) => Ok(project.repository.is_ancestor(commit, at)?),
            None => Ok(false),
        }
    }

    /// Whether it is to move to a commit, made on top of another one: a step's only where all before was processed.
    pub(super) fn is_to_move(
        &self,
        project: &Project,
        base: Option<&CommitId>,
        commit: &CommitId,
    ) -> Result<bool, AppError> {
        if self.has(project, commit)? {
            return Ok(false);
        }
        match (self.whose, base) {
            (Whose::Run, _) => Ok(true),
            (Whose::Step, base) => base.map_or(Ok(false), |base| self.reaches(project, base)),
        }
    }

    /// Whether nothing is left to process up to a commit: behind the mark there are the engine's commits alone, and such that have
    /// nothing of the tree.
    fn reaches(&self, project: &Project, commit: &CommitId) -> Result<bool, AppError> {
        let Some(at) = self.at().filter(|_| !self.is_missing(project)) else { return Ok(false) };
        if at == commit {
            return Ok(true);
        }
        if !project.repository.is_ancestor(at, commit)? {
            return Ok(false);
        }
        for id in project.repository.all_commits(Some(at), commit)? {
            if !is_engine_commit(&project.repository.commit(&id)?) && may_matter(project, &id)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The list of what was sent: the one that begins with this run, where nobody else has written in it meanwhile.
    fn list(&self) -> Option<CommitId> {
        let first = self.first.as_ref().filter(|(before, _)| *before == self.seen.sent);
        first.map(|(_, first)| first.clone()).or_else(|| self.seen.sent.clone())
    }

    /// Pushes a commit to the branch, where it is not there, and moves the mark to it: both or neither.
    pub(super) fn push(&mut self, project: &Project, commit: &CommitId, way: Way<'_>) -> Moved {
        let repository = &project.repository;
        let along = match way {
            Way::WithBranch => (Some(self.branch.as_str()), None),
            Way::WithProposal(aside) => (None, Some(aside)),
            Way::Alone => (None, None),
        };
        let next = Processed {
            from: self.seen.from.clone().or_else(|| self.begin.clone()).or_else(|| Some(commit.clone())),
            to: Some(commit.clone()),
            sent: self.list(),
        };
        let begins = self.begins_list();
        match repository.push_processed(&self.remote, &self.branch, along, (&self.seen, &next)) {
            Ok(()) => {
                self.seen = next;
                Moved::Yes
            }
            Err(error) if error.is_refusal() => Moved::No(error),
            Err(error) => match self.look_again(project) {
                Ok(true) => Moved::Overtaken,
                Ok(false) if begins && !self.begins_list() => self.push(project, commit, way),
                _ => Moved::No(error),
            },
        }
    }
}

/// What goes along with the mark.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'a> {
    /// The branch.
    WithBranch,
    /// A branch of its own for what the branch does not take.
    WithProposal(Aside<'a>),
    /// Nothing: the branch is there.
    Alone,
}
