use std::fs;

use std::path::{Path, PathBuf};

use super::hook_file::is_executable;
use super::{FolderError, FolderKind, Git, HooksFolder};

/// A file in the folder that git runs hooks from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HookScript {
    /// Its path as people would write it.
    pub path: String,
    /// The file.
    pub file: PathBuf,
    /// Whether git would run it.
    pub executable: bool,
}

/// The files in the folder that git runs hooks from, by name; samples are
/// none. Nothing where hooks are switched off or there is no folder.
///
/// # Errors
/// When git knows no hooks folder.
pub fn scripts(git: &Git, folder: &Path) -> Result<Vec<HookScript>, FolderError> {
    let folder = HooksFolder::find(git, folder)?;
    if folder.kind == FolderKind::Disabled {
        return Ok(Vec::new());
    }
    let shown = folder.below_top().unwrap_or_else(|| folder.path.clone());
    let entries = fs::read_dir(&folder.path).into_iter().flatten().filter_map(Result::ok);
    let mut scripts: Vec<HookScript> = entries
        .filter(|entry| !entry.file_name().to_string_lossy().ends_with(".sample"))
        .map(|entry| {
            let path = shown.join(entry.file_name()).to_string_lossy().replace('\\', "/");
            let file = entry.path();
            let executable = fs::metadata(&file).is_ok_and(|metadata| is_executable(&metadata.permissions()));
            HookScript { path, file, executable }
        })
        .collect();
    scripts.sort();
    Ok(scripts)
}
