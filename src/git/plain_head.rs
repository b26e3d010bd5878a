//! A note for hooks: the commit that HEAD was at last, where it is nobody's but a person's. A shell can
//! read it without starting the program.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use super::Repository;
use crate::model::CommitId;
use crate::store::crash::{Step, around};

impl Repository {
    /// Notes that a commit is not the engine's. Where that fails, hooks find it out each time.
    pub fn note_plain_head(&self, commit: &CommitId) {
        let folder = self.store_dir();
        // A reader sees the whole line or does not believe it.
        let _ = around(Step::PlainHead, || write(&folder.join("plain-head"), format!("{commit}\n").as_bytes()));
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
