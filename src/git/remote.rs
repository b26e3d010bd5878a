//! Other repositories, for those who have asked for it: what is there is fetched, and commits are pushed. Git itself does it, with
//! the addresses and the credentials that it is configured with.

use std::time::Duration;

use super::error::library;
use super::program::Program;
use super::repository::commit_id;
use super::{GitError, Repository};
use crate::model::{CommitId, Timestamp};
use crate::store::crash::{Step, around};

/// How long a remote may take where `taskmaster.networkTimeout` does not say.
const LONGEST: Duration = Duration::from_mins(5);

/// Up to where a branch was processed by pipelines, and from where on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Processed {
    /// Behind which commit the first of them began.
    pub from: Option<CommitId>,
    /// The last commit that was processed.
    pub to: Option<CommitId>,
    /// What says what of it was sent: a commit without files, whose message does.
    pub sent: Option<CommitId>,
}

/// A branch for commits that another one does not take, which is pushed over.
#[derive(Debug, Clone, Copy)]
pub struct Aside<'a> {
    /// Its name at the remote.
    pub branch: &'a str,
    /// The commit that it is to be at.
    pub commit: &'a CommitId,
    /// Where it was seen; `None` where it was not there.
    pub seen: Option<&'a CommitId>,
}

impl Repository {
    /// The remote that a branch is pushed to: the one it follows, else `origin`, else the only one there is.
    ///
    /// # Errors
    /// When the remotes cannot be read.
    pub fn remote_of(&self, branch: &str) -> Result<Option<String>, GitError> {
        if let Some(remote) = self.config_text(&format!("branch.{branch}.remote")).filter(|name| name != ".") {
            return Ok(Some(remote));
        }
        let remotes = self.inner.remotes().map_err(super::error::library("listing the remotes"))?;
        let names: Vec<&str> = remotes.iter().filter_map(|name| name.ok().flatten()).collect();
        let usual = names.iter().find(|name| **name == "origin");
        Ok(usual.or(names.first().filter(|_| names.len() == 1)).map(|name| (*name).to_owned()))
    }

    /// Where a remote's branch was when it was last looked at.
    ///
    /// # Errors
    /// When the reference cannot be read.
    pub fn remote_tip(&self, remote: &str, branch: &str) -> Result<Option<CommitId>, GitError> {
        match self.inner.refname_to_id(&tracking(remote, branch)) {
            Ok(id) => Ok(Some(commit_id(id))),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(super::error::library("reading a remote's branch")(error)),
        }
    }

    /// Looks where a remote's branch is now.
    ///
    /// # Errors
    /// When git cannot fetch it.
    pub fn fetch(&self, remote: &str, branch: &str) -> Result<Option<CommitId>, GitError> {
        let what = format!("+refs/heads/{branch}:{}", tracking(remote, branch));
        around(Step::Fetch, || quiet(self).run(&["fetch", "-q", "--no-tags", remote, &what], &[]))?;
        self.remote_tip(remote, branch)
    }

    /// The same for a branch that need not be there.
    ///
    /// # Errors
    /// When git cannot fetch it for another reason.
    pub fn fetch_if_there(&self, remote: &str, branch: &str) -> Result<Option<CommitId>, GitError> {
        match self.fetch(remote, branch) {
            Err(GitError::Program { message, .. }) if message.contains("couldn't find remote ref") => Ok(None),
            other => other,
        }
    }

    /// Pushes a commit over whatever a remote's branch has, where it is still where it was seen; `None` where it is not
    /// to be there. Only for branches that nobody else writes.
    ///
    /// # Errors
    /// When it has moved, or git cannot push.
    pub fn push_over(
        &self,
        remote: &str,
        branch: &str,
        commit: &CommitId,
        seen: Option<&CommitId>,
    ) -> Result<(), GitError> {
        let what = format!("{commit}:refs/heads/{branch}");
        let lease = format!("--force-with-lease=refs/heads/{branch}:{}", seen.map_or("", CommitId::as_str));
        around(Step::Push, || quiet(self).run(&["push", "-q", &lease, remote, &what], &[])).map(drop)
    }

    /// Fetches more of what a shallow clone has left out: so many commits, or all. What this repository was opened with knows
    /// nothing of it: it is to be opened again.
    ///
    /// # Errors
    /// When git cannot fetch it.
    pub fn deepen(&self, remote: &str, commits: Option<u32>) -> Result<(), GitError> {
        let how_far = commits.map_or_else(|| "--unshallow".to_owned(), |commits| format!("--deepen={commits}"));
        around(Step::Fetch, || quiet(self).run(&["fetch", "-q", "--no-tags", &how_far, remote], &[])).map(drop)
    }

