//! The only user of the file system for tree files and for this program's own.
//!
//! Reads the worktree into a snapshot, replaces files atomically, and keeps the outbox and the log. It knows
//! neither git nor rules: paths and bytes come in.

mod account;
mod appended;
mod atomic;
mod bounded;
pub mod crash;
mod error;
mod leftovers;
mod log;
mod outbox;
mod outbox_ahead;
mod outbox_entry;
mod outbox_moments;
mod outbox_past;
mod scan;
mod trust;
mod turn;
mod umask;
mod worktree;

pub use account::account;
pub use appended::append;
pub(crate) use atomic::locked_file;
pub use atomic::{Permission, Replaced, create_new, make_folder, remove, replace, replace_as, sweep};
pub use bounded::{Bounded, read_bounded};
pub use error::StoreError;
pub use leftovers::leftovers;
pub use log::{Aside, LogFile, LogLimits};
pub use outbox::{AwaitedPush, CommandProcess, Intent, IntentState, Outbox, OutboxCounts, Standing};
pub use outbox_entry::{OutboxEntry, Part};
pub use outbox_moments::Moment;
pub use scan::{FileStamp, Scan};
pub use trust::{Allowed, Decision, Trust};
pub use turn::Turn;
pub(crate) use umask::share;
pub(crate) use worktree::{LARGEST_FILE, link_problem, path_problem, repository_problem, size_problem};
pub use worktree::{age, files_in, is_occupied, read, read_text, snapshot_of_folder};
