//! The message of an engine commit: a subject for people, trailers for the audit.

use std::collections::BTreeMap;

use crate::engine::plan::Plan;
use crate::engine::template;
use crate::engine::workspace::shown;
use crate::format::trailer::{ACTOR, CAUSED_BY, CHANGE, CONFIG, MADE_TASK, OUTSIDE, OutsideTrailer, RULES, SENDER};
use crate::format::workflow::Workflow;
use crate::model::{Commit, Person, TaskId};

/// The version of the rules: raised whenever the same source would give another engine commit.
pub(super) const RULES_VERSION: &str = "9";

/// Whose commits engine commits are, unless the configuration names somebody.
pub(super) fn identity(workflow: &Workflow) -> Person {
    match &workflow.git.identity {
        Some(identity) => Person { name: identity.name.clone(), email: identity.email.clone() },
        // RFC 2606 reserves the domain: no mail ever goes there, and no person has it.
        None => Person { name: "taskmaster".to_owned(), email: "engine@taskmaster.invalid".to_owned() },
    }
}

/// The whole message of the commit that carries out `plan` for the commits in `causes`.
pub(super) fn engine_message(
    plan: &Plan,
    causes: &[&Commit],
    workflow: &Workflow,
    config_blob: Option<&str>,
) -> String {
    let mut text = subject(workflow, &summary(plan));
    text.push_str("\n\n");
    for cause in causes {
        let about = clean(cause.subject());
        text.push_str(&format!("Follows from {} \"{}\".\n", cause.id.short(), shorten(&about, 100)));
    }
    text.push('\n');
    changes(&mut text, plan);
    for cause in causes {
        text.push_str(&format!("{CAUSED_BY}: {}\n", cause.id));
    }
    let mut actors: Vec<String> = causes.iter().map(|cause| clean(&cause.author.to_string())).collect();
    actors.dedup();
    for actor in actors {
        text.push_str(&format!("{ACTOR}: {actor}\n"));
    }
    rules(&mut text, config_blob);
    text
}

/// The whole message of the commit that carries out `plan` for an event from outside, which `actor` has handed in; `sender` is
/// what tells it from the commits of others for the same event.
pub(super) fn outside_message(
    plan: &Plan,
    (outside, sender): (&OutsideTrailer, Option<&str>),
    actor: Option<&Person>,
    workflow: &Workflow,
    config_blob: Option<&str>,
) -> String {
    // Where nothing is edited the event alone is to be told.
    let what = if plan.changes_nothing() { outside.kind.clone() } else { summary(plan) };
    let mut text = subject(workflow, &what);
    let id = shorten(&clean(&outside.id), 100);
    text.push_str(&format!("\n\nFollows from the event {} \"{id}\" from outside.\n\n", outside.kind));
    changes(&mut text, plan);
    text.push_str(&format!("{OUTSIDE}: {outside}\n"));
    if let Some(sender) = sender {
        text.push_str(&format!("{SENDER}: {}\n", clean(sender)));
    }
    // A commit whose author is its actor counts as a squash of somebody's own.
    if let Some(actor) = actor.filter(|actor| **actor != identity(workflow)) {
        text.push_str(&format!("{ACTOR}: {}\n", clean(&actor.to_string())));
    }
    rules(&mut text, config_blob);
    text
}

fn changes(text: &mut String, plan: &Plan) {
    for change in &plan.changes {
        text.push_str(&format!("{CHANGE}: {}\n", change.trailer()));
    }
}

fn rules(text: &mut String, config_blob: Option<&str>) {
    if let Some(blob) = config_blob {
        text.push_str(&format!("{CONFIG}: {blob}\n"));
    }
    text.push_str(&format!("{RULES}: {RULES_VERSION}\n"));
}

/// The subject line: the configured template with `{summary}` filled in.
pub(super) fn subject(workflow: &Workflow, summary: &str) -> String {
    let wanted = workflow.git.message.as_deref().unwrap_or("chore(taskmaster): {summary}");
    let lookup = |name: &str| (name == "summary").then(|| summary.to_owned());
    let line = clean(&template::render(wanted, &lookup, &|text| text.to_owned()).text);
    if line.trim().is_empty() { format!("chore(taskmaster): {summary}") } else { line }
}

/// What a plan changes, in few words: `18.5 done; 7, 9 pending`.
#[must_use]
pub fn summary(plan: &Plan) -> String {
    let mut last: BTreeMap<&TaskId, String> = BTreeMap::new();
    let (files, changes): (Vec<_>, Vec<_>) = plan.changes.iter().partition(|change| change.field.starts_with("file@"));
    for change in changes {
        let entry = last.entry(&change.task).or_default();
        if change.field == MADE_TASK {
            "made".clone_into(entry);
        } else if change.field == "status" || change.field.starts_with("status@") {
            *entry = shown(&change.new);
        }
    }
    let reports = match files.len() {
        0 => None,
        1 => Some("1 report".to_owned()),
        more => Some(format!("{more} reports")),
    };
    shorten(&grouped(last).into_iter().chain(reports).collect::<Vec<_>>().join("; "), 60)
}

/// What becomes of tasks, in few words: those of which the same is said together.
pub(super) fn grouped(tasks: BTreeMap<&TaskId, String>) -> Vec<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (task, status) in tasks {
        let what = if status.is_empty() { "updated".to_owned() } else { clean(&status) };
        match groups.iter_mut().find(|(group, _)| *group == what) {
            Some((_, tasks)) => tasks.push(task.to_string()),
            None => groups.push((what, vec![task.to_string()])),
        }
    }
    groups
        .into_iter()
        .map(|(status, tasks)| {
            let more = tasks.len().saturating_sub(5);
            let named: Vec<String> = tasks.into_iter().take(5).collect();
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{rest} {status}", named.join(", "))
        })
        .collect()
}

/// One line without control characters.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(super) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
