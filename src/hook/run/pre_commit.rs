use super::{Bell, has_tree};
use crate::app::{self, AppError, CommitCheck};
use crate::format::workflow::Mode;
use crate::ui::{Exit, plural, render_diagnostic};

/// Compares what is staged with the commit it will follow, and accepts or rejects. Writes nothing.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    let repository = &bell.project.repository;
    let head = repository.head()?;
    let check = app::check_commit(&bell.project, head.as_ref())?;
    if check.findings.is_empty() {
        return Ok(Exit::Success);
    }
    let check = match bell.amended()? {
        // Two commits by one author in one second look like an amend: only what is wrong either way counts.
        Some(amended) => common(check, &app::check_commit(&bell.project, amended.parent.as_ref())?),
        None => check,
    };
    if check.findings.is_empty() || !has_tree(&repository.snapshot_of_index()?) {
        return Ok(Exit::Success);
    }
    for finding in &check.findings {
        bell.output.say(&render_diagnostic(finding));
    }
    let errors = check.errors().count();
    if check.older > 0 {
        let older = plural(check.older, "older error", "older errors");
        bell.output.say(&format!("taskmaster: {older} not counted; see: taskmaster check"));
    }
    if errors == 0 {
        return Ok(Exit::Success);
    }
    let errors = plural(errors, "error", "errors");
    let mode = bell.project.mode(&bell.staged_workflow()?);
    match mode {
        Mode::Observe | Mode::Warn => {
            bell.output.say(&format!("taskmaster: {errors} in what you commit (mode {}: it passes)", mode.name()));
            Ok(Exit::Success)
        }
        Mode::Enforce | Mode::Commit => {
            bell.output.error(
                &format!("{errors} in what you commit; nothing was committed"),
                Some("mend it and commit again; to commit it as it is: git commit --no-verify"),
            );
            Ok(Exit::Findings)
        }
    }
}

fn common(mut check: CommitCheck, other: &CommitCheck) -> CommitCheck {
    check.findings.retain(|finding| other.findings.iter().any(|found| found.is_same_finding(finding)));
    check
}
