//! Whether a document differs from another in one member only.

use serde_json::Value;

use super::super::json::{Node, NodeKind};

/// The one member that is to differ.
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

impl Change<'_, '_> {
    /// Whether `after` is `before` with this change and no other. Numbers are compared as they are
    /// spelled, keys in their order.
    pub(super) fn is_all(&self, before: &Node<'_>, after: &Node<'_>) -> bool {
        match (&before.kind, &after.kind) {
            (NodeKind::Array(before), NodeKind::Array(after)) => {
                before.len() == after.len()
                    && before.iter().zip(after).all(|(before, after)| self.is_all(before, after))
            }
            (NodeKind::Object(members), NodeKind::Object(changed)) => {
                let here = before.span == self.object.span;
                let expected = if here { members.len().max(self.at + 1) } else { members.len() };
                let same = members.iter().zip(changed).enumerate().all(|(at, (before, after))| {
                    before.key == after.key && (here && at == self.at || self.is_all(&before.value, &after.value))
                });
                let changed_here =
                    || changed.get(self.at).is_some_and(|member| self.is_made(&member.key, &member.value));
                changed.len() == expected && same && (!here || changed_here())
            }
            (before, after) => before == after,
        }
    }

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
        Change { object, at, key: key.to_owned(), value: json!(7) }.is_all(&before, &after)
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
