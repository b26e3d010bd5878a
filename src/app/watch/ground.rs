//! What is compared: the branch as it was committed, and the files on disk, while nobody changes either.

use std::rc::Rc;
use std::sync::Arc;

use super::{Hold, Mark, Moment, Sight, Tip, Watcher};
use crate::app::{Advance, AppError, Project, RunRecord, SyncOutcome, SyncReport, SyncRequest, log_run, sync};
use crate::git::{Deferral, WorktreeOutcome};
use crate::model::{CommitId, Snapshot, SourceFile, TreePath};
use crate::store::{FileStamp, Scan};

impl Watcher<'_> {
    /// Processes commits that are new, and reads the tree that edits are compared with.
    pub(super) fn follow_branch(
        &mut self,
        project: &Project,
        moment: Moment,
        tell: &mut dyn FnMut(Sight),
    ) -> Result<(), AppError> {
        let repository = &project.repository;
        let (branch, Some(head)) = (repository.branch()?, repository.head()?) else { return Ok(()) };
        if let Some(tip) = &self.tip {
            if tip.branch == branch && tip.id == head && !self.behind {
                return Ok(());
            }
            if tip.branch != branch {
                tell(Sight::Switched { branch: branch.clone() });
            }
        }
        if self.tip.is_none() {
            self.know_files(project)?;
        }
        let known = self.tip.as_ref().map(|tip| (tip.id.clone(), Rc::clone(&tip.view)));
        let report = project.knowing(known.into_iter().collect(), |project| self.process(project, moment))?;
        self.behind = is_tried_again(&report.outcome);
        let (merged, made) = (merged(&report.outcome), made(&report.outcome));
        if !matches!(report.outcome, SyncOutcome::UpToDate) {
            tell(Sight::Followed(Box::new(report)));
        }
        let before = self.tip.as_ref().map(|tip| Rc::clone(&tip.view));
        self.read_tip(project, branch, made.unwrap_or(head))?;
        self.moved_from = self.moved_from.take().or(before);
        self.keep_left(project, &merged)
    }

    /// What is left to the user stays so where the engine has merged its own edit into it.
    pub(super) fn keep_left(&mut self, project: &Project, merged: &[TreePath]) -> Result<(), AppError> {
        let left: Vec<&TreePath> = merged.iter().filter(|path| self.left.0.contains_key(*path)).collect();
        if left.is_empty() {
            return Ok(());
        }
        let Some(files) = self.read_files(project)? else { return Ok(()) };
        for path in left {
            self.left.0.insert(path.clone(), Mark::of(project, files.bytes(path))?);
            if let (Some(known), Some(file)) = (&mut self.files, files.files.get(path)) {
                known.files.insert(path.clone(), Arc::clone(file));
            }
        }
        Ok(())
    }

    /// Reads the files before the commit that has most of them: what is read out of packs stays in memory a second time.
    fn know_files(&mut self, project: &Project) -> Result<(), AppError> {
        if project.repository.tree_dir()?.is_dir() {
            let files = self.scan_files(project, &Snapshot::empty())?;
            project.repository.know_files(&files)?;
        }
        // Git may want them in another form once it is known what was committed.
        self.scan = Scan::default();
        Ok(())
    }

    /// Processes what is new on the branch, with a line in the log where there is something to say.
    pub(super) fn process(&self, project: &Project, moment: Moment) -> Result<SyncReport, AppError> {
        let report = sync(project, &SyncRequest { advance: Advance::AsConfigured, since: None })?;
        if !matches!(report.outcome, SyncOutcome::UpToDate | SyncOutcome::Nothing) {
            let mut record = RunRecord::new("watch", moment.time);
            record.note_sync(&report);
            log_run(project, &mut record, self.log);
        }
        Ok(report)
    }

    /// Reads the tree of the commit that the branch was at when it was processed. Where git has moved it since, the next
    /// look finds that.
    pub(super) fn read_tip(&mut self, project: &Project, branch: Option<String>, id: CommitId) -> Result<(), AppError> {
        let repository = &project.repository;
        let view = match &self.tip {
            Some(tip) if tip.id == id => Rc::clone(&tip.view),
            Some(tip) => {
                let snapshot = repository.snapshot_following(&tip.view.snapshot, &tip.id, &id)?;
                Rc::new(tip.view.following(snapshot))
            }
            None => Rc::new(project.commit(&id)?),
        };
        // One process sees many commits: of their files only those are kept that are still in use.
        repository.forget_files_but(&view.snapshot);
        self.tip = Some(Tip { branch, id, view });
        Ok(())
    }

    /// Which index there is, while the branch is where it was read.
    pub(super) fn ground(&self, project: &Project) -> Result<Ground, AppError> {
        let repository = &project.repository;
        let (branch, head) = (repository.branch()?, repository.head()?);
        let stands = self.tip.as_ref().is_some_and(|tip| tip.branch == branch && Some(&tip.id) == head.as_ref());
        Ok(if stands { Ground::Stands(FileStamp::of(&repository.git_dir().join("index"))) } else { Ground::Moved })
    }

    /// The files on disk as commits would have them; `None` where there is no tree.
    pub(super) fn read_files(&mut self, project: &Project) -> Result<Option<Snapshot>, AppError> {
        let Some(tip) = self.tip.as_ref().map(|tip| Rc::clone(&tip.view)) else { return Ok(None) };
        if !project.repository.tree_dir()?.is_dir() {
            return Ok(None);
        }
        let mut snapshot = self.scan_files(project, &tip.snapshot)?;
        for (path, file) in project.repository.hidden_files()? {
            snapshot.files.entry(path).or_insert(file);
        }
        Ok(Some(snapshot))
    }

    /// The files on disk, as commits would have them; those that `committed` has as well are shared with it.
    pub(super) fn scan_files(&mut self, project: &Project, committed: &Snapshot) -> Result<Snapshot, AppError> {
        let (repository, folder) = (&project.repository, project.repository.tree_dir()?);
        let mut failed = None;
        let snapshot = self.scan.read(&folder, |path, bytes| {
            let known = committed.files.get(path);
            let bytes = repository
                .cleaned(&repository.full_path(path), bytes, known.map(|file| file.bytes()))
                .unwrap_or_else(|error| {
                    failed = Some(error);
                    Vec::new()
                });
            known.filter(|known| known.bytes() == bytes).cloned().unwrap_or_else(|| SourceFile::new(bytes))
        })?;
        if let Some(error) = failed {
            self.scan = Scan::default();
            return Err(error.into());
        }
        Ok(snapshot)
    }
}

