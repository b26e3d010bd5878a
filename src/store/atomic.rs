use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::StoreError;
use super::error::io;

const PREFIX: &str = ".taskmaster-";
const SUFFIX: &str = ".tmp";

/// Whether a file of that name was to replace another, and its run was interrupted.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// What became of a file that was to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// It has the new content.
    Yes,
    /// It no longer had the content that was expected, and was left alone.
    Newer,
}

/// Replaces the content of `path` if it still is `expected`; `None` expects no file.
///
/// The new content is written beside it, synced, given the old file's permissions and renamed into
/// place, so that every reader sees the old or the new file and a crash leaves one of them. A file
/// that somebody has saved meanwhile is left alone; so is anything that is not a plain file.
///
/// # Errors
/// When the folder or the file cannot be read or written.
pub fn replace(path: &Path, expected: Option<&[u8]>, content: &[u8]) -> Result<Replaced, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(io("creating", folder))?;
    let mut file = tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempfile_in(folder)
        .map_err(io("writing beside", path))?;
    file.write_all(content).map_err(io("writing beside", path))?;
    let set_mode = match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Ok(Replaced::Newer),
        Ok(metadata) => file.as_file().set_permissions(metadata.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => open_to_all(file.as_file()),
        Err(error) => return Err(io("reading", path)(error)),
    };
    set_mode.map_err(io("setting the mode of", path))?;
    file.as_file().sync_all().map_err(io("syncing", path))?;
    // The last look is as late as it can be.
    let current = match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(io("reading", path)(error)),
    };
    if current.as_deref() != expected {
        return Ok(Replaced::Newer);
    }
    file.persist(path).map_err(|error| io("replacing", path)(error.error))?;
    sync_folder(folder);
    Ok(Replaced::Yes)
}

/// Creates `path` with `content`; `false` where it exists already, whatever it holds.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn create_new(path: &Path, content: &[u8]) -> Result<bool, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(io("creating", folder))?;
    if path.exists() {
        return Ok(false);
    }
    // Written whole under another name first: a crash must not leave half a file under this one.
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder).map_err(io("writing beside", path))?;
    file.write_all(content).map_err(io("writing beside", path))?;
    file.as_file().sync_all().map_err(io("syncing", path))?;
    match file.persist_noclobber(path) {
        Ok(_) => {
            sync_folder(folder);
            Ok(true)
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(io("creating", path)(error.error)),
    }
}

fn sync_folder(folder: &Path) {
    // Not every file system can sync a folder; those that cannot order renames by themselves.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// A temporary file is for its owner alone; a task file is for everybody.
#[cfg(unix)]
fn open_to_all(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_all(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/task.md");
        assert_eq!(replace(&path, None, b"one").unwrap(), Replaced::Yes);
        assert_eq!(replace(&path, Some(b"zero"), b"two").unwrap(), Replaced::Newer);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(replace(&path, Some(b"one"), b"two").unwrap(), Replaced::Yes);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");
    }

    #[cfg(unix)]
    #[test]
    fn modes_survive_and_links_are_never_replaced() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("task.md");
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(replace(&path, Some(b"one"), b"two").unwrap(), Replaced::Yes);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        let link = folder.path().join("link.md");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(replace(&link, Some(b"two"), b"three").unwrap(), Replaced::Newer);
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }

    #[test]
    fn what_exists_is_not_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("intents/key.json");
        assert!(create_new(&path, b"one").unwrap());
        assert!(!create_new(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }
}
