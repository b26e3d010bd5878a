//! Bodies: bullets that repeat ids, and links to files that move. Nothing else in a text is touched.

use std::collections::BTreeSet;

use super::places::Places;
use super::spelling::{Word, spelled_like};
use super::{Numbers, Obstacle};
use crate::format::link::links;
use crate::format::mention::{Mention, MentionKind, body_of, mentions};
use crate::format::named::line_of;
use crate::format::patch::{self, Patch};
use crate::model::{Snapshot, Task, TaskId, TreePath};

/// The body of a file with its bullets and links as they are to be; `task` is the one whose file it is.
pub(super) fn renamed(
    path: &TreePath,
    bytes: Vec<u8>,
    task: Option<&Task>,
    (paths, places, numbers): (&Paths<'_>, &Places, &Numbers),
) -> Result<Vec<u8>, Obstacle> {
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(bytes) };
    let mut patches = relinked(path, text, paths, places);
    for mention in mentions(text).iter().filter(|mention| mention.kind == MentionKind::Bullet) {
        let new = task.and_then(|task| bullet(task, mention.text, numbers));
        patches.extend(new.filter(|new| new != mention.text).map(|new| Patch::new(mention.span, new)));
    }
    patches.sort_by_key(|patch| patch.span.start);
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
    };
    let found = mentions(text).into_iter().filter(is_left);
    found
        .filter(|mention| numbers.may_mean(task, mention.text))
        .map(|mention| (line_of(text, mention.span.start), mention.text))
        .collect()
}

/// Paths that a text has beside its links, and that lead nowhere afterwards. Each with its line, counted from 1.
pub(super) fn left_paths(text: &str, places: &Places) -> Vec<(usize, String)> {
    let links = links(text, body_of(text));
    let mut found = Vec::new();
    for path in places.left() {
        for (at, _) in text.match_indices(path) {
            let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-'));
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let behind = text.get(at + path.len()..).and_then(|behind| behind.chars().next());
            if ends(before) && ends(behind) && !links.iter().any(|link| link.span.range().contains(&at)) {
                found.push((line_of(text, at), path.to_owned()));
            }
        }
    }
    found
}

/// An id in a bullet, where it is the task's own, or that of one it is part of or waits for.
fn bullet(task: &Task, written: &str, numbers: &Numbers) -> Option<String> {
    if let Some(between) = [" / ", " /", "/ "].into_iter().find(|between| written.contains(between)) {
        return Some(bullet(task, &written.replace(between, "/"), numbers)?.replace('/', between));
    }
    let named = TaskId::parse(written).ok()?;
    // What is called a task is none of its parts.
    let may_be_part = task.record.nested && !written.to_ascii_lowercase().starts_with("task");
    let inside = task.id.parent().and_then(|parent| parent.child(written).ok()).filter(|_| may_be_part);
    let known = [Some(&task.id), task.parent.as_ref()].into_iter().flatten();
    let known: Vec<&TaskId> = known.chain(task.dependencies.iter().map(|other| &other.id)).collect();
    let named = named.with_tag(task.id.tag());
    let old = known.iter().find(|id| ***id == named || inside.as_ref() == Some(**id))?;
    let new = numbers.after(old);
    (new != **old).then(|| spelled_like(written, old, &new, Word::Task))
}

/// The files of the tree, be they read or not.
pub struct Paths<'a> {
    /// Those that are read.
    pub snapshot: &'a Snapshot,
    /// Those that mean nothing to the engine.
    pub others: &'a BTreeSet<TreePath>,
}

impl Paths<'_> {
    fn has(&self, path: &TreePath) -> bool {
        self.snapshot.files.contains_key(path) || self.others.contains(path)
    }

    fn has_folder(&self, path: &TreePath) -> bool {
        let is_inside = |file: &TreePath| file.folder().is_some_and(|folder| is_in(folder, path.as_str()));
        self.snapshot.files.keys().any(is_inside) || self.others.iter().any(is_inside)
    }
}

/// The links of a file of the tree as they are to be afterwards, those that change.
pub(super) fn relinked(path: &TreePath, text: &str, paths: &Paths<'_>, places: &Places) -> Vec<Patch> {
    let changed = links(text, body_of(text)).into_iter().filter_map(|found| {
        let new = found.spelled(&link(path, &found.target, paths, places)?);
        (new != found.written).then(|| Patch::new(found.span, new))
    });
    changed.collect()
}

/// The target of a link from a file to a file of the tree, as it is to be afterwards.
fn link(from: &TreePath, target: &str, paths: &Paths<'_>, places: &Places) -> Option<String> {
    let (target, end) = target.strip_suffix('/').map_or((target, ""), |folder| (folder, "/"));
    let old = resolved(from, target)?;
    let new = match paths.has(&old) {
        true => places.after(&old),
        // A folder that moves, or is seen from one that does.
        false if paths.has_folder(&old) => places.after_folder(&old),
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
