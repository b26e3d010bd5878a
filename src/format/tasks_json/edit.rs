use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};

use super::super::edit::{EditError, FieldEdit};
use super::super::json::{JsonError, Member, Node, NodeKind, Source};
use super::super::patch::{self, Patch};
use super::print::{self, Layout};
use super::read::named_tasks;
use super::style::{self, Style};
use super::verify::{Change, are_all};
use super::walk::{Entry, Walk, walk};
use crate::model::{Span, TaskId};

/// The patch that gives a field of a task the value, and changes no other byte. Of several records
/// with that id it is the first; of a key that comes twice, the last.
///
/// A field that is there keeps its place and the style of what it had, a new one goes behind the
/// last. Dependencies that stay keep their spelling, and new ones take the others' (`3` or `"3"`).
///
/// # Errors
/// When the bytes are no JSON, have no such task, or the field cannot be set without more being
/// changed.
pub fn edit(bytes: &[u8], task: &TaskId, edit: &FieldEdit) -> Result<Vec<Patch>, EditError> {
    Ok(splice(bytes, &[(task, edit)])?.0)
}

/// The file with several edits made at once: it is read once and looked at once afterwards, however
/// many there are. Of two edits of one field the later one counts.
///
/// # Errors
/// As for [`edit`], and when edits meet in one place.
pub fn edit_all(bytes: &[u8], edits: &[(&TaskId, &FieldEdit)]) -> Result<Vec<u8>, EditError> {
    let latest: HashMap<(&TaskId, &[String]), usize> =
        edits.iter().enumerate().map(|(at, (task, edit))| ((*task, edit.path.as_slice()), at)).collect();
    let counts = |at: usize, (task, edit): &(&TaskId, &FieldEdit)| latest.get(&(*task, &edit.path)) == Some(&at);
    let edits: Vec<_> =
        edits.iter().enumerate().filter(|(at, edit)| counts(*at, edit)).map(|(_, edit)| *edit).collect();
    Ok(splice(bytes, &edits)?.1)
}

/// The patches, and the bytes with them.
fn splice(bytes: &[u8], edits: &[(&TaskId, &FieldEdit)]) -> Result<(Vec<Patch>, Vec<u8>), EditError> {
    let source = Source::new(bytes).map_err(|error| read_error(bytes, &error))?;
    let root = source.parse().map_err(|error| read_error(bytes, &error))?;
    let text = text_of(bytes)?;
    let found = walk(&root);
    // Of several records with one id the first counts.
    let entries: HashMap<&TaskId, &Entry<'_, '_>> =
        found.entries.iter().rev().map(|entry| (&entry.id, entry)).collect();
    let mut editor = Editor { text, style: Style::of(text, &root), found: &found, nested: false };
    let (mut patches, mut changes) = (Vec::with_capacity(edits.len()), Vec::with_capacity(edits.len()));
    let mut last = None;
    for (task, edit) in edits {
        let entry = entries.get(task).ok_or(EditError::NoSuchRecord)?;
        let Some(target) = Target::find(entry.node, edit)? else { continue };
        editor.nested = entry.nested;
        let (patch, change) = editor.make(&target);
        patches.push(patch);
        changes.push(change);
        last = Some(*edit);
    }
    let Some(last) = last else { return Ok((patches, bytes.to_vec())) };
    let refuse = |reason: &str| unsafe_edit(last, reason);
    let spliced = patch::apply(bytes, &patches).map_err(|error| refuse(&error.to_string()))?;
    let again = Source::new(&spliced).map_err(|error| refuse(&error.message))?;
    let after = again.parse().map_err(|error| refuse(&error.message))?;
    if !are_all(&changes, &root, &after) {
        return Err(refuse("more than the field would change"));
    }
    drop(after);
    drop(again);
    Ok((patches, spliced))
}

pub(super) fn read_error(bytes: &[u8], error: &JsonError) -> EditError {
    let before = bytes.get(..error.span.start).unwrap_or(bytes);
    let line = before.split(|byte| *byte == b'\n').count();
    EditError::Unreadable(format!("line {line}: {}", error.message))
}

pub(super) fn text_of(bytes: &[u8]) -> Result<&str, EditError> {
    str::from_utf8(bytes).map_err(|error| EditError::Unreadable(error.to_string()))
}

fn unsafe_edit(edit: &FieldEdit, reason: &str) -> EditError {
    EditError::Unsafe { field: edit.path.join("."), reason: reason.to_owned() }
}

/// The member to be set.
struct Target<'doc, 'text> {
    object: &'doc Node<'text>,
    /// What the object is a member of, if it is not the task itself.
    outside: Option<&'doc Node<'text>>,
    /// The member, and which of the object's it is; `None` where there is none yet.
    member: Option<(usize, &'doc Member<'text>)>,
    key: String,
    value: Cow<'doc, Value>,
}

