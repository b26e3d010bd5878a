//! What the way back would lose: files that cannot be read, and texts that the files as they were have no place for.

use std::collections::BTreeMap;

use crate::format::{self, front_matter, sections};
use crate::model::{Board, Code, Diagnostic, FileRole, Severity, Snapshot, TreePath};

use super::forward::said;

/// The files that cannot be read and were edited, or came, since, with what is wrong with each. `then` is the migrated
/// tree before anything was edited, with what it said.
pub(super) fn unreadable_since(
    snapshot: &Snapshot,
    then: &Snapshot,
    now: &Board,
    expected: &Board,
) -> BTreeMap<TreePath, Vec<String>> {
    let is_new = |path: &TreePath| then.bytes(path) != snapshot.bytes(path);
    let mut found: BTreeMap<TreePath, Vec<String>> = BTreeMap::new();
    let mut add = |path: &TreePath, diagnostic: &Diagnostic| {
        found.entry(path.clone()).or_default().push(said(diagnostic));
    };
    for (path, file) in snapshot.files.iter().filter(|(path, _)| is_new(path)) {
        for diagnostic in &file.reading(|bytes| format::read(path, bytes)).diagnostics {
            // A file that is called like a task and has lost its front matter had one.
            let lost = diagnostic.code == Code("no-front-matter") && then.bytes(path).is_some();
            if diagnostic.severity == Severity::Error || lost {
                add(path, diagnostic);
            }
        }
    }
    // Of two files with one id either may be the new one.
    let twice = |board: &'_ Board| -> Vec<Diagnostic> {
        board.diagnostics.iter().filter(|found| found.code == Code("duplicate-id")).cloned().collect()
    };
    let known = twice(expected);
    for diagnostic in twice(now) {
        let is_known = known.iter().any(|known| known.identity() == diagnostic.identity());
        let path = diagnostic.place.as_ref().map(|place| place.path.clone());
        if let Some(path) = path.filter(|path| !is_known || is_new(path)) {
            add(&path, &diagnostic);
        }
    }
    found
}

/// The texts of Markdown files that go, and were edited since, for which a list has no place.
pub(super) fn texts_without_place(snapshot: &Snapshot, then: &Snapshot, after: &Snapshot, now: &Board) -> Vec<String> {
    let mut lost = Vec::new();
    for task in now.tasks.values().filter(|task| task.path.role() == FileRole::TaskMarkdown) {
        let path = &task.path;
        let (here, old) = (text(snapshot, path), text(then, path));
        if here == old || after.bytes(path) == snapshot.bytes(path) {
            continue;
        }
        let heading = sections::heading(here);
        let title = task.record.title.as_deref().map(sections::heading_of);
        if heading.is_some() && heading != sections::heading(old) && heading.map(ToOwned::to_owned) != title {
            lost.push(format!("{path}: the heading is another than the title, and a list has the title alone"));
        }
        let before = sections::read(old);
        for (name, said) in sections::read(here) {
            let field = task.record.fields.get(&name);
            let is_same = before.get(&name) == Some(&said) || field.and_then(|field| field.as_str()) == Some(&said);
            if field.is_some() && !is_same {
                lost.push(format!("{path}: the body has another text than the field `{name}` of the front matter"));
            }
        }
        let comments = front_matter::comments(old);
        for comment in front_matter::comments(here).into_iter().filter(|comment| !comments.contains(comment)) {
            lost.push(format!("{path}: the comment `{}` in the front matter", comment.escape_debug()));
        }
    }
    lost
}

fn text<'a>(snapshot: &'a Snapshot, path: &TreePath) -> &'a str {
    snapshot.bytes(path).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}
