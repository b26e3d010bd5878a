use std::collections::BTreeMap;

use serde::Serialize;

use super::PlanJson;
use super::migrate::beside;
use crate::app::{EditReport, LogPlace, RepairReport, StatusReport, SyncOutcome, SyncReport, UndoReport};
use crate::engine::take_back::{Contradicting, Contradiction};
use crate::format::workflow::{CommitPolicy, Executor};

/// `taskmaster.sync/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SyncJson {
    schema: &'static str,
    branch: Option<String>,
    outcome: &'static str,
    reason: Option<String>,
    commit: Option<String>,
    caused_by: Vec<String>,
    plan: PlanJson,
    pulled: PlanJson,
    since: Option<String>,
}

/// `taskmaster.edit/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EditJson {
    schema: &'static str,
    task: String,
    old: String,
    new: String,
    files: Vec<String>,
    commit: Option<String>,
    sync: Option<SyncJson>,
}

/// `taskmaster.undo/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UndoJson {
    schema: &'static str,
    refused: Option<String>,
    /// Places in the way.
    contradictions: Vec<ContradictionJson>,
    undone: Vec<String>,
    commit: Option<String>,
    files: Vec<String>,
    /// Those of them that keep what was changed since.
    merged: Vec<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ContradictionJson {
    path: String,
    /// Counted from 1.
    line: usize,
    task: Option<String>,
    field: Option<String>,
    /// What it is, had been made, and was before that.
    now: Option<String>,
    made: Option<String>,
    was: Option<String>,
    message: String,
}

/// `taskmaster.repair/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RepairJson {
    schema: &'static str,
    repaired: Vec<RepairedJson>,
    undecided: Vec<String>,
    files: Vec<String>,
    commit: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RepairedJson {
    task: String,
    old: String,
    new: String,
}

/// `taskmaster.status/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatusJson {
    schema: &'static str,
    branch: Option<String>,
    head: Option<String>,
    /// Whether all of them run ours.
    hooks_active: bool,
    /// Those that do not.
    hooks_missing: Vec<String>,
    enabled: bool,
    mode: &'static str,
    commit: &'static str,
    executor: &'static str,
    canonical: Option<String>,
    cursor: Option<String>,
    deferred: Option<String>,
    ignored: bool,
    tasks: BTreeMap<&'static str, usize>,
    findings: BTreeMap<&'static str, usize>,
    contradictions: usize,
    pending: SyncJson,
    effects_waiting: usize,
    effects_unknown: usize,
    effects_sent: usize,
    effects_skipped: usize,
    effects_running: usize,
    effects_dead: usize,
    effects_parked: usize,
    effects_unreadable: usize,
    effects_ahead: usize,
    log_file: Option<String>,
}

impl SyncJson {
    /// What came of processing.
    #[must_use]
    pub fn of(report: &SyncReport) -> Self {
        let commit = match &report.outcome {
            SyncOutcome::Committed { id, .. } => Some(id.to_string()),
            _ => None,
        };
        Self {
            schema: "taskmaster.sync/1",
            branch: report.branch.clone(),
            outcome: report.outcome.name(),
            reason: report.outcome.reason(),
            commit,
            caused_by: report.causes.iter().map(|commit| commit.id.to_string()).collect(),
            plan: PlanJson::of(&report.plan),
            pulled: PlanJson::of(&report.pulled),
            since: report.since.as_ref().map(ToString::to_string),
        }
    }
}

impl EditJson {
    /// What an edit did.
    #[must_use]
    pub fn of(report: &EditReport) -> Self {
        Self {
            schema: "taskmaster.edit/1",
            task: report.task.to_string(),
            old: report.old.clone(),
            new: report.new.clone(),
            files: report.files.iter().map(|file| file.path.to_string()).collect(),
            commit: report.commit.as_ref().map(ToString::to_string),
            sync: report.sync.as_ref().map(SyncJson::of),
        }
    }
}

