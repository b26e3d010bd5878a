//! What an edit is: the events in it, what would follow, and what a commit of it says.

use std::collections::{BTreeMap, BTreeSet};

use super::Moment;
use crate::app::View;
use crate::app::check::compare;
use crate::app::message::{grouped, shorten};
use crate::engine::cascade::{self, Source};
use crate::engine::creation::Ground;
use crate::engine::diff::diff;
use crate::engine::event::{self, CREATED, DELETED, Event, Origin, plain};
use crate::engine::plan::{Detail, Plan};
use crate::model::{Board, Diagnostic, Snapshot, TaskId, TreePath};

/// `base`, with the files in `paths` as `other` has them.
pub(super) fn overlaid<'p>(
    base: &Snapshot,
    other: &Snapshot,
    paths: impl IntoIterator<Item = &'p TreePath>,
) -> Snapshot {
    let mut snapshot = base.clone();
    for path in paths {
        snapshot.forget(path);
        snapshot.files.extend(other.files.get_key_value(path).map(|(path, file)| (path.clone(), file.clone())));
    }
    snapshot
}

fn origin(moment: Moment) -> Origin {
    // Tasks and reports are made of commits, whose moment they carry.
    Origin { time: Some(moment.time), authored: Some(moment.time), ground: Ground::Elsewhere, ..Origin::default() }
}

pub(super) fn events_between(before: &View, after: &View, moment: Moment) -> (Vec<Event>, Vec<Diagnostic>) {
    let changes = diff(&before.board, &after.board);
    let derived = event::derive(&changes, &before.board, &after.board, &origin(moment));
    (derived.events, derived.conflicts)
}

/// What follows by the rules of the tree itself.
pub(super) fn consequences(view: &View, events: Vec<Event>, moment: Moment) -> Plan {
    let source = Source::of(&view.workflow, events, origin(moment));
    cascade::plan_on(&view.snapshot, &view.board, &[source], Detail::Brief)
}

/// The files that a task is written in, before and after.
pub(super) fn places(task: Option<&TaskId>, before: &View, after: &View) -> Vec<TreePath> {
    let Some(task) = task else { return Vec::new() };
    let of = |board: &Board| -> Vec<TreePath> {
        let task = board.tasks.get(task);
        let paths = task.map(|task| task.mirrors.iter().map(|mirror| &mirror.path).chain([&task.path]));
        paths.into_iter().flatten().cloned().collect()
    };
    [of(&before.board), of(&after.board)].concat()
}

/// What may be committed.
pub(super) struct Checked {
    /// Files that make an error of the commit.
    pub(super) refused: BTreeSet<TreePath>,
    pub(super) findings: Vec<Diagnostic>,
    /// What is odd about the others.
    pub(super) warnings: Vec<Diagnostic>,
    /// The tree with all others.
    pub(super) view: View,
}

/// Takes those files out of `chosen` that make an error of the commit, whose tree `view` would be.
pub(super) fn refuse(tip: &View, files: &Snapshot, chosen: &mut BTreeSet<TreePath>, view: View) -> Checked {
    let mut checked = Checked { refused: BTreeSet::new(), findings: Vec::new(), warnings: Vec::new(), view };
    while !chosen.is_empty() {
        let compared = compare(tip, &checked.view);
        let errors: Vec<Diagnostic> = compared.errors().cloned().collect();
        if errors.is_empty() {
            checked.warnings = compared.findings;
            break;
        }
        let mut blamed = blamed(&errors, tip, &checked.view);
        blamed.retain(|path| chosen.contains(path));
        if blamed.is_empty() {
            blamed.clone_from(chosen);
        }
        chosen.retain(|path| !blamed.contains(path));
        checked.refused.extend(blamed);
        checked.findings.extend(errors);
        checked.view = tip.following(overlaid(&tip.snapshot, files, &*chosen));
    }
    checked
}

/// The files that findings are about.
fn blamed(findings: &[Diagnostic], tip: &View, view: &View) -> BTreeSet<TreePath> {
    let named = findings.iter().filter_map(|finding| finding.place.as_ref()).map(|place| place.path.clone());
    named.chain(findings.iter().flat_map(|finding| places(finding.task.as_ref(), tip, view))).collect()
}

/// The files among `rest` that would make an error of the user's commit, with the errors: nothing can follow from them,
/// and whoever commits them is refused.
pub(super) fn errors_in(
    tip: &View,
    files: &Snapshot,
    rest: &BTreeSet<TreePath>,
) -> (BTreeSet<TreePath>, Vec<Diagnostic>) {
    let view = tip.following(overlaid(&tip.snapshot, files, rest));
    let errors: Vec<Diagnostic> = compare(tip, &view).errors().cloned().collect();
    (blamed(&errors, tip, &view).intersection(rest).cloned().collect(), errors)
}

/// What the commit of an edit says: what became of each task; the files where no task is named. `after` has the files as
/// they are.
pub(super) fn subject(events: &[Event], files: &BTreeSet<TreePath>, after: &Snapshot) -> String {
    let mut last: BTreeMap<&TaskId, String> = BTreeMap::new();
    for event in events {
        let Some(task) = &event.task else { continue };
        let what = match event.kind.as_str() {
            CREATED => "created".to_owned(),
            DELETED => "deleted".to_owned(),
            _ if event.is_status() => event.new.as_ref().map(plain).unwrap_or_default(),
            // What another task's change has made possible is no edit.
            event::DEPENDENCIES_SATISFIED => continue,
            _ => String::new(),
        };
        let known = last.entry(task).or_default();
        if known.is_empty() {
            *known = what;
        }
    }
    if last.is_empty() {
        let mut names: Vec<&str> = files.iter().take(3).map(TreePath::as_str).collect();
        if files.len() > 3 {
            names.push("…");
        }
        let verb = if files.iter().all(|path| after.bytes(path).is_none()) { "remove" } else { "edit" };
        return shorten(&format!("{verb} {}", names.join(", ")), 60);
    }
    shorten(&grouped(last).join("; "), 60)
}