    /// Pushes a commit to a remote's branch, as an ordinary push: only where that has not moved elsewhere.
    ///
    /// # Errors
    /// When git cannot push it: since somebody else was faster, or for another reason.
    pub fn push(&self, remote: &str, branch: &str, commit: &CommitId) -> Result<(), GitError> {
        let what = format!("{commit}:refs/heads/{branch}");
        around(Step::Push, || quiet(self).run(&["push", "-q", remote, &what], &[])).map(drop)
    }

    /// Up to where a remote's branch was processed by pipelines, as the remote has it now.
    ///
    /// # Errors
    /// When git cannot ask it.
    pub fn remote_processed(&self, remote: &str, branch: &str) -> Result<Processed, GitError> {
        let (from, to, sent) = (processed_from(branch), processed_to(branch), sent(branch));
        let listed = around(Step::Fetch, || quiet(self).run(&["ls-remote", "-q", remote, &from, &to, &sent], &[]))?;
        let mut found = Processed::default();
        for line in String::from_utf8_lossy(&listed).lines() {
            let Some((id, name)) = line.split_once('\t') else { continue };
            let place = match name {
                name if name == from => &mut found.from,
                name if name == to => &mut found.to,
                _ => &mut found.sent,
            };
            *place = CommitId::new(id).ok();
        }
        Ok(found)
    }

    /// Fetches the last commit of a branch that was processed: the branch may have it no more.
    ///
    /// # Errors
    /// When git cannot fetch it.
    pub fn fetch_processed(&self, remote: &str, branch: &str) -> Result<(), GitError> {
        let name = processed_to(branch);
        around(Step::Fetch, || quiet(self).run(&["fetch", "-q", "--no-tags", remote, &name], &[])).map(drop)
    }

    /// Says so anew, where it is still as it was seen, and pushes the same commit to the branch, if it is given, and another one
    /// to a branch aside: all or nothing.
    ///
    /// # Errors
    /// When somebody else was faster, or git cannot push.
    pub fn push_processed(
        &self,
        remote: &str,
        name: &str,
        (branch, aside): (Option<&str>, Option<Aside<'_>>),
        (seen, next): (&Processed, &Processed),
    ) -> Result<(), GitError> {
        let mut leases = Vec::new();
        let mut what = Vec::new();
        if let Some(Aside { branch, commit, seen }) = aside {
            leases.push(format!("--force-with-lease=refs/heads/{branch}:{}", seen.map_or("", CommitId::as_str)));
            what.push(format!("{commit}:refs/heads/{branch}"));
        }
        let places = [
            (processed_to(name), &seen.to, &next.to),
            (processed_from(name), &seen.from, &next.from),
            (sent(name), &seen.sent, &next.sent),
        ];
        for (place, before, after) in places {
            let Some(after) = after.as_ref().filter(|_| before != after) else { continue };
            leases.push(format!("--force-with-lease={place}:{}", before.as_ref().map_or("", CommitId::as_str)));
            what.push(format!("{after}:{place}"));
        }
        let commit = next.to.as_ref().zip(branch).map(|(commit, branch)| format!("{commit}:refs/heads/{branch}"));
        let mut arguments = vec!["push", "-q", "--atomic"];
        arguments.extend(leases.iter().map(String::as_str));
        arguments.push(remote);
        arguments.extend(commit.iter().chain(&what).map(String::as_str));
        around(Step::Push, || quiet(self).run(&arguments, &[])).map(drop)
    }

    /// What a remote says of what was sent of a branch: its message. It is fetched where it is not here; `None` where it was
    /// written anew since it was seen.
    ///
    /// # Errors
    /// When git cannot fetch it.
    pub fn sent_note(&self, remote: &str, branch: &str, id: &CommitId) -> Result<Option<String>, GitError> {
        if self.commit(id).is_err() {
            let name = sent(branch);
            around(Step::Fetch, || quiet(self).run(&["fetch", "-q", "--no-tags", remote, &name], &[]))?;
        }
        Ok(self.commit(id).ok().map(|commit| commit.message))
    }

    /// Writes what is to be said of it: a commit without files and parents, of this moment.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_sent_note(&self, message: &str, now: Timestamp) -> Result<CommitId, GitError> {
        let doing = "noting what was sent";
        let time = git2::Time::new(now.seconds, now.offset_minutes);
        let who = git2::Signature::new("taskmaster", "engine@taskmaster.invalid", &time).map_err(library(doing))?;
        around(Step::Object, || {
            let tree = self.inner.find_tree(self.inner.treebuilder(None)?.write()?)?;
            self.inner.commit(None, &who, &who, message, &tree, &[])
        })
        .map(commit_id)
        .map_err(library(doing))
    }

