//! The only user of libgit2, and of the `git` program for what concerns trees, index and history; only
//! the hooks' installation asks git for its folder, and the demo plays a user at the command line.
//!
//! Reads repository state, snapshots and history; moves the cursor; makes the engine's commits.
//! It knows nothing of tasks and rules: trees are bytes here, and a plan is a set of files.

mod beside;
mod blocked;
mod cached_trees;
mod cleaned;
mod cursor;
mod engine_commit;
mod error;
mod file_stat;
mod follow;
mod history;
mod hook_notes;
mod index;
mod index_ahead;
mod index_file;
mod index_in_place;
mod index_lock;
mod index_walk;
mod journal;
mod lock_file;
mod object_sync;
mod ownership;
mod program;
mod promised;
mod remains;
mod remote;
mod repository;
mod signals;
mod signing;
mod snapshot;
mod sparse;
mod state;
mod switch;
mod tracked;
mod under_way;
mod unread;

pub use cursor::{Cursor, CursorOutcome};
pub use engine_commit::{CommitOutcome, Disk, EngineCommit, FileChange, NewMode, Redo, WorktreeOutcome};
pub use error::GitError;
pub use history::PastCommit;
pub use hook_notes::Quiet;
pub use index_lock::{Abandoned, abandon_index_lock};
pub use journal::Mended;
pub use ownership::Ownership;
pub use remains::{Interrupted, LeftLock, LockOwner, UnknownFiles, git_version, is_old};
pub use remote::{Aside, Processed};
pub use repository::Repository;
pub use signals::stop_at_signals;
pub use signing::ExpectedCommit;
pub use snapshot::StagedFile;
pub use state::Deferral;
pub use switch::{SwitchKind, Switched};
pub use tracked::{TrackedFile, TrackedKind};
pub use unread::UnreadFile;
