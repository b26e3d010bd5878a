//! Tests of rules: what happens to a tree, what follows from it, and whether that is what was
//! expected.

use serde_json::Value;

use super::action;
use super::cascade::{self, Source};
use super::creation::Ground;
use super::diff::diff;
use super::event::{self, Event, Origin};
use super::plan::{Detail, Plan, RuleState};
use super::workspace::{StatusPlaces, TaskEdit, Workspace};
use crate::format;
use crate::format::edit::FieldEdit;
use crate::format::workflow::{Expected, ExpectedLine, TestStep, UnknownEnvironment, Workflow};
use crate::model::{Snapshot, SourceFile, TaskId, Timestamp, TreePath};

/// What followed from all steps of a test.
#[derive(Debug)]
pub struct Played {
    /// The plan of each step.
    pub plans: Vec<Plan>,
    /// The tree afterwards.
    pub snapshot: Snapshot,
}

/// Why a test could not be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// A step is about a task that is not there.
    #[error("the tree of the test has no task {0}")]
    UnknownTask(TaskId),
    /// The rules have no such environment.
    #[error(transparent)]
    Environment(#[from] UnknownEnvironment),
    /// A step cannot be carried out.
    #[error("task {task}: {why}")]
    CannotSet {
        /// The task.
        task: TaskId,
        /// Why not.
        why: String,
    },
}

/// Lets everything happen, one step after another. What follows from a step is carried out in memory
/// before the next.
///
/// # Errors
/// When a step names a task that is not there, or sets what cannot be set, or the environment is not known.
pub fn play(
    given: &Snapshot,
    workflow: &Workflow,
    steps: &[TestStep],
    (date, environment): (Timestamp, Option<&str>),
) -> Result<Played, ScenarioError> {
    environment.map_or(Ok(()), |name| workflow.know_environment(name))?;
    let mut played = Played { plans: Vec::new(), snapshot: given.clone() };
    let origin = Origin {
        time: Some(date),
        actor: Some("Test <test@example.com>".to_owned()),
        ground: Ground::Canonical,
        ..Origin::default()
    };
    for step in steps {
        let before = format::board(&played.snapshot, workflow.statuses.clone());
        let mut source = Source { environment, ..Source::of(workflow, Vec::new(), origin.clone()) };
        match step {
            TestStep::Event { kind, task, data } => {
                if let Some(unknown) = task.as_ref().filter(|id| !before.tasks.contains_key(id)) {
                    return Err(ScenarioError::UnknownTask(unknown.clone()));
                }
                source.events.push(Event::outside(kind, task.as_ref(), data.clone(), &origin));
            }
            TestStep::Closes(tasks) => {
                if let Some(unknown) = tasks.iter().find(|id| !before.tasks.contains_key(id)) {
                    return Err(ScenarioError::UnknownTask(unknown.clone()));
                }
                source.closes.clone_from(tasks);
            }
            TestStep::Files(files) => {
                write(&mut played.snapshot, files.iter().map(|(path, text)| (path, text.as_deref())));
            }
            TestStep::Set { task, fields, .. } => played.snapshot = set(&played.snapshot, workflow, task, fields)?,
        }
        let after = format::board(&played.snapshot, workflow.statuses.clone());
        let changes = diff(&before, &after);
        source.events.extend(event::derive(&changes, &before, &after, &origin).events);
        let plan = cascade::plan_on(&played.snapshot, &after, &[source], Detail::Brief);
        write(&mut played.snapshot, plan.files.iter().map(|file| (&file.path, Some(file.after.as_slice()))));
        played.plans.push(plan);
    }
    Ok(played)
}

fn write<'a>(snapshot: &mut Snapshot, files: impl Iterator<Item = (&'a TreePath, Option<&'a [u8]>)>) {
    for (path, bytes) in files {
        match bytes {
            Some(bytes) => snapshot.files.insert(path.clone(), SourceFile::new(bytes)),
            None => snapshot.files.remove(path),
        };
    }
}

/// The tree after somebody has set some fields of a task, each in its home.
fn set(
    snapshot: &Snapshot,
    workflow: &Workflow,
    id: &TaskId,
    fields: &serde_json::Map<String, Value>,
) -> Result<Snapshot, ScenarioError> {
    let mut workspace = Workspace::new(snapshot, &workflow.statuses);
    for (name, value) in fields {
        workspace.refresh();
        let board = workspace.board();
        let Some(task) = board.tasks.get(id) else { return Err(ScenarioError::UnknownTask(id.clone())) };
        let status = value.as_str().filter(|_| name == "status");
        let unknown = status.and_then(|status| action::unknown(status, &board.statuses, board));
        if let Some(unknown) = unknown {
            return Err(ScenarioError::CannotSet { task: id.clone(), why: unknown.to_string() });
        }
        let edits = if let Some(status) = status {
            TaskEdit::status_as_spelled(task, status, board, StatusPlaces::Home)
        } else {
            let path = name.split('.').map(ToOwned::to_owned).collect();
            let edit = FieldEdit { path, value: value.clone() };
            vec![TaskEdit { task: id.clone(), path: task.path.clone(), kind: task.record.kind, edit }]
        };
        for edit in edits {
            let fail =
                |error: format::edit::EditError| ScenarioError::CannotSet { task: id.clone(), why: error.to_string() };
            workspace.apply(&edit).map_err(fail)?;
        }
    }
    Ok(workspace.snapshot().clone())
}

