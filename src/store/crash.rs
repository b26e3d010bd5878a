//! Points before and behind every step that lasts, so that a test can end the process at each of them.
//!
//! Without the feature `crash-points` a step is nothing but the work in it. With it, `TASKMASTER_CRASH_TRACE` names
//! a file that gets a line for each point that is passed, and `TASKMASTER_CRASH_AT` the number of the line behind
//! which the process that has written it is killed. The file is what counts, so that the processes of one
//! `git commit` are counted together. With `TASKMASTER_CRASH_RUN` that program is run there instead, and
//! `TASKMASTER_CRASH_AT` may be a line itself, such as `before object`: somebody who does something meanwhile.

/// What changes something that stays when the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A blob, a tree or a commit is written into the repository.
    Object,
    /// The objects are brought to the disk.
    ObjectSync,
    /// `index.lock` appears.
    IndexLock,
    /// The index is copied beside itself.
    IndexCopy,
    /// The copy is edited.
    IndexEdit,
    /// The copy is told that files on disk are what it says.
    IndexRefresh,
    /// The copy is brought to the disk and becomes the index.
    IndexPublish,
    /// `index.lock` goes.
    IndexUnlock,
    /// The `index.lock` of a run that was killed goes.
    OrphanUnlock,
    /// What interrupted runs have left is removed.
    Sweep,
    /// The branch moves.
    Branch,
    /// The note of a commit under way goes.
    NoteRemoval,
    /// A cursor moves.
    Cursor,
    /// A cursor goes.
    CursorRemoval,
    /// The last of the pending commits is forgotten.
    PendingRemoval,
    /// HEAD is noted as a person's commit.
    PlainHead,
    /// It is noted that nothing is to be processed up to HEAD.
    QuietHead,
    /// The git program switches branches.
    Switch,
    /// The git program deletes a branch.
    BranchRemoval,
    /// The git program fetches from another repository.
    Fetch,
    /// The git program pushes to another repository.
    Push,
    /// The repository's configuration is written.
    Config,
    /// The folder of a file is made.
    Folder,
    /// A file's new content is written beside it and brought to the disk.
    Temporary,
    /// The new content takes the file's place.
    Replace,
    /// A file appears where there was none.
    Create,
    /// A file of the worktree goes, and the folders that are empty then.
    Remove,
    /// A hook file goes.
    HookRemoval,
    /// Lines are added to the log.
    LogLines,
    /// A full log is put aside.
    LogRotation,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 30] = [
        Self::Object,
        Self::ObjectSync,
        Self::IndexLock,
        Self::IndexCopy,
        Self::IndexEdit,
        Self::IndexRefresh,
        Self::IndexPublish,
        Self::IndexUnlock,
        Self::OrphanUnlock,
        Self::Sweep,
        Self::Branch,
        Self::NoteRemoval,
        Self::Cursor,
        Self::CursorRemoval,
        Self::PendingRemoval,
        Self::PlainHead,
        Self::QuietHead,
        Self::Switch,
        Self::BranchRemoval,
        Self::Fetch,
        Self::Push,
        Self::Config,
        Self::Folder,
        Self::Temporary,
        Self::Replace,
        Self::Create,
        Self::Remove,
        Self::HookRemoval,
        Self::LogLines,
        Self::LogRotation,
    ];

    /// Its name in a trace.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::ObjectSync => "object-sync",
            Self::IndexLock => "index-lock",
            Self::IndexCopy => "index-copy",
            Self::IndexEdit => "index-edit",
            Self::IndexRefresh => "index-refresh",
            Self::IndexPublish => "index-publish",
            Self::IndexUnlock => "index-unlock",
            Self::OrphanUnlock => "orphan-unlock",
            Self::Sweep => "sweep",
            Self::Branch => "branch",
            Self::NoteRemoval => "note-removal",
            Self::Cursor => "cursor",
            Self::CursorRemoval => "cursor-removal",
            Self::PendingRemoval => "pending-removal",
            Self::PlainHead => "plain-head",
            Self::QuietHead => "quiet-head",
            Self::Switch => "switch",
            Self::BranchRemoval => "branch-removal",
            Self::Fetch => "fetch",
            Self::Push => "push",
            Self::Config => "config",
            Self::Folder => "folder",
            Self::Temporary => "temporary",
            Self::Replace => "replace",
            Self::Create => "create",
            Self::Remove => "remove",
            Self::HookRemoval => "hook-removal",
            Self::LogLines => "log-lines",
            Self::LogRotation => "log-rotation",
        }
    }
}

/// Does the work of a step, with a point before and one behind it.
pub(crate) fn around<T>(step: Step, work: impl FnOnce() -> T) -> T {
    points::pass("before", step);
    let done = work();
    points::pass("after", step);
    done
}

#[cfg(not(feature = "crash-points"))]
mod points {
    /// Nothing.
    #[inline]
    pub(super) fn pass(_: &str, _: super::Step) {}
}

#[cfg(feature = "crash-points")]
mod points {
    use std::ffi::OsString;
    use std::fs::{self, OpenOptions};
    use std::io::Write as _;
    use std::process::Command;
    use std::sync::OnceLock;

    static TRACE: OnceLock<Option<OsString>> = OnceLock::new();

    /// Writes the point down, and ends the process if its turn has come.
    pub(super) fn pass(side: &str, step: super::Step) {
        let Some(trace) = TRACE.get_or_init(|| std::env::var_os("TASKMASTER_CRASH_TRACE")) else { return };
        let line = format!("{side} {}\n", step.name());
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(trace)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        let (Ok(()), Ok(wanted)) = (written, std::env::var("TASKMASTER_CRASH_AT")) else { return };
        let is_here = match wanted.parse::<usize>() {
            Ok(last) => fs::read_to_string(trace).is_ok_and(|text| text.lines().count() == last),
            Err(_) => wanted == line.trim_end(),
        };
        match std::env::var_os("TASKMASTER_CRASH_RUN") {
            // What it runs leaves no trace of its own.
            Some(program) if is_here => drop(Command::new(program).env_remove("TASKMASTER_CRASH_TRACE").status()),
            None if is_here => end(),
            _ => {}
        }
    }

    #[cfg(unix)]
    fn end() {
        // Nobody can catch this signal: the process is gone when the call would return.
        let _ = signal_hook::low_level::raise(libc::SIGKILL);
    }

    #[cfg(not(unix))]
    fn end() {
        std::process::abort();
    }
}
