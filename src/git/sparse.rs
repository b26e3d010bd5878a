//! What a sparse checkout keeps out of the worktree.

use super::program::Program;
use super::{GitError, Repository};

impl Repository {
    /// Whether a sparse checkout keeps a file out of the worktree that the index does not have yet. The
    /// path is relative to the repository.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn is_new_file_hidden(&self, path: &str) -> Result<bool, GitError> {
        if self.config_flag("core.sparseCheckout") != Some(true) {
            return Ok(false);
        }
        let input = [path.as_bytes(), b"\0"].concat();
        match Program::of(self).run(&["sparse-checkout", "check-rules", "-z"], &input) {
            Ok(kept) => Ok(kept != input),
            // Before git 2.41: a new file goes where the whole tree is.
            Err(_) => Ok(self.staged_entries()?.iter().all(|entry| entry.hidden)),
        }
    }
}
