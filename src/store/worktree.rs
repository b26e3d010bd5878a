use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use walkdir::WalkDir;

use super::StoreError;
use super::error::io;
use crate::model::{Code, Diagnostic, Snapshot, SnapshotLabel, SourceFile, Span, TreePath, in_shares};

/// The largest file that is read: far above any task file, far below what would hurt.
pub(crate) const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The tree as the files below `folder` are now. Links are findings, never followed; so is what cannot
/// be read. A folder that does not exist is an empty tree.
///
/// # Errors
/// When the folder itself cannot be listed.
pub fn snapshot_of_folder(folder: &Path) -> Result<Snapshot, StoreError> {
    let Listing { found, problems, blocked } = list(folder)?;
    let mut snapshot = Snapshot { label: SnapshotLabel::Worktree, problems, blocked, ..Snapshot::empty() };
    let mut files = Vec::with_capacity(found.len());
    for (path, content) in read_all(&found) {
        match content.of(&path) {
            Ok(Some(bytes)) => files.push((path, SourceFile::new(bytes))),
            Ok(None) => {}
            Err(problem) => {
                snapshot.problems.push(*problem);
                snapshot.blocked.extend(path.is_made_in().then_some(path));
            }
        }
    }
    snapshot.files = files.into_iter().collect();
    Ok(snapshot)
}

/// The files of a tree that are read, in the order of their names, and what is found wrong on the way.
pub(super) struct Listing {
    pub(super) found: Vec<(TreePath, PathBuf)>,
    pub(super) problems: Vec<Diagnostic>,
    /// What stands where files could be made, and is not read.
    pub(super) blocked: BTreeSet<TreePath>,
}

/// Lists the files below `folder`, and reads none.
pub(super) fn list(folder: &Path) -> Result<Listing, StoreError> {
    let (mut problems, mut blocked) = (Vec::new(), BTreeSet::new());
    let mut found: Vec<(TreePath, PathBuf)> = Vec::new();
    if !folder.is_dir() {
        return Ok(Listing { found, problems, blocked });
    }
    if std::fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_symlink()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().escape_debug().to_string();
        let message = format!("`{name}` is a link, and links are never followed");
        problems.push(Diagnostic::error(Code::LINK, message).hint("put the folder itself there"));
        return Ok(Listing { found, problems, blocked });
    }
    let mut foreign: Vec<TreePath> = Vec::new();
    let mut walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => {
                let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"));
                return Err(StoreError::Io { doing: "listing", path: folder.to_owned(), source });
            }
            // Removed between listing and looking.
            Err(error) if error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound) => {
                continue;
            }
            Err(error) => {
                let path = error.path().unwrap_or(folder);
                problems.push(unreadable(tree_path(folder, path), error.io_error()));
                continue;
            }
        };
        if entry.depth() == 0 {
            continue;
        }
        let is_folder = entry.file_type().is_dir();
        // A tree inside the tree, or a repository, is not this tree's business.
        if matches!(entry.file_name().to_str(), Some(".git" | ".taskmaster")) {
            let around = entry.path().parent().unwrap_or(folder);
            if let (true, Ok(around)) = (entry.file_name() == ".git", tree_path(folder, around)) {
                foreign.push(around);
            }
            if is_folder {
                walk.skip_current_dir();
            }
            continue;
        }
        let path = match tree_path(folder, entry.path()) {
            Ok(path) => path,
            // A folder is told by the files in it, as git has it.
            Err(_) if is_folder => continue,
            Err(shown) => {
                problems.push(path_problem(&shown));
                continue;
            }
        };
        if is_folder {
            if path.role().holds_tasks() {
                problems.push(folder_problem(&path));
            }
            blocked.extend((path.is_made_in() && path.role().holds_tasks()).then_some(path));
        } else if entry.file_type().is_symlink() {
            if path.may_hold_tasks() {
                problems.push(link_problem(&path));
            }
            blocked.extend(path.is_made_in().then_some(path));
        } else if path.role().is_read() {
            if entry.file_type().is_file() {
                found.push((path, entry.into_path()));
            } else {
                problems.push(special_problem(&path));
                blocked.extend(path.is_made_in().then_some(path));
            }
        } else {
            blocked.extend(path.is_made_in().then_some(path));
        }
    }
    for around in foreign {
        let inside = |path: &TreePath| path.as_str().strip_prefix(around.as_str()).is_some_and(|r| r.starts_with('/'));
        found.retain(|(path, _)| !inside(path));
        if around.may_hold_tasks() {
            problems.push(repository_problem(&around));
        }
    }
    Ok(Listing { found, problems, blocked })
}

