use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{AppError, Project, View};
use crate::engine::action::{self, Meant};
use crate::engine::diff::{Change, diff};
use crate::engine::event::{self, Event, Origin};
use crate::engine::lint;
use crate::engine::migrate::drop_rehomed;
use crate::format;
use crate::format::workflow::Workflow;
use crate::model::{Board, Code, CommitId, Diagnostic, RecordKind, Severity, Span, Task, TaskId};

/// All that is wrong with a tree.
#[derive(Debug)]
pub struct CheckReport {
    /// The findings, in the order of files.
    pub findings: Vec<Diagnostic>,
    /// How the places that repeat statuses agree.
    pub drift: Drift,
    /// How many tasks there are.
    pub tasks: usize,
}

/// How the places that repeat statuses agree.
#[derive(Debug, Default)]
pub struct Drift {
    /// By kind of mirror: how many can be compared, how many contradict their task.
    pub by_kind: BTreeMap<RecordKind, (usize, usize)>,
    /// Each contradiction.
    pub contradictions: Vec<Contradiction>,
}

/// A mirror that says something else than its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The task.
    pub task: TaskId,
    /// Its home and what that says.
    pub home: (String, String),
    /// The mirror's kind.
    pub kind: RecordKind,
    /// The mirror and what that says.
    pub mirror: (String, String),
}

/// Checks a tree.
#[must_use]
pub fn check(view: &View) -> CheckReport {
    let mut findings: Vec<Diagnostic> = view.diagnostics().cloned().collect();
    findings.extend(unknown_parents(view));
    findings.extend(workflow_findings(&view.workflow, &view.board));
    CheckReport { findings, drift: drift(view), tasks: view.board.tasks.len() }
}

/// Tasks in files of their own that are part of a task that does not exist: one finding for each such task.
fn unknown_parents(view: &View) -> Vec<Diagnostic> {
    let tasks = &view.board.tasks;
    let mut parts: BTreeMap<TaskId, Vec<&Task>> = BTreeMap::new();
    for task in tasks.values().filter(|task| task.record.kind == RecordKind::FrontMatter) {
        if let Some(parent) = task.id.parent().filter(|parent| !tasks.contains_key(parent)) {
            parts.entry(parent).or_default().push(task);
        }
    }
    let finding = |(parent, parts): (TaskId, Vec<&Task>)| {
        let first = parts.first()?;
        let more = if parts.len() > 1 { format!(" (and {} more)", parts.len() - 1) } else { String::new() };
        let message = format!("task {}{more} is part of task {parent}, which does not exist", first.id);
        let bytes = view.snapshot.bytes(&first.path).unwrap_or_default();
        let finding = Diagnostic::warning(Code::UNKNOWN_PARENT, message).about(&first.id);
        Some(finding.at(&first.path, bytes, first.record.span).hint("bring the parent back, or move its subtasks"))
    };
    parts.into_iter().filter_map(finding).collect()
}

/// The errors that are on the branch and were not where it was processed up to: what a merge, a rebase or a
/// pull has brought.
///
/// # Errors
/// When the repository cannot be read.
pub fn brought_errors(project: &Project) -> Result<Vec<Diagnostic>, AppError> {
    let repository = &project.repository;
    let (Some(branch), Some(tip)) = (repository.branch()?, repository.head()?) else { return Ok(Vec::new()) };
    let Some(cursor) = repository.cursor(&branch)?.filter(|cursor| *cursor != tip) else { return Ok(Vec::new()) };
    let before = project.commit(&cursor)?;
    let after = before.following(repository.snapshot_following(&before.snapshot, &cursor, &tip)?);
    let is_error = |finding: &&Diagnostic| finding.severity == Severity::Error;
    let mut old: HashMap<_, usize> = HashMap::new();
    for finding in before.diagnostics().filter(is_error) {
        *old.entry(finding.identity()).or_default() += 1;
    }
    let mut news = Vec::new();
    for finding in after.diagnostics().filter(is_error) {
        match old.get_mut(&finding.identity()) {
            Some(left) if *left > 0 => *left -= 1,
            _ => news.push(finding.clone()),
        }
    }
    Ok(news)
}

