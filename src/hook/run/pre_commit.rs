use super::Bell;
use super::amend::{Evidence, amended};
use crate::app::{self, AppError};
use crate::format::workflow::Mode;
use crate::model::{Code, CommitId, Diagnostic, Severity, TreePath};
use crate::ui::{Exit, odd_mode, plural, render_diagnostic};

/// Compares what is staged with the commit it will follow, and accepts or rejects. Writes nothing.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    let repository = &bell.project.repository;
    let head = repository.head()?;
    if let Some(text) = bell.project.odd_mode() {
        let mode = mode(bell, head.as_ref())?;
        bell.output.say(&format!("taskmaster: {}", odd_mode(&text, mode)));
    }
    let mut befores = befores(bell, head.as_ref())?.into_iter();
    let mut check = app::check_commit(&bell.project, befores.next().flatten().as_ref())?;
    for before in befores {
        if !check.findings.is_empty() {
            check = check.common(&app::check_commit(&bell.project, before.as_ref())?);
        }
    }
    check.findings.extend(repository.reversals()?.iter().map(reversal));
    if check.findings.is_empty() {
        return Ok(Exit::Success);
    }
    bell.note(&check.findings);
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
    let mode = mode(bell, head.as_ref())?;
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

/// A file that this commit would take back to what it was before an engine commit that was interrupted.
fn reversal(path: &TreePath) -> Diagnostic {
    let message = format!("`{path}` would lose what the engine has committed: it was interrupted behind its commit");
    Diagnostic::error(Code("interrupted-commit"), message).hint("run: taskmaster sync; then commit again")
}

/// What the commit is compared with: only what is wrong against each of them counts.
fn befores(bell: &Bell<'_>, head: Option<&CommitId>) -> Result<Vec<Option<CommitId>>, AppError> {
    let head = vec![head.cloned()];
    let merged = bell.project.repository.merge_heads()?;
    if !merged.is_empty() {
        // The end of a merge that had conflicts: what either side has done is that side's.
        return Ok([head, merged.into_iter().map(Some).collect()].concat());
    }
    Ok(match amended(bell)? {
        None => head,
        Some(amended) => {
            let parents =
                if amended.parents.is_empty() { vec![None] } else { amended.parents.into_iter().map(Some).collect() };
            match amended.evidence {
                Evidence::Command => parents,
                // It may be another commit after all.
                Evidence::Author => [head, parents].concat(),
            }
        }
    })
}

/// The mode that is staged; where the staged rules are broken and say nothing, that of the commit before.
fn mode(bell: &Bell<'_>, head: Option<&CommitId>) -> Result<Mode, AppError> {
    let staged = bell.project.index()?;
    let broken = staged.workflow_diagnostics.iter().any(|finding| finding.severity == Severity::Error);
    Ok(match head.filter(|_| broken) {
        Some(head) => bell.project.mode(&bell.project.commit(head)?.workflow),
        None => bell.project.mode(&staged.workflow),
    })
}
