use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::causes::Causes;
use super::ground::ground;
use super::range::engine_source;
use super::transitions::{CommitSource, Reading, Walk, is_engine_commit};
use super::{AppError, Project, View};
use crate::engine::cascade;
use crate::engine::creation::Ground;
use crate::engine::effect::EffectKind;
use crate::engine::event::{Event, EventId, Origin, STATUS_UPDATED, alias};
use crate::engine::made_key::keys_of;
use crate::engine::migrate::MIGRATE;
use crate::engine::plan::{Detail, Plan};
use crate::engine::renumber::RENUMBER;
use crate::format::trailer::{self, ChangeTrailer, OutsideTrailer, UNDOES};
use crate::format::workflow::EventPattern;
use crate::model::{Commit, CommitId, TaskId};

/// Why something follows: the events of a commit, what every rule makes of them, and what would be
/// edited and sent on top of it.
#[derive(Debug)]
pub struct Explanation {
    /// The engine commit that was asked about; `None` for any other subject.
    pub engine: Option<EngineMade>,
    /// The commits the events come from.
    pub sources: Vec<Commit>,
    /// The event that was asked about; `None` for all of the commits.
    pub event: Option<EventId>,
    /// What every rule makes of them, planned on the tree as the last source commit has it.
    pub plan: Plan,
    /// The branch it is planned for: only on the shared one is it what would be done.
    pub ground: Ground,
}

impl Explanation {
    /// Why the effects are a preview, where they are: they are recorded on the shared branch alone. Lines of the
    /// log are written on any branch.
    #[must_use]
    pub fn preview(&self) -> Option<String> {
        let mut effects = self.plan.effects.iter();
        let has_others = effects.any(|effect| effect.effect.kind != EffectKind::Log);
        match &self.ground {
            _ if !has_others => None,
            // What has happened outside is sent from any branch.
            _ if self.sources.is_empty() => None,
            Ground::Canonical => None,
            Ground::Beside { canonical } => {
                Some(format!("recorded on the branch `{canonical}` only, once this arrives there"))
            }
            Ground::Elsewhere => Some(
                "recorded on the shared branch only, and which one that is is not known (git.canonical)".to_owned(),
            ),
        }
    }
}

/// An engine commit and what it says of itself.
#[derive(Debug)]
pub struct EngineMade {
    /// The commit.
    pub commit: Commit,
    /// Why it was made.
    pub why: Why,
    /// The changes it lists.
    pub listed: Vec<ChangeTrailer>,
}

/// Why an engine commit was made.
#[derive(Debug, PartialEq, Eq)]
pub enum Why {
    /// It follows from others. Those of them that are not in its history, nor any that did the same.
    Follows {
        /// As it names them.
        gone: Vec<CommitId>,
    },
    /// It takes other engine commits back.
    TakesBack(Vec<String>),
    /// It brings contradicting places into step.
    Repairs,
    /// It follows from an event from outside.
    Outside(OutsideTrailer),
    /// It writes the tasks in another layout.
    Migrates,
    /// It gives tasks other numbers.
    Renumbers,
}

/// Explains a commit, or one event by the beginning of its id. Touches nothing.
///
/// # Errors
/// When the subject is neither.
pub fn explain(project: &Project, subject: &str) -> Result<Explanation, AppError> {
    let Some(head) = project.repository.head()? else { return Err(AppError::NoCommits) };
    if let Ok(id) = project.repository.resolve(subject) {
        let commit = project.repository.commit(&id)?;
        if is_engine_commit(&commit) {
            return explain_engine(project, commit);
        }
        return plan_for(project, None, &[id], None);
    }
    if let Some((commit, event)) = find_event(project, &head, subject)? {
        return plan_for(project, None, &[commit], Some(event.id));
    }
    explain_engine(project, find_key(project, &head, subject)?)
}

/// An event from outside, as it would come.
#[derive(Debug, Clone)]
pub struct OutsideEvent {
    /// Its dotted name.
    pub kind: String,
    /// What comes with it: a JSON object.
    pub data: Map<String, Value>,
    /// The task it is about.
    pub task: Option<TaskId>,
}

/// Explains what would follow from an event at HEAD, by the rules there. Touches nothing.
///
/// # Errors
/// When there is no commit, no such task, or the name is no event's.
pub fn explain_outside(project: &Project, outside: &OutsideEvent) -> Result<Explanation, AppError> {
    let Some(head) = project.repository.head()? else { return Err(AppError::NoCommits) };
    let commit = project.repository.commit(&head)?;
    let view = project.commit(&head)?;
    let outside = &named(&view, outside)?;
    let branch = project.repository.branch()?;
    let ground = ground(project, &view.workflow, branch.as_deref());
    let origin = Origin { ground: ground.clone(), ..Origin::of_commit(&commit, branch) };
    let event = outside_event(&view, outside, &origin)?;
    let id = event.id.clone();
    let source = cascade::Source {
        environment: project.environment(&view.workflow),
        ..cascade::Source::of(&view.workflow, vec![event], origin)
    };
    let plan = cascade::plan_on(&view.snapshot, &view.board, &[source], Detail::Full);
    Ok(Explanation { engine: None, sources: Vec::new(), event: Some(id), plan, ground })
}

/// An event from outside by the name that the rules know it by: for another name, which programs use, the event that stands for.
/// A name that a trigger itself listens to is no other name.
pub(super) fn named(view: &View, outside: &OutsideEvent) -> Result<OutsideEvent, AppError> {
    let is_known = view.workflow.triggers.iter().any(|trigger| trigger.event.as_str() == outside.kind);
    let kind = if is_known { outside.kind.as_str() } else { alias::canonical(&outside.kind) };
    check_name(kind)?;
    Ok(OutsideEvent { kind: kind.to_owned(), ..outside.clone() })
}

