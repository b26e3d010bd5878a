//! A note for hooks: the commit that HEAD was at last, where it is nobody's but a person's. A shell can
//! read it without starting the program.

use std::fs;

use super::Repository;
use crate::model::CommitId;
use crate::store::crash::{Step, around};

impl Repository {
    /// Notes that a commit is not the engine's. Where that fails, hooks find it out each time.
    pub fn note_plain_head(&self, commit: &CommitId) {
        let folder = self.store_dir();
        // A reader sees the whole line or does not believe it.
        let _ = around(Step::PlainHead, || fs::write(folder.join("plain-head"), format!("{commit}\n")));
    }
}
