//! Which edits are taken, and what is done with them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;
use std::time::SystemTime;

use super::{GONE_FOR_GOOD, LeftWhy, Mark, Moment, Next, SOON, Sight, Watcher, differing, problem_of, put_off};
use crate::app::check::compare;
use crate::app::commit::{Own, commit_own};
use crate::app::message::{grouped, shorten};
use crate::app::readable::is_unreadable;
use crate::app::{AppError, Project, View, worktree};
use crate::engine::cascade::{self, Source};
use crate::engine::creation::Ground;
use crate::engine::diff::diff;
use crate::engine::event::{self, CREATED, DELETED, Event, Origin, plain};
use crate::engine::plan::{Detail, Merge, Plan, PlannedFile};
use crate::format;
use crate::format::workflow::{Mode, WatchPolicy};
use crate::git::{Disk, FileChange};
use crate::model::{Board, Diagnostic, Severity, Snapshot, SnapshotLabel, SourceFile, TaskId, TreePath};

/// Edits, sorted out.
#[derive(Default)]
struct Sorted {
    /// To be looked at now.
    ready: BTreeSet<TreePath>,
    /// Not settled yet, or not readable: they stay open.
    unsettled: BTreeSet<TreePath>,
    /// Left to the user, and why.
    left: BTreeMap<LeftWhy, Vec<TreePath>>,
    next: Option<Next>,
}