/// Whether a text is the name of one event.
pub(super) fn check_name(text: &str) -> Result<(), AppError> {
    let wrong = |reason: String| AppError::EventName { text: text.to_owned(), reason };
    match EventPattern::parse(text) {
        Ok(pattern) if !pattern.as_str().ends_with('*') => Ok(()),
        Ok(_) => Err(wrong("it has a `*`".to_owned())),
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// An event from outside as the rules see it: `field`, `old` and `new` of its data are its own.
pub(super) fn outside_event(view: &View, outside: &OutsideEvent, origin: &Origin) -> Result<Event, AppError> {
    let task = outside.task.as_ref().map(|id| view.task(id)).transpose()?;
    let values = (outside.data.get("old").cloned(), outside.data.get("new").cloned());
    let field = outside.data.get("field").and_then(Value::as_str);
    let field = field.or_else(|| (outside.kind == STATUS_UPDATED).then_some("status"));
    let mut event = match task {
        Some(task) => Event::about(&outside.kind, &task.id, field, values, origin),
        None => Event::of_tree(&outside.kind, values, origin),
    };
    event.metadata.clone_from(&outside.data);
    Ok(event)
}

fn explain_engine(project: &Project, commit: Commit) -> Result<Explanation, AppError> {
    let listed = trailer::changes(&commit.message);
    let undone: Vec<String> = trailer::trailers(&commit.message)
        .into_iter()
        .filter(|(key, _)| *key == UNDOES)
        .map(|(_, value)| value.to_owned())
        .collect();
    let causes = Causes::of_history(project, &commit.id)?.of(&commit)?;
    let found: Vec<CommitId> = causes.iter().filter_map(|cause| cause.found.clone()).collect();
    let why = if !undone.is_empty() {
        Why::TakesBack(undone)
    } else if let Some(outside) = trailer::outside(&commit.message) {
        Why::Outside(outside)
    } else if causes.is_empty() && listed.iter().all(|change| change.trigger == "repair") {
        Why::Repairs
    } else if causes.is_empty() && listed.iter().all(|change| change.trigger == MIGRATE) {
        Why::Migrates
    } else if causes.is_empty() && listed.iter().all(|change| change.trigger == RENUMBER) {
        Why::Renumbers
    } else {
        let gone = causes.into_iter().filter(|cause| cause.found.is_none());
        Why::Follows { gone: gone.map(|cause| cause.named).collect() }
    };
    plan_for(project, Some(EngineMade { commit, why, listed }), &found, None)
}

fn plan_for(
    project: &Project,
    engine: Option<EngineMade>,
    commits: &[CommitId],
    event: Option<EventId>,
) -> Result<Explanation, AppError> {
    let branch = project.repository.branch()?;
    let mut walk = Walk::new(project, Reading::Pure, branch.clone());
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
    if let Some(first) = sources.first() {
        let older = Arc::new(keys_of(&first.before.snapshot, &first.before.board));
        for source in &mut sources {
            source.made.older = Arc::clone(&older);
        }
    }
    let nothing = HashSet::new();
    let (plan, ground) = match sources.last() {
        Some(last) => {
            let ground = ground(project, &last.after.workflow, branch.as_deref());
            let planned: Vec<cascade::Source<'_>> =
                sources.iter().map(|source| engine_source(project, source, &nothing, &ground)).collect();
            let plan = cascade::plan_on(&last.after.snapshot, &last.after.board, &planned, Detail::Full);
            (plan, ground)
        }
        None => (Plan::default(), Ground::default()),
    };
    Ok(Explanation { engine, sources: sources.into_iter().map(|source| source.commit).collect(), event, plan, ground })
}

/// The commit whose events include the one that begins so, looked for from the newest backwards.
pub(super) fn find_event(
    project: &Project,
    head: &CommitId,
    text: &str,
) -> Result<Option<(CommitId, Event)>, AppError> {
    let text = event_digits(text)?;
    let mut walk = Walk::new(project, Reading::Pure, None);
    for id in project.repository.all_commits(None, head)?.into_iter().rev() {
        if !project.repository.touches_tree(&id)? {
            continue;
        }
        let source = walk.read(&id)?;
        if let Some(event) = source.events.into_iter().find(|event| event.id.as_str().starts_with(&text)) {
            return Ok(Some((id, event)));
        }
    }
    Ok(None)
}

/// The newest engine commit that lists a change for the event that begins so: the event was another
/// commit's before history was rewritten, or is a consequence itself.
fn find_key(project: &Project, head: &CommitId, text: &str) -> Result<Commit, AppError> {
    let digits = event_digits(text)?;
    for id in project.repository.all_commits(None, head)?.into_iter().rev() {
        let commit = project.repository.commit(&id)?;
        if is_engine_commit(&commit) && names_event(&commit, &digits) {
            return Ok(commit);
        }
    }
    Err(AppError::UnknownSubject { text: text.to_owned() })
}

/// Whether an engine commit lists a change for the event whose id begins so.
pub(super) fn names_event(commit: &Commit, digits: &str) -> bool {
    let listed = trailer::changes(&commit.message);
    listed.iter().any(|change| change.event.starts_with(digits) || digits.starts_with(&change.event))
}

/// The digits of an event's id as a person gives them: at least six.
pub(super) fn event_digits(text: &str) -> Result<String, AppError> {
    let sound = (6..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if sound { Ok(text.to_ascii_lowercase()) } else { Err(AppError::UnknownSubject { text: text.to_owned() }) }
}
