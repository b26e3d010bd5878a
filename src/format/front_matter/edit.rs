use serde_json::{Map, Value};

use super::change::{self, Texts};
use super::frame::conflict_marker;
use super::read::dependencies;
use super::{Frame, Framing, duplicate_key, parse};
use crate::format::edit::{EditError, FieldEdit};
use crate::format::patch::{self, Patch};
use crate::format::yaml::{Node, NodeKind};
use crate::model::Span;

/// Fields whose reader looks at the text, not at the type: `5` and `"5"` are the same there.
const TEXTS: [&str; 6] = ["task_id", "subtask_id", "title", "status", "priority", "parent_task"];

/// The patches that set one field of a task file's front matter; none where it has that value.
///
/// The value keeps its place and style: quotes stay where the new value permits, a list in brackets
/// stays one. A missing key comes behind the last one. The result is read again before it is
/// handed out: but for the field it must be what it was.
///
/// # Errors
/// When the file has no front matter, cannot be read, or writes the field in a way that does not
/// permit to change it alone.
pub fn edit(bytes: &[u8], edit: &FieldEdit) -> Result<Vec<Patch>, EditError> {
    set(bytes, edit, Missing::IsNull)
}

/// The same, where a field that is missing is written even if it has no value: `key: null`.
///
/// # Errors
/// As for [`edit`].
pub fn edit_written(bytes: &[u8], edit: &FieldEdit) -> Result<Vec<Patch>, EditError> {
    set(bytes, edit, Missing::IsNothing)
}

/// What a field says that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    IsNull,
    IsNothing,
}

fn set(bytes: &[u8], edit: &FieldEdit, missing: Missing) -> Result<Vec<Patch>, EditError> {
    let unreadable = |reason: &str| EditError::Unreadable(reason.to_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8"))?;
    let (frame, root) = open(text)?;
    let refused = |reason: &str| EditError::Unsafe { field: edit.path.join("."), reason: reason.to_owned() };
    if edit.path.is_empty() {
        return Err(refused("no field is named"));
    }
    let is_null = edit.value.is_null() && missing == Missing::IsNull;
    if at(&root, &edit.path).map_or(is_null, |node| has_value(node, edit)) {
        return Ok(Vec::new());
    }
    if matches!(root.kind, NodeKind::Sequence { .. }) || root.text().is_some() && !root.is_null() {
        return Err(unreadable("its front matter is no mapping"));
    }
    let texts = if is_dependencies(edit) { Texts::Words } else { Texts::Typed };
    let patches = change::set(&frame, &root, &edit.path, &edit.value, texts).map_err(refused)?;
    prove(&frame, &root, edit, &patches).map_err(refused)?;
    Ok(patches)
}

/// The file without a field of its front matter; `None` where its lines cannot be taken out alone.
#[must_use]
pub fn without_field(bytes: &[u8], field: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (frame, root) = open(text).ok()?;
    let Some(at) = root.entries().iter().position(|entry| entry.key == field) else { return Some(bytes.to_vec()) };
    let entry = root.entries().get(at)?;
    let start = frame.line_start(entry.key_span.start);
    if start != entry.key_span.start {
        return None;
    }
    let value = frame.slice(entry.value.span).trim_end();
    let last = if value.is_empty() { entry.key_span.end } else { entry.value.span.start + value.len() };
    let end = text.get(last..)?.find('\n').map_or(text.len(), |line| last + line + 1);
    let shorter = patch::apply(bytes, &[Patch::new(Span::new(start, end), "")]).ok()?;
    let edited = std::str::from_utf8(&shorter).ok()?;
    let (new_frame, new_root) = open(edited).ok()?;
    let mut expected = root.to_value();
    expected.as_object_mut()?.shift_remove(field);
    let is_rest = text.get(frame.content.end..) == edited.get(new_frame.content.end..);
    let is_empty = new_root.is_null() && expected.as_object().is_some_and(Map::is_empty);
    (is_rest && (new_root.to_value() == expected || is_empty)).then_some(shorter)
}

fn open(text: &str) -> Result<(Frame<'_>, Node), EditError> {
    let frame = match Framing::of(text) {
        Framing::Absent => return Err(EditError::NoSuchRecord),
        Framing::Unclosed { .. } => {
            return Err(EditError::Unreadable("its front matter has no closing line".to_owned()));
        }
        Framing::Closed(frame) => frame,
    };
    if conflict_marker(text, frame.content).is_some() {
        return Err(EditError::Unreadable("it has a conflict marker".to_owned()));
    }
    let root = parse(&frame).map_err(|error| EditError::Unreadable(error.message))?;
    if let Some(entry) = duplicate_key(&root) {
        return Err(EditError::Unreadable(format!("the key `{}` is there twice", entry.key.escape_debug())));
    }
    Ok((frame, root))
}

/// Reads the edited file and compares it with the old one, field by field and byte by byte.
fn prove(frame: &Frame<'_>, root: &Node, edit: &FieldEdit, patches: &[Patch]) -> Result<(), &'static str> {
    const ELSEWHERE: &str = "something else would change with it";
    let edited = patch::apply(frame.text.as_bytes(), patches).map_err(|_| ELSEWHERE)?;
    let edited = std::str::from_utf8(&edited).map_err(|_| ELSEWHERE)?;
    let (new_frame, new_root) = open(edited).map_err(|_| "the file could not be read afterwards")?;
    if frame.text.get(frame.content.end..) != edited.get(new_frame.content.end..) {
        return Err(ELSEWHERE);
    }
    let now = at(&new_root, &edit.path).ok_or("it would not be read back")?;
    if !has_value(now, edit) {
        return Err("it would not be read back as that value");
    }
    let mut expected = root.to_value();
    put(&mut expected, &edit.path, now.to_value());
    let actual = new_root.to_value();
    // Objects compare without order; their text has it.
    let (expected_text, actual_text) = (expected.to_string(), actual.to_string());
    if expected == actual && expected_text == actual_text { Ok(()) } else { Err(ELSEWHERE) }
}

fn at<'node>(root: &'node Node, path: &[String]) -> Option<&'node Node> {
    path.iter().try_fold(root, |node, key| node.get(key))
}

/// Whether reading the node gives what the edit wants.
fn has_value(node: &Node, edit: &FieldEdit) -> bool {
    if is_dependencies(edit) {
        let wanted: Vec<String> = match &edit.value {
            Value::Array(items) => items.iter().map(text_of).collect(),
            Value::Null => Vec::new(),
            other => vec![text_of(other)],
        };
        let is_list = edit.value.is_array() || !node.items().is_empty();
        let found: Vec<String> = dependencies(node).into_iter().map(|(text, _)| text).collect();
        return found == wanted && (is_list || !wanted.is_empty() || node.is_null());
    }
    if node.to_value() == edit.value {
        return true;
    }
    match (edit.path.as_slice(), &edit.value, node.text()) {
        ([field], Value::String(wanted), Some(text)) => {
            TEXTS.contains(&field.as_str()) && text == wanted && !node.is_null()
        }
        _ => false,
    }
}

fn is_dependencies(edit: &FieldEdit) -> bool {
    matches!(edit.path.as_slice(), [field] if field == "dependencies")
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Sets a field of a JSON object, with the objects on the way.
fn put(object: &mut Value, path: &[String], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *object = value;
        return;
    };
    if object.is_null() {
        *object = Value::Object(Map::new());
    }
    if let Value::Object(map) = object {
        put(map.entry(key.clone()).or_insert(Value::Null), rest, value);
    }
}

#[cfg(test)]
mod tests;
