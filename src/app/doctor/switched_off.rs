use super::{Ailment, Check, Look, Patient};
use crate::app::is_off_here;

pub(super) const CHECK: Check = Check {
    name: "switched-off",
    about: "the engine is switched off in this clone, or in this shell. Only a note: it may be meant so",
    mends: "",
    look: Look::Plain(look),
};

fn look(patient: &Patient<'_>) -> Vec<Ailment> {
    let mut found = Vec::new();
    if patient.project().is_some_and(|project| !project.is_enabled()) {
        found.push(Ailment::note(
            "the engine is switched off in this clone (git config taskmaster.enabled)",
            "git config --unset taskmaster.enabled",
        ));
    }
    if is_off_here() {
        found.push(Ailment::note("TASKMASTER=0 is set here: hooks do nothing", "unset TASKMASTER"));
    }
    found
}