    /// Says it at the remote, where that is still as it was seen.
    ///
    /// # Errors
    /// When somebody else was faster, or git cannot push.
    pub fn push_sent_note(
        &self,
        remote: &str,
        branch: &str,
        (seen, next): (Option<&CommitId>, &CommitId),
    ) -> Result<(), GitError> {
        let name = sent(branch);
        let lease = format!("--force-with-lease={name}:{}", seen.map_or("", CommitId::as_str));
        let what = format!("{next}:{name}");
        around(Step::Push, || quiet(self).run(&["push", "-q", &lease, remote, &what], &[])).map(drop)
    }

    /// Moves the branch that HEAD is on, and the files with it; what the user has edited stays.
    ///
    /// # Errors
    /// When edits are in the way.
    pub fn move_to(&self, commit: &CommitId) -> Result<(), GitError> {
        around(Step::Switch, || quiet(self).run(&["reset", "-q", "--keep", commit.as_str()], &[])).map(drop)
    }

    /// Merges a commit into the branch that HEAD is on. Where that cannot be done, all is as it was.
    ///
    /// # Errors
    /// When both have changed the same, or edits are in the way.
    pub fn merge_in(&self, commit: &CommitId, message: &str) -> Result<(), GitError> {
        let arguments = ["-c", "core.hooksPath=/dev/null", "merge", "-q", "-m", message, commit.as_str()];
        around(Step::Switch, || {
            let merged = quiet(self).run(&arguments, &[]);
            if merged.is_err() {
                // Where none is under way there is nothing to end.
                drop(quiet(self).run(&["merge", "--abort"], &[]));
            }
            merged.map(drop)
        })
    }

    /// Makes commits again on top of HEAD, one after the other, with their authors. Where that cannot be done, all is as it was.
    ///
    /// # Errors
    /// When something has changed what they change.
    pub fn pick(&self, commits: &[CommitId]) -> Result<(), GitError> {
        let mut arguments = vec!["-c", "core.hooksPath=/dev/null", "cherry-pick", "--keep-redundant-commits"];
        arguments.extend(commits.iter().map(CommitId::as_str));
        around(Step::Switch, || {
            let picked = quiet(self).run(&arguments, &[]);
            if picked.is_err() {
                drop(quiet(self).run(&["cherry-pick", "--abort"], &[]));
            }
            picked.map(drop)
        })
    }

    /// Puts a detached HEAD on a branch, at the commit where it is. A branch that is there must not have other commits.
    ///
    /// # Errors
    /// When it has, or git refuses.
    pub fn attach(&self, branch: &str) -> Result<(), GitError> {
        let unknown = || GitError::UnknownRevision { text: "HEAD".to_owned() };
        let at = self.head()?.ok_or_else(unknown)?;
        if let Some(tip) = self.branch_tip(branch)?
            && !self.is_ancestor(&tip, &at)?
        {
            let message = format!("the branch `{branch}` here has commits that HEAD has not");
            return Err(GitError::Program { command: format!("switch {branch}"), message });
        }
        around(Step::Switch, || quiet(self).run(&["switch", "-q", "-C", branch], &[])).map(drop)
    }
}

fn processed_from(branch: &str) -> String {
    format!("refs/taskmaster/processed-from/{branch}")
}

fn processed_to(branch: &str) -> String {
    format!("refs/taskmaster/processed/{branch}")
}

fn sent(branch: &str) -> String {
    format!("refs/taskmaster/sent/{branch}")
}

fn tracking(remote: &str, branch: &str) -> String {
    format!("refs/remotes/{remote}/{branch}")
}

/// Git that asks nobody for a password: a pipeline would wait for the answer for ever.
fn quiet(repository: &Repository) -> Program {
    let wanted = repository.config_text("taskmaster.networkTimeout").and_then(|text| text.trim().parse().ok());
    let longest = wanted.filter(|seconds| *seconds > 0).map_or(LONGEST, Duration::from_secs);
    Program::of(repository).with("GIT_TERMINAL_PROMPT", "0").with("LC_ALL", "C").within(longest)
}
