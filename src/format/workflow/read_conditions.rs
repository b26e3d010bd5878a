use super::reader::{INVALID, Reader, Unusable, kind, written};
use super::{Condition, EventPattern, Expression, Group, GroupKind, When, read_test};
use crate::format::yaml::{Entry, Node, NodeKind};
use crate::model::{Span, StatusSet};

/// How deep groups may be nested.
const DEEPEST: usize = 16;

/// What a condition stands in.
pub(super) struct Context<'a> {
    /// How messages call the trigger.
    pub(super) within: &'a str,
    pub(super) statuses: &'a StatusSet,
    pub(super) event: Option<&'a EventPattern>,
}

/// Reads `conditions`, and `when` behind them, which is one more.
pub(super) fn read(reader: &mut Reader<'_>, trigger: &Node, context: &Context<'_>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    if let Ok(Some(items)) = reader.list(trigger, "conditions", context.within) {
        conditions.extend(items.iter().filter_map(|item| read_one(reader, item, context, 0).ok()));
    }
    if let Some(entry) = written(trigger, "when") {
        conditions.extend(when(reader, entry, context.within).ok());
    }
    conditions
}

fn read_one(reader: &mut Reader<'_>, item: &Node, context: &Context<'_>, depth: usize) -> Result<Condition, Unusable> {
    const FORMS: &str =
        "it should be a mapping with `field` and `operator`, with `when`, or with `all`, `any` or `none`";
    let within = format!("a condition of {}", context.within);
    if !matches!(item.kind, NodeKind::Mapping { .. }) {
        let message = format!("{within} is {}", kind(item));
        return Err(reader.error(INVALID, item.span, message, FORMS));
    }
    let is_whole = |entry: &&Entry| entry.key == "when" || GroupKind::named(&entry.key).is_some();
    let Some(whole) = item.entries().iter().find(is_whole) else {
        return read_test::read(reader, item, &within, context).map(Condition::Test);
    };
    if let Some(other) = item.entries().iter().find(|entry| entry.key != whole.key && !entry.key.starts_with("x-")) {
        let message = format!("{within} has `{}` beside `{}`", other.key.escape_debug(), whole.key);
        let hint = "write them as two conditions";
        return Err(reader.error(INVALID, other.key_span, message, hint));
    }
    match GroupKind::named(&whole.key) {
        Some(kind) => group(reader, kind, whole, context, depth).map(Condition::Group),
        None => when(reader, whole, &within),
    }
}

fn group(
    reader: &mut Reader<'_>,
    kind: GroupKind,
    entry: &Entry,
    context: &Context<'_>,
    depth: usize,
) -> Result<Group, Unusable> {
    let name = kind.name();
    let within = format!("the group `{name}` of {}", context.within);
    if depth >= DEEPEST {
        let message = format!("{within} is nested more than {DEEPEST} deep");
        return Err(reader.error(INVALID, entry.key_span, message, "write it flatter, or as several triggers"));
    }
    let items = entry.value.items();
    if items.is_empty() {
        let message = format!("{within} has no conditions");
        return Err(reader.error(INVALID, entry.key_span, message, "list its conditions, each after a `-`"));
    }
    let members: Vec<_> = items.iter().map(|item| read_one(reader, item, context, depth + 1)).collect();
    let members = members.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(Group { kind, members, place: reader.place(entry.key_span) })
}

fn when(reader: &mut Reader<'_>, entry: &Entry, within: &str) -> Result<Condition, Unusable> {
    const HINT: &str = "write what is true or false, such as `status == 'done' and subtasks|length > 2`";
    let value = &entry.value;
    let Some(text) = value.text().map(str::trim).filter(|text| !text.is_empty()) else {
        let message = format!("`when` of {within} is {}", kind(value));
        return Err(reader.error(INVALID, value.span, message, HINT));
    };
    match Expression::parse(text) {
        Ok(expression) => Ok(Condition::When(When { expression, place: reader.place(value.span) })),
        Err(error) => {
            let part = error.range.as_ref().and_then(|range| {
                let start = reader.offset_of(value.span, text)?;
                Some(Span::new(start + range.start, start + range.end))
            });
            let message = format!("`when` of {within} is no expression: {error}");
            Err(reader.error(INVALID, part.unwrap_or(value.span), message, HINT))
        }
    }
}
