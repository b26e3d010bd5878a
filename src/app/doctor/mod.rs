//! What is wrong with the installation, and what can be mended of it: one check a file, and one list of
//! them all, which the program, the documentation and the tests read.
//!
//! Checks look and change nothing; what they find names its remedy as data. A remedy touches only what
//! this program has made: no edit, nothing staged, no commit, no lock of anybody else's.

mod cursor;
mod git;
mod history;
mod hooks;
mod identity;
mod index;
mod interrupted;
mod litter;
mod locks;
mod log;
mod mode;
mod outbox;
mod pending;
mod remedy;
mod repository;
mod rules;
mod server;
mod shared_branch;
mod switched_off;
mod tracking;
mod tree;

use std::path::Path;

pub use hooks::{HookFault, HookFaultKind, Installation};
use remedy::Remedy;

use super::{AppError, Project};

/// One thing that is looked at.
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// What it finds.
    pub about: &'static str,
    /// What `--fix` does about it; empty where that is for people to do.
    pub mends: &'static str,
    look: Look,
}

/// How a check looks.
enum Look {
    /// At what can always be seen.
    Plain(fn(&Patient<'_>) -> Vec<Ailment>),
    /// At what may be beyond reading, which is a finding too.
    Fallible(fn(&Patient<'_>) -> Result<Vec<Ailment>, AppError>),
}

/// All checks, in the order in which they look: what others depend on comes first.
pub const CHECKS: &[Check] = &[
    git::CHECK,
    repository::CHECK,
    switched_off::CHECK,
    tree::CHECK,
    tracking::CHECK,
    rules::CHECK,
    mode::CHECK,
    identity::CHECK,
    shared_branch::CHECK,
    hooks::CHECK,
    locks::CHECK,
    interrupted::CHECK,
    index::CHECK,
    cursor::CHECK,
    history::CHECK,
    pending::CHECK,
    outbox::CHECK,
    litter::CHECK,
    log::CHECK,
    server::CHECK,
];

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// It may be meant so.
    Note,
    /// It is wrong.
    Fault,
}

impl Gravity {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Fault => "fault",
        }
    }
}

/// Whether what can be mended is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Nothing is changed.
    Look,
    /// What is safe to mend is mended.
    Mend,
}

/// What a check has found.
#[derive(Debug, Clone)]
pub(super) struct Ailment {
    gravity: Gravity,
    what: String,
    place: Option<String>,
    hint: String,
    remedy: Option<Remedy>,
}

impl Ailment {
    fn fault(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { gravity: Gravity::Fault, what: what.into(), place: None, hint: hint.into(), remedy: None }
    }

    fn note(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { gravity: Gravity::Note, ..Self::fault(what, hint) }
    }

    fn at(self, place: &Path) -> Self {
        Self { place: Some(place.display().to_string()), ..self }
    }

    fn remedy(self, remedy: Remedy) -> Self {
        Self { remedy: Some(remedy), ..self }
    }
}

/// What was found, and what came of it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The check that found it.
    pub check: &'static str,
    /// How much it matters.
    pub gravity: Gravity,
    /// What is wrong.
    pub what: String,
    /// The file, folder or reference.
    pub place: Option<String>,
    /// What to do about it.
    pub hint: String,
    /// What was done.
    pub result: Treated,
}

/// What was done about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treated {
    /// Nothing: it is for people to mend.
    ByHand,
    /// Nothing yet: `--fix` mends it.
    Mendable,
    /// This.
    Mended(String),
    /// It was tried, and this was in the way.
    Failed(String),
}

impl Finding {
    /// Whether something is left to do.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.gravity == Gravity::Fault && !matches!(self.result, Treated::Mended(_))
    }
}

/// All that was found.
#[derive(Debug, Default)]
pub struct DoctorReport {
    /// In the order of the checks.
    pub findings: Vec<Finding>,
}

impl DoctorReport {
    /// How many faults are left.
    #[must_use]
    pub fn open(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_open()).count()
    }
}

/// The place that is looked at; its repository may not open.
pub(super) struct Patient<'a> {
    place: &'a Path,
    opened: Result<Project, AppError>,
    hooks: &'a dyn Installation,
}

impl<'a> Patient<'a> {
    fn new(place: &'a Path, hooks: &'a dyn Installation) -> Self {
        Self { place, opened: Project::open(place), hooks }
    }

    fn project(&self) -> Option<&Project> {
        self.opened.as_ref().ok()
    }

    /// The project where something is checked out.
    fn worktree(&self) -> Option<&Project> {
        self.project().filter(|project| !project.repository.is_bare())
    }

    /// The project where there is a tree too.
    fn tree(&self) -> Option<&Project> {
        self.worktree().filter(|project| project.repository.tree_dir().is_ok_and(|folder| folder.is_dir()))
    }
}

/// Looks at everything, and mends what can be mended where that is asked for. Never fails: what cannot be
/// looked at is a finding.
#[must_use]
pub fn doctor(place: &Path, hooks: &dyn Installation, treatment: Treatment) -> DoctorReport {
    let mut report = DoctorReport::default();
    for check in CHECKS {
        report.findings.extend(examine(check, place, hooks, treatment));
    }
    report
}

/// The faults that some checks find, for those who only want to know that there are any.
#[must_use]
pub fn faults(place: &Path, hooks: &dyn Installation, names: &[&str]) -> usize {
    let checks = CHECKS.iter().filter(|check| names.contains(&check.name));
    checks.flat_map(|check| examine(check, place, hooks, Treatment::Look)).filter(Finding::is_open).count()
}

fn examine(check: &Check, place: &Path, hooks: &dyn Installation, treatment: Treatment) -> Vec<Finding> {
    let patient = Patient::new(place, hooks);
    let mut findings = Vec::new();
    for ailment in look(check, &patient) {
        let result = match (&ailment.remedy, treatment) {
            (None, _) => Treated::ByHand,
            (Some(_), Treatment::Look) => Treated::Mendable,
            (Some(remedy), Treatment::Mend) => match remedy.apply(&patient) {
                Ok(did) => Treated::Mended(did),
                Err(why) => Treated::Failed(why),
            },
        };
        let Ailment { gravity, what, place, hint, .. } = ailment;
        findings.push(Finding { check: check.name, gravity, what, place, hint, result });
    }
    if findings.iter().any(|finding| matches!(finding.result, Treated::Mended(_))) {
        // A remedy that left it as it was has not mended it.
        let left = look(check, &Patient::new(place, hooks));
        for finding in &mut findings {
            let stays = left.iter().any(|ailment| ailment.what == finding.what && ailment.place == finding.place);
            if stays && matches!(finding.result, Treated::Mended(_)) {
                finding.result = Treated::Failed("it is still so".to_owned());
            }
        }
    }
    findings
}

fn look(check: &Check, patient: &Patient<'_>) -> Vec<Ailment> {
    let found = match check.look {
        Look::Plain(look) => Ok(look(patient)),
        Look::Fallible(look) => look(patient),
    };
    match found {
        Ok(ailments) => ailments,
        Err(error) => {
            let hint = error.hint().unwrap_or_else(|| "mend what the others say first, then look again".to_owned());
            vec![Ailment::fault(format!("this could not be looked at: {error}"), hint)]
        }
    }
}
