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
