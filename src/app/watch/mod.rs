//! Watching the worktree: edits are committed as the user's, and what follows behind them.
//!
//! An edit is a file whose bytes differ from those of the last look, and from the last commit's. All else comes of git:
//! a switch of branches, a reset, a merge. So nothing is told by times or by who has written a file, and what the engine
//! itself has written is no edit, since the last commit has it.

mod act;
mod edit;
mod ground;
mod note;
mod sight;
mod sort;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use self::ground::{Ground, differing, hold, is_tried_again, others_at_work};
use self::note::{Left, Mark, Note};
use super::{AppError, LogSettings, Project, RunRecord, View, is_off_here};
use crate::format::workflow::{Mode, WatchPolicy};
use crate::git::Repository;
use crate::model::{CommitId, Severity, Snapshot, Timestamp, TreePath, work_on_one_thread};
use crate::store::{Scan, Turn};

pub use sight::{Beginning, Hold, LeftWhy, Sight};

/// How a watcher works.
#[derive(Debug, Clone, Copy)]
pub struct WatchSettings {
    /// Which edits are committed; `None` asks the rules' file.
    pub policy: Option<WatchPolicy>,
    /// How long a file must have been left alone.
    pub quiet: Duration,
    /// How long a file that is written again and again is waited for.
    pub patience: Duration,
}

/// A moment, by every clock that is needed.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// For commits.
    pub time: Timestamp,
    /// For how long something takes.
    pub at: Instant,
    /// For what the file system says.
    pub wall: SystemTime,
}

/// How the lines of a run are made for the log.
pub type LogText = dyn Fn(&RunRecord, &LogSettings) -> String;

/// A file that is gone may come back: some editors remove it and write it anew.
const GONE_FOR_GOOD: Duration = Duration::from_millis(500);

/// How often a look is tried again while something is in the way, at first and later.
const SOON: Duration = Duration::from_millis(50);
const LATER: Duration = Duration::from_secs(1);

/// What watches one worktree.
pub struct Watcher<'a> {
    settings: WatchSettings,
    log: &'a LogText,
    note: Note,
    left: Left,
    scan: Scan,
    tip: Option<Tip>,
    /// The files at the last look.
    files: Option<Snapshot>,
    /// What the watcher before this one has left is known.
    has_begun: bool,
    /// Edits that were seen and nothing was made of yet.
    open: BTreeSet<TreePath>,
    /// What was last said of files that cannot be taken as they are.
    stuck: BTreeMap<TreePath, String>,
    /// Since when files are gone.
    gone: BTreeMap<TreePath, Instant>,
    /// Since when files are being written.
    writing: Option<Instant>,
    /// What is in the way, since when, and whether that was said.
    hold: Option<(Hold, Instant, Told)>,
    /// What was committed at the last look, where the branch or its commit is another one now.
    moved_from: Option<Rc<View>>,
    /// The last processing was put off.
    behind: bool,
    /// Files of which it was said already that they are left to the user, and why.
    mentioned: BTreeSet<(TreePath, LeftWhy)>,
    /// Files that are new or gone and were left to the user: one of each may be a file with another name.
    moved: BTreeSet<TreePath>,
    /// The files as they were when the watcher came, where it could not begin then.
    first: Option<BTreeMap<TreePath, Mark>>,
    /// What is done with edits.
    acts: Option<(Mode, WatchPolicy)>,
    /// Nobody else watches this worktree while it is held.
    _turn: Turn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Not,
    Said,
}

/// The branch as it was at the last look.
struct Tip {
    branch: Option<String>,
    id: CommitId,
    view: Rc<View>,
}

/// What the last look leaves for later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing: whatever rings next.
    Ring,
    /// Another look after so long.
    After(Duration),
}

impl Next {
    /// The sooner of two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::After(one), Self::After(another)) => Self::After(one.min(another)),
            (Self::Ring, other) | (other, Self::Ring) => other,
        }
    }
}

