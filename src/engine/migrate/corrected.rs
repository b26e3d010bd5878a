//! Files that a migration corrected and left where they were, and that somebody has edited since: on the way back the
//! edits go into the files as they were.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Manifest;
use crate::engine::diff::fields;
use crate::engine::take_back::merged_lines;
use crate::engine::workspace::spelling;
use crate::format::body::{self, CheckMark};
use crate::format::edit::FieldEdit;
use crate::format::{self, front_matter, generated_text, patch, tasks_json};
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
        let is_whole = |merged: &[u8]| match path.role() {
            FileRole::TaskMarkdown => is_merged(&path, [old, here, new], merged),
            FileRole::TasksJson => says_the_same(&path, merged, new) && tasks_json::first_other(merged, here).is_none(),
            _ => says_the_same(&path, merged, new),
        };
        let line = merged.as_ref().err().copied().unwrap_or(1);
        let by_lines = merged.ok().filter(|merged| is_whole(merged));
        let merged = match path.role() {
            FileRole::TaskMarkdown => {
                by_lines.or_else(|| by_fields(&path, [old, here, new]).filter(|merged| is_whole(merged)))
            }
            _ => by_lines,
        };
        match merged {
            Some(merged) => drop(after.files.insert(path, SourceFile::new(merged))),
            // The tasks of a list have their edits already.
            None if path.role() == FileRole::TasksJson => {}
            None => lost.push(format!("{path}:{line}: the text as it was has other lines here")),
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

/// What a Markdown file says: the fields of its task, and the status of its bullet.
fn in_file(path: &TreePath, bytes: &[u8]) -> (BTreeMap<String, Value>, Option<String>) {
    let records = format::read(path, bytes).records;
    let of = |kind: RecordKind| records.iter().find(|record| record.kind == kind);
    let bullet = of(RecordKind::BodyBullet).and_then(|record| record.status.clone());
    (of(RecordKind::FrontMatter).map(|record| fields(record)).unwrap_or_default(), bullet)
}

/// What a Markdown file is to say, of which the migration has made `old` and somebody then `here`: what the migration
/// had corrected is as in `new`, all else as it is here.
fn expected(path: &TreePath, [old, here, new]: [&[u8]; 3]) -> (BTreeMap<String, Value>, Option<String>) {
    let ((old, old_bullet), (mut here, bullet), (new, new_bullet)) =
        (in_file(path, old), in_file(path, here), in_file(path, new));
    for name in old.keys().chain(new.keys()).filter(|name| old.get(*name) != new.get(*name)) {
        match new.get(name) {
            Some(value) => drop(here.insert(name.clone(), value.clone())),
            None => drop(here.remove(name)),
        }
    }
    let bullet = if bullet == old_bullet { new_bullet } else { bullet };
    (here, bullet)
}

/// Whether a file says what it is to say. What is odd in it was so before.
fn is_merged(path: &TreePath, files: [&[u8]; 3], merged: &[u8]) -> bool {
    let findings = |bytes: &[u8]| format::read(path, bytes).diagnostics.len();
    let most = files.into_iter().map(findings).max().unwrap_or_default();
    in_file(path, merged) == expected(path, files) && findings(merged) <= most
}

/// A Markdown file as it is here, with its fields and its bullet as they are to be.
fn by_fields(path: &TreePath, files: [&[u8]; 3]) -> Option<Vec<u8>> {
    let [_, here, new] = files;
    let ((wanted, bullet), (said, bullet_here)) = (expected(path, files), in_file(path, here));
    let mut bytes = here.to_vec();
    for name in wanted.keys().chain(said.keys()).filter(|name| wanted.get(*name) != said.get(*name)) {
        bytes = match wanted.get(name) {
            Some(value) => {
                let patches = front_matter::edit_written(&bytes, &FieldEdit::new(name.as_str(), value.clone())).ok()?;
                patch::apply(&bytes, &patches).ok()?
            }
            None => front_matter::without_field(&bytes, name)?,
        };
    }
    if let Some(status) = bullet.filter(|_| bullet_here.is_some()) {
        let check_mark = if body::has_check_mark(new) { CheckMark::Add } else { CheckMark::Remove };
        let patches = body::edit_status(&bytes, &status, check_mark).ok()?;
        bytes = patch::apply(&bytes, &patches).ok()?;
    }
    Some(bytes)
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
