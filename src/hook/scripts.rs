use std::fs;

use std::path::{Path, PathBuf};

use super::{FolderError, FolderKind, Git, HooksFolder};

/// The files in the folder that git runs hooks from, by name, each with its path as people would write it; samples are
/// none. Nothing where hooks are switched off or there is no folder.
///
/// # Errors
/// When git knows no hooks folder.
pub fn scripts(git: &Git, folder: &Path) -> Result<Vec<(String, PathBuf)>, FolderError> {
    let folder = HooksFolder::find(git, folder)?;
    if folder.kind == FolderKind::Disabled {
        return Ok(Vec::new());
    }
    let shown = folder.below_top().unwrap_or_else(|| folder.path.clone());
    let entries = fs::read_dir(&folder.path).into_iter().flatten().filter_map(Result::ok);
    let mut scripts: Vec<(String, PathBuf)> = entries
        .filter(|entry| !entry.file_name().to_string_lossy().ends_with(".sample"))
        .map(|entry| {
            let name = shown.join(entry.file_name()).to_string_lossy().replace('\\', "/");
            (name, entry.path())
        })
        .collect();
    scripts.sort();
    Ok(scripts)
}
