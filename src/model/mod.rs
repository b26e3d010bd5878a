//! The nouns of the program: what a task, a tree, a snapshot and a board are.
//!
//! Everything here is a value. Nothing knows where bytes came from, how a file is written, or
//! what a rule is; every other module builds on these words.

mod board;
mod code;
mod commit;
mod components;
mod diagnostic;
mod fields;
mod following;
mod priority;
mod record;
mod shares;
mod snapshot;
mod span;
mod status;
mod task;
mod task_id;
mod tasks;
mod timestamp;
mod tree_path;

pub use board::Board;
pub use code::{Code, FINDINGS, Finding};
pub use commit::{Commit, CommitId, CommitIdError, Person};
pub use diagnostic::{Diagnostic, Place, Severity};
pub use fields::Fields;
pub use following::FileReadings;
pub use priority::Priority;
pub use record::{Reading, Record, RecordKind};
pub use shares::{in_shares, work_on_one_thread, works_on_one_thread};
pub use snapshot::{Snapshot, SnapshotLabel, SourceFile};
pub use span::Span;
pub use status::{Category, Status, StatusDefinition, StatusSet};
pub use task::{Dependency, DependencyReading, Mirror, Task};
pub use task_id::{DEFAULT_TAG, TaskId, TaskIdError};
pub use tasks::Tasks;
pub use timestamp::{Timestamp, TimestampError};
pub use tree_path::{FileRole, TreePath, TreePathError};
