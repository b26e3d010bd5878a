use std::path::{Path, PathBuf};

use super::atomic::is_temporary;

/// Files below a folder that were to take another's place: a run is at work on them, or was interrupted.
#[must_use]
pub fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    let names = entries.filter(|entry| is_temporary(&entry.file_name().to_string_lossy()));
    names.map(walkdir::DirEntry::into_path).collect()
}
