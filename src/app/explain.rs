use std::collections::HashSet;

use super::sync::engine_source;
use super::transitions::{CommitSource, Reading, Walk};
use super::{AppError, Project};
use crate::engine::cascade;
use crate::engine::event::EventId;
use crate::engine::plan::Plan;
use crate::format::trailer::{self, CAUSED_BY, ChangeTrailer};
use crate::model::{Commit, CommitId};

/// Why something follows: the events of a commit, what every rule makes of them, and what would be
/// edited and sent on top of it.
#[derive(Debug)]
pub struct Explanation {
    /// The engine commit that was asked about, with what it lists; `None` for any other subject.
    pub engine: Option<(Commit, Vec<ChangeTrailer>)>,
    /// The commits the events come from.
    pub sources: Vec<Commit>,
    /// The event that was asked about; `None` for all of the commits.
    pub event: Option<EventId>,
    /// What every rule makes of them, planned on the tree as the last source commit has it.
    pub plan: Plan,
}

/// Explains a commit, or one event by the beginning of its id. Touches nothing.
///
/// # Errors
/// When the subject is neither.
pub fn explain(project: &Project, subject: &str) -> Result<Explanation, AppError> {
    if let Ok(id) = project.repository.resolve(subject) {
        let commit = project.repository.commit(&id)?;
        let listed = trailer::changes(&commit.message);
        let causes = causes_of(project, &commit);
        if causes.is_empty() {
            return plan_for(project, None, &[id], None);
        }
        return plan_for(project, Some((commit, listed)), &causes, None);
    }
    let (commit, event) = find_event(project, subject)?;
    plan_for(project, None, &[commit], Some(event))
}

/// The source commits an engine commit names, where they still exist.
pub(super) fn causes_of(project: &Project, commit: &Commit) -> Vec<CommitId> {
    trailer::trailers(&commit.message)
        .into_iter()
        .filter(|(key, _)| *key == CAUSED_BY)
        .filter_map(|(_, value)| CommitId::new(value).ok())
        .filter(|id| project.repository.commit(id).is_ok())
        .collect()
}

fn plan_for(
    project: &Project,
    engine: Option<(Commit, Vec<ChangeTrailer>)>,
    commits: &[CommitId],
    event: Option<EventId>,
) -> Result<Explanation, AppError> {
    let mut walk = Walk::new(project, Reading::Pure, project.repository.branch()?);
    let mut sources: Vec<CommitSource> = Vec::new();
    for id in commits {
        sources.push(walk.read(id)?);
    }
    if let Some(event) = &event {
        for source in &mut sources {
            source.events.retain(|found| found.id == *event);
            source.closes.clear();
        }
    }
    let nothing = HashSet::new();
    let plan = match sources.last() {
        Some(last) => {
            let planned: Vec<cascade::Source<'_>> =
                sources.iter().map(|source| engine_source(source, &nothing)).collect();
            cascade::plan(&last.after.snapshot, &planned)
        }
        None => Plan::default(),
    };
    Ok(Explanation { engine, sources: sources.into_iter().map(|source| source.commit).collect(), event, plan })
}

/// The commit whose events include the one that begins so, looked for from the newest backwards.
pub(super) fn find_event(project: &Project, text: &str) -> Result<(CommitId, EventId), AppError> {
    let unknown = || AppError::UnknownSubject { text: text.to_owned() };
    let sound = (6..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (true, Some(head)) = (sound, project.repository.head()?) else { return Err(unknown()) };
    let text = text.to_ascii_lowercase();
    let mut commits = project.repository.all_commits(None, &head)?;
    commits.reverse();
    for id in commits {
        let source = Walk::new(project, Reading::Pure, None).read(&id)?;
        if let Some(event) = source.events.iter().find(|event| event.id.as_str().starts_with(&text)) {
            return Ok((id, event.id.clone()));
        }
    }
    Err(unknown())
}