impl<'a> Watcher<'a> {
    /// Takes the worktree, and what the watcher before it has left. `who` is what another one is told of this one.
    ///
    /// # Errors
    /// When another watcher has this worktree, the repository is bare, or the engine is switched off.
    pub fn new(project: &Project, settings: WatchSettings, log: &'a LogText, who: &str) -> Result<Self, AppError> {
        project.repository.workdir()?;
        if is_off_here() {
            return Err(AppError::SwitchedOff { how: "TASKMASTER=0 is set" });
        }
        if !project.is_enabled() {
            return Err(AppError::SwitchedOff { how: "taskmaster.enabled is false in git's configuration" });
        }
        if project.repository.head()?.is_none() && !project.repository.tree_dir()?.is_dir() {
            // Nothing is there that could be watched: not a tree that is elsewhere just now.
            project.worktree()?;
        }
        // It runs for long: memory is spared rather than time.
        Repository::keep_no_objects();
        work_on_one_thread();
        let lock = project.repository.git_dir().join("taskmaster-watch.lock");
        let turn = take_turn(&lock, who)?;
        Ok(Self {
            settings,
            log,
            note: Note::of(project),
            left: Left::default(),
            scan: Scan::default(),
            tip: None,
            files: None,
            has_begun: false,
            open: BTreeSet::new(),
            stuck: BTreeMap::new(),
            gone: BTreeMap::new(),
            writing: None,
            hold: None,
            moved_from: None,
            behind: false,
            mentioned: BTreeSet::new(),
            moved: BTreeSet::new(),
            first: None,
            acts: None,
            _turn: turn,
        })
    }

    /// Looks at everything once, and does what is to be done.
    ///
    /// # Errors
    /// [`AppError::Gone`] where there is no repository any more; else when something cannot be read or written: what was
    /// seen stays to be done by the next look.
    pub fn look(&mut self, project: &Project, moment: Moment, tell: &mut dyn FnMut(Sight)) -> Result<Next, AppError> {
        let repository = &project.repository;
        if !repository.git_dir().is_dir() || !repository.workdir()?.is_dir() {
            return Err(AppError::Gone);
        }
        if let Some(hold) = self.hindrance(project)? {
            self.note_first(project)?;
            return Ok(self.wait(hold, moment, tell));
        }
        if self.hold.is_some_and(|(hold, ..)| hold != Hold::NoTree) {
            self.resume(tell);
        }
        self.follow_branch(project, moment, tell)?;
        let index = self.ground(project)?;
        let Some(files) = self.read_files(project)? else { return Ok(self.wait(Hold::NoTree, moment, tell)) };
        // Whoever switches branches, stashes or resets meanwhile has torn what was read.
        if index == Ground::Moved || self.ground(project)? != index || hold(project)?.is_some() {
            return Ok(Next::After(SOON));
        }
        self.resume(tell);
        if !self.has_begun {
            self.begin(project, &files, tell)?;
            self.has_begun = true;
        }
        self.say_what_is_done(project, tell);
        let next = self.take_edits(project, files, moment, tell)?;
        self.note.write(&self.left, self.tip.as_ref().map(|tip| &tip.id))?;
        Ok(if self.behind { next.or(Next::After(LATER)) } else { next })
    }

    fn resume(&mut self, tell: &mut dyn FnMut(Sight)) {
        if let Some((_, _, Told::Said)) = self.hold.take() {
            tell(Sight::Resumed);
        }
    }

    /// Ends watching: what is edited from here on is the user's, and what was waited for is, too.
    ///
    /// # Errors
    /// When the note cannot be removed.
    pub fn end(mut self, tell: &mut dyn FnMut(Sight)) -> Result<(), AppError> {
        if !self.open.is_empty() {
            tell(Sight::Left { why: LeftWhy::Ended, files: self.open.into_iter().collect() });
        }
        self.note.remove()
    }

    /// How many tasks there are, and files that wait for something.
    #[must_use]
    pub fn figures(&self) -> (usize, usize) {
        (self.tip.as_ref().map_or(0, |tip| tip.view.board.tasks.len()), self.open.len())
    }

    /// Says what is in the way, once it is worth a word.
    fn wait(&mut self, hold: Hold, moment: Moment, tell: &mut dyn FnMut(Sight)) -> Next {
        let (since, told) = match self.hold {
            Some((known, since, told)) if known == hold => (since, told),
            _ => (moment.at, Told::Not),
        };
        let waited = moment.at.duration_since(since);
        let brief = matches!(hold, Hold::Locked | Hold::Committing | Hold::Writing(_)) && waited < LATER;
        if !brief && told == Told::Not {
            tell(Sight::Held(hold));
        }
        self.hold = Some((hold, since, if brief { told } else { Told::Said }));
        Next::After(if waited < LATER { SOON } else { LATER })
    }