impl<'doc, 'text> Target<'doc, 'text> {
    /// Follows the keys; `None` where the field has the value already.
    fn find(task: &'doc Node<'text>, edit: &'doc FieldEdit) -> Result<Option<Self>, EditError> {
        if task.name() != "an object" {
            return Err(unsafe_edit(edit, "the subtask is a plain text; make it an object with an id first"));
        }
        let (mut object, mut outside) = (task, None);
        let mut keys = edit.path.iter();
        while let Some(key) = keys.next() {
            let member = object.members().iter().enumerate().rev().find(|(_, member)| member.key == *key);
            let inside = keys.as_slice();
            match member {
                Some((_, member)) if !inside.is_empty() && member.value.name() == "an object" => {
                    outside = Some(object);
                    object = &member.value;
                }
                Some((_, member)) if !inside.is_empty() && !member.value.is_null() => {
                    return Err(unsafe_edit(edit, &format!("`{key}` is {}, not an object", member.value.name())));
                }
                Some((_, member)) if inside.is_empty() && is_already(key, &member.value, &edit.value) => {
                    return Ok(None);
                }
                _ => {
                    let value = wrapped(inside, &edit.value);
                    return Ok(Some(Self { object, outside, member, key: key.clone(), value }));
                }
            }
        }
        Err(unsafe_edit(edit, "no field is named"))
    }
}

/// The value inside objects of these keys.
fn wrapped<'doc>(keys: &[String], value: &'doc Value) -> Cow<'doc, Value> {
    keys.iter().rev().fold(Cow::Borrowed(value), |value, key| {
        Cow::Owned(Value::Object(Map::from_iter([(key.clone(), value.into_owned())])))
    })
}

fn is_already(key: &str, node: &Node<'_>, value: &Value) -> bool {
    let same_tasks = || {
        let asked: Option<Vec<String>> = value.as_array()?.iter().map(task_named).collect();
        let has: Vec<String> = node.items()?.iter().flat_map(named_tasks).map(normal).collect();
        Some(asked? == has)
    };
    node.to_value() == *value || key == "dependencies" && same_tasks() == Some(true)
}

/// One name for all spellings of a task.
fn normal(text: &str) -> String {
    TaskId::parse(text).map_or_else(|_| text.to_owned(), |id| id.to_string())
}

fn task_named(item: &Value) -> Option<String> {
    match item {
        Value::String(text) => Some(normal(text)),
        Value::Number(number) => Some(normal(&number.to_string())),
        _ => None,
    }
}

struct Editor<'a, 'doc, 'text> {
    text: &'a str,
    style: Style,
    found: &'a Walk<'doc, 'text>,
    nested: bool,
}

