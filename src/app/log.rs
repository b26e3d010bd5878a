use super::transitions::{Reading, Walk};
use super::{AppError, Project};
use crate::engine::event::{EventId, plain};
use crate::format::trailer::{self, CAUSED_BY, CHANGE};
use crate::model::{Commit, TaskId};

/// Which part of the log is wanted.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Only this task.
    pub task: Option<TaskId>,
    /// At most so many entries, the newest.
    pub most: Option<usize>,
}

/// One change of one field: who or what made it, when, and why.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// The commit that has it.
    pub commit: Commit,
    /// The event's id, or the key of the event that caused it.
    pub event: String,
    /// What kind of event; `consequence` for a change of the engine's.
    pub kind: String,
    /// The task.
    pub task: Option<TaskId>,
    /// The field.
    pub field: Option<String>,
    /// As it was.
    pub old: Option<String>,
    /// As it is.
    pub new: Option<String>,
    /// The trigger that made it follow, and the commit it follows from.
    pub because: Option<(String, Option<String>)>,
}

/// The log of all that HEAD reaches, newest first; a merge has only what no merged commit has already.
///
/// # Errors
/// When history cannot be read.
pub fn log(project: &Project, filter: &LogFilter) -> Result<Vec<LogEntry>, AppError> {
    let Some(head) = project.repository.head()? else { return Ok(Vec::new()) };
    let mut entries: Vec<LogEntry> = Vec::new();
    let mut walk = Walk::new(project, Reading::Alone, None);
    for id in project.repository.all_commits(None, &head)? {
        let source = walk.read(&id)?;
        let commit = source.commit;
        for event in source.events {
            entries.push(LogEntry {
                commit: commit.clone(),
                event: event.id.to_string(),
                kind: event.kind,
                task: event.task,
                field: event.field,
                old: event.old.as_ref().map(plain),
                new: event.new.as_ref().map(plain),
                because: None,
            });
        }
        let trailers = trailer::trailers(&commit.message);
        if let Some(outside) = trailer::outside(&commit.message) {
            entries.push(LogEntry {
                commit: commit.clone(),
                event: EventId::of_outside(&outside.kind, outside.task.as_ref(), &outside.id).to_string(),
                kind: outside.kind,
                task: outside.task,
                field: None,
                old: None,
                new: None,
                because: None,
            });
        }
        let cause = trailers.iter().find(|(key, _)| *key == CAUSED_BY).map(|(_, value)| (*value).to_owned());
        for (_, value) in trailers.iter().filter(|(key, _)| *key == CHANGE) {
            if let Some(change) = trailer::ChangeTrailer::parse(value) {
                entries.push(LogEntry {
                    commit: commit.clone(),
                    event: change.event,
                    kind: "consequence".to_owned(),
                    task: Some(change.task),
                    field: Some(change.field),
                    old: Some(change.old),
                    new: Some(change.new),
                    because: Some((change.trigger, cause.clone())),
                });
            }
        }
    }
    if let Some(task) = &filter.task {
        entries.retain(|entry| entry.task.as_ref() == Some(task));
    }
    entries.reverse();
    if let Some(most) = filter.most {
        entries.truncate(most);
    }
    Ok(entries)
}