/// Compares every mirror with its task.
#[must_use]
pub fn drift(view: &View) -> Drift {
    let mut drift = Drift::default();
    for task in view.board.tasks.values() {
        for mirror in &task.mirrors {
            let Some(status) = &mirror.status else { continue };
            let counts = drift.by_kind.entry(mirror.kind).or_default();
            counts.0 += 1;
            if !view.board.statuses.same(status, task.status()) {
                counts.1 += 1;
                drift.contradictions.push(Contradiction {
                    task: task.id.clone(),
                    home: (task.path.to_string(), task.status().to_owned()),
                    kind: mirror.kind,
                    mirror: (mirror.path.to_string(), status.clone()),
                });
            }
        }
    }
    drift
}

/// What is found in rules that can be read: names of actions that nothing is called by, and what is
/// hardly meant.
#[must_use]
pub fn workflow_findings(workflow: &Workflow, board: &Board) -> Vec<Diagnostic> {
    let mut findings = unknown_actions(workflow);
    findings.extend(lint::lint(workflow, board));
    findings
}

/// Names of actions that nothing is called by, and those of the project's own that nothing calls since a
/// built-in action has the name.
fn unknown_actions(workflow: &Workflow) -> Vec<Diagnostic> {
    let rests = workflow.left_out.iter().filter_map(|left| left.rest.as_deref());
    let triggers = workflow.triggers.iter().chain(rests);
    let calls = triggers.flat_map(|trigger| trigger.actions.iter().map(move |call| (trigger, call)));
    let lost = calls.clone().filter(|(_, call)| matches!(action::resolve(&call.name, workflow), Some(Meant::LeftOut)));
    let lost = lost.map(|(trigger, call)| {
        let (trigger, name) = (trigger.name.escape_debug(), call.name.escape_debug());
        let message = format!("trigger `{trigger}` calls the action `{name}`, which is left out for its errors");
        let finding = Diagnostic::warning(Code::UNKNOWN_ACTION, message).at_place(Some(call.place.clone()));
        finding.hint(format!("mend `actions.{name}`: until then it fails, visibly, each time the trigger fires"))
    });
    let unknown = calls.filter(|(_, call)| action::resolve(&call.name, workflow).is_none()).map(|(trigger, call)| {
        let own = workflow.own_actions.keys().map(String::as_str);
        let mut known = action::ACTIONS.iter().map(|action| action.name()).chain(own);
        let near = known.find(|name| strsim::damerau_levenshtein(name, &call.name) <= 3);
        let message = format!("trigger `{}` calls the unknown action `{}`", trigger.name, call.name.escape_debug());
        Diagnostic::warning(Code::UNKNOWN_ACTION, message).at_place(Some(call.place.clone())).hint(near.map_or_else(
            || "it fails, visibly, each time the trigger fires; docs/actions.md lists the actions".to_owned(),
            |name| format!("did you mean {name}?"),
        ))
    });
    let taken = workflow.own_actions.iter().filter_map(|(name, own)| {
        action::find(name).filter(|action| !action::is_family(*action))?;
        let message = format!("`{name}` is the name of a built-in action; yours is never called");
        let finding = Diagnostic::warning(Code::ACTION_NAME_TAKEN, message).at_place(Some(own.place.clone()));
        Some(finding.hint("rename it, here and in the triggers"))
    });
    lost.chain(unknown).chain(taken).collect()
}

/// The kind of finding for a transition that the workflow does not allow.
const FORBIDDEN: Code = Code::FORBIDDEN_TRANSITION;

/// What a commit about to be made does wrong.
#[derive(Debug, Default)]
pub struct CommitCheck {
    /// Findings about what the commit changes.
    pub findings: Vec<Diagnostic>,
    /// How many errors were there before and are still there.
    pub older: usize,
}

