//! Which edits are taken now, which wait, and which are the user's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::{GONE_FOR_GOOD, LATER, LeftWhy, Mark, Moment, Next, Sight, Watcher};
use crate::app::readable::is_unreadable;
use crate::app::{AppError, Project, View, worktree};
use crate::format;
use crate::model::{Diagnostic, Severity, Snapshot, TreePath};

/// Edits, sorted out.
#[derive(Default)]
pub(super) struct Sorted {
    /// To be looked at now.
    pub(super) ready: BTreeSet<TreePath>,
    /// Not settled yet, or not readable: they stay open.
    pub(super) unsettled: BTreeSet<TreePath>,
    /// Left to the user, and why.
    pub(super) left: BTreeMap<LeftWhy, Vec<TreePath>>,
    pub(super) next: Option<Next>,
}

impl Watcher<'_> {
    /// Waits for who is writing just now, as far as the times of files tell.
    pub(super) fn wait_for_writers(&mut self, moment: Moment) -> Option<Next> {
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

    /// Whether a file is as it was at the last look, or as the commit of that time has it: git has moved, not the file.
    pub(super) fn is_untouched(&self, path: &TreePath, moved_from: Option<&View>, files: &Snapshot) -> bool {
        let mut known = self.files.as_ref().into_iter().chain(moved_from.map(|view| &view.snapshot));
        known.any(|before| before.bytes(path) == files.bytes(path))
    }

    /// Sorts edits by what is to be done with them now.
    pub(super) fn sort(
        &mut self,
        project: &Project,
        (tip, moved_from, files): (&View, Option<&View>, &Snapshot),
        edits: &[(TreePath, Mark)],
        moment: Moment,
        tell: &mut dyn FnMut(Sight),
    ) -> Result<Sorted, AppError> {
        let repository = &project.repository;
        let staged = repository.staged_files(&edits.iter().map(|(path, _)| path).collect())?;
        let mut sorted = Sorted::default();
        let soon = |sorted: &mut Sorted, path: &TreePath, next| {
            sorted.unsettled.insert(path.clone());
            sorted.next = Some(sorted.next.map_or(next, |known: Next| known.or(next)));
        };
        for (path, _) in edits {
            let is_new = tip.snapshot.bytes(path).is_none();
            let leave = match files.files.get(path) {
                _ if !self.open.contains(path) && self.is_untouched(path, moved_from, files) => {
                    Some(LeftWhy::Uncommitted)
                }
                _ if staged.get(path).is_some_and(|staged| staged.is_unwatched) => Some(LeftWhy::Unwatched),
                // Something of it, or all; `git rm`, too. Which of it is to be committed the user has said.
                _ if !Mark::of(project, tip.snapshot.bytes(path))?.is_staged(staged.get(path)) => Some(LeftWhy::Staged),
                Some(_) if is_new && repository.is_ignored(path) => Some(LeftWhy::Ignored),
                _ => None,
            };
            if let Some(why) = leave {
                sorted.left.entry(why).or_default().push(path.clone());
                continue;
            }
            if let Some(age) = worktree::written_since(project, path)? {
                if age >= LATER {
                    self.say_locked(path, tell);
                }
                // It rings when the lock goes.
                soon(&mut sorted, path, Next::After(LATER));
                continue;
            }
            let problem = match files.files.get(path) {
                Some(file) if is_unreadable(path, file) => {
                    let reading = file.reading(|bytes| format::read(path, bytes));
                    reading.diagnostics.iter().find(|finding| finding.severity == Severity::Error).cloned()
                }
                Some(_) => None,
                None => files.problem_of(path).cloned(),
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
        // A file that goes and one that comes may be one that is renamed: both are looked at together.
        if sorted.unsettled.iter().any(|path| self.gone.contains_key(path)) {
            let is_new = |path: &TreePath| tip.snapshot.bytes(path).is_none();
            let (new, ready) = std::mem::take(&mut sorted.ready).into_iter().partition(is_new);
            sorted.ready = ready;
            sorted.unsettled.extend::<BTreeSet<TreePath>>(new);
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

    /// Says that a file has been locked for a while, once.
    fn say_locked(&mut self, path: &TreePath, tell: &mut dyn FnMut(Sight)) {
        let lock = format!("{}.lock", path.file_name());
        if self.stuck.insert(path.clone(), lock.clone()).as_ref() != Some(&lock) {
            tell(Sight::Locked { file: path.clone(), lock });
        }
    }

    /// Leaves edits to the user, and says so once for each file and reason, where that is worth a word.
    pub(super) fn leave(
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
        let news: Vec<TreePath> = paths.into_iter().filter(|path| self.mentioned.insert((path.clone(), why))).collect();
        if !news.is_empty() {
            tell(Sight::Left { why, files: news });
        }
    }
}
