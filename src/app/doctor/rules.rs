use super::{Ailment, Check, Look, Patient};
use crate::app::AppError;
use crate::model::Severity;

pub(super) const CHECK: Check = Check {
    name: "rules",
    about: "`workflow.yaml` has errors, so that rules in it do not act",
    mends: "",
    look: Look::Fallible(look),
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.tree() else { return Ok(Vec::new()) };
    let view = project.worktree()?;
    let errors: Vec<_> =
        view.workflow_diagnostics.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let Some(first) = errors.first() else { return Ok(Vec::new()) };
    let more = if errors.len() > 1 { format!(" (and {} more)", errors.len() - 1) } else { String::new() };
    let place = first.place.as_ref().map(|place| format!("{}:{}", repository_path(project, place), place.line));
    Ok(vec![Ailment { place, ..Ailment::fault(format!("{}{more}", first.message), "taskmaster config check") }])
}

fn repository_path(project: &crate::app::Project, place: &crate::model::Place) -> String {
    project.repository.full_path(&place.path)
}