impl Watcher<'_> {
    /// Takes the edits that are new, and leaves alone what is not settled or not the engine's business.
    pub(super) fn take_edits(
        &mut self,
        project: &Project,
        files: Snapshot,
        moment: Moment,
        tell: &mut dyn FnMut(Sight),
    ) -> Result<Next, AppError> {
        let Some(tip) = self.tip.as_ref().map(|tip| Rc::clone(&tip.view)) else { return Ok(Next::Ring) };
        let in_place = self.policy() == WatchPolicy::Never || project.mode(&tip.workflow) != Mode::Commit;
        let mut dirty = differing(&tip.snapshot, &files);
        // Where edits are not committed, one back to what was committed is an edit, too.
        let moved_from = self.moved_from.take();
        if let Some(earlier) = self.files.as_ref().filter(|_| in_place && moved_from.is_none()) {
            dirty.extend(differing(earlier, &files));
            dirty.sort();
            dirty.dedup();
        }
        let mut edits = Vec::new();
        let mut still_left = BTreeMap::new();
        for path in &dirty {
            let mark = Mark::of(project, files.bytes(path))?;
            match self.left.0.remove(path) {
                Some(known) if known == mark => _ = still_left.insert(path.clone(), known),
                _ => edits.push((path.clone(), mark)),
            }
        }
        self.left.0 = still_left;
        self.mentioned.retain(|path| dirty.binary_search(path).is_ok());
        let is_open = |path: &TreePath| edits.binary_search_by(|(edit, _)| edit.cmp(path)).is_ok();
        self.stuck.retain(|path, _| is_open(path));
        self.gone.retain(|path, _| is_open(path));
        if edits.is_empty() {
            self.open.clear();
            self.writing = None;
            self.files = Some(files);
            return Ok(Next::Ring);
        }
        if let Some(next) = self.wait_for_writers(moment) {
            self.moved_from = moved_from;
            self.open.extend(edits.into_iter().map(|(path, _)| path));
            return Ok(next);
        }
        let sorted = self.sort(project, (&tip, moved_from.as_deref(), &files), &edits, moment, tell)?;
        let mut marks: BTreeMap<TreePath, Mark> = edits.into_iter().collect();
        let earlier = self.files.replace(files.clone());
        let was_open = std::mem::replace(&mut self.open, sorted.unsettled);
        for (why, paths) in sorted.left {
            self.leave(paths, why, &mut marks, tell);
        }
        let next = sorted.next.unwrap_or(Next::Ring);
        if sorted.ready.is_empty() {
            return Ok(next);
        }
        // Until it is done it is to be done, whatever fails on the way.
        self.open.extend(sorted.ready.iter().cloned());
        if !in_place {
            let again = self.commit(project, (&tip, &files), &sorted.ready, moment, &mut marks, tell)?;
            return Ok(next.or(again));
        }
        // What was not dealt with yet is compared with the last commit, all else with what it was at the last look.
        let known = earlier.as_ref().unwrap_or(&tip.snapshot);
        let before = overlaid(&files, known, sorted.ready.iter().filter(|path| !was_open.contains(*path)));
        let before = overlaid(&before, &tip.snapshot, sorted.ready.iter().filter(|path| was_open.contains(*path)));
        let written = self.follow_in_place(project, (&tip, &before, &files), &sorted.ready, moment, tell)?;
        for path in &sorted.ready {
            self.open.remove(path);
            self.left.0.extend(marks.remove_entry(path));
        }
        // What stands there by now may be newer: that is the next edit.
        for file in written {
            self.left.0.insert(file.path.clone(), Mark::of(project, Some(&file.after))?);
            if let Some(files) = &mut self.files {
                files.files.insert(file.path, SourceFile::new(file.after));
            }
        }
        Ok(next)
    }

    /// Waits for who is writing just now, as far as the times of files tell.
    fn wait_for_writers(&mut self, moment: Moment) -> Option<Next> {
        let quiet = self.settings.quiet;
        // What is dated in the future, by a clock on another machine, is no younger than now.
        let age = |written: SystemTime| moment.wall.duration_since(written).ok();
        let left =
            self.scan.youngest().and_then(age).and_then(|age| quiet.checked_sub(age)).filter(|left| !left.is_zero());
        let since = *self.writing.get_or_insert(moment.at);
        match left {
            Some(left) if moment.at.duration_since(since) < self.settings.patience => Some(Next::After(left)),
            _ => {
                self.writing = None;
                None
            }
        }
    }

    /// Sorts edits by what is to be done with them now.
    fn sort(
        &mut self,
        project: &Project,
        (tip, moved_from, files): (&View, Option<&View>, &Snapshot),
        edits: &[(TreePath, Mark)],
        moment: Moment,
        tell: &mut dyn FnMut(Sight),
    ) -> Result<Sorted, AppError> {
        let repository = &project.repository;
        let staged = repository.staged_blobs(&edits.iter().map(|(path, _)| path).collect())?;
        let mut sorted = Sorted::default();
        let soon = |sorted: &mut Sorted, path: &TreePath, next| {
            sorted.unsettled.insert(path.clone());
            sorted.next = Some(sorted.next.map_or(next, |known: Next| known.or(next)));
        };
        for (path, mark) in edits {
            let is_new = tip.snapshot.bytes(path).is_none();
            let same_as = |before: &Snapshot| before.bytes(path) == files.bytes(path);
            let known = self.files.as_ref().into_iter().chain(moved_from.map(|view| &view.snapshot));
            let untouched = !self.open.contains(path) && known.into_iter().any(same_as);
            let leave = match files.files.get(path) {
                _ if untouched => Some(LeftWhy::Uncommitted),
                Some(_) if staged.get(path).is_some_and(|blob| mark.is_blob(blob)) => Some(LeftWhy::Staged),
                // Removed from the index too: `git rm`.
                None if !staged.contains_key(path) => Some(LeftWhy::Staged),
                Some(_) if is_new && !staged.contains_key(path) && repository.is_ignored(path) => {
                    Some(LeftWhy::Ignored)
                }
                _ => None,
            };
            if let Some(why) = leave {
                sorted.left.entry(why).or_default().push(path.clone());
                continue;
            }
            if super::super::worktree::is_being_written(project, path)? {
                soon(&mut sorted, path, Next::After(SOON));
                continue;
            }
            let problem = match files.files.get(path) {
                Some(file) if is_unreadable(path, file) => {
                    let reading = file.reading(|bytes| format::read(path, bytes));
                    reading.diagnostics.iter().find(|finding| finding.severity == Severity::Error).cloned()
                }
                Some(_) => None,
                None => problem_of(files, path).cloned(),
            };
            if let Some(finding) = problem {
                self.say_stuck(path, &finding, tell);
                sorted.unsettled.insert(path.clone());
                continue;
            }
            if files.files.contains_key(path) {
                self.gone.remove(path);
            } else {
                let since = *self.gone.entry(path.clone()).or_insert(moment.at);
                let left = GONE_FOR_GOOD.saturating_sub(moment.at.duration_since(since));
                if !left.is_zero() {
                    soon(&mut sorted, path, Next::After(left));
                    continue;
                }
            }
            sorted.ready.insert(path.clone());
        }
        Ok(sorted)
    }

    /// Says what is wrong with a file, once for each thing that is.
    fn say_stuck(&mut self, path: &TreePath, finding: &Diagnostic, tell: &mut dyn FnMut(Sight)) {
        let text = finding.message.clone();
        if self.stuck.insert(path.clone(), text.clone()) != Some(text) {
            tell(Sight::Unfinished { finding: finding.clone() });
        }
    }

    /// Leaves edits to the user, and says so once for each file, where that is worth a word.
    fn leave(
        &mut self,
        paths: Vec<TreePath>,
        why: LeftWhy,
        marks: &mut BTreeMap<TreePath, Mark>,
        tell: &mut dyn FnMut(Sight),
    ) {
        for path in &paths {
            self.open.remove(path);
            self.left.0.extend(marks.remove_entry(path));
        }
        let news: Vec<TreePath> = paths.into_iter().filter(|path| self.mentioned.insert(path.clone())).collect();
        if !news.is_empty() {
            tell(Sight::Left { why, files: news });
        }
    }

    /// Writes what follows into the files, or only says it, as mode and policy want; gives what was written.
    fn follow_in_place(
        &mut self,
        project: &Project,
        (tip, before, files): (&Rc<View>, &Snapshot, &Snapshot),
        ready: &BTreeSet<TreePath>,
        moment: Moment,
        tell: &mut dyn FnMut(Sight),
    ) -> Result<Vec<PlannedFile>, AppError> {
        // What is not settled or not readable counts as it was committed.
        let unsettled = || self.open.iter().filter(|path| !ready.contains(*path));
        let after = tip.following(overlaid(files, &tip.snapshot, unsettled()));
        let before = after.following(overlaid(before, &tip.snapshot, unsettled()));
        let (events, conflicts) = events_between(&before, &after, moment);
        let paths: Vec<TreePath> = ready.iter().cloned().collect();
        if !conflicts.is_empty() {
            tell(Sight::Refused { findings: conflicts, files: paths });
            return Ok(Vec::new());
        }
        let silent = events.is_empty();
        tell(Sight::Edited { events: events.clone(), files: paths });
        if silent {
            return Ok(Vec::new());
        }
        let plan = consequences(&after, events, moment);
        let mode = project.mode(&tip.workflow);
        if mode != Mode::Commit {
            tell(Sight::Would { plan: Box::new(plan), mode });
            return Ok(Vec::new());
        }
        if plan.changes_nothing() {
            return Ok(Vec::new());
        }
        let files = worktree::write(project, &plan.files, &plan.made)?;
        let planned = plan.files.clone();
        tell(Sight::Written { plan: Box::new(plan), files });
        Ok(planned)
    }

    /// Commits the edits that are to be committed as the user's own, and what follows behind them.
    fn commit(
        &mut self,
        project: &Project,
        (tip, files): (&Rc<View>, &Snapshot),
        ready: &BTreeSet<TreePath>,
        moment: Moment,
        marks: &mut BTreeMap<TreePath, Mark>,
        tell: &mut dyn FnMut(Sight),
    ) -> Result<Next, AppError> {
        let everything = tip.following(overlaid(&tip.snapshot, files, ready));
        let (events, _) = events_between(tip, &everything, moment);
        let mut chosen: BTreeSet<TreePath> = match self.policy() {
            WatchPolicy::All => ready.clone(),
            _ => events.iter().flat_map(|event| places(event.task.as_ref(), tip, &everything)).collect(),
        };
        chosen.retain(|path| ready.contains(path));
        // Boards are large: what is looked at here is the tree that is committed, where that is possible.
        let (events, taken) = if chosen == *ready || chosen.is_empty() {
            (Some(events), everything)
        } else {
            (None, tip.following(overlaid(&tip.snapshot, files, &chosen)))
        };
        let Checked { refused, findings, mut view } = refuse(tip, files, &mut chosen, taken);
        let (rules, rest): (Vec<TreePath>, Vec<TreePath>) = ready
            .iter()
            .filter(|path| !chosen.contains(*path) && !refused.contains(*path))
            .cloned()
            .partition(|path| *path == TreePath::workflow());
        self.leave(rest, LeftWhy::NoEvent, marks, tell);
        self.leave(rules, LeftWhy::Rules, marks, tell);
        self.say_refused(&refused, findings, tell);
        if chosen.is_empty() {
            return Ok(Next::Ring);
        }
        let events = events.filter(|_| refused.is_empty()).unwrap_or_else(|| events_between(tip, &view, moment).0);
        let subject = subject(&events, &chosen);
        let paths: Vec<TreePath> = chosen.iter().cloned().collect();
        tell(Sight::Edited { events, files: paths.clone() });
        let changes: Vec<FileChange> = chosen
            .iter()
            .map(|path| FileChange {
                path: path.clone(),
                before: tip.snapshot.bytes(path).map(<[u8]>::to_vec),
                after: files.bytes(path).map(<[u8]>::to_vec),
                merge: Merge::ByLines,
            })
            .collect();
        let Some(at) = self.tip.as_ref().map(|tip| tip.id.clone()) else { return Ok(Next::Ring) };
        let own = Own {
            view: tip,
            tip: &at,
            subject: &subject,
            files: &changes,
            redo: &|_, _| None,
            disk: Disk::Leads,
            now: moment.time,
        };
        let made = match commit_own(project, &own) {
            Ok(made) => made,
            Err(error) => {
                let Some(why) = put_off(&error) else { return Err(error) };
                return Ok(self.wait(super::Hold::Git(why), moment, tell));
            }
        };
        for path in &chosen {
            self.open.remove(path);
            self.mentioned.remove(path);
        }
        view.snapshot.label = SnapshotLabel::Commit(made.id.to_string());
        let known = vec![(at, Rc::clone(tip)), (made.id.clone(), Rc::new(view))];
        tell(Sight::Committed { id: made.id, subject, files: paths });
        let report = project.knowing(known, |project| self.process(project, moment))?;
        self.behind = matches!(report.outcome, crate::app::SyncOutcome::Deferred { .. });
        tell(Sight::Followed(Box::new(report)));
        self.read_tip(project)?;
        Ok(Next::Ring)
    }

    /// Says what may not be committed, once for each thing that is wrong.
    fn say_refused(&mut self, refused: &BTreeSet<TreePath>, findings: Vec<Diagnostic>, tell: &mut dyn FnMut(Sight)) {
        let text: String = findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("; ");
        let mut news = Vec::new();
        for path in refused {
            if self.stuck.insert(path.clone(), text.clone()).as_ref() != Some(&text) {
                news.push(path.clone());
            }
        }
        if !news.is_empty() {
            tell(Sight::Refused { findings, files: news });
        }
    }
}

