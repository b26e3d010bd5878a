//! The log of runs: what hooks and commands did in this clone, for people who look for a reason later.
//! It is no state: nothing ever reads it, and where it cannot be written nothing fails.

mod settings;

use std::path::PathBuf;
use std::time::Duration;

use super::{Project, SyncOutcome, SyncReport};
use crate::engine::plan::{PlannedEffect, RuleState, Step};
use crate::format::workflow;
use crate::model::{CommitId, Timestamp, TreePath};
use crate::store::{self, LogFile};

pub use settings::{Listing, LogLevel, LogSettings, Writing};

/// How many events of a run are kept for the log.
const MOST_EVENTS: usize = 100;

/// What one run did.
#[derive(Debug)]
pub struct RunRecord {
    /// The hook or command.
    pub run: String,
    /// When it began.
    pub time: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// The branch.
    pub branch: Option<String>,
    /// How it ended, in a word.
    pub outcome: &'static str,
    /// Why it ended so, where that is known.
    pub reason: Option<String>,
    /// The engine commit it made.
    pub commit: Option<CommitId>,
    /// The commits it processed and something follows from.
    pub causes: Vec<CommitId>,
    /// The first events, each with the rules that acted.
    pub steps: Vec<Step>,
    /// How many events there were besides.
    pub more: usize,
    /// What `log_*` actions want in the log.
    pub entries: Vec<PlannedEffect>,
    /// What somebody should look at.
    pub warnings: Vec<String>,
    /// What could not be done, or was refused.
    pub errors: Vec<String>,
}

impl RunRecord {
    /// A run that begins.
    #[must_use]
    pub fn new(run: impl Into<String>, time: Timestamp) -> Self {
        Self {
            run: run.into(),
            time,
            duration: Duration::ZERO,
            branch: None,
            outcome: "passed",
            reason: None,
            commit: None,
            causes: Vec::new(),
            steps: Vec::new(),
            more: 0,
            entries: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Takes down what came of processing.
    pub fn note_sync(&mut self, report: &SyncReport) {
        self.branch.clone_from(&report.branch);
        self.outcome = report.outcome.name();
        self.reason = report.outcome.reason();
        self.causes = report.causes.iter().map(|commit| commit.id.clone()).collect();
        self.steps = report.plan.steps.iter().take(MOST_EVENTS).map(what_acted).collect();
        self.more = report.plan.steps.len() - self.steps.len();
        if let SyncOutcome::Committed { id, .. } = &report.outcome {
            self.commit = Some(id.clone());
        }
        if report.outcome.is_carried_out() {
            let fresh = report.plan.effects.iter().filter(|effect| !effect.inherited);
            self.entries = fresh.filter(|effect| effect.action.starts_with("log_")).cloned().collect();
        }
        self.warnings.extend(report.findings.iter().map(|finding| finding.message.clone()));
        self.warnings.extend(report.plan.warnings());
    }

    /// How weighty it is.
    #[must_use]
    pub fn level(&self) -> LogLevel {
        match (self.errors.is_empty(), self.warnings.is_empty() && self.outcome != "deferred") {
            (false, _) => LogLevel::Error,
            (true, false) => LogLevel::Warning,
            (true, true) => LogLevel::Info,
        }
    }
}

/// An event with the rules that acted on it: of a thousand rules few do.
fn what_acted(step: &Step) -> Step {
    let acted = step.rules.iter().filter(|rule| matches!(rule.state, RuleState::Standing | RuleState::Fired(_)));
    Step { event: step.event.clone(), rules: acted.cloned().collect(), cut: step.cut.clone() }
}

/// Adds a run to the log. `lines` makes its text.
pub fn log_run(project: &Project, record: &RunRecord, lines: &dyn Fn(&RunRecord, &LogSettings) -> String) {
    let settings = log_settings(project);
    if settings.writes == Writing::Off {
        return;
    }
    let text = lines(record, &settings);
    if !text.is_empty() {
        // A hook must not fail for its diary, nor talk about it at every commit.
        let _ = log_file(project, &settings).append(&text, settings.limits);
    }
}

/// The file of the log, where there is one.
#[must_use]
pub fn log_path(project: &Project) -> Option<PathBuf> {
    let path = log_file(project, &log_settings(project)).path().to_owned();
    path.is_file().then(|| {
        let inside = project.repository.workdir().ok().and_then(|workdir| path.strip_prefix(workdir).ok());
        inside.map_or_else(|| path.clone(), ToOwned::to_owned)
    })
}

fn log_file(project: &Project, settings: &LogSettings) -> LogFile {
    LogFile::new(&project.repository.store_dir(), &settings.name)
}

/// The settings as the rules' file in the worktree has them.
fn log_settings(project: &Project) -> LogSettings {
    let rules = TreePath::workflow();
    let bytes = project.on_disk(&rules).ok().and_then(|path| store::read(&path).ok().flatten());
    match bytes {
        // Most files say nothing of it, and a hook has no time to read them whole.
        Some(bytes) if bytes.windows(7).any(|word| word == b"logging") => {
            let workflow = workflow::read(&rules, &bytes).0;
            LogSettings::of(&workflow, project.environment(&workflow))
        }
        _ => LogSettings::default(),
    }
}
