//! What the way back would lose: files that cannot be read, and texts that the files as they were have no place for.

use std::collections::BTreeMap;

use crate::engine::diff::fields;
use crate::format::front_matter::comments;
use crate::format::{self, sections};
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
            let lost = diagnostic.code == Code::NO_FRONT_MATTER && then.bytes(path).is_some();
            if diagnostic.severity == Severity::Error || lost {
                add(path, diagnostic);
            }
        }
    }
    // Of two files with one id either may be the new one.
    let twice = |board: &'_ Board| -> Vec<Diagnostic> {
        board.diagnostics.iter().filter(|found| found.code == Code::DUPLICATE_ID).cloned().collect()
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

/// The texts of Markdown files that were edited since, and that are not in the files as they are to be.
pub(super) fn texts_without_place(snapshot: &Snapshot, then: &Snapshot, after: &Snapshot, now: &Board) -> Vec<String> {
    let mut lost = Vec::new();
    for task in now.tasks.values().filter(|task| task.path.role() == FileRole::TaskMarkdown) {
        let path = &task.path;
        let (here, old, new) = (text(snapshot, path), text(then, path), text(after, path));
        if here == old || new == here {
            continue;
        }
        let mut tell = |line: usize, what: &str| lost.push(format!("{path}:{line}: {what}"));
        let heading = sections::heading(here);
        let title = task.record.title.as_deref().map(sections::heading_of);
        let is_known = heading == sections::heading(old) || heading == sections::heading(new);
        if let Some(heading) = heading.filter(|heading| !is_known && Some((*heading).to_owned()) != title) {
            tell(line_of(here, heading), "the heading is another than the title, and a list has the title alone");
        }
        let (before, after) = (sections::read(old), sections::read(new));
        for (name, said) in sections::read(here) {
            let field = task.record.fields.get(&name);
            let is_same = [&before, &after].iter().any(|texts| texts.get(&name) == Some(&said))
                || field.and_then(|field| field.as_str()) == Some(&said);
            if field.is_some() && !is_same {
                let what = format!("the body has another text than the field `{name}` of the front matter");
                tell(line_of(here, &said), &what);
            }
        }
        let mut known: Vec<&str> = [old, new].into_iter().flat_map(comments).map(|(_, comment)| comment).collect();
        for (line, comment) in comments(here) {
            match known.iter().position(|known| *known == comment) {
                Some(found) => drop(known.swap_remove(found)),
                None => tell(line, &format!("the comment `{}` in the front matter", comment.escape_debug())),
            }
        }
        let said = fields(&task.record);
        let said_then = then.files.get(path).and_then(|file| {
            let records = &file.reading(|bytes| format::read(path, bytes)).records;
            records.iter().find(|record| record.id == task.id).map(|record| fields(record))
        });
        for name in OWN {
            let other = match &said_then {
                Some(then) => said.get(name) != then.get(name),
                // A new subtask says what it belongs to.
                None => name != "parent" && said.contains_key(name),
            };
            if other && new.is_empty() {
                tell(key_line(here, name), &format!("the field `{name}`, which a list has for something else"));
            }
        }
    }
    lost
}

/// Fields of front matter that mean something of their own in a list.
const OWN: [&str; 4] = ["id", "parent", "subtasks", "parentId"];

/// The line of a key of front matter, counted from 1.
fn key_line(file: &str, key: &str) -> usize {
    let is_key =
        |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'));
    file.lines().position(is_key).map_or(1, |at| at + 1)
}

/// The first line of a file, counted from 1, in which a text begins.
fn line_of(file: &str, text: &str) -> usize {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    file.lines().position(|line| line.contains(first)).map_or(1, |at| at + 1)
}

fn text<'a>(snapshot: &'a Snapshot, path: &TreePath) -> &'a str {
    snapshot.bytes(path).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}
