//! Files that were put away and are there again.

use std::collections::BTreeSet;

use super::away::first_line;
use super::{Manifest, Refusal};
use crate::engine::diff::fields;
use crate::format;
use crate::model::{Record, Snapshot, TreePath};

/// A merge or another clone may have brought files again that were put away. Where they say something else since,
/// the way back would lose that.
pub(super) fn half_migrated(snapshot: &Snapshot, then: &Snapshot) -> Result<(), Refusal> {
    let mut again = Vec::new();
    for (path, original) in Manifest::originals(snapshot) {
        let here = snapshot.bytes(&path).filter(|here| then.bytes(&path).is_none() && *here != original);
        again.extend(here.into_iter().flat_map(|here| what_differs(&path, here, &original)));
    }
    if again.is_empty() { Ok(()) } else { Err(Refusal::HalfMigrated(again)) }
}

/// What of each task is another in a file than in the one that was put away; the first line that differs where it is
/// something else.
fn what_differs(path: &TreePath, here: &[u8], original: &[u8]) -> Vec<String> {
    let (new, old) = (format::read(path, here).records, format::read(path, original).records);
    let same = |one: &Record, other: &Record| one.id == other.id && one.kind == other.kind;
    let mut found = Vec::new();
    for record in &new {
        let Some(was) = old.iter().find(|was| same(was, record)) else {
            found.push(format!("{path}: task {} is new", record.id));
            continue;
        };
        let (said, before) = (fields(record), fields(was));
        let names: BTreeSet<&String> = said.keys().chain(before.keys()).collect();
        let names: Vec<String> = names
            .into_iter()
            .filter(|name| said.get(*name) != before.get(*name))
            .map(|name| format!("`{}`", name.escape_debug()))
            .collect();
        if !names.is_empty() {
            found.push(format!("{path}: {} of task {}", names.join(", "), record.id));
        }
    }
    let gone = old.iter().filter(|was| !new.iter().any(|record| same(record, was)));
    found.extend(gone.map(|was| format!("{path}: task {} is gone", was.id)));
    found.dedup();
    if found.is_empty() {
        found.push(format!("{path}:{}: another text", first_line(here, original)));
    }
    found
}
