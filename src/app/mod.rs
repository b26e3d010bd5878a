//! Use cases: one file each, joining what stands above. They return plain structs and print nothing.

mod causes;
mod check;
mod commit;
mod config;
mod edit;
mod effects;
mod environment;
mod error;
mod events;
mod explain;
mod log;
mod message;
mod project;
mod range;
mod repair;
mod status;
mod sync;
mod transitions;
mod undo;
mod worktree;

pub use check::{CheckReport, CommitCheck, Contradiction, Drift, check, check_commit, drift};
pub use config::{ConfigCheck, ConfigShown, UpgradeReport, UpgradeWrite, check_config, show_config, upgrade_config};
pub use edit::{EditReport, Keep, StatusEdit, set_status};
pub use environment::{Chooser, ChosenEnvironment, VARIABLES as ENVIRONMENT_VARIABLES};
pub use error::AppError;
pub use events::{CommitEvents, EventRange, Paths, events};
pub use explain::{EngineMade, Explanation, OutsideEvent, Why, explain, explain_outside};
pub use log::{LogEntry, LogFilter, log};
pub use message::summary as plan_summary;
pub use project::{Project, View, read_text, workflow_of};
pub use range::remember_unprocessed;
pub use repair::{Prefer, RepairReport, repair};
pub use status::{StatusReport, status};
pub use sync::{Advance, Held, SyncOutcome, SyncReport, SyncRequest, finish_interrupted, sync};
pub use transitions::is_engine_commit;
pub use undo::{UndoMode, UndoReport, undo};
