use std::path::PathBuf;

use super::remedy::Remedy;
use super::{Ailment, Check, Gravity, Look, Patient};
use crate::app::AppError;
use crate::format::workflow::Executor;

pub(super) const CHECK: Check = Check {
    name: "hooks",
    about: "hooks that git does not run: not installed, elsewhere (core.hooksPath), not executable, without our lines, \
            of another version, or naming a program that is gone or another one",
    mends: "installs them as `taskmaster hooks install` does, naming this program; files of other programs and other people stay",
    look: Look::Fallible(look),
};

/// What is wrong with a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookFault {
    /// Of what kind it is.
    pub kind: HookFaultKind,
    /// What is wrong.
    pub what: String,
    /// The file.
    pub place: Option<PathBuf>,
    /// What to do by hand.
    pub hint: String,
}

/// What kind of fault a hook has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookFaultKind {
    /// A clone has none of ours, and may well mean to do without them; installing puts them there.
    Uninstalled,
    /// Nothing of ours is there, and installing puts it there.
    Missing,
    /// Installing brings it up to date.
    Stale,
    /// It is for people to mend.
    ByHand,
}

/// The hooks of a repository, as they are seen from above.
pub trait Installation {
    /// What is wrong with them.
    fn look(&self) -> Vec<HookFault>;

    /// Whether git runs any of ours.
    fn runs_any(&self) -> bool;

    /// Puts ours in, naming this program; says what was done, or what was in the way.
    ///
    /// # Errors
    /// When they cannot be installed here.
    fn install(&self) -> Result<String, String>;

    /// Where an interrupted installation may have left files; `None` where nobody can tell.
    fn folder(&self) -> Option<PathBuf>;
}

/// Whether git runs any of ours.
pub(super) fn has_any(patient: &Patient<'_>) -> bool {
    patient.hooks.runs_any()
}

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.project() else { return Ok(Vec::new()) };
    let wanted = if project.repository.is_bare() { is_executor(patient)? } else { patient.tree().is_some() };
    let gravity = |kind| match kind {
        HookFaultKind::Uninstalled => Gravity::Note,
        HookFaultKind::Missing | HookFaultKind::Stale | HookFaultKind::ByHand => Gravity::Fault,
    };
    let is_absent = |kind| matches!(kind, HookFaultKind::Missing | HookFaultKind::Uninstalled);
    let faults = patient.hooks.look().into_iter().filter(|fault| wanted || !is_absent(fault.kind));
    Ok(faults
        .map(|fault| Ailment {
            gravity: gravity(fault.kind),
            what: fault.what,
            place: fault.place.map(|place| place.display().to_string()),
            hint: fault.hint,
            remedy: (fault.kind != HookFaultKind::ByHand).then_some(Remedy::InstallHooks),
        })
        .collect())
}

/// Whether the rules at HEAD leave it to this repository to commit.
fn is_executor(patient: &Patient<'_>) -> Result<bool, AppError> {
    let Some(project) = patient.project() else { return Ok(false) };
    let Some(head) = project.repository.head()? else { return Ok(false) };
    Ok(project.commit(&head)?.workflow.git.executor == Executor::Server)
}