pub(super) enum Content {
    File(Vec<u8>),
    TooLarge(u64),
    Unreadable(std::io::Error),
    /// Removed between listing and reading.
    Gone,
}

impl Content {
    /// The bytes, `None` where there is no file any more; else what is wrong with it.
    pub(super) fn of(self, path: &TreePath) -> Result<Option<Vec<u8>>, Box<Diagnostic>> {
        match self {
            Self::File(bytes) => Ok(Some(bytes)),
            Self::TooLarge(size) => Err(Box::new(size_problem(path, size))),
            Self::Unreadable(error) => Err(Box::new(unreadable(Ok(path.clone()), Some(&error)))),
            Self::Gone => Ok(None),
        }
    }
}

/// Reads the files on as many threads as there are processors: reading many small files is mostly
/// waiting for the system.
pub(super) fn read_all(found: &[(TreePath, PathBuf)]) -> Vec<(TreePath, Content)> {
    const WORTH_A_THREAD: usize = 256;
    let shares = in_shares(found, WORTH_A_THREAD, |files| {
        let mut buffer = Vec::with_capacity(64 * 1024);
        files.iter().map(|(path, file)| (path.clone(), read_one(file, &mut buffer))).collect::<Vec<_>>()
    });
    shares.into_iter().flatten().collect()
}

/// Reads one file; `buffer` is what all files of a thread are read into, to be copied in one piece.
fn read_one(path: &Path, buffer: &mut Vec<u8>) -> Content {
    read_bounded(path, buffer).unwrap_or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Content::Gone,
        _ => Content::Unreadable(error),
    })
}

fn read_bounded(path: &Path, buffer: &mut Vec<u8>) -> std::io::Result<Content> {
    let file = File::open(path)?;
    buffer.clear();
    (&file).take(LARGEST_FILE + 1).read_to_end(buffer)?;
    if buffer.len() as u64 > LARGEST_FILE {
        *buffer = Vec::new();
        return Ok(Content::TooLarge(file.metadata()?.len()));
    }
    Ok(Content::File(buffer.as_slice().to_vec()))
}

/// The path inside the tree; what can be shown of it where it is none.
fn tree_path(folder: &Path, path: &Path) -> Result<TreePath, String> {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let shown = || relative.to_string_lossy().into_owned();
    relative.to_str().and_then(|text| TreePath::new(text).ok()).ok_or_else(shown)
}

/// The bytes of a plain file; `None` where there is none.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => std::fs::read(path).map(Some).map_err(io("reading", path)),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io("reading", path)(error)),
    }
}

/// How long ago something was last changed; `None` where there is nothing, or it is dated in the future.
#[must_use]
pub fn age(path: &Path) -> Option<Duration> {
    std::fs::symlink_metadata(path).and_then(|metadata| metadata.modified()).ok()?.elapsed().ok()
}

/// Whether a folder, or something else that is no plain file, stands at a path.
#[must_use]
pub fn is_occupied(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// The plain files directly in `folder` whose name ends with one of `endings`, by name; none where there
/// is no such folder.
///
/// # Errors
/// When the folder cannot be listed, or a file in it cannot be read.
pub fn files_in(folder: &Path, endings: &[&str]) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io("listing", folder)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io("listing", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if endings.iter().any(|ending| name.ends_with(ending))
            && let Some(bytes) = read(&entry.path())?
        {
            files.push((name, bytes));
        }
    }
    files.sort();
    Ok(files)
}

