use serde_json::Value;

use super::condition::Arity;
use super::reader::{INVALID, Reader, Unusable, kind, written};
use super::{Condition, EventPattern, FieldPath, Meaning, Operator, read_statuses, suggest};
use crate::format::yaml::{Node, NodeKind};
use crate::model::{Category, Code, StatusSet};

/// What a condition stands in.
pub(super) struct Context<'a> {
    /// How messages call the trigger.
    pub(super) within: &'a str,
    pub(super) statuses: &'a StatusSet,
    pub(super) event: Option<&'a EventPattern>,
}

/// Operators of the rule language that this version cannot decide yet.
const LATER: [&str; 2] = ["matches", "older_than"];

pub(super) fn read(reader: &mut Reader<'_>, trigger: &Node, context: &Context<'_>) -> Vec<Condition> {
    let Ok(Some(items)) = reader.list(trigger, "conditions", context.within) else { return Vec::new() };
    items.iter().filter_map(|item| read_one(reader, item, context).ok()).collect()
}

fn read_one(reader: &mut Reader<'_>, item: &Node, context: &Context<'_>) -> Result<Condition, Unusable> {
    let within = format!("a condition of {}", context.within);
    if !matches!(item.kind, NodeKind::Mapping { .. }) {
        let message = format!("{within} is {}", kind(item));
        return Err(reader.error(INVALID, item.span, message, "it should be a mapping with `field` and `operator`"));
    }
    if let Some(group) = item.entries().iter().find(|entry| matches!(entry.key.as_str(), "all" | "any" | "none")) {
        let message = format!("{within} is a group, `{}`: unsupported in this version", group.key);
        let hint = "conditions of one trigger must all hold; write a second trigger for the other case";
        return Err(reader.error(Code("unsupported-condition"), group.key_span, message, hint));
    }
    let (field, operator) = (field(reader, item, &within), operator(reader, item, &within));
    let (field, operator) = (field?, operator?);
    let value = value(reader, item, operator, &within)?;
    let condition = Condition { field, operator, value, place: reader.place(item.span) };
    check_words(reader, item, &condition, context);
    Ok(condition)
}

fn field(reader: &mut Reader<'_>, item: &Node, within: &str) -> Result<FieldPath, Unusable> {
    let Some(text) = reader.text(item, "field", within)? else {
        return Err(reader.missing(item.span, "field", within, "name the field it looks at, such as `status`"));
    };
    let span = written(item, "field").map_or(item.span, |entry| entry.value.span);
    let path = FieldPath::parse(&text).map_err(|error| {
        reader.error(
            INVALID,
            span,
            format!("`field` of {within}: {error}"),
            "write a dotted path, such as `parent.status`",
        )
    })?;
    if let ["subtasks" | "dependencies", "all" | "any", ..] = path.segments().as_slice() {
        let message = format!("`field` of {within} is `{path}`: unsupported in this version");
        return Err(reader.error(Code("unsupported-condition"), span, message, "remove the condition"));
    }
    Ok(path)
}

fn operator(reader: &mut Reader<'_>, item: &Node, within: &str) -> Result<Operator, Unusable> {
    let names = Operator::ALL.map(Operator::name);
    let Some(text) = reader.text(item, "operator", within)? else {
        let hint = format!("write one of {}", names.join(", "));
        return Err(reader.missing(item.span, "operator", within, &hint));
    };
    if let Some(operator) = Operator::named(&text) {
        return Ok(operator);
    }
    let span = written(item, "operator").map_or(item.span, |entry| entry.value.span);
    let shown = text.escape_debug();
    Err(if LATER.contains(&text.as_str()) {
        let message = format!("{within} has the operator `{shown}`: unsupported operator in this version");
        reader.error(Code("unsupported-operator"), span, message, format!("supported are {}", names.join(", ")))
    } else {
        let message = format!("{within} has the unknown operator `{shown}`");
        reader.error(INVALID, span, message, suggest::hint(&text, &names))
    })
}

fn value(reader: &mut Reader<'_>, item: &Node, operator: Operator, within: &str) -> Result<Value, Unusable> {
    let name = operator.name();
    let Some(entry) = written(item, "value") else {
        return if operator.arity() == Arity::Nothing {
            Ok(Value::Null)
        } else {
            let hint = "write what the field is compared with; use `not_exists` for a field without a value";
            Err(reader.missing(item.span, "value", &format!("{within} with `{name}`"), hint))
        };
    };
    let value = entry.value.to_value();
    let scalar = |value: &Value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
    let scalars = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(scalar));
    let (fits, wanted) = match operator.arity() {
        Arity::Nothing if value == Value::Bool(true) => return Ok(Value::Null),
        Arity::Nothing => (false, "no `value`; for the opposite use another operator"),
        Arity::Scalar => (scalar(&value), "one text or number"),
        Arity::ScalarOrList => (scalar(&value) || scalars(&value), "one text or number, or a list of them"),
        Arity::List => (scalars(&value), "a list, such as `[done, failed]`"),
        Arity::Anything => (true, ""),
    };
    if fits {
        return Ok(value);
    }
    let message = format!("`value` of {within} is {}", kind(&entry.value));
    Err(reader.error(INVALID, entry.value.span, message, format!("`{name}` takes {wanted}")))
}

/// Words that can never be met are allowed, but hardly meant.
fn check_words(reader: &mut Reader<'_>, item: &Node, condition: &Condition, context: &Context<'_>) {
    let changed_field = match context.event.map(EventPattern::as_str) {
        Some("task.status.updated") => Some("status"),
        Some("task.priority.updated") => Some("priority"),
        _ => None,
    };
    let meaning = condition.field.meaning(changed_field);
    let whole = matches!(
        condition.operator,
        Operator::Equals
            | Operator::NotEquals
            | Operator::In
            | Operator::NotIn
            | Operator::ChangedFrom
            | Operator::ChangedTo
    );
    let Some(entry) = written(item, "value").filter(|_| whole) else { return };
    let within = format!("a condition of {}", context.within);
    let one = matches!(condition.operator, Operator::Equals | Operator::NotEquals);
    if one && !matches!(meaning, Meaning::Plain | Meaning::Id) && !matches!(entry.value.kind, NodeKind::Scalar { .. }) {
        let message = format!("{within} compares `{}` with {}", condition.field, kind(&entry.value));
        let hint = "one value is never a list; use `in` or `not_in`";
        reader.warn(Code("suspicious-condition"), entry.value.span, message, hint);
        return;
    }
    if !one && entry.value.items().is_empty() && entry.value.text().is_none() {
        let message = format!("{within} compares `{}` with an empty list", condition.field);
        reader.warn(Code("suspicious-condition"), entry.value.span, message, "add what it is to be compared with");
    }
    let words = entry.value.items().iter().chain(std::iter::once(&entry.value));
    for node in words {
        let Some(text) = node.text() else { continue };
        match meaning {
            Meaning::Status if context.statuses.find(text).is_none() => {
                read_statuses::unknown(reader, context.statuses, text, node.span, &within);
            }
            Meaning::Category if Category::named(&text.to_ascii_lowercase()).is_none() => {
                let message = format!("{within} names the unknown category `{}`", text.escape_debug());
                let hint = suggest::hint(text, &Category::ALL.map(Category::name));
                reader.warn(Code("unknown-category"), node.span, message, hint);
            }
            _ => {}
        }
    }
}