    /// What the watcher before this one has not done is done now, where it was killed; else what was edited so far is
    /// the user's.
    fn begin(&mut self, project: &Project, files: &Snapshot, tell: &mut dyn FnMut(Sight)) -> Result<(), AppError> {
        let Some(tip) = &self.tip else { return Ok(()) };
        let known = self.note.read()?;
        let (id, view) = (tip.id.clone(), Rc::clone(&tip.view));
        let beginning = Beginning {
            branch: tip.branch.clone(),
            tasks: view.board.tasks.len(),
            mode: project.mode(&view.workflow),
            policy: self.policy(),
            catches_up: known.is_some(),
        };
        if let Some((left, at)) = known {
            self.left = left;
            self.moved_from = at.and_then(|at| left_behind(project, &at, &id));
            tell(Sight::Began(beginning));
            return Ok(());
        }
        let mut edited = differing(&view.snapshot, files);
        let first = self.first.take();
        let marks = edited.iter().map(|path| Ok((path.clone(), Mark::of(project, files.bytes(path))?)));
        self.left = Left(marks.collect::<Result<_, AppError>>()?);
        if let Some(first) = first {
            // What was saved since the watcher came is not from before.
            let gone = Mark::of(project, None)?;
            self.left.0.retain(|path, mark| first.get(path).unwrap_or(&gone) == mark);
            edited.retain(|path| self.left.0.contains_key(path));
        }
        // Who is told that it has begun can rely on it.
        self.note.write(&self.left, Some(&id))?;
        tell(Sight::Began(beginning));
        if !edited.is_empty() {
            tell(Sight::Before { files: edited });
        }
        Ok(())
    }

    /// Notes how the files are when the watcher comes, where it cannot begin yet.
    fn note_first(&mut self, project: &Project) -> Result<(), AppError> {
        if self.files.is_some() || self.first.is_some() {
            return Ok(());
        }
        let files = self.scan_files(project, &Snapshot::empty())?.files;
        let marks = files.iter().map(|(path, file)| Ok((path.clone(), Mark::of(project, Some(file.bytes()))?)));
        self.first = Some(marks.collect::<Result<_, AppError>>()?);
        // The files of the last commit are not known yet, and would be there twice.
        self.scan = Scan::default();
        Ok(())
    }

    /// Says what is done with edits, where that is something else than before.
    fn say_what_is_done(&mut self, project: &Project, tell: &mut dyn FnMut(Sight)) {
        let Some(tip) = &self.tip else { return };
        let (mode, policy) = (project.mode(&tip.view.workflow), self.policy());
        if self.acts.replace((mode, policy)).is_some_and(|known| known != (mode, policy)) {
            let errors = tip.view.workflow_diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
            tell(Sight::Acts { mode, policy, findings: errors.cloned().collect() });
        }
    }

    /// What is in the way just now.
    fn hindrance(&self, project: &Project) -> Result<Option<Hold>, AppError> {
        if !project.is_enabled() {
            return Ok(Some(Hold::SwitchedOff));
        }
        if let Some(hold) = hold(project)? {
            return Ok(Some(hold));
        }
        let head = project.repository.head()?;
        let is_idle = self.open.is_empty() && self.tip.as_ref().is_some_and(|tip| Some(&tip.id) == head.as_ref());
        Ok(if is_idle { None } else { others_at_work(project) })
    }

    fn policy(&self) -> WatchPolicy {
        let written = self.tip.as_ref().map(|tip| tip.view.workflow.git.watch).unwrap_or_default();
        self.settings.policy.unwrap_or(written)
    }
}

/// Takes the worktree. A program that a killed watcher was just starting may hold it for a moment still.
fn take_turn(lock: &Path, who: &str) -> Result<Turn, AppError> {
    const MOMENT: Duration = Duration::from_millis(20);
    for _ in 0..25 {
        if let Ok(turn) = Turn::take(lock, who)? {
            return Ok(turn);
        }
        std::thread::sleep(MOMENT);
    }
    Turn::take(lock, who)?.map_err(|holder| AppError::Watched { holder })
}

/// The tree at which the watcher before this one was killed, where the branch was taken back or elsewhere since: what
/// stands there as it was is nobody's edit.
fn left_behind(project: &Project, at: &CommitId, tip: &CommitId) -> Option<Rc<View>> {
    let went_on = project.repository.is_ancestor(at, tip).ok()?;
    if went_on { None } else { project.commit(at).ok().map(Rc::new) }
}
