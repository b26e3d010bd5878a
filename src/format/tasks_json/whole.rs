//! A whole document: what a migration makes where there is none, or leaves of one.

use serde_json::{Map, Value};

use super::super::json::{Node, Source};
use super::super::patch::{self, Patch};
use crate::model::{DEFAULT_TAG, Span};

/// A document of these tasks by their tags, as `JSON.stringify(x, null, 2)` writes it.
#[must_use]
pub fn document(tags: &[(String, Vec<Value>)]) -> Vec<u8> {
    let lists = tags.iter().map(|(tag, tasks)| {
        let list = Map::from_iter([
            ("tasks".to_owned(), Value::Array(tasks.clone())),
            ("metadata".to_owned(), Value::Object(Map::new())),
        ]);
        (tag.clone(), Value::Object(list))
    });
    // A value without floats of no number cannot fail.
    serde_json::to_vec_pretty(&Value::Object(lists.collect())).unwrap_or_default()
}

/// The bytes with the list of a tag empty; `None` where they have no such list.
#[must_use]
pub fn emptied(bytes: &[u8], tag: &str) -> Option<Vec<u8>> {
    let source = Source::new(bytes).ok()?;
    let root = source.parse().ok()?;
    let list = list_of(&root, tag)?;
    patch::apply(bytes, &[Patch::new(list.span, "[]")]).ok()
}

/// The bytes with the list of a tag as another document has it, where it is empty here; `None` where it is not, or
/// one of them has no such list.
#[must_use]
pub fn refilled(bytes: &[u8], other: &[u8], tag: &str) -> Option<Vec<u8>> {
    let (source, from) = (Source::new(bytes).ok()?, Source::new(other).ok()?);
    let (root, from) = (source.parse().ok()?, from.parse().ok()?);
    let list = list_of(&root, tag).filter(|list| list.items().is_some_and(<[_]>::is_empty))?;
    let text = std::str::from_utf8(other.get(list_of(&from, tag)?.span.range())?).ok()?;
    patch::apply(bytes, &[Patch::new(list.span, text)]).ok()
}

/// Whether a document has a list of tasks for a tag.
#[must_use]
pub fn has_list(bytes: &[u8], tag: &str) -> bool {
    let source = Source::new(bytes).ok();
    source.is_some_and(|source| source.parse().is_ok_and(|root| list_of(&root, tag).is_some()))
}

/// The bytes with an empty list for a tag, behind the last one; `None` where the document has no tags, or has that one.
#[must_use]
pub fn with_tag(bytes: &[u8], tag: &str) -> Option<Vec<u8>> {
    let source = Source::new(bytes).ok()?;
    let root = source.parse().ok()?;
    let is_tag =
        |member: &super::super::json::Member<'_>| member.value.get("tasks").is_some_and(|list| list.items().is_some());
    let last = root.members().last()?;
    if (list_of(&root, DEFAULT_TAG).is_some() && root.get(DEFAULT_TAG).is_none_or(|tag| tag.get("tasks").is_none()))
        || !root.members().iter().any(is_tag)
        || root.get(tag).is_some()
    {
        return None;
    }
    let name = Value::from(tag);
    let text = format!(",\n  {name}: {{\n    \"tasks\": []\n  }}");
    patch::apply(bytes, &[Patch::new(Span::at(last.value.span.end), text)]).ok()
}

fn list_of<'doc, 'text>(root: &'doc Node<'text>, tag: &str) -> Option<&'doc Node<'text>> {
    if root.items().is_some() {
        return Some(root).filter(|_| tag == DEFAULT_TAG);
    }
    let tagged = root.get(tag).and_then(|inner| inner.get("tasks"));
    let legacy = || root.get("tasks").filter(|_| tag == DEFAULT_TAG);
    tagged.or_else(legacy).filter(|list| list.items().is_some())
}
