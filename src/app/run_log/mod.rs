//! The log of runs: what hooks and commands did in this clone, for people who look for a reason later.
//! It is no state: nothing ever reads it, and where it cannot be written nothing fails.

mod settings;

use std::path::PathBuf;
use std::time::Duration;

use super::{Project, SyncOutcome, SyncReport, effects};
use crate::engine::effect::EffectKind;
use crate::engine::event::Event;
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
    /// The commit it made: the engine's, or that of `init`.
    pub commit: Option<CommitId>,
    /// The commits it processed and something follows from.
    pub causes: Vec<CommitId>,
    /// The first events, each with the rules that acted.
    pub steps: Vec<Step>,
    /// How many events there were besides.
    pub more: usize,
    /// What `log_*` actions want in the log.
    pub entries: Vec<LogLine>,
    /// What somebody should look at.
    pub warnings: Vec<String>,
    /// What could not be done, or was refused.
    pub errors: Vec<String>,
}

/// What a `log_*` action wants in the log.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// The effect.
    pub effect: PlannedEffect,
    /// The event it follows from.
    pub event: Event,
}

impl LogLine {
    /// How weighty it is: as the action was called with it, or as its name says.
    #[must_use]
    pub fn level(&self) -> LogLevel {
        let level = self.effect.effect.data.get("level").and_then(serde_json::Value::as_str);
        level.and_then(LogLevel::named).unwrap_or(LogLevel::Info)
    }
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
            let effects = report.plan.effects.iter().filter(|effect| effect.effect.kind == EffectKind::Log);
            let event = |effect: &PlannedEffect| {
                report.plan.steps.iter().map(|step| &step.event).find(|event| event.id == effect.event)
            };
            let line = |effect: &PlannedEffect| Some(LogLine { effect: effect.clone(), event: event(effect)?.clone() });
            self.entries = effects.filter_map(line).collect();
        }
        self.warnings.extend(report.findings.iter().map(|finding| finding.message.clone()));
        self.warnings.extend(report.plan.warnings());
    }

    /// Takes down the commit that a command made, if there was something to commit.
    pub fn note_commit(&mut self, commit: Option<&CommitId>) {
        self.outcome = if commit.is_some() { "committed" } else { "nothing" };
        self.commit = commit.cloned();
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
    Step { rules: acted.cloned().collect(), cut: step.cut.clone(), ..Step::of(step.event.clone()) }
}

/// Adds a run to the log. `lines` makes its text. Of what `log_*` actions want the run keeps what is its to
/// write: each line is written once in a clone, and never again where it could not be written.
pub fn log_run(project: &Project, record: &mut RunRecord, lines: &dyn Fn(&RunRecord, &LogSettings) -> String) {
    let settings = log_settings(project);
    // Without the note that a line is written nothing would keep it from being written twice.
    record.entries.retain(|line| effects::claim(project, line).unwrap_or(false));
    let give_up = |lines: &[LogLine], reason: &str| {
        for line in lines {
            // Where that cannot be noted, the note that it was written stays: it is not written later either.
            let _ = effects::give_up(project, line, reason);
        }
    };
    let (wanted, unwanted): (Vec<LogLine>, Vec<LogLine>) = std::mem::take(&mut record.entries)
        .into_iter()
        .partition(|line| settings.writes == Writing::On && line.level() >= settings.level);
    give_up(&unwanted, "the settings of the log leave it out (logging)");
    record.entries = wanted;
    if settings.writes == Writing::Off {
        return;
    }
    let text = lines(record, &settings);
    // A hook must not fail for its diary, nor talk about it at every commit.
    if !text.is_empty() && log_file(project, &settings).append(&text, settings.limits).is_err() {
        give_up(&record.entries, "the log could not be written");
        return;
    }
    for line in &record.entries {
        // Where that cannot be noted it stays unknown: the line is not written again.
        let _ = effects::written(project, line);
    }
}

/// Where the log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPlace {
    /// In this file: relative to the worktree where it stands inside.
    Written(PathBuf),
    /// In this file, once there is a line.
    Unwritten(PathBuf),
    /// Nowhere: the settings switch it off.
    Off,
}

/// Where the log is, or will be.
#[must_use]
pub fn log_place(project: &Project) -> LogPlace {
    let settings = log_settings(project);
    let path = log_file(project, &settings).path().to_owned();
    let inside = project.repository.workdir().ok().and_then(|workdir| path.strip_prefix(workdir).ok());
    let shown = inside.map_or_else(|| path.clone(), ToOwned::to_owned);
    match (path.is_file(), settings.writes) {
        (true, _) => LogPlace::Written(shown),
        (false, Writing::On) => LogPlace::Unwritten(shown),
        (false, Writing::Off) => LogPlace::Off,
    }
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
