//! Files that are put away, and edits that went there: git takes a file that a migration moves away for a renamed one,
//! and puts what a merge, a rebase or a pull brings of it into the one that nothing reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha1::{Digest as _, Sha1};

use super::corrected::says_the_same;
use super::{Manifest, Refusal};
use crate::format::tasks_json;
use crate::model::{Code, Diagnostic, FileRole, Snapshot, SourceFile, Span, TreePath};

/// The files of a tree that are put away, by where they were, with their ids.
pub(super) fn digests(snapshot: &Snapshot) -> BTreeMap<TreePath, String> {
    Manifest::originals(snapshot).into_iter().map(|(path, bytes)| (path, id(&bytes))).collect()
}

/// A tree that has the files that are put away, and what stands beside them.
pub(super) fn as_put_away(snapshot: &Snapshot) -> Snapshot {
    let mut first = snapshot.clone();
    first.files.retain(|path, _| path.role() != FileRole::Migrated);
    let files = Manifest::originals(snapshot).into_iter();
    first.files.extend(files.map(|(path, bytes)| (path, SourceFile::new(bytes))));
    first
}

/// The id that git gives a file's bytes.
fn id(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    format!("{:x}", hash.finalize())
}

/// Whether bytes are those that were put away. A worktree may have them with other line ends.
fn is_same(bytes: &[u8], put_away: &str) -> bool {
    let plain = || {
        let text = std::str::from_utf8(bytes).ok()?;
        Some(id(text.replace("\r\n", "\n").as_bytes()))
    };
    id(bytes) == put_away || plain().as_deref() == Some(put_away)
}

/// The places of files that are put away and are not as they were, are gone, or came later.
pub(super) fn edited(snapshot: &Snapshot, manifest: &Manifest) -> Vec<TreePath> {
    if manifest.put_away.is_empty() {
        return Vec::new();
    }
    let here = Manifest::originals(snapshot);
    let paths: BTreeSet<&TreePath> = here.keys().chain(manifest.put_away.keys()).collect();
    let differs = |path: &&TreePath| match (here.get(*path), manifest.put_away.get(*path)) {
        (Some(bytes), Some(id)) => !is_same(bytes, id),
        _ => true,
    };
    paths.into_iter().filter(differs).filter_map(Manifest::put_away).collect()
}

/// A tree whose lists that are put away were edited beside their tasks alone (`metadata`, say): nothing else has such
/// a place, so that the way back takes it from there. `original` gives the bytes of an id.
///
/// # Errors
/// When something else was edited there.
pub fn settled(snapshot: &Snapshot, original: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Option<Snapshot>, Refusal> {
    let Some(mut manifest) = Manifest::of(snapshot)? else { return Ok(None) };
    let edited = edited(snapshot, &manifest);
    if edited.is_empty() {
        return Ok(None);
    }
    let here = Manifest::originals(snapshot);
    let mut refused = Vec::new();
    for (path, bytes) in &here {
        let Some(place) = Manifest::put_away(path).filter(|place| edited.contains(place)) else { continue };
        let Some(was) = manifest.put_away.get(path).and_then(|id| original(id)) else {
            refused.push(place.to_string());
            continue;
        };
        let is_beside = path.role() == FileRole::TasksJson && says_the_same(path, bytes, &was);
        if is_beside && tasks_json::first_other(bytes, &was).is_some() {
            manifest.put_away.insert(path.clone(), id(bytes));
        } else {
            refused.push(format!("{place}:{}", first_line(bytes, &was)));
        }
    }
    let gone = manifest.put_away.keys().filter(|path| !here.contains_key(*path)).filter_map(Manifest::put_away);
    refused.extend(gone.map(|place| place.to_string()));
    if !refused.is_empty() {
        return Err(Refusal::EditedAway(refused));
    }
    let mut settled = snapshot.clone();
    settled.files.insert(Manifest::path(), SourceFile::new(manifest.to_bytes()));
    Ok(Some(settled))
}

/// The first line that differs, counted from 1.
pub(super) fn first_line(bytes: &[u8], other: &[u8]) -> usize {
    let lines = |bytes: &'_ [u8]| -> Vec<Vec<u8>> { bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect() };
    let (here, there) = (lines(bytes), lines(other));
    let same = here.iter().zip(&there).take_while(|(one, other)| one == other).count();
    (same + 1).min(here.len())
}

/// What is found in the files that a migration has put away: edits that nobody sees there.
#[must_use]
pub fn findings(snapshot: &Snapshot) -> Vec<Diagnostic> {
    let Ok(Some(manifest)) = Manifest::of(snapshot) else { return Vec::new() };
    let finding = |path: TreePath| {
        let (message, place) = match snapshot.bytes(&path) {
            Some(bytes) => {
                (format!("`{path}` was edited where it is put away, and nothing reads it there"), Some((&path, bytes)))
            }
            None => (format!("`{path}` was put away by a migration, and is gone"), None),
        };
        let finding = Diagnostic::error(Code::EDITED_WHERE_PUT_AWAY, message).hint(Refusal::PUT_AWAY);
        match place {
            Some((path, bytes)) => finding.at(path, bytes, Span::at(0)),
            None => finding,
        }
    };
    edited(snapshot, &manifest).into_iter().map(finding).collect()
}

/// Whether two trees have the same files put away.
#[must_use]
pub fn same_put_away(one: &Snapshot, other: &Snapshot) -> bool {
    let away = |(path, _): &(&TreePath, &Arc<SourceFile>)| path.role() == FileRole::Migrated;
    let files = one.files.iter().filter(away).map(|(path, file)| (path, file.bytes()));
    files.eq(other.files.iter().filter(away).map(|(path, file)| (path, file.bytes())))
}
