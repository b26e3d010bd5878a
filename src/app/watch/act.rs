//! What is done with edits: committed as the user's, or followed where they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::edit::{Checked, consequences, errors_in, events_between, overlaid, places, refuse, subject};
use super::ground::{made as commit_of, merged};
use super::{Hold, LeftWhy, Mark, Moment, Next, SOON, Sight, Watcher, differing, others_at_work};
use crate::app::commit::{Own, commit_own};
use crate::app::{AppError, Project, View, message, worktree};
use crate::engine::plan::{Merge, PlannedFile};
use crate::format::workflow::{Mode, WatchPolicy};
use crate::git::{Deferral, Disk, FileChange, NewMode};
use crate::model::{Diagnostic, Snapshot, SnapshotLabel, SourceFile, TreePath};

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
        // A file with another name is two files: what becomes of one of them is looked at with the other.
        self.moved.retain(|path| still_left.contains_key(path));
        let is_new = |path: &TreePath| tip.snapshot.bytes(path).is_none();
        if edits.iter().any(|(path, _)| is_new(path)) {
            for path in std::mem::take(&mut self.moved) {
                edits.extend(still_left.remove_entry(&path));
                self.open.insert(path);
            }
            edits.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        // What was left and is stashed is left when it comes back, unless a commit has come between.
        if project.repository.has_stash() {
            let stays = |path: &TreePath| {
                moved_from.as_ref().is_none_or(|earlier| earlier.snapshot.bytes(path) == tip.snapshot.bytes(path))
            };
            still_left.extend(std::mem::take(&mut self.left.0).into_iter().filter(|(path, _)| stays(path)));
        }
        self.left.0 = still_left;
        self.mentioned.retain(|(path, _)| dirty.binary_search(path).is_ok());
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
            // What nobody has touched is no edit by being waited for.
            let touched = edits.into_iter().map(|(path, _)| path);
            let touched = touched.filter(|path| !self.is_untouched(path, moved_from.as_deref(), &files));
            let touched: Vec<TreePath> = touched.collect();
            self.open.extend(touched);
            self.moved_from = moved_from;
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
        if let Some(hold) = others_at_work(project) {
            return Ok(next.or(self.wait(hold, moment, tell)));
        }
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
        let Checked { mut refused, mut findings, warnings, mut view } = refuse(tip, files, &mut chosen, taken);
        let some_refused = !refused.is_empty();
        let rest: BTreeSet<TreePath> =
            ready.iter().filter(|path| !chosen.contains(*path) && !refused.contains(*path)).cloned().collect();
        if !rest.is_empty() {
            let (wrong, errors) = errors_in(tip, files, &rest);
            if !wrong.is_empty() {
                refused.extend(wrong);
                findings.extend(errors);
            }
        }
        let (rules, rest): (Vec<TreePath>, Vec<TreePath>) =
            rest.into_iter().filter(|path| !refused.contains(path)).partition(|path| *path == TreePath::workflow());
        let comes_or_goes = |path: &&TreePath| tip.snapshot.bytes(path).is_none() != files.bytes(path).is_none();
        self.moved.extend(rest.iter().filter(comes_or_goes).cloned());
        self.leave(rest, LeftWhy::NoEvent, marks, tell);
        self.leave(rules, LeftWhy::Rules, marks, tell);
        self.say_refused(&refused, findings, tell);
        if chosen.is_empty() {
            return Ok(Next::Ring);
        }
        let events = events.filter(|_| !some_refused).unwrap_or_else(|| events_between(tip, &view, moment).0);
        let subject = subject(&events, &chosen, files);
        let paths: Vec<TreePath> = chosen.iter().cloned().collect();
        let changes: Vec<FileChange> = chosen
            .iter()
            .map(|path| FileChange {
                path: path.clone(),
                before: tip.snapshot.bytes(path).map(<[u8]>::to_vec),
                after: files.bytes(path).map(<[u8]>::to_vec),
                merge: Merge::ByLines,
                mode: NewMode::Plain,
            })
            .collect();
        let Some(at) = self.tip.as_ref().map(|tip| tip.id.clone()) else { return Ok(Next::Ring) };
        let own = Own {
            view: tip,
            tip: &at,
            subject: &subject,
            step: None,
            files: &changes,
            redo: &|_, _| None,
            disk: Disk::Leads,
            now: moment.time,
        };
        let made = match commit_own(project, &own) {
            Ok(made) => made,
            Err(AppError::Deferred(why)) => return Ok(self.put_off(why, paths, moment, marks, tell)),
            Err(error) => return Err(error),
        };
        tell(Sight::Edited { events, files: paths.clone() });
        self.mentioned.retain(|(path, _)| !chosen.contains(path));
        for path in &chosen {
            self.open.remove(path);
        }
        view.snapshot.label = SnapshotLabel::Commit(made.id.to_string());
        let known = vec![(at, Rc::clone(tip)), (made.id.clone(), Rc::new(view))];
        let subject = message::subject(&tip.workflow, &subject);
        tell(Sight::Committed { id: made.id.clone(), subject, files: paths, findings: warnings });
        let report = project.knowing(known, |project| self.process(project, moment))?;
        self.behind = super::is_tried_again(&report.outcome);
        let (merged, followed) = (merged(&report.outcome), commit_of(&report.outcome));
        let branch = self.tip.as_ref().and_then(|tip| tip.branch.clone());
        tell(Sight::Followed(Box::new(report)));
        self.read_tip(project, branch, followed.unwrap_or(made.id))?;
        self.keep_left(project, &merged)?;
        Ok(Next::Ring)
    }

    /// What becomes of an edit that cannot be committed just now.
    fn put_off(
        &mut self,
        why: Deferral,
        paths: Vec<TreePath>,
        moment: Moment,
        marks: &mut BTreeMap<TreePath, Mark>,
        tell: &mut dyn FnMut(Sight),
    ) -> Next {
        match why {
            // A file was saved again meanwhile, or somebody else has committed.
            Deferral::BranchMoves => Next::After(SOON),
            Deferral::StagedEdits => {
                self.leave(paths, LeftWhy::Staged, marks, tell);
                Next::Ring
            }
            Deferral::SignerUnavailable => {
                self.leave(paths, LeftWhy::Unsigned, marks, tell);
                Next::Ring
            }
            _ => self.wait(Hold::Git(why), moment, tell),
        }
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
