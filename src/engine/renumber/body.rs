//! Bodies: bullets that repeat ids, and links to files that move. Nothing else in a text is touched.

use super::places::Places;
use super::spelling::{Word, spelled_like};
use super::{Numbers, Obstacle};
use crate::format::mention::{Mention, MentionKind, mentions};
use crate::format::named::line_of;
use crate::format::patch::{self, Patch};
use crate::model::{Snapshot, Task, TaskId, TreePath};

/// The body of a file with its bullets and links as they are to be; `task` is the one whose file it is.
pub(super) fn renamed(
    path: &TreePath,
    bytes: Vec<u8>,
    task: Option<&Task>,
    (snapshot, places, numbers): (&Snapshot, &Places, &Numbers),
) -> Result<Vec<u8>, Obstacle> {
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(bytes) };
    let mut patches = Vec::new();
    for mention in mentions(text) {
        let new = match mention.kind {
            MentionKind::Bullet => task.and_then(|task| bullet(task, mention.text, numbers)),
            MentionKind::Loose => None,
            MentionKind::Link => link(path, mention.text, snapshot, places),
        };
        patches.extend(new.filter(|new| new != mention.text).map(|new| Patch::new(mention.span, new)));
    }
    patch::apply(&bytes, &patches).map_err(|error| Obstacle::Edit {
        path: path.clone(),
        source: crate::format::edit::EditError::Unsafe { field: "body".to_owned(), reason: error.to_string() },
    })
}

/// What bullets name that may be one of the tasks that get other numbers, and stays: neither the task itself, nor its
/// parent, nor what its front matter says it waits for. Each with its line, counted from 1.
pub(super) fn left<'text>(text: &'text str, task: &Task, numbers: &Numbers) -> Vec<(usize, &'text str)> {
    let is_left = |mention: &Mention<'_>| match mention.kind {
        MentionKind::Bullet => bullet(task, mention.text, numbers).is_none(),
        MentionKind::Loose => true,
        MentionKind::Link => false,
    };
    let found = mentions(text).into_iter().filter(is_left);
    found
        .filter(|mention| numbers.may_mean(task, mention.text))
        .map(|mention| (line_of(text, mention.span.start), mention.text))
        .collect()
}

/// An id in a bullet, where it is the task's own, or that of one it is part of or waits for.
fn bullet(task: &Task, written: &str, numbers: &Numbers) -> Option<String> {
    let named = TaskId::parse(written).ok()?;
    let inside = task.id.parent().and_then(|parent| parent.child(written).ok()).filter(|_| task.record.nested);
    let known = [Some(&task.id), task.parent.as_ref()].into_iter().flatten();
    let known: Vec<&TaskId> = known.chain(task.dependencies.iter().map(|other| &other.id)).collect();
    let named = named.with_tag(task.id.tag());
    let old = known.iter().find(|id| ***id == named || inside.as_ref() == Some(**id))?;
    let new = numbers.after(old);
    (new != **old).then(|| spelled_like(written, old, &new, Word::Task))
}

/// The target of a link from a file to a file of the tree, as it is to be afterwards.
fn link(from: &TreePath, target: &str, snapshot: &Snapshot, places: &Places) -> Option<String> {
    let (target, end) = target.strip_suffix('/').map_or((target, ""), |folder| (folder, "/"));
    let old = resolved(from, target)?;
    let new = match snapshot.files.contains_key(&old) {
        true => places.after(&old),
        // A folder that moves, or is seen from one that does.
        false if snapshot.files.keys().any(|path| path.folder().is_some_and(|folder| is_in(folder, old.as_str()))) => {
            places.after_folder(&old)
        }
        false => return None,
    };
    let from = places.after(from);
    if resolved(&from, target).as_ref() == Some(&new) {
        return None;
    }
    let (base, parts): (Vec<&str>, Vec<&str>) =
        (from.folder().unwrap_or_default().split('/').collect(), new.as_str().split('/').collect());
    let common = base.iter().zip(&parts).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..", base.len() - common);
    let lead = if target.starts_with("./") && common == base.len() { "./" } else { "" };
    let path: Vec<&str> = up.chain(parts.get(common..).unwrap_or_default().iter().copied()).collect();
    Some(format!("{lead}{}{end}", path.join("/")))
}

/// Whether a folder is another one, or stands in it.
fn is_in(folder: &str, other: &str) -> bool {
    folder.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The file that a relative target means, seen from another file.
fn resolved(from: &TreePath, target: &str) -> Option<TreePath> {
    let mut parts: Vec<&str> = from.folder().unwrap_or_default().split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" => return None,
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    TreePath::new(parts.join("/")).ok()
}
