use super::{Frame, Framing, parse, read};
use crate::format::edit::EditError;
use crate::format::named::{Loose, Named, NamedFor, Respell, line_of, respelled_list, speaks_of_tasks};
use crate::format::patch::Patch;
use crate::format::yaml::{Node, NodeKind, Style};
use crate::model::{RecordKind, Span, TaskId, TreePath};

/// The patches that respell the names of tasks in the front matter: `task_id`, `subtask_id`, `parent_task` and
/// `dependencies`. In a note that says what it belongs to, that is `task_id` alone.
///
/// # Errors
/// When a name is written in a way that does not permit to change it alone.
pub fn names(path: &TreePath, bytes: &[u8], respell: &Respell<'_>) -> Result<Vec<Patch>, EditError> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(Vec::new()) };
    let Framing::Closed(frame) = Framing::of(text) else { return Ok(Vec::new()) };
    let Ok(root) = parse(&frame) else { return Ok(Vec::new()) };
    let reading = read(path, bytes);
    let record = reading.records.iter().find(|record| record.kind == RecordKind::FrontMatter);
    let task = record.map(|record| &record.id);
    let mut patches = Vec::new();
    let mut one = |key: &str, purpose: NamedFor| -> Result<(), EditError> {
        let Some(node) = root.get(key) else { return Ok(()) };
        let nodes = if let NodeKind::Sequence { items, .. } = &node.kind { items } else { std::slice::from_ref(node) };
        for node in nodes {
            patches.extend(patch(&frame, node, (task, key, purpose), respell)?);
        }
        Ok(())
    };
    one("task_id", NamedFor::Whole)?;
    if record.is_some() {
        one("subtask_id", NamedFor::Own)?;
        one("parent_task", NamedFor::Parent)?;
        one("dependencies", NamedFor::Dependency)?;
    }
    Ok(patches)
}

/// Keys whose meaning is known.
const KNOWN: [&str; 5] = ["task_id", "subtask_id", "parent_task", "dependencies", "title"];

/// The names in fields of the front matter that no format knows.
#[must_use]
pub fn loose(path: &TreePath, bytes: &[u8]) -> Vec<Loose> {
    let mut found = Vec::new();
    let Ok(text) = std::str::from_utf8(bytes) else { return found };
    let Framing::Closed(frame) = Framing::of(text) else { return found };
    let Ok(root) = parse(&frame) else { return found };
    let reading = read(path, bytes);
    let Some(record) = reading.records.iter().find(|record| record.kind == RecordKind::FrontMatter) else {
        return found;
    };
    for entry in root.entries().iter().filter(|entry| !KNOWN.contains(&entry.key.as_str())) {
        loose_in(&entry.key, &entry.value, &mut |node, written| {
            let (task, tag) = (Some(record.id.clone()), record.id.tag().to_owned());
            found.push(Loose { task, tag, written: written.to_owned(), line: line_of(text, node.span.start) });
        });
    }
    found
}

/// The texts in a field whose name speaks of tasks, or that of a field in it.
fn loose_in(key: &str, node: &Node, found: &mut dyn FnMut(&Node, &str)) {
    match &node.kind {
        _ if speaks_of_tasks(key) => texts_in(node, found),
        NodeKind::Scalar { .. } => {}
        NodeKind::Sequence { items, .. } => items.iter().for_each(|item| loose_in("", item, found)),
        NodeKind::Mapping { entries, .. } => {
            for entry in entries {
                loose_in(&entry.key, &entry.value, found);
            }
        }
    }
}

fn texts_in(node: &Node, found: &mut dyn FnMut(&Node, &str)) {
    match &node.kind {
        NodeKind::Scalar { text, .. } => {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).for_each(|part| found(node, part));
        }
        NodeKind::Sequence { items, .. } => items.iter().for_each(|item| texts_in(item, found)),
        NodeKind::Mapping { entries, .. } => entries.iter().for_each(|entry| texts_in(&entry.value, found)),
    }
}

fn patch(
    frame: &Frame<'_>,
    node: &Node,
    (task, key, purpose): (Option<&TaskId>, &str, NamedFor),
    respell: &Respell<'_>,
) -> Result<Option<Patch>, EditError> {
    let Some(text) = node.text().filter(|_| !node.is_null()) else { return Ok(None) };
    let Some(new) = respelled_list(text, |written| respell(&Named { task, purpose, written })) else { return Ok(None) };
    let NodeKind::Scalar { style, .. } = &node.kind else { return Ok(None) };
    let written = frame.slice(node.span).trim_end();
    let quotes = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
    let inner = Span::new(node.span.start + quotes, node.span.start + written.len() - quotes);
    if *style == Style::Block || frame.slice(inner) != text {
        let reason = "the name is written as a block, an alias, or with escapes".to_owned();
        return Err(EditError::Unsafe { field: key.to_owned(), reason });
    }
    Ok(Some(Patch::new(inner, new)))
}
