use super::super::edit::EditError;
use super::super::json::{Node, NodeKind, Source};
use super::super::named::{Loose, Named, NamedFor, Respell, line_of, respelled_list, speaks_of_tasks};
use super::super::patch::Patch;
use super::edit::read_error;
use super::walk::{Entry, walk};
use crate::model::{DEFAULT_TAG, TaskId};

/// The patches that respell the names of tasks: ids, dependencies, and the keys in which writers repeat the parent.
///
/// # Errors
/// When the bytes are no JSON.
pub fn names(bytes: &[u8], respell: &Respell<'_>) -> Result<Vec<Patch>, EditError> {
    let source = Source::new(bytes).map_err(|error| read_error(bytes, &error))?;
    let root = source.parse().map_err(|error| read_error(bytes, &error))?;
    let mut patches = Vec::new();
    for entry in &walk(&root).entries {
        let mut one = |node: Option<&Node<'_>>, purpose| {
            patches.extend(node.and_then(|node| patch(entry, node, purpose, respell)));
        };
        one(entry.node.get("id"), NamedFor::Own);
        for key in ["parentId", "parentTaskId"] {
            one(entry.node.get(key), NamedFor::Parent);
        }
        let Some(list) = entry.node.get("dependencies") else { continue };
        for item in list.items().unwrap_or(std::slice::from_ref(list)) {
            one(Some(item), NamedFor::Dependency);
        }
    }
    Ok(patches)
}

/// The names in fields that no format knows.
#[must_use]
pub fn loose(bytes: &[u8]) -> Vec<Loose> {
    const KNOWN: [&str; 7] = ["id", "parentId", "parentTaskId", "dependencies", "subtasks", "title", "status"];
    let mut found = Vec::new();
    let (Ok(source), Ok(text)) = (Source::new(bytes), std::str::from_utf8(bytes)) else { return found };
    let Ok(root) = source.parse() else { return found };
    let mut add = |node: &Node<'_>, written: &str, (task, tag): (Option<&TaskId>, &str)| {
        let line = line_of(text, node.span.start);
        found.push(Loose { task: task.cloned(), tag: tag.to_owned(), written: written.to_owned(), line });
    };
    for entry in &walk(&root).entries {
        for member in entry.node.members().iter().filter(|member| !KNOWN.contains(&&*member.key)) {
            let place = (Some(&entry.id), entry.id.tag());
            loose_in(&member.key, &member.value, &mut |node, written| add(node, written, place));
        }
    }
    // What is said beside the tasks: of a tag, or of the whole list.
    for member in root.members().iter().filter(|member| member.key != "tasks") {
        if member.value.get("tasks").is_none() {
            loose_in(&member.key, &member.value, &mut |node, written| add(node, written, (None, DEFAULT_TAG)));
            continue;
        }
        for beside in member.value.members().iter().filter(|beside| beside.key != "tasks") {
            loose_in(&beside.key, &beside.value, &mut |node, written| add(node, written, (None, &member.key)));
        }
    }
    found.sort_by_key(|loose| loose.line);
    found
}

/// The texts in a field whose name speaks of tasks, or that of a field in it.
fn loose_in(key: &str, node: &Node<'_>, found: &mut dyn FnMut(&Node<'_>, &str)) {
    if speaks_of_tasks(key) {
        return texts_in(node, found);
    }
    node.items().unwrap_or_default().iter().for_each(|item| loose_in("", item, found));
    node.members().iter().for_each(|member| loose_in(&member.key, &member.value, found));
}

fn texts_in(node: &Node<'_>, found: &mut dyn FnMut(&Node<'_>, &str)) {
    if let Some(text) = node.scalar().filter(|_| matches!(node.kind, NodeKind::Number(_) | NodeKind::String(_))) {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).for_each(|part| found(node, part));
    }
    node.items().unwrap_or_default().iter().for_each(|item| texts_in(item, found));
    node.members().iter().for_each(|member| texts_in(&member.value, found));
}

fn patch(entry: &Entry<'_, '_>, node: &Node<'_>, purpose: NamedFor, respell: &Respell<'_>) -> Option<Patch> {
    let written = node.scalar().filter(|_| matches!(node.kind, NodeKind::Number(_) | NodeKind::String(_)))?;
    let new = respelled_list(written, |written| respell(&Named { task: Some(&entry.id), purpose, written }))?;
    let is_number = matches!(node.kind, NodeKind::Number(_)) && reads_as_number(&new);
    let text = if is_number { new } else { serde_json::Value::String(new).to_string() };
    Some(Patch::new(node.span, text))
}

/// Whether a number is the same text again in a program that reads numbers: no zeros at its ends, and not too long.
fn reads_as_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, rest) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let sound = digits(whole) && (whole == "0" || !whole.starts_with('0')) && text.len() < 16;
    sound && rest.is_none_or(|rest| digits(rest) && !rest.ends_with('0'))
}
