use std::collections::BTreeSet;

use super::super::json::Source;
use super::walk::walk;
use crate::model::TaskId;

/// Those of some fields that tasks of a list have as `null`. What is read of a title, a status or a priority does not
/// tell that from a field that is missing. Of several records with one id it is the first, of a key that comes twice the last.
#[must_use]
pub fn nulls<'a>(bytes: &[u8], fields: &[&'a str]) -> BTreeSet<(TaskId, &'a str)> {
    let Ok(source) = Source::new(bytes) else { return BTreeSet::new() };
    let Ok(root) = source.parse() else { return BTreeSet::new() };
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    for entry in &walk(&root).entries {
        if !seen.insert(entry.id.clone()) {
            continue;
        }
        let is_null = |field: &&&str| {
            let member = entry.node.members().iter().rev().find(|member| member.key == **field);
            member.is_some_and(|member| member.value.is_null())
        };
        found.extend(fields.iter().filter(is_null).map(|field| (entry.id.clone(), *field)));
    }
    found
}
