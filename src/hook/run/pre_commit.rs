use super::Bell;
use super::amend::{Evidence, amended};
use crate::app::{self, AppError};
use crate::format::workflow::Mode;
use crate::git::Quiet;
use crate::hook::shortcut::RUNG_BY;
use crate::model::{Code, CommitId, Diagnostic, Severity, TreePath};
use crate::ui::{Exit, odd_mode, plural, render_diagnostic};

/// Compares what is staged with the commit it will follow, and accepts or rejects. Writes nothing but a note for
/// `post-commit`.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    let repository = &bell.project.repository;
    let head = repository.head()?;
    if let Some(text) = bell.project.odd_mode() {
        let mode = mode(bell, head.as_ref())?;
        bell.output.say(&format!("taskmaster: {}", odd_mode(&text, mode)));
    }
    let befores = befores(bell, head.as_ref())?;
    let check = app::check_commit(&bell.project, befores.first().and_then(Option::as_ref))?;
    if let Some(head) = head.as_ref().filter(|head| check.is_none() && befores == [Some((*head).clone())]) {
        note_quiet(bell, head)?;
    }
    let mut check = check.unwrap_or_default();
    for before in befores.iter().skip(1) {
        if !check.findings.is_empty() {
            check = check.common(&app::check_commit(&bell.project, before.as_ref())?.unwrap_or_default());
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

/// Notes that the commit about to be made behind `head` leaves nothing to be processed, where that is true of all
/// commits since the last that was.
fn note_quiet(bell: &Bell<'_>, head: &CommitId) -> Result<(), AppError> {
    let repository = &bell.project.repository;
    let cursor = match (repository.branch()?, repository.deferral()?) {
        (Some(branch), None) if !repository.has_journal() => repository.cursor(&branch)?,
        _ => None,
    };
    let git = std::env::var(RUNG_BY).ok().and_then(|process| process.parse().ok());
    let quiet = cursor.map(|cursor| Quiet { tip: head.clone(), cursor });
    let is_known = |quiet: &Quiet| quiet.cursor == *head || repository.quiet().as_ref() == Some(quiet);
    // A note of another process is never believed, so none is taken back.
    if let Some((quiet, git)) = quiet.filter(is_known).zip(git) {
        repository.note_quiet(&quiet, git);
    }
    Ok(())
}

/// A file that this commit would take back to what it was before an engine commit that was interrupted.
fn reversal(path: &TreePath) -> Diagnostic {
    let message = format!("`{path}` would lose what the engine has committed: it was interrupted behind its commit");
    Diagnostic::error(Code::INTERRUPTED_COMMIT, message).hint("run: taskmaster sync; then commit again")
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
