use super::Bell;
use super::amend::amended;
use crate::app::{self, AppError};
use crate::ui::Exit;

/// The amend guard: amending right behind an engine commit would rewrite the engine's commit instead
/// of the user's.
pub(super) fn run(bell: &Bell<'_>) -> Result<Exit, AppError> {
    let Some(amended) = amended(bell)? else { return Ok(Exit::Success) };
    let repository = &bell.project.repository;
    let commit = repository.commit(&amended.head)?;
    if !app::is_engine_commit(&commit) {
        return Ok(Exit::Success);
    }
    bell.record.borrow_mut().warnings.push(format!("{} is amended, which is the engine's commit", commit.id.short()));
    let hint = "git reset --soft HEAD~1 && git commit --amend   (what followed is then part of your commit)";
    if bell.refuses(&bell.staged_workflow()?) {
        let message = format!("HEAD is {} by taskmaster, not your commit; nothing was amended", commit.id.short());
        bell.output.error(&message, Some(hint));
        return Ok(Exit::Findings);
    }
    bell.output
        .say(&format!("taskmaster: you are amending {}, which is not your commit; better: {hint}", commit.id.short()));
    Ok(Exit::Success)
}