impl CommitCheck {
    /// The findings that a commit is rejected for.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// What is also found when the commit is compared with another one. Transitions that are not
    /// allowed are equal wherever they begin.
    #[must_use]
    pub fn common(mut self, other: &Self) -> Self {
        let identity = |finding: &'_ Diagnostic| match finding.identity() {
            (FORBIDDEN, task, ..) => (FORBIDDEN, task.cloned(), String::new(), None),
            (code, task, message, path) => (code, task.cloned(), message.to_owned(), path.cloned()),
        };
        let others: HashSet<_> = other.findings.iter().map(identity).collect();
        self.findings.retain(|finding| others.contains(&identity(finding)));
        self
    }
}

/// Checks what is staged against `before`, the commit it will follow; `None` where nothing of the tree is staged.
///
/// # Errors
/// When the index or the commit cannot be read.
pub fn check_commit(project: &Project, before: Option<&CommitId>) -> Result<Option<CommitCheck>, AppError> {
    let Some((before, after)) = project.repository.staged_against(before)? else { return Ok(None) };
    if before.has_files_of(&after) {
        return Ok(Some(CommitCheck::default()));
    }
    let old = View::of(before);
    let new = old.following(after);
    Ok(Some(compare(&old, &new)))
}

/// What a commit that makes `after` of `before` does wrong.
pub(super) fn compare(before: &View, after: &View) -> CommitCheck {
    // What the same rules are found to be is no news.
    let other_rules = !Arc::ptr_eq(&before.workflow, &after.workflow) && before.workflow != after.workflow;
    let look = |view: &View| if other_rules { workflow_findings(&view.workflow, &view.board) } else { Vec::new() };
    let (old_findings, new_findings) = (look(before), look(after));
    // Of equal findings as many are older as there were before.
    let mut old: HashMap<_, usize> = HashMap::new();
    for finding in before.diagnostics().chain(&old_findings) {
        *old.entry(finding.identity()).or_default() += 1;
    }
    let mut check = CommitCheck::default();
    for finding in after.diagnostics().chain(&new_findings) {
        match old.get_mut(&finding.identity()) {
            Some(left) if *left > 0 => {
                *left -= 1;
                check.older += usize::from(finding.severity == Severity::Error);
            }
            _ => check.findings.push(finding.clone()),
        }
    }
    let mut changes = diff(&before.board, &after.board);
    drop_rehomed(&before.snapshot, &after.snapshot, &after.board.statuses, &mut changes);
    let derived = event::derive(&changes, &before.board, &after.board, &Origin::default());
    check.findings.extend(derived.conflicts);
    check.findings.extend(derived.events.iter().filter_map(|event| forbidden(event, &changes, after)));
    check
}

/// A transition that the workflow does not allow, shown where it was written.
fn forbidden(event: &Event, changes: &[Change], after: &View) -> Option<Diagnostic> {
    if !event.is_status() {
        return None;
    }
    let (old, new) = (event::plain(event.old.as_ref()?), event::plain(event.new.as_ref()?));
    let statuses = &after.board.statuses;
    if statuses.allows(&old, &new) {
        return None;
    }
    let task = after.board.tasks.get(event.task.as_ref()?)?;
    let message = format!("task {} may not go from {} to {}", task.id, old.escape_debug(), new.escape_debug());
    let allowed = statuses.find(&old).and_then(|definition| definition.transitions.clone()).unwrap_or_default();
    let hint = if allowed.is_empty() { "no other status".to_owned() } else { allowed.join(", ") };
    let finding = Diagnostic::error(FORBIDDEN, message).about(&task.id).hint(format!("from {old} it may go to {hint}"));
    let place = changes.iter().filter(|change| *change.task() == task.id).find_map(|change| match change {
        Change::Field { field, .. } if field == "status" => Some((&task.path, task.record.kind)),
        Change::Mirror { old: Some(old), new: Some(new), .. } if old.status != new.status => {
            Some((&new.path, new.kind))
        }
        _ => None,
    });
    let Some((path, kind)) = place else { return Some(finding) };
    let bytes = after.snapshot.bytes(path).unwrap_or_default();
    let records = format::read(path, bytes).records;
    let record = records.iter().find(|record| record.id == task.id && record.kind == kind);
    let span = record.map_or(Span::at(0), |record| record.status_span.unwrap_or(record.span));
    Some(finding.at(path, bytes, span))
}
