//! Notes for hooks, in `taskmaster/` of the common git directory: a shell can read them without starting the program.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Repository;
use crate::model::CommitId;
use crate::store::crash::{Step, around};

/// A commit that is not processed yet, and behind which nothing is to be processed up to where processing stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    /// The commit: the tip of the branch, when this was found.
    pub tip: CommitId,
    /// Up to where the branch was processed then.
    pub cursor: CommitId,
}

impl Repository {
    /// Notes that a commit is not the engine's. Where that fails, hooks find it out each time.
    pub fn note_plain_head(&self, commit: &CommitId) {
        let path = self.store_dir().join("plain-head");
        // A reader sees the whole line or does not believe it.
        let _ = around(Step::PlainHead, || write(&path, format!("{commit}\n").as_bytes()));
    }

    /// Notes that the commit which the git process `git` is about to make has nothing to process either. The shell
    /// lines of `post-commit` then move the note on to that commit. Where that fails, the program is started there.
    pub fn note_quiet(&self, quiet: &Quiet, git: u32) {
        let note = format!("{} {} {git}\n", quiet.tip, quiet.cursor);
        let _ = around(Step::QuietHead, || write(&self.quiet_path(), note.as_bytes()));
    }

    /// What was noted last.
    #[must_use]
    pub fn quiet(&self) -> Option<Quiet> {
        let note = fs::read_to_string(self.quiet_path()).ok()?;
        let mut words = note.lines().next()?.split(' ').map(CommitId::new);
        let (Some(Ok(tip)), Some(Ok(cursor))) = (words.next(), words.next()) else { return None };
        Some(Quiet { tip, cursor })
    }

    fn quiet_path(&self) -> PathBuf {
        self.store_dir().join("quiet-head")
    }
}

/// Writes a note over one that is mostly as long. It is not emptied first: file systems that take care of files that
/// are replaced so, as ext4 does, bring each of them to the disk at once.
fn write(path: &Path, note: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    file.write_all(note)?;
    let length = note.len() as u64;
    if file.metadata()?.len() == length { Ok(()) } else { file.set_len(length) }
}
