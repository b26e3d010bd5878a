//! Numbers that a machine would spell otherwise, as they are to be spelled.

use std::collections::{BTreeMap, HashMap};

use super::super::json::{Node, NodeKind, Source};
use super::super::patch::{self, Patch};
use super::walk::walk;
use crate::model::TaskId;

/// Spellings of numbers by where they are in a task, key by key; items of lists by their places.
pub type SpelledNumbers = Vec<(Vec<String>, String)>;

/// The bytes with numbers where they have texts of that spelling. A text that stood there `before` stays one.
#[must_use]
pub fn with_numbers(bytes: &[u8], before: &[u8], numbers: &BTreeMap<TaskId, SpelledNumbers>) -> Option<Vec<u8>> {
    let source = Source::new(bytes).ok()?;
    let root = source.parse().ok()?;
    let old_source = Source::new(before).ok();
    let old_root = old_source.as_ref().and_then(|source| source.parse().ok());
    let (now, old) = (walk(&root), old_root.as_ref().map(walk));
    let old: HashMap<&TaskId, &Node<'_>> =
        old.iter().flat_map(|walk| walk.entries.iter().rev()).map(|entry| (&entry.id, entry.node)).collect();
    // Of several records with one id the first counts.
    let mut entries: HashMap<&TaskId, &Node<'_>> = HashMap::new();
    for entry in &now.entries {
        entries.entry(&entry.id).or_insert(entry.node);
    }
    let mut patches = Vec::new();
    for (task, spelled) in numbers {
        let Some(entry) = entries.get(task) else { continue };
        for (path, text) in spelled {
            let was = old.get(task).and_then(|entry| at(entry, path));
            let is_text = |node: &Node<'_>| matches!(&node.kind, NodeKind::String(found) if found == text);
            if let Some(node) = at(entry, path).filter(|node| is_text(node) && !was.is_some_and(is_text)) {
                patches.push(Patch::new(node.span, text.as_str()));
            }
        }
    }
    if patches.is_empty() { None } else { patch::apply(bytes, &patches).ok() }
}

fn at<'doc, 'text>(node: &'doc Node<'text>, path: &[String]) -> Option<&'doc Node<'text>> {
    path.iter().try_fold(node, |node, key| match node.items() {
        Some(items) => items.get(key.parse::<usize>().ok()?),
        None => node.get(key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_that_are_new_become_numbers() {
        let list = r#"[{"id": 1, "a": "1.50", "b": ["x", "1e3"], "c": "1.50", "subtasks": [{"id": 1, "a": "1.50"}]}]"#;
        let before = r#"[{"id": 1, "a": 1.5, "c": "1.50"}]"#;
        let path = |keys: &str| keys.split('.').map(ToOwned::to_owned).collect::<Vec<String>>();
        let spelled = ["a 1.50", "b.1 1e3", "b.0 1e3", "c 1.50", "d 1.50"].map(|line| {
            let (keys, text) = line.split_once(' ').unwrap();
            (path(keys), text.to_owned())
        });
        let numbers = BTreeMap::from([(TaskId::parse("1").unwrap(), spelled.to_vec())]);
        let after = with_numbers(list.as_bytes(), before.as_bytes(), &numbers).unwrap();
        let expected = r#"[{"id": 1, "a": 1.50, "b": ["x", 1e3], "c": "1.50", "subtasks": [{"id": 1, "a": "1.50"}]}]"#;
        assert_eq!(String::from_utf8(after).unwrap(), expected);
        assert_eq!(with_numbers(list.as_bytes(), list.as_bytes(), &numbers), None);
    }
}