/// One kind of expectation that was not met.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its key under `expect`: `edits`, `effects` and so on.
    pub what: &'static str,
    /// What was expected and did not follow.
    pub missing: Vec<ExpectedLine>,
    /// What followed and was not expected.
    pub unexpected: Vec<String>,
}

/// Compares what followed with what was expected; no differences where all is as it should be.
#[must_use]
pub fn judge(expected: &Expected, played: &Played) -> Vec<Difference> {
    let followed = Followed::of(&played.plans);
    let exact = |expected: &str, actual: &str| expected == actual;
    let headed = |separator: &'static str| {
        move |expected: &str, actual: &str| {
            expected == actual || actual.split_once(separator).is_some_and(|(head, _)| head == expected)
        }
    };
    let nothing = Vec::new();
    let failures = expected.failures.as_ref().unwrap_or(&nothing);
    let compared = [
        expected.edits.as_ref().map(|lines| compare("edits", lines, &followed.edits, exact)),
        expected.effects.as_ref().map(|lines| compare("effects", lines, &followed.effects, headed(": "))),
        expected.triggers.as_ref().map(|lines| compare("triggers", lines, &followed.triggers, exact)),
        expected.events.as_ref().map(|lines| compare("events", lines, &followed.events, headed(" "))),
        Some(compare("failures", failures, &followed.failures, |expected, actual| actual.contains(expected))),
    ];
    let mut differences: Vec<Difference> = compared.into_iter().flatten().collect();
    let wrong = expected
        .files
        .iter()
        .filter(|(path, bytes)| played.snapshot.bytes(path).unwrap_or_default() != bytes.as_slice());
    let unexpected: Vec<String> = wrong
        .map(|(path, _)| match played.snapshot.bytes(path) {
            Some(bytes) => format!("{path}:\n{}", String::from_utf8_lossy(bytes)),
            None => format!("{path}: there is no such file"),
        })
        .collect();
    differences.push(Difference { what: "files", missing: Vec::new(), unexpected });
    differences.retain(|difference| !difference.missing.is_empty() || !difference.unexpected.is_empty());
    differences
}

/// Everything that followed, as expectations are written.
#[derive(Debug, Default)]
struct Followed {
    edits: Vec<String>,
    effects: Vec<String>,
    triggers: Vec<String>,
    events: Vec<String>,
    failures: Vec<String>,
}

impl Followed {
    fn of(plans: &[Plan]) -> Self {
        let mut followed = Self::default();
        for plan in plans {
            for change in &plan.changes {
                let value = |value: &Value| match super::workspace::shown(value) {
                    text if text.is_empty() => "(none)".to_owned(),
                    text => text,
                };
                let (old, new) = (value(&change.old), value(&change.new));
                followed.edits.push(format!("{} {} {old} -> {new}", change.task, change.field));
            }
            followed
                .effects
                .extend(plan.effects.iter().map(|effect| format!("{}: {}", effect.action, effect.effect.text)));
            for step in &plan.steps {
                let fired = step.rules.iter().filter(|rule| matches!(rule.state, RuleState::Fired(_)));
                followed.triggers.extend(fired.map(|rule| rule.name.clone()));
                if step.event.depth > 0 {
                    let task = step.event.task.as_ref().map(|task| format!(" {task}")).unwrap_or_default();
                    followed.events.push(format!("{}{task}", step.event.kind));
                }
            }
            followed.failures.extend(plan.failures());
        }
        followed
    }
}

/// Uses each expectation up against one thing that followed.
fn compare(
    what: &'static str,
    expected: &[ExpectedLine],
    followed: &[String],
    fits: impl Fn(&str, &str) -> bool,
) -> Difference {
    let mut unexpected = followed.to_vec();
    let mut missing = Vec::new();
    // What says most is used up first: `notify: text` before `notify`.
    let mut order: Vec<&ExpectedLine> = expected.iter().collect();
    order.sort_by_key(|line| std::cmp::Reverse(line.text.len()));
    for line in order {
        match unexpected.iter().position(|actual| fits(&line.text, actual)) {
            Some(at) => {
                unexpected.remove(at);
            }
            None => missing.push(line.clone()),
        }
    }
    missing.sort_by_key(|line| line.place.line);
    Difference { what, missing, unexpected }
}
