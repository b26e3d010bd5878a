//! Commit objects, signed where the user's configuration wants commits signed.

use std::thread::JoinHandle;

use git2::{ObjectType, Oid, Signature, Time};

use super::error::library;
use super::program::Program;
use super::{Deferral, EngineCommit, GitError, Repository};
use crate::store::crash::{Step, around};

/// The answer to whether commits are signed, which comes while other things are done.
pub(super) type Signs = JoinHandle<bool>;

/// A commit is likely to be made while this lives: what it has to ask the git program is asked already.
pub struct ExpectedCommit<'a> {
    repository: &'a Repository,
}

impl Drop for ExpectedCommit<'_> {
    /// What was asked for this commit says nothing of a later one.
    fn drop(&mut self) {
        self.repository.signs.take();
    }
}

impl Repository {
    /// Begins to ask what a commit will have to know, so that it need not wait for the answer.
    #[must_use]
    pub fn expect_commit(&self) -> ExpectedCommit<'_> {
        self.signs.replace(Some(self.signs_commits()));
        ExpectedCommit { repository: self }
    }

    /// Whether commits are signed; asked now, where it was not before.
    pub(super) fn asked_for_signing(&self) -> Signs {
        self.signs.take().unwrap_or_else(|| self.signs_commits())
    }

    /// Whether the user's commits are signed, as git itself understands its configuration: libgit2 knows
    /// neither `git -c`, nor files that the environment names, nor all that files may be included for.
    fn signs_commits(&self) -> Signs {
        let program = Program::of(self);
        std::thread::spawn(move || {
            let asked = program.run(&["config", "--type=bool", "commit.gpgsign"], &[]);
            asked.is_ok_and(|output| output.starts_with(b"true"))
        })
    }

    /// The commit object, signed where the user's configuration wants commits signed.
    pub(super) fn write_commit(
        &self,
        commit: &EngineCommit<'_>,
        tip: Option<&git2::Commit<'_>>,
        tree: &git2::Tree<'_>,
        signs: Signs,
    ) -> Result<Result<Oid, Deferral>, GitError> {
        // Where nobody knows, the signer has to say.
        if signs.join().unwrap_or(true) {
            return self.write_signed_commit(commit, tip, tree);
        }
        let time = Time::new(commit.time.seconds, commit.time.offset_minutes);
        let identity = Signature::new(&commit.identity.name, &commit.identity.email, &time)
            .map_err(library("naming the author of the commit"))?;
        let buffer = self
            .inner
            .commit_create_buffer(&identity, &identity, commit.message, tree, tip.as_slice())
            .map_err(library("writing the commit"))?;
        let odb = self.inner.odb().map_err(library("writing the commit"))?;
        around(Step::Object, || odb.write(ObjectType::Commit, &buffer)).map(Ok).map_err(library("writing the commit"))
    }

    fn write_signed_commit(
        &self,
        commit: &EngineCommit<'_>,
        tip: Option<&git2::Commit<'_>>,
        tree: &git2::Tree<'_>,
    ) -> Result<Result<Oid, Deferral>, GitError> {
        let offset = commit.time.offset_minutes;
        let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
        let direction = if offset < 0 { '-' } else { '+' };
        let date = format!("{} {direction}{hours:02}{minutes:02}", commit.time.seconds);
        let (tree, parent) = (tree.id().to_string(), tip.map(|tip| tip.id().to_string()));
        let program = Program::of(self)
            .with("GIT_AUTHOR_NAME", &commit.identity.name)
            .with("GIT_AUTHOR_EMAIL", &commit.identity.email)
            .with("GIT_AUTHOR_DATE", &date)
            .with("GIT_COMMITTER_NAME", &commit.identity.name)
            .with("GIT_COMMITTER_EMAIL", &commit.identity.email)
            .with("GIT_COMMITTER_DATE", &date);
        let sign = format!("-S{}", self.default_key().unwrap_or_default());
        let mut arguments = vec!["-c", "i18n.commitEncoding=UTF-8", "commit-tree", &sign, "-F", "-"];
        arguments.extend(parent.iter().flat_map(|parent| ["-p", parent]));
        arguments.push(&tree);
        match around(Step::Object, || program.run(&arguments, commit.message.as_bytes())) {
            Ok(output) => {
                let text = String::from_utf8_lossy(&output);
                Oid::from_str(text.trim()).map(Ok).map_err(library("signing the commit"))
            }
            Err(GitError::Program { .. }) => Ok(Err(Deferral::SignerUnavailable)),
            Err(error) => Err(error),
        }
    }

    /// By whose name the signer looks for a key where none is configured: the user's. Git itself would give
    /// the committer's, which is the engine's here, and nobody has a key of that. With ssh there is another
    /// setting for that.
    fn default_key(&self) -> Option<String> {
        let asked = |key: &str| Program::of(self).run(&["config", key], &[]);
        if asked("user.signingKey").is_ok() || asked("gpg.format").is_ok_and(|format| format.starts_with(b"ssh")) {
            return None;
        }
        let user = Program::of(self).run(&["var", "GIT_COMMITTER_IDENT"], &[]).ok()?;
        let user = String::from_utf8_lossy(&user);
        user.rfind('>').and_then(|end| user.get(..=end)).map(ToOwned::to_owned)
    }
}
