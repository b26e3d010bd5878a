use std::collections::BTreeSet;

use serde_json::Value;

use super::status_literal::expressions;
use super::{Lint, Subject, tests};
use crate::engine::action::{self, Meant};
use crate::engine::event::{PRIORITY_UPDATED, plain};
use crate::format::workflow::{EventPattern, Meaning, OwnKind, suggest};
use crate::model::{Code, Diagnostic, Place, Priority};

/// Priorities in conditions, expressions and actions that are neither usual nor those of a task, and other names of
/// priorities in expressions, where each has its one name.
pub(super) struct UnknownPriority;

const USUAL: [&str; 4] = ["critical", "high", "medium", "low"];

impl Lint for UnknownPriority {
    fn code(&self) -> Code {
        Code::UNKNOWN_PRIORITY
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut written: Vec<(String, String, Option<&Place>)> = Vec::new();
        for trigger in &subject.workflow.triggers {
            let name = trigger.name.escape_debug();
            for test in tests(&trigger.conditions) {
                let changed = (trigger.event.as_str() == PRIORITY_UPDATED).then_some("priority");
                if test.field.meaning(changed) == Meaning::Priority && test.operator.compares_whole() {
                    let values = test.value.as_array().map_or(std::slice::from_ref(&test.value), Vec::as_slice);
                    let who = || format!("a condition of trigger `{name}` names");
                    written.extend(values.iter().map(|value| (who(), plain(value), Some(&test.place))));
                }
            }
            for when in expressions(&trigger.conditions) {
                let compared = when.expression.compared().into_iter().chain(when.expression.ordered());
                for (_, text) in compared.filter(|(compared, _)| is_priority(compared, &trigger.event)) {
                    let known = Priority::parse(text);
                    if matches!(known, Priority::Other(_)) {
                        let who = format!("`when` of trigger `{name}` names");
                        written.push((who, text.to_owned(), Some(&when.place)));
                    } else if known.to_string() != text {
                        let text = text.escape_debug();
                        let message = format!(
                            "`{text}` in `when` of trigger `{name}` is another name of the priority `{known}`, and priorities have their one name there"
                        );
                        let hint = format!("write `{known}`; `field: priority, operator: equals` knows all names");
                        let finding = Diagnostic::warning(Code::PRIORITY_LITERAL, message).hint(hint);
                        found.push(finding.at_place(Some(when.place.clone())));
                    }
                }
            }
            for call in &trigger.actions {
                let meant = action::resolve(&call.name, subject.workflow);
                let makes = matches!(meant, Some(Meant::BuiltIn(action)) if action.name().starts_with("create_task"));
                if let Some(priority) = call.parameters.get("priority").filter(|_| makes) {
                    let who = format!("`{}` of trigger `{name}` sets", call.name);
                    written.push((who, plain(priority), Some(&call.place)));
                }
            }
        }
        for (name, own) in &subject.workflow.own_actions {
            let priority = match &own.kind {
                OwnKind::Set(fields) => fields.iter().find(|(field, _)| field == "priority").map(|(_, value)| value),
                OwnKind::CreateTask(task) => task.get("priority"),
                OwnKind::Run(_) | OwnKind::Webhook(_) | OwnKind::Report(_) => None,
            };
            let who = || format!("the action `{}` sets", name.escape_debug());
            written
                .extend(priority.filter(|value| !value.is_null()).map(|value| (who(), plain(value), Some(&own.place))));
        }
        if let Some(priority) = &subject.workflow.integration.default_priority {
            let place = subject.workflow.default_priority_place.as_ref();
            written.push(("`default_priority` is".to_owned(), priority.clone(), place));
        }
        found.extend(unknown(subject, written));
        found
    }
}

/// Of some priorities, those that nobody knows.
fn unknown(subject: &Subject<'_>, written: Vec<(String, String, Option<&Place>)>) -> Vec<Diagnostic> {
    let tasks = &subject.board.tasks;
    let used: BTreeSet<String> =
        tasks.values().filter_map(|task| task.record.priority.as_deref()).map(str::to_ascii_lowercase).collect();
    let levels = subject.workflow.sections.get("execution").and_then(|section| section.get("priority_levels"));
    let levels = levels.and_then(Value::as_object);
    let is_known = |text: &str| {
        let is_usual = !matches!(Priority::parse(text), Priority::Other(_));
        is_usual || used.contains(&text.to_ascii_lowercase()) || levels.is_some_and(|levels| levels.contains_key(text))
    };
    let mut found = Vec::new();
    for (who, text, place) in written {
        // What has names in braces is known with the event alone.
        if text.contains('{') || is_known(&text) {
            continue;
        }
        let near = suggest::closest(&text, USUAL.into_iter().chain(used.iter().map(String::as_str)));
        // Without a task nobody knows what words a project has.
        if near.is_none() && tasks.is_empty() {
            continue;
        }
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("usual are {}; no task has another word", USUAL.join(", ")),
        };
        let message = format!("{who} the unknown priority `{}`", text.escape_debug());
        found.push(Diagnostic::warning(Code::UNKNOWN_PRIORITY, message).at_place(place.cloned()).hint(hint));
    }
    found
}

/// Whether a name of an expression stands for a priority.
fn is_priority(name: &str, event: &EventPattern) -> bool {
    match name.rsplit_once('.') {
        Some((of, "priority")) => of.split('.').all(|part| matches!(part, "task" | "parent")),
        Some(_) => false,
        None if matches!(name, "old" | "new") => event.as_str() == PRIORITY_UPDATED,
        None => name == "priority",
    }
}
