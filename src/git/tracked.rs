//! The files of the whole repository that git tracks, by name.

use std::path::PathBuf;

use super::index::Listed;
use super::program::Program;
use super::{GitError, Repository};

/// A file that git tracks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedFile {
    /// Its path from the top of the repository, with `/`; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// The file on disk.
    pub file: PathBuf,
    /// What git says it is.
    pub kind: TrackedKind,
}

/// What git says that a tracked file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackedKind {
    /// A file.
    Plain,
    /// A file that can be executed.
    Executable,
    /// A link, a repository inside this one, or what a sparse checkout has left out.
    Other,
}

impl Repository {
    /// The files that git tracks, by path, each once.
    ///
    /// # Errors
    /// In a bare repository, or when the index cannot be read.
    pub fn tracked_files(&self) -> Result<Vec<TrackedFile>, GitError> {
        let top = self.workdir()?;
        let output = Program::of(self).run(&["ls-files", "-z", "--stage", "-v"], &[])?;
        let mut files: Vec<TrackedFile> = output
            .split(|byte| *byte == 0)
            .filter_map(Listed::parse)
            .map(|listed| TrackedFile {
                path: String::from_utf8_lossy(listed.path).into_owned(),
                file: top.join(path_of(listed.path)),
                kind: match (listed.hidden, listed.mode) {
                    (false, 0o100_644) => TrackedKind::Plain,
                    (false, 0o100_755) => TrackedKind::Executable,
                    _ => TrackedKind::Other,
                },
            })
            .collect();
        files.sort_by(|one, other| one.file.cmp(&other.file));
        // The sides of a conflict are one file.
        files.dedup_by(|one, other| one.file == other.file);
        Ok(files)
    }
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
