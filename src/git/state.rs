use std::fmt;
use std::path::Path;

/// Why nothing may be committed just now. The next ring of any doorbell tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deferral {
    /// A merge is not finished.
    Merge,
    /// A rebase is under way.
    Rebase,
    /// A mailbox is being applied.
    ApplyMailbox,
    /// A cherry-pick, alone or in a range, is under way.
    CherryPick,
    /// A revert is under way.
    Revert,
    /// A bisection is under way.
    Bisect,
    /// `--autostash` is about to put the user's edits back.
    Autostash,
    /// HEAD is not on a branch.
    Detached,
    /// There is no commit yet.
    Unborn,
    /// Somebody holds `index.lock`.
    IndexLocked,
    /// `index.lock` is there since a run of this program was interrupted, or somebody holds it.
    LockLeft,
    /// The branch moved while the commit was being made, three times over.
    BranchMoves,
    /// The user has staged or edited something on a path that would change, and it does not merge.
    StagedEdits,
    /// Commits have to be signed, and the signer did not answer.
    SignerUnavailable,
}

impl fmt::Display for Deferral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Merge => "a merge is not finished",
            Self::Rebase => "a rebase is under way",
            Self::ApplyMailbox => "patches are being applied (git am)",
            Self::CherryPick => "a cherry-pick is under way",
            Self::Revert => "a revert is under way",
            Self::Bisect => "a bisection is under way",
            Self::Autostash => "autostashed edits are about to be put back",
            Self::Detached => "HEAD is not on a branch",
            Self::Unborn => "there is no commit yet",
            Self::IndexLocked => "another git process holds index.lock",
            Self::LockLeft => {
                "an engine commit was interrupted, and index.lock is there: if no git process is running, remove it"
            }
            Self::BranchMoves => "the branch keeps moving",
            Self::StagedEdits => "you have staged changes on a file that would follow",
            Self::SignerUnavailable => "commits must be signed and the signer did not answer",
        })
    }
}

/// The operation that is under way in a repository, told from the files git leaves while it is.
/// `git_dir` is the worktree's own git directory.
pub(super) fn operation(git_dir: &Path) -> Option<Deferral> {
    let marks: [(&str, Deferral); 9] = [
        ("rebase-merge/autostash", Deferral::Autostash),
        ("rebase-merge", Deferral::Rebase),
        ("rebase-apply/applying", Deferral::ApplyMailbox),
        ("rebase-apply", Deferral::Rebase),
        ("MERGE_AUTOSTASH", Deferral::Autostash),
        ("MERGE_HEAD", Deferral::Merge),
        ("CHERRY_PICK_HEAD", Deferral::CherryPick),
        ("REVERT_HEAD", Deferral::Revert),
        ("BISECT_LOG", Deferral::Bisect),
    ];
    if let Some((_, deferral)) = marks.iter().find(|(name, _)| git_dir.join(name).exists()) {
        return Some(*deferral);
    }
    sequencer(git_dir)
}

/// Whether a rebase has put the branch in place already and only clears up: it runs `post-rewrite`
/// before its folder goes. While it picks, HEAD is detached and the list is not empty.
pub(super) fn rebase_has_ended(git_dir: &Path) -> bool {
    let read = |name: &str| std::fs::read_to_string(git_dir.join(name)).unwrap_or_default();
    let head = read("HEAD");
    let todo = read("rebase-merge/git-rebase-todo");
    let steps = todo.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    head.strip_prefix("ref: ").is_some_and(|branch| branch.trim() == read("rebase-merge/head-name").trim())
        && steps.count() == 0
}

/// The commits that a merge brings in.
pub(super) fn merge_heads(git_dir: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(git_dir.join("MERGE_HEAD")).unwrap_or_default();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// A range of cherry-picks or reverts leaves its list between two picks.
fn sequencer(git_dir: &Path) -> Option<Deferral> {
    let todo = std::fs::read_to_string(git_dir.join("sequencer/todo")).ok()?;
    Some(if todo.trim_start().starts_with("revert") { Deferral::Revert } else { Deferral::CherryPick })
}
