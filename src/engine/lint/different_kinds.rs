use serde_json::Value;

use super::status_literal::expressions;
use super::{Lint, Subject};
use crate::format::workflow::{Logic, Operator};
use crate::model::{Board, Code, Diagnostic};

/// Expressions that ask whether a text is a number, or a number a text.
pub(super) struct DifferentKinds;

/// Names of expressions that are texts wherever they are anything.
const TEXTS: [&str; 11] = [
    "title",
    "status",
    "old_status",
    "new_status",
    "status_category",
    "priority",
    "id",
    "tag",
    "path",
    "actor",
    "commit",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
}

impl Lint for DifferentKinds {
    fn code(&self) -> Code {
        Code::DIFFERENT_KINDS
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        // What comes with other events may have any name.
        for trigger in subject.enabled().filter(|trigger| trigger.event.as_str().starts_with("task.")) {
            for when in expressions(&trigger.conditions) {
                let mut compared = Vec::new();
                collect(&when.expression.logic(), &mut compared);
                for (name, value) in compared {
                    let (Some(written), Some(is)) = (kind(&value), kind_of(name, subject.board)) else { continue };
                    if written == is {
                        continue;
                    }
                    let who = trigger.name.escape_debug();
                    let (kind, hint) = match is {
                        Kind::Text => ("a text", format!("write `{name}|int`, or put the number in quotes")),
                        Kind::Number => ("a number", "write the number without quotes".to_owned()),
                    };
                    let message = format!(
                        "`when` of trigger `{who}` compares `{name}`, which is {kind}, with `{value}`: that can never be decided"
                    );
                    let finding = Diagnostic::warning(self.code(), message).hint(hint);
                    found.push(finding.at_place(Some(when.place.clone())));
                }
            }
        }
        found
    }
}

/// The names that are asked whether they are some value.
fn collect<'a>(logic: &Logic<'a>, into: &mut Vec<(&'a str, Value)>) {
    match logic {
        Logic::All(parts) | Logic::Any(parts) => parts.iter().for_each(|part| collect(part, into)),
        Logic::Not(part) => collect(part, into),
        Logic::Compared { name, operator: Operator::Equals | Operator::NotEquals, value } => {
            into.push((name, value.clone()));
        }
        Logic::Compared { .. } | Logic::Constant(_) | Logic::Other => {}
    }
}

fn kind(value: &Value) -> Option<Kind> {
    match value {
        Value::String(_) => Some(Kind::Text),
        Value::Number(_) => Some(Kind::Number),
        _ => None,
    }
}

/// What a name is in every task that has it; `None` where that is not known, or not one kind.
fn kind_of(name: &str, board: &Board) -> Option<Kind> {
    let field = name.strip_prefix("task.").or_else(|| name.strip_prefix("parent.")).unwrap_or(name);
    if TEXTS.contains(&field) {
        return Some(Kind::Text);
    }
    if field == "depth" {
        return Some(Kind::Number);
    }
    // What comes with an event has any names, and what is old or new depends on the field.
    if field.contains('.')
        || matches!(field, "old" | "new" | "field" | "event" | "task" | "parent" | "metadata" | "data")
    {
        return None;
    }
    let mut values = board.tasks.values().filter_map(|task| task.record.fields.get(field));
    let first = kind(values.next()?)?;
    values.all(|value| kind(value) == Some(first)).then_some(first)
}
