use serde_json::Value;

use super::age::Age;
use super::operator::Arity;
use super::read_conditions::Context;
use super::reader::{INVALID, Reader, Unusable, kind, written};
use super::{EventPattern, FieldPath, Meaning, Operand, Operator, PatternError, Test, read_statuses, suggest};
use crate::format::yaml::{Node, NodeKind};
use crate::model::{Category, Code, Span};

/// Reads `field`, `operator` and `value`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    item: &Node,
    within: &str,
    context: &Context<'_>,
) -> Result<Test, Unusable> {
    let (field, operator) = (field(reader, item, within), operator(reader, item, within));
    let (field, operator) = (field?, operator?);
    let value = value(reader, item, operator, within)?;
    let span = written(item, "value").map_or(item.span, |entry| entry.value.span);
    let operand = operand(reader, span, operator, &value, within)?;
    if field.related().is_some() && operator.is_about_change() {
        let message = format!("{within} asks with `{}` what became of other tasks", operator.name());
        let hint = "an event changes one task; look at its own fields, or at what `status` is there now";
        return Err(reader.error(INVALID, item.span, message, hint));
    }
    let test = Test { field, operator, value, operand, place: reader.place(item.span) };
    check_words(reader, item, &test, context);
    Ok(test)
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
    let segments = path.segments();
    let parents = segments.iter().take_while(|segment| **segment == "parent").count();
    let rest = match path.related() {
        Some(related) => related.field,
        None => match segments.get(parents..) {
            Some([list @ ("subtasks" | "dependencies"), _, ..]) => {
                let message = format!("`field` of {within} is `{path}`, and `{list}` are several tasks");
                let hint = format!("say of how many: `{list}.all.status` or `{list}.any.status`");
                return Err(reader.error(INVALID, span, message, hint));
            }
            _ => return Ok(path),
        },
    };
    if let ["parent" | "subtasks" | "dependencies", _, ..] = rest.as_slice() {
        let message = format!("`field` of {within} is `{path}`, which goes on from several tasks to others");
        let hint = "name a field of theirs; `parent` may only stand before, as in `parent.subtasks.all.status`";
        return Err(reader.error(INVALID, span, message, hint));
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
    let message = format!("{within} has the unknown operator `{}`", text.escape_debug());
    Err(reader.error(INVALID, span, message, suggest::hint(&text, &names)))
}

fn value(reader: &mut Reader<'_>, item: &Node, operator: Operator, within: &str) -> Result<Value, Unusable> {
    let name = operator.name();
    let Some(entry) = written(item, "value") else {
        let null = item.entries().iter().rev().find(|entry| entry.key == "value");
        if let Some(null) = null.filter(|_| operator.arity() != Arity::Nothing) {
            let message = format!("`value` of {within} with `{name}` is empty");
            let hint = "write what the field is compared with; use `exists` or `not_exists` for whether it has a value";
            return Err(reader.error(INVALID, null.value.span, message, hint));
        }
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

/// Makes a value ready where its operator needs more than the value.
fn operand(
    reader: &mut Reader<'_>,
    span: Span,
    operator: Operator,
    value: &Value,
    within: &str,
) -> Result<Operand, Unusable> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (made, wanted) = match operator {
        Operator::Matches => (
            match reader.patterns.compile(&text) {
                Err(PatternError::Costly) => return Err(reader.no_room(span)),
                other => other.map(Operand::Pattern).map_err(|error| error.to_string()),
            },
            "write a regular expression, such as `^release/[0-9]+`; one that is too large is better split in two",
        ),
        Operator::OlderThan => (
            Age::parse(&text).map(Operand::Age).map_err(|error| error.to_string()),
            "write a number and a unit of w, d, h, m or s, such as `30d` or `1d12h`, or ISO 8601, such as `P30D`",
        ),
        _ => return Ok(Operand::Value),
    };
    made.map_err(|error| {
        let message = format!("`value` of {within} is not what `{}` takes: {error}", operator.name());
        reader.error(INVALID, span, message, wanted)
    })
}

/// Words that can never be met are allowed, but hardly meant.
fn check_words(reader: &mut Reader<'_>, item: &Node, test: &Test, context: &Context<'_>) {
    let changed_field = match context.event.map(EventPattern::as_str) {
        Some("task.status.updated") => Some("status"),
        Some("task.priority.updated") => Some("priority"),
        _ => None,
    };
    let meaning = test.field.meaning(changed_field);
    let whole = test.operator.compares_whole();
    let Some(entry) = written(item, "value").filter(|_| whole) else { return };
    let within = format!("a condition of {}", context.within);
    let one = matches!(test.operator, Operator::Equals | Operator::NotEquals);
    if one && !matches!(meaning, Meaning::Plain | Meaning::Id) && !matches!(entry.value.kind, NodeKind::Scalar { .. }) {
        let message = format!("{within} compares `{}` with {}", test.field, kind(&entry.value));
        let hint = "one value is never a list; use `in` or `not_in`";
        reader.warn(Code::SUSPICIOUS_CONDITION, entry.value.span, message, hint);
        return;
    }
    if !one && entry.value.items().is_empty() && entry.value.text().is_none() {
        let so = if test.operator == Operator::NotIn { "always" } else { "never" };
        let message = format!("{within} compares `{}` with an empty list: it {so} holds", test.field);
        reader.warn(Code::SUSPICIOUS_CONDITION, entry.value.span, message, "add what it is to be compared with");
    }
    let words = entry.value.items().iter().chain(std::iter::once(&entry.value));
    for node in words {
        let Some(word) = node.text() else { continue };
        match meaning {
            Meaning::Status if context.statuses.find(word).is_none() => {
                read_statuses::unknown(reader, context.statuses, word, node.span, &within);
            }
            Meaning::Category if Category::named(&word.to_ascii_lowercase()).is_none() => {
                let message = format!("{within} names the unknown category `{}`", word.escape_debug());
                let hint = suggest::hint(word, &Category::ALL.map(Category::name));
                reader.warn(Code::UNKNOWN_CATEGORY, node.span, message, hint);
            }
            _ => {}
        }
    }
}
