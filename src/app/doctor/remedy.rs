use std::fs;
use std::path::{Path, PathBuf};

use super::Patient;
use crate::app::{
    Advance, AppError, Project, SyncRequest, begin_new, finish_interrupted, pushed_branches, sync_branch, turn,
};
use crate::store::Outbox;
use crate::store::crash::{Step, around};

/// What mends something. Each touches only what this program has made.
#[derive(Debug, Clone)]
pub(super) enum Remedy {
    /// Put our section into the hooks, naming this program.
    InstallHooks,
    /// Bring index and worktree behind a commit of the engine's.
    FinishCommit,
    /// Remove the index lock that a run of this program has left.
    RemoveLock,
    /// Remove files that an interrupted run has left.
    RemoveLitter(Vec<PathBuf>),
    /// Forget where processing of these branches stood.
    RemoveCursors(Vec<String>),
    /// Take commits that are gone out of the note of those that wait.
    ForgetPending,
    /// Say of an effect that it is never to be carried out.
    Skip { key: String, reason: &'static str },
    /// Remove the state of an effect that nothing is known of.
    RemoveState { key: String },
    /// Process what was pushed.
    Process,
}

impl Remedy {
    /// Mends it; says what was done, or what was in the way.
    pub(super) fn apply(&self, patient: &Patient<'_>) -> Result<String, String> {
        if matches!(self, Self::InstallHooks) {
            return patient.hooks.install();
        }
        let project = patient.project().ok_or("there is no repository")?;
        self.carry_out(project).map_err(|error| error.to_string())
    }

    fn carry_out(&self, project: &Project) -> Result<String, AppError> {
        let repository = &project.repository;
        let outbox = Outbox::new(&repository.store_dir());
        Ok(match self {
            Self::InstallHooks => String::new(),
            Self::FinishCommit => {
                finish_interrupted(project)?;
                "index and worktree have followed the commit; what was edited since stayed".to_owned()
            }
            Self::RemoveLock => {
                // Whether it went is seen by looking again.
                let _ = repository.remove_own_lock();
                "removed".to_owned()
            }
            Self::RemoveLitter(files) => {
                for file in files {
                    remove(file);
                }
                "removed".to_owned()
            }
            Self::RemoveCursors(branches) => {
                for branch in branches {
                    repository.remove_cursor(branch)?;
                }
                "forgotten".to_owned()
            }
            Self::ForgetPending => {
                repository.forget_gone_pending()?;
                "taken out of the note".to_owned()
            }
            Self::Skip { key, reason } => {
                outbox.skip(key, reason)?;
                "marked as skipped: it is never carried out".to_owned()
            }
            Self::RemoveState { key } => {
                let [_, state] = outbox.files(key);
                remove(&state);
                "removed".to_owned()
            }
            Self::Process => {
                let _turn = turn(project)?;
                begin_new(project)?;
                let request = SyncRequest { advance: Advance::AsConfigured, since: None };
                for branch in pushed_branches(project)? {
                    sync_branch(project, &request, &branch)?;
                }
                "processed".to_owned()
            }
        })
    }
}

/// Removes a file. Where that is not possible, the next look says that it is still there.
fn remove(path: &Path) {
    let _ = around(Step::Sweep, || fs::remove_file(path));
}