impl RepairJson {
    /// What was brought into step.
    #[must_use]
    pub fn of(report: &RepairReport) -> Self {
        let repaired = report.repaired.iter().map(|(task, old, new)| RepairedJson {
            task: task.to_string(),
            old: old.clone(),
            new: new.clone(),
        });
        Self {
            schema: "taskmaster.repair/1",
            repaired: repaired.collect(),
            undecided: report.undecided.iter().map(ToString::to_string).collect(),
            files: report.files.iter().map(|file| file.path.to_string()).collect(),
            commit: report.commit.as_ref().map(ToString::to_string),
        }
    }
}

impl UndoJson {
    /// What was taken back.
    #[must_use]
    pub fn of(report: &UndoReport) -> Self {
        let files = report.files.iter().map(|file| file.path.to_string());
        Self {
            schema: "taskmaster.undo/1",
            refused: None,
            contradictions: Vec::new(),
            undone: report.undone.iter().map(|commit| commit.id.to_string()).collect(),
            commit: report.commit.as_ref().map(ToString::to_string),
            files: files.chain(report.others.iter().map(|file| beside(&file.path))).collect(),
            merged: report.merged.iter().map(ToString::to_string).collect(),
        }
    }

    /// Why nothing was taken back: a sentence, and the places in the way.
    #[must_use]
    pub fn refused(why: String, contradictions: &[Contradiction]) -> Self {
        Self {
            schema: "taskmaster.undo/1",
            refused: Some(why),
            contradictions: contradictions.iter().map(ContradictionJson::of).collect(),
            undone: Vec::new(),
            commit: None,
            files: Vec::new(),
            merged: Vec::new(),
        }
    }
}

impl ContradictionJson {
    fn of(found: &Contradiction) -> Self {
        let (task, field, [now, made, was]) = match &found.what {
            Contradicting::Field { task, field, now, made, was } => {
                (Some(task.to_string()), Some(field.clone()), [now.clone(), made.clone(), was.clone()])
            }
            Contradicting::Gone(task) => (Some(task.to_string()), None, [None, None, None]),
            Contradicting::Lines | Contradicting::File => (None, None, [None, None, None]),
        };
        let (path, message) = (found.path.to_string(), found.to_string());
        Self { path, line: found.line, task, field, now, made, was, message }
    }
}

impl StatusJson {
    /// Where the engine stands, and which hooks are missing.
    #[must_use]
    pub fn of(report: &StatusReport, hooks_missing: Vec<String>) -> Self {
        Self {
            schema: "taskmaster.status/1",
            branch: report.branch.clone(),
            head: report.head.as_ref().map(ToString::to_string),
            hooks_active: hooks_missing.is_empty(),
            hooks_missing,
            enabled: report.enabled,
            mode: report.mode.name(),
            commit: match report.commit {
                CommitPolicy::After => "after",
                CommitPolicy::Never => "never",
            },
            executor: match report.executor {
                Executor::Author => "author",
                Executor::Ci => "ci",
                Executor::Server => "server",
            },
            canonical: report.canonical.clone(),
            cursor: report.cursor.as_ref().map(ToString::to_string),
            deferred: report.deferral.map(|deferral| deferral.to_string()),
            ignored: report.ignored,
            tasks: report.tasks.iter().map(|(category, count)| (category.name(), *count)).collect(),
            findings: report.findings.iter().map(|(severity, count)| (severity.name(), *count)).collect(),
            contradictions: report.contradictions,
            pending: SyncJson::of(&report.pending),
            effects_waiting: report.outbox.waiting,
            effects_unknown: report.outbox.begun,
            effects_sent: report.outbox.sent,
            effects_skipped: report.outbox.skipped,
            effects_running: report.outbox.running,
            effects_dead: report.outbox.dead,
            effects_parked: report.outbox.parked,
            effects_unreadable: report.outbox.unreadable,
            effects_ahead: report.ahead,
            log_file: match &report.log {
                LogPlace::Written(path) => Some(path.display().to_string()),
                LogPlace::Unwritten(_) | LogPlace::Off => None,
            },
        }
    }
}