/// `base`, with the files in `paths` as `other` has them.
fn overlaid<'p>(base: &Snapshot, other: &Snapshot, paths: impl IntoIterator<Item = &'p TreePath>) -> Snapshot {
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

fn events_between(before: &View, after: &View, moment: Moment) -> (Vec<Event>, Vec<Diagnostic>) {
    let changes = diff(&before.board, &after.board);
    let derived = event::derive(&changes, &before.board, &after.board, &origin(moment));
    (derived.events, derived.conflicts)
}

/// What follows by the rules of the tree itself.
fn consequences(view: &View, events: Vec<Event>, moment: Moment) -> Plan {
    let source = Source {
        workflow: &view.workflow,
        environment: None,
        events,
        closes: Vec::new(),
        origin: origin(moment),
        inherited: HashSet::new(),
        left: Vec::new(),
    };
    cascade::plan_on(&view.snapshot, &view.board, &[source], Detail::Brief)
}

/// The files that a task is written in, before and after.
fn places(task: Option<&TaskId>, before: &View, after: &View) -> Vec<TreePath> {
    let Some(task) = task else { return Vec::new() };
    let of = |board: &Board| -> Vec<TreePath> {
        let task = board.tasks.get(task);
        let paths = task.map(|task| task.mirrors.iter().map(|mirror| &mirror.path).chain([&task.path]));
        paths.into_iter().flatten().cloned().collect()
    };
    [of(&before.board), of(&after.board)].concat()
}

/// What may be committed.
struct Checked {
    /// Files that make an error of the commit.
    refused: BTreeSet<TreePath>,
    findings: Vec<Diagnostic>,
    /// The tree with all others.
    view: View,
}

/// Takes those files out of `chosen` that make an error of the commit, whose tree `view` would be.
fn refuse(tip: &View, files: &Snapshot, chosen: &mut BTreeSet<TreePath>, view: View) -> Checked {
    let mut checked = Checked { refused: BTreeSet::new(), findings: Vec::new(), view };
    while !chosen.is_empty() {
        let errors: Vec<Diagnostic> = compare(tip, &checked.view).errors().cloned().collect();
        if errors.is_empty() {
            break;
        }
        let mut blamed: BTreeSet<TreePath> = BTreeSet::new();
        for error in &errors {
            blamed.extend(error.place.iter().map(|place| place.path.clone()));
            blamed.extend(places(error.task.as_ref(), tip, &checked.view));
        }
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

/// What the commit of an edit says: what became of each task; the files where no task is named.
fn subject(events: &[Event], files: &BTreeSet<TreePath>) -> String {
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
        return shorten(&format!("edit {}", names.join(", ")), 60);
    }
    shorten(&grouped(last).join("; "), 60)
}
