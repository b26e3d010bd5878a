//! The only user of libgit2 and of the `git` program.
//!
//! Reads repository state, snapshots and history; moves the cursor; makes the engine's commits.
//! It knows nothing of tasks and rules: trees are bytes here, and a plan is a set of files.

mod cursor;
mod engine_commit;
mod error;
mod history;
mod index;
mod ownership;
mod program;
mod repository;
mod snapshot;
mod state;

pub use engine_commit::{CommitOutcome, EngineCommit, FileChange, Redo, WorktreeOutcome};
pub use error::GitError;
pub use index::abandon_index_lock;
pub use ownership::Ownership;
pub use repository::{Canonical, Repository};
pub use state::Deferral;
