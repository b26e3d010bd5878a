//! What a document says beside its tasks: `metadata`, settings of other programs, tags without tasks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::json::{Node, Source};

/// Values beside the tasks, by where they stand: `metadata` or `master.metadata`. Empty ones say nothing. Empty for
/// bytes that cannot be read.
#[must_use]
pub fn rest(bytes: &[u8]) -> BTreeMap<String, Value> {
    places(bytes).into_iter().map(|(name, (_, value))| (name, value)).collect()
}

/// The first place of `bytes` that says something else beside the tasks than `other`, with its line, counted from 1;
/// 1 for one that is there alone. `None` where both say the same.
#[must_use]
pub fn first_other(bytes: &[u8], other: &[u8]) -> Option<(usize, String)> {
    let (here, there) = (places(bytes), rest(other));
    let gone = there.keys().find(|name| !here.contains_key(*name)).map(|name| (1, name.clone()));
    let changed = here.into_iter().filter(|(name, (_, value))| there.get(name) != Some(value));
    let first = changed.min_by_key(|(_, (at, _))| *at).map(|(name, (at, _))| {
        let before = bytes.get(..at).unwrap_or_default();
        (before.split(|byte| *byte == b'\n').count(), name)
    });
    first.or(gone)
}

fn places(bytes: &[u8]) -> BTreeMap<String, (usize, Value)> {
    let Ok(source) = Source::new(bytes) else { return BTreeMap::new() };
    let Ok(root) = source.parse() else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    let mut add = |name: String, at: usize, value: &Node<'_>| {
        let value = value.to_value();
        let is_empty = match &value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        if !is_empty {
            found.insert(name, (at, value));
        }
    };
    let is_list = |node: &Node<'_>| node.items().is_some();
    for member in root.members() {
        if member.key == "tasks" && is_list(&member.value) {
            continue;
        }
        if !member.value.get("tasks").is_some_and(is_list) {
            add(member.key.to_string(), member.key_span.start, &member.value);
            continue;
        }
        for inner in member.value.members().iter().filter(|inner| inner.key != "tasks") {
            add(format!("{}.{}", member.key, inner.key), inner.key_span.start, &inner.value);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_tasks_is_found_with_its_line() {
        let one = b"{\"a\": {\"tasks\": [1],\n \"metadata\": {\"x\": 1}},\n \"b\": {\"tasks\": [], \"metadata\": {}}, \"n\": 1}";
        assert_eq!(rest(one).keys().map(String::as_str).collect::<Vec<_>>(), ["a.metadata", "n"]);
        assert_eq!(first_other(one, one), None);
        assert_eq!(first_other(one, b"{\"n\": 1}"), Some((2, "a.metadata".to_owned())));
        assert_eq!(first_other(b"[]", one), Some((1, "a.metadata".to_owned())));
        assert_eq!(rest(b"[{"), BTreeMap::new());
    }
}