/// A text file; bytes that are not UTF-8 are replaced.
///
/// # Errors
/// When it cannot be read.
pub fn read_text(path: &Path) -> Result<String, StoreError> {
    let bytes = std::fs::read(path).map_err(io("reading", path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The finding about a path that is no [`TreePath`], in what can be shown of it.
pub(crate) fn path_problem(shown: &str) -> Diagnostic {
    let message = format!("`{}` is no path that can be read", shown.escape_debug());
    Diagnostic::warning(Code::UNREADABLE_PATH, message)
}

/// The finding about a link where a file should be.
pub(crate) fn link_problem(path: &TreePath) -> Diagnostic {
    Diagnostic::error(Code::LINK, format!("`{path}` is a link, and links are never followed"))
        .hint("put the file itself there")
        .at(path, &[], Span::at(0))
}

/// The finding about a folder with a repository of its own.
pub(crate) fn repository_problem(path: &TreePath) -> Diagnostic {
    let message = format!("`{path}` is a repository of its own, and its files are not this tree's");
    Diagnostic::error(Code::NESTED_REPOSITORY, message).hint("put the files themselves there, without its .git").at(
        path,
        &[],
        Span::at(0),
    )
}

fn folder_problem(path: &TreePath) -> Diagnostic {
    Diagnostic::error(Code::FOLDER, format!("`{path}` is a folder, and a file is expected there"))
        .hint("give the folder another name")
        .at(path, &[], Span::at(0))
}

fn special_problem(path: &TreePath) -> Diagnostic {
    Diagnostic::error(Code::NOT_A_FILE, format!("`{path}` is no plain file")).hint("put a file there").at(
        path,
        &[],
        Span::at(0),
    )
}

pub(super) fn unreadable(path: Result<TreePath, String>, error: Option<&std::io::Error>) -> Diagnostic {
    let shown = path.as_ref().map_or_else(|shown| shown.escape_debug().to_string(), ToString::to_string);
    let why = error.map_or_else(|| "a loop of links".to_owned(), |error| error.kind().to_string());
    let finding = Diagnostic::error(Code::UNREADABLE_FILE, format!("`{shown}` cannot be read: {why}"));
    match path {
        Ok(path) => finding.hint("give yourself the right to read it").at(&path, &[], Span::at(0)),
        Err(_) => finding,
    }
}

/// The finding about a file that is too large to be one of ours.
pub(crate) fn size_problem(path: &TreePath, size: u64) -> Diagnostic {
    let (size, most) = (size / 1024 / 1024, LARGEST_FILE / 1024 / 1024);
    Diagnostic::error(Code::TOO_LARGE, format!("`{path}` has {size} MiB; files over {most} MiB are not read"))
        .hint("split it, or move old tasks into another file")
        .at(path, &[], Span::at(0))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_and_large_files_are_findings() {
        let folder = tempfile::tempdir().unwrap();
        let context = folder.path().join("context");
        fs::create_dir_all(context.join("task_001")).unwrap();
        fs::write(context.join("task_001/task.md"), "---\n").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", context.join("task_002.md")).unwrap();
        File::create(context.join("big.md")).unwrap().set_len(LARGEST_FILE + 1).unwrap();
        fs::create_dir_all(folder.path().join(".taskmaster/context")).unwrap();
        fs::write(folder.path().join(".taskmaster/context/x.md"), "").unwrap();
        let snapshot = snapshot_of_folder(folder.path()).unwrap();
        let paths: Vec<&str> = snapshot.files.keys().map(TreePath::as_str).collect();
        assert_eq!(paths, ["context/task_001/task.md"]);
        let mut codes: Vec<&str> = snapshot.problems.iter().map(|problem| problem.code.as_str()).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["link", "too-large"]);
    }
}
