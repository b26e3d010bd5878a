//! Whether a document differs from another in the named members only.

use std::collections::HashMap;

use serde_json::Value;

use super::super::json::{Node, NodeKind};
use crate::model::Span;

/// A member that is to differ.
#[derive(Debug)]
pub(super) struct Change<'doc, 'text> {
    /// The object it is in, a node of the document before.
    pub(super) object: &'doc Node<'text>,
    /// Which member of the object; as many as it has where it is a new one.
    pub(super) at: usize,
    /// Its key.
    pub(super) key: String,
    /// What it is afterwards.
    pub(super) value: Value,
}

/// Whether `after` is `before` with these changes and no other. Numbers are compared as they are
/// spelled, keys in their order.
pub(super) fn are_all(changes: &[Change<'_, '_>], before: &Node<'_>, after: &Node<'_>) -> bool {
    let mut by_object: HashMap<Span, Vec<&Change<'_, '_>>> = HashMap::with_capacity(changes.len());
    for change in changes {
        by_object.entry(change.object.span).or_default().push(change);
    }
    explain(&by_object, before, after)
}

fn explain(changes: &HashMap<Span, Vec<&Change<'_, '_>>>, before: &Node<'_>, after: &Node<'_>) -> bool {
    match (&before.kind, &after.kind) {
        (NodeKind::Array(before), NodeKind::Array(after)) => {
            before.len() == after.len()
                && before.iter().zip(after).all(|(before, after)| explain(changes, before, after))
        }
        (NodeKind::Object(members), NodeKind::Object(found)) => {
            let here = changes.get(&before.span).map(Vec::as_slice).unwrap_or_default();
            let expected = here.iter().map(|change| change.at + 1).max().unwrap_or(0).max(members.len());
            let is_named = |at: usize| here.iter().any(|change| change.at == at);
            found.len() == expected
                && members.iter().zip(found).enumerate().all(|(at, (before, after))| {
                    before.key == after.key && (is_named(at) || explain(changes, &before.value, &after.value))
                })
                && here
                    .iter()
                    .all(|change| found.get(change.at).is_some_and(|member| change.is_made(&member.key, &member.value)))
        }
        (before, after) => before == after,
    }
}

impl Change<'_, '_> {
    fn is_made(&self, key: &str, value: &Node<'_>) -> bool {
        key == self.key && value.to_value() == self.value
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::json::Source;
    use super::*;

    /// Whether setting the member `at` of `"o"` to 7 explains the difference.
    fn explained(before: &str, at: usize, key: &str, after: &str) -> bool {
        let (before, after) = (Source::new(before.as_bytes()).unwrap(), Source::new(after.as_bytes()).unwrap());
        let (before, after) = (before.parse().unwrap(), after.parse().unwrap());
        let object = before.get("o").unwrap();
        are_all(&[Change { object, at, key: key.to_owned(), value: json!(7) }], &before, &after)
    }

    #[test]
    fn only_the_named_member_may_differ() {
        let before = r#"{"o": {"a": 1, "b": [1.0, "x"]}, "p": {}}"#;
        assert!(explained(before, 0, "a", r#"{"o":{"a":7,"b":[1.0,"x"]},"p":{}}"#));
        assert!(explained(before, 2, "c", r#"{"o":{"a":1,"b":[1.0,"x"],"c":7},"p":{}}"#));
        for (at, key, after) in [
            (0, "a", before),
            (0, "a", r#"{"o":{"a":7,"b":[1,"x"]},"p":{}}"#),
            (0, "a", r#"{"o":{"a":7,"b":[1.0]},"p":{}}"#),
            (0, "a", r#"{"o":{"a":7,"b":[1.0,"x"]},"p":{"q":1}}"#),
            (0, "a", r#"{"o":{"a":7,"b":[1.0,"x"]}}"#),
            (0, "a", r#"{"o":{"a":7,"c":[1.0,"x"]},"p":{}}"#),
            (0, "a", r#"{"o":{"a":7,"b":[1.0,"x"],"c":7},"p":{}}"#),
            (2, "c", r#"{"o":{"a":1,"b":[1.0,"x"],"d":7},"p":{}}"#),
            (2, "c", r#"{"o":{"a":1,"b":[1.0,"x"],"c":8},"p":{}}"#),
            (2, "c", before),
        ] {
            assert!(!explained(before, at, key, after), "{after}");
        }
    }
}