impl<'doc, 'text> Editor<'_, 'doc, 'text> {
    fn make(&self, target: &Target<'doc, 'text>) -> (Patch, Change<'doc, 'text>) {
        match target.member {
            Some((at, member)) => self.replace(target, at, member),
            None => self.add(target),
        }
    }

    fn replace(&self, target: &Target<'doc, 'text>, at: usize, member: &Member<'text>) -> (Patch, Change<'doc, 'text>) {
        let old = &member.value;
        let own_line = style::is_inline(self.text, old)
            .map_or_else(|| style::is_inline(self.text, target.object) != Some(true), |inline| !inline);
        let indent = own_line.then(|| style::indent(self.text, old.span.start));
        let (text, value) = match &*target.value {
            Value::Array(items) => self.array(&target.key, old, items, indent),
            value => (print::value(value, &target.key, indent, &self.style), value.clone()),
        };
        let change = Change { object: target.object, at, key: target.key.clone(), value };
        (Patch::new(old.span, text), change)
    }

    fn add(&self, target: &Target<'doc, 'text>) -> (Patch, Change<'doc, 'text>) {
        let (object, style) = (target.object, &self.style);
        let members = object.members();
        let value = self.in_habit(&target.key, &target.value);
        let change = Change { object, at: members.len(), key: target.key.clone(), value };
        let print = |indent: Option<&str>, colon: &str| print::member(&target.key, &change.value, indent, colon, style);
        let Some(last) = members.last() else {
            let inline = target.outside.map_or_else(
                || !self.text.trim_end().contains('\n'),
                |outside| style::is_inline(self.text, outside) == Some(true),
            );
            let indent = Some(style::indent(self.text, object.span.start)).filter(|_| !inline);
            let layout = print::object_layout(indent, style);
            let member = print(print::inner(&layout), &style.colon);
            let text = match &layout {
                Layout::Inline { pad, .. } => format!("{pad}{member}{pad}"),
                Layout::Lines { inner, outer } => format!("{0}{inner}{member}{0}{outer}", style.newline),
            };
            return (Patch::new(Span::new(object.span.start + 1, object.span.end - 1), text), change);
        };
        let before = members.len().checked_sub(2).and_then(|at| members.get(at));
        let start = before.map_or(object.span.start + 1, |before| before.value.span.end);
        let lead = style::between(self.text, start, last.key_span.start);
        let colon = style::between(self.text, last.key_span.end, last.value.span.start);
        let colon = if colon.contains('\n') { &style.colon } else { colon };
        let text = match lead.rsplit_once('\n') {
            Some((_, indent)) if indent.trim().is_empty() => {
                format!(",{}{indent}{}", style.newline, print(Some(indent), colon))
            }
            _ => {
                let comma = if before.is_some() && lead.starts_with(',') { lead } else { &style.comma };
                format!("{comma}{}", print(None, colon))
            }
        };
        (Patch::new(Span::at(last.value.span.end), text), change)
    }

    /// An array in the place of another value: items that stay keep their bytes.
    fn array(&self, key: &str, old: &Node<'_>, items: &[Value], indent: Option<&str>) -> (String, Value) {
        let old_items = old.items().unwrap_or_default();
        let layout = match (style::is_inline(self.text, old), old_items) {
            (Some(true), [first, rest @ ..]) => Layout::Inline {
                pad: style::between(self.text, old.span.start + 1, first.span.start).to_owned(),
                comma: rest.first().map_or_else(
                    || self.style.comma.clone(),
                    |second| style::between(self.text, first.span.end, second.span.start).to_owned(),
                ),
            },
            (Some(false), [first, ..]) => Layout::Lines {
                inner: style::indent(self.text, first.span.start).to_owned(),
                outer: style::indent(self.text, old.span.end - 1).to_owned(),
            },
            _ => {
                let nested = items.iter().any(|item| item.is_object() || item.is_array());
                let inline = self.style.array_is_inline(key) && !nested;
                print::array_layout(indent.filter(|_| !inline), &self.style)
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        let mut values = Vec::with_capacity(items.len());
        for (kept, value) in self.spelled(key, items, old_items) {
            texts.push(kept.map_or_else(
                || print::value(&value, "", print::inner(&layout), &self.style),
                |kept| style::between(self.text, kept.span.start, kept.span.end).to_owned(),
            ));
            values.push(value);
        }
        (print::items_in(&texts, &layout, &self.style), Value::Array(values))
    }

    /// The items, each with the old one it is, if it is one. New dependencies are a number or a
    /// text, whichever the file's others are.
    fn spelled<'old, 'src>(
        &self,
        key: &str,
        items: &[Value],
        old_items: &'old [Node<'src>],
    ) -> Vec<(Option<&'old Node<'src>>, Value)> {
        if key != "dependencies" {
            let kept = |item: &Value| old_items.iter().find(|old| old.to_value() == *item);
            return items.iter().map(|item| (kept(item), item.clone())).collect();
        }
        let (numbers, texts) = self.habit(key, old_items);
        let spelled = |item: &Value| {
            let task = task_named(item);
            let kept = old_items.iter().find(|old| task.is_some() && old.scalar().map(normal) == task);
            let value = match item {
                _ if kept.is_some() => kept.map(Node::to_value),
                Value::String(text) if numbers => {
                    text.parse::<u64>().ok().filter(|number| number.to_string() == *text).map(Value::from)
                }
                Value::Number(number) if texts => Some(Value::String(number.to_string())),
                _ => None,
            };
            (kept, value.unwrap_or_else(|| item.clone()))
        };
        items.iter().map(spelled).collect()
    }

    /// Whether all dependencies are numbers, and whether all are texts: those of the task, or where
    /// it has none those of the others of its rank.
    fn habit(&self, key: &str, old_items: &[Node<'_>]) -> (bool, bool) {
        let ranked = || self.found.entries.iter().filter(|entry| entry.nested == self.nested);
        let elsewhere = || ranked().filter_map(|entry| entry.node.get(key)?.items()).flatten();
        let others: Vec<&Node<'_>> =
            if old_items.is_empty() { elsewhere().collect() } else { old_items.iter().collect() };
        let all = |is: fn(&NodeKind<'_>) -> bool| !others.is_empty() && others.iter().all(|item| is(&item.kind));
        (all(|kind| matches!(kind, NodeKind::Number(_))), all(|kind| matches!(kind, NodeKind::String(_))))
    }

    fn in_habit(&self, key: &str, value: &Value) -> Value {
        let Value::Array(items) = value else { return value.clone() };
        Value::Array(self.spelled(key, items, &[]).into_iter().map(|(_, value)| value).collect())
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