/// What edits are told by, beside the files.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// The branch is where it was read, and this is the index; `None` where there is none.
    Stands(Option<FileStamp>),
    /// The branch has moved on.
    Moved,
}

/// The files into whose uncommitted edits the engine has merged its own.
pub(super) fn merged(outcome: &SyncOutcome) -> Vec<TreePath> {
    let SyncOutcome::Committed { worktree, .. } = outcome else { return Vec::new() };
    let merged = worktree.iter().filter(|(_, outcome)| *outcome == WorktreeOutcome::Merged);
    merged.map(|(path, _)| path.clone()).collect()
}

/// The commit that the engine has made.
pub(super) fn made(outcome: &SyncOutcome) -> Option<CommitId> {
    if let SyncOutcome::Committed { id, .. } = outcome { Some(id.clone()) } else { None }
}

/// What keeps anything from being done just now.
pub(super) fn hold(project: &Project) -> Result<Option<Hold>, AppError> {
    let repository = &project.repository;
    if let Some(why) = repository.deferral()? {
        return Ok(Some(Hold::Git(why)));
    }
    // One that a killed run of this program has left is in nobody's hands.
    if repository.is_locked() {
        repository.remove_own_lock();
    }
    Ok(repository.is_locked().then_some(Hold::Locked))
}

/// Whom a commit would fail, or whose words would be lost, were files replaced now.
pub(super) fn others_at_work(project: &Project) -> Option<Hold> {
    let repository = &project.repository;
    if repository.is_commit_under_way() {
        return Some(Hold::Committing);
    }
    repository.writer().map(Hold::Writing)
}

/// The files that differ between two trees, those included that only one of them has.
pub(super) fn differing(before: &Snapshot, after: &Snapshot) -> Vec<TreePath> {
    let mut files: Vec<TreePath> = after.changed_files(before).into_iter().cloned().collect();
    files.extend(before.files.keys().filter(|path| !after.files.contains_key(*path)).cloned());
    files.sort();
    files
}

/// Whether what was put off is tried again unasked. Nobody is asked for a passphrase again and again: that waits for the
/// next commit.
pub(super) fn is_tried_again(outcome: &SyncOutcome) -> bool {
    matches!(outcome, SyncOutcome::Deferred { why, .. } if *why != Deferral::SignerUnavailable)
}
