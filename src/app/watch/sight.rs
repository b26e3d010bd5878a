//! What a watcher sees and does, for whoever shows it.

use crate::app::{AppError, SyncReport};
use crate::engine::event::Event;
use crate::engine::plan::Plan;
use crate::format::workflow::{Mode, WatchPolicy};
use crate::git::Deferral;
use crate::model::{CommitId, Diagnostic, TreePath};

/// Something that a watcher saw or did.
#[derive(Debug)]
pub enum Sight {
    /// It has begun.
    Began(Beginning),
    /// These files were edited while no watcher ran, and are left to the user.
    Before {
        /// Which.
        files: Vec<TreePath>,
    },
    /// The branch is another one.
    Switched {
        /// Its name; `None` where HEAD is detached.
        branch: Option<String>,
    },
    /// Files were saved, and mean something.
    Edited {
        /// What it means; empty where nothing can follow from it.
        events: Vec<Event>,
        /// The files.
        files: Vec<TreePath>,
    },
    /// A file that cannot be read as it is now: somebody may be in the middle of it.
    Unfinished {
        /// Why not.
        finding: Diagnostic,
    },
    /// A file that task-master has been about to write for a second or more.
    Locked {
        /// The file.
        file: TreePath,
        /// The name of the lock beside it.
        lock: String,
    },
    /// An edit that may not be committed as it is.
    Refused {
        /// Why not.
        findings: Vec<Diagnostic>,
        /// The files.
        files: Vec<TreePath>,
    },
    /// Edits that are the user's to commit.
    Left {
        /// Why.
        why: LeftWhy,
        /// The files.
        files: Vec<TreePath>,
    },
    /// The user's edit was committed.
    Committed {
        /// The commit.
        id: CommitId,
        /// What its subject says.
        subject: String,
        /// The files in it.
        files: Vec<TreePath>,
        /// What is odd about it, and no reason to refuse it.
        findings: Vec<Diagnostic>,
    },
    /// New commits were processed.
    Followed(Box<SyncReport>),
    /// Something else is done with edits from here on.
    Acts {
        /// How far the engine goes.
        mode: Mode,
        /// Which edits are committed.
        policy: WatchPolicy,
        /// What is wrong with the rules.
        findings: Vec<Diagnostic>,
    },
    /// What follows was written into the files, for the user to commit.
    Written {
        /// What follows.
        plan: Box<Plan>,
        /// The files that were written.
        files: Vec<TreePath>,
    },
    /// What would follow, where the mode does not let anything be written.
    Would {
        /// What would follow.
        plan: Box<Plan>,
        /// The mode.
        mode: Mode,
    },
    /// Nothing is done for the time being.
    Held(Hold),
    /// What held it is over.
    Resumed,
    /// A look failed; the next one tries again.
    Failed(AppError),
}

/// How a watcher begins.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The branch; `None` where HEAD is detached.
    pub branch: Option<String>,
    /// How many tasks there are.
    pub tasks: usize,
    /// How far the engine goes.
    pub mode: Mode,
    /// Which edits are committed.
    pub policy: WatchPolicy,
    /// Whether the watcher before this one was killed, so that its work is finished first.
    pub catches_up: bool,
}

/// Why an edit is left to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftWhy {
    /// No event comes of it.
    NoEvent,
    /// Something of it is staged, on its way into a commit of the user's.
    Staged,
    /// Git was told not to look at the file.
    Unwatched,
    /// The file is as it was; what it is compared with is another commit.
    Uncommitted,
    /// Rules are in force once they are committed.
    Rules,
    /// Git ignores the file.
    Ignored,
    /// Watching has ended before they could be taken.
    Ended,
    /// Commits must be signed, and the signer did not answer: nobody is asked for a passphrase again and again.
    Unsigned,
}

/// What keeps a watcher from doing anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Git's state.
    Git(Deferral),
    /// Somebody holds git's index or HEAD, for a second or more.
    Locked,
    /// Somebody's `git commit` is under way, for a second or more.
    Committing,
    /// This process has a file of the tree open for writing, for a second or more.
    Writing(u32),
    /// There is no tree in the worktree.
    NoTree,
    /// The engine was switched off in this clone.
    SwitchedOff,
}
