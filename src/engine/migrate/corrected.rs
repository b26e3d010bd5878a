//! Files that a migration corrected and left where they were, and that somebody has edited since: on the way back the
//! edits go into the files as they were.

use super::Manifest;
use crate::engine::diff::fields;
use crate::engine::take_back::merged_lines;
use crate::engine::workspace::spelling;
use crate::format::{self, generated_text, patch, tasks_json};
use crate::model::{FileRole, RecordKind, Snapshot, SourceFile, StatusSet, TreePath};

/// Brings edits of corrected files into `after`, three ways by lines, where no field has brought them there. `then` is
/// the migrated tree before anything was edited. Gives what has no place there, with file and line.
pub(super) fn bring_over(
    snapshot: &Snapshot,
    then: &Snapshot,
    after: &mut Snapshot,
    manifest: &Manifest,
    statuses: &StatusSet,
) -> Vec<String> {
    let mut lost = Vec::new();
    for path in Manifest::originals(snapshot).into_keys() {
        let Some(old) = then.bytes(&path) else { continue };
        let Some(here) = snapshot.bytes(&path) else {
            // Text that was generated, and that somebody has removed since.
            if path.role() == FileRole::GeneratedText {
                after.forget(&path);
            }
            continue;
        };
        let old = as_it_stood(&path, (old, here), manifest, statuses);
        let old = old.as_slice();
        let Some(new) = after.bytes(&path).filter(|new| here != old && *new != here) else { continue };
        let merged = merged_lines(old, here, new);
        let is_whole = |merged: &[u8]| {
            says_the_same(&path, merged, new)
                && (path.role() != FileRole::TasksJson || tasks_json::first_other(merged, here).is_none())
        };
        match merged {
            Ok(merged) if is_whole(&merged) => drop(after.files.insert(path, SourceFile::new(merged))),
            merged if path.role() == FileRole::GeneratedText => {
                let line = merged.err().unwrap_or(1);
                lost.push(format!("{path}:{line}: the text as it was has other lines here"));
            }
            _ => {}
        }
    }
    lost.extend(beside_tasks(snapshot, then, after));
    lost
}

/// Generated text as the migration left it. `then` was made with what tasks that stayed say now.
fn as_it_stood(path: &TreePath, (then, here): (&[u8], &[u8]), manifest: &Manifest, statuses: &StatusSet) -> Vec<u8> {
    let mut bytes = then.to_vec();
    if path.role() != FileRole::GeneratedText {
        return bytes;
    }
    let now = format::read(path, here).records;
    for record in format::read(path, then).records {
        let said = record.status.as_deref().unwrap_or_default();
        let Some(status) = manifest.standing.get(&record.id).filter(|stood| !statuses.same(stood, said)) else {
            continue;
        };
        // How a status is spelled is nobody's edit.
        let spelled = now.iter().filter(|now| now.id == record.id).find_map(|now| now.status.clone());
        let spelled = spelled.filter(|now| statuses.same(now, status));
        let status = spelled.unwrap_or_else(|| spelling(status, RecordKind::GeneratedText, statuses));
        let patches = generated_text::edit(path, &bytes, &record.id, &status).ok();
        if let Some(edited) = patches.and_then(|patches| patch::apply(&bytes, &patches).ok()) {
            bytes = edited;
        }
    }
    bytes
}

/// Whether two files say the same of every task.
pub(super) fn says_the_same(path: &TreePath, one: &[u8], other: &[u8]) -> bool {
    let (one, other) = (format::read(path, one), format::read(path, other));
    let said = |reading: &crate::model::Reading| -> Vec<_> {
        reading.records.iter().map(|record| (record.id.clone(), record.kind, fields(record))).collect()
    };
    said(&one) == said(&other) && one.diagnostics.len() == other.diagnostics.len()
}

/// What was edited in lists beside the tasks, and is not in the lists as they are to be.
fn beside_tasks(snapshot: &Snapshot, then: &Snapshot, after: &Snapshot) -> Vec<String> {
    let lists = snapshot.files.iter().filter(|(path, _)| path.role() == FileRole::TasksJson);
    let lost = lists.filter_map(|(path, file)| {
        let here = file.bytes();
        let (old, new) = (then.bytes(path).unwrap_or_default(), after.bytes(path).unwrap_or_default());
        let (line, name) = tasks_json::first_other(here, old)?;
        tasks_json::first_other(here, new)?;
        Some(format!("{path}:{line}: `{}` beside the tasks", name.escape_debug()))
    });
    lost.collect()
}
