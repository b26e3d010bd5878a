//! Use cases: one file each, joining what stands above. They return plain structs and print nothing.

mod ahead;
mod allowed_once;
mod around;
mod backtest;
mod basis;
mod branch_task;
mod causes;
mod check;
mod ci;
mod commit;
mod config;
mod create;
mod dirty;
mod doctor;
mod edit;
mod edit_push;
mod effects;
mod emit;
mod emit_push;
mod environment;
mod error;
mod error_hint;
mod events;
mod explain;
mod ground;
mod groups;
mod init;
mod integration;
mod intents;
mod inventory;
mod log;
mod message;
mod migrate;
mod migrate_back;
mod migrate_backlog;
mod migrate_scripts;
mod newest;
mod outbox;
mod project;
mod pushed;
mod range;
mod readable;
mod renumber;
mod repair;
mod rewritten;
mod rule_tests;
mod run_log;
mod start;
mod status;
mod sync;
mod transitions;
mod trust;
mod undo;
mod undo_replay;
mod undo_subject;
mod watch;
mod worker;
mod worktree;

pub use allowed_once::allow_once;
pub use backtest::{BacktestDifference, BacktestReport, BacktestRequest, Fired, backtest};
pub use basis::Basis;
pub use branch_task::{branch_name, branch_task, task_or_branch};
pub use check::{
    CheckReport, CommitCheck, Contradiction, Drift, brought_errors, check, check_commit, drift, workflow_findings,
};
pub use ci::{
    Caused, CiError, CiReport, CiRequest, Mark, MarkWhose, Occasion, Pipeline, PipelineReport, PipelineWriting,
    Proposed, Provider, Published, Reach, Refusal, Sending, Surroundings, deepen, init_github, mark as ci_mark,
    run as run_ci,
};
pub use config::{
    ConfigCheck, ConfigShown, UpgradeReport, UpgradeWrite, check_config, rules_path, show_config, upgrade_config,
};
pub use create::{CreateReport, CreateRequest, DefaultParent, create};
pub use doctor::{
    CHECKS, Check, DoctorReport, Finding, Gravity, HookFault, HookFaultKind, Installation, Treated, Treatment, doctor,
    faults,
};
pub use edit::{EditReport, Keep, StatusEdit, set_status};
pub use edit_push::set_status_and_push;
pub use effects::{DEPTH_VARIABLE, Recorded};
pub use emit::{EmitReport, EmitRequest, Kept, KnownEvent, emit};
pub use emit_push::emit_and_push;
pub use environment::{Chooser, ChosenEnvironment, VARIABLES as ENVIRONMENT_VARIABLES, is_off_here};
pub use error::AppError;
pub use events::{CommitEvents, EventRange, Paths, events};
pub use explain::{EngineMade, Explanation, OutsideEvent, Why, explain, explain_outside};
pub use init::{
    Found, InitFile, InitOutcome, InitReport, InitRequest, Layout, SCHEMA_FILE, TaskFiles, find_start, init,
};
pub use integration::{
    AutomationTask, Engine, HandlerError, HandlerId, HandlerResult, HandlerStatus, Notice, StatusSynced,
};
pub use inventory::{CloneHook, InventoryLimits, InventoryReport, SkippedFile, inventory};
pub use log::{LogEntry, LogFilter, log};
pub use message::summary as plan_summary;
pub use migrate::{MigrateReport, MigrateRequest, Source, Way, migrate};
pub use migrate_scripts::{ScriptsReport, migrate_scripts};
pub use outbox::{
    Chosen, OutboxError, Past, Verdict, decide, effect as outbox_effect, effects as outbox_effects,
    unreadable as outbox_unreadable,
};
pub use project::{Carrier, Project, View, read_text, workflow_of};
pub use pushed::{begin_new, begin_pushed, pushed_branches, sync_branch, turn};
pub use range::remember_unprocessed;
pub use renumber::{RenumberReport, renumber};
pub use repair::{Prefer, RepairReport, repair};
pub use rule_tests::{CaseReport, CaseResult, TestFileReport, TestReport, test_rules};
pub use run_log::{Listing, LogLevel, LogLine, LogPlace, LogSettings, RunRecord, Writing, log_place, log_run};
pub use start::{BranchWay, StartBranch, start_on_branch};
pub use status::{ShortCounts, ShortStatus, StatusReport, short_status, status};
pub use sync::{Advance, Held, SyncOutcome, SyncReport, SyncRequest, finish_interrupted, sync};
pub use transitions::is_engine_commit;
pub use trust::{
    Configuration, Leave, TrustError, TrustReport, allow, clone_path, configuration, decisions, deny, trust,
};
pub use undo::{Later, UndoMode, UndoReport, undo};
pub use watch::{Beginning, Hold, LeftWhy, LogText, Moment, Next, Sight, WatchSettings, Watcher};
