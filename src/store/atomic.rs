use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use super::StoreError;
use super::crash::{Step, around};
use super::error::io;
use super::umask::{file_mode, is_shared};

const PREFIX: &str = ".taskmaster-";
const SUFFIX: &str = ".tmp";
/// Letters and digits between them: so many that nobody calls a file so by chance.
const RANDOM: usize = 16;

/// What became of a file that was to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// It has the new content.
    Yes,
    /// It no longer had the content that was expected, and was left alone.
    Newer,
}

/// Who may do what with a file that is written. One that is there keeps the mode it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// A new file is for everybody to read.
    Readable,
    /// A new file is a program, and one that is there becomes one: who may read it may run it.
    Executable,
    /// A new file is for its owner alone.
    Private,
    /// A new file is for its owner, and for those that git shares the repository with.
    Shared,
}

/// When a new content is brought to the disk. Whoever kills the process finds it either way; who cuts the power does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flush {
    /// Before anybody sees it.
    First,
    /// Later, by [`flush`]: after a power cut the file may be empty.
    Later,
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
    replace_as(path, expected, content, Permission::Readable)
}

/// The same, with a say in the file's permissions.
///
/// # Errors
/// When the folder or the file cannot be read or written.
pub fn replace_as(
    path: &Path,
    expected: Option<&[u8]>,
    content: &[u8],
    permission: Permission,
) -> Result<Replaced, StoreError> {
    replace_from(folder_of(path), path, expected, content, (permission, Flush::First))
}

/// The same, with the new content written into `staging` first, a folder of the same file system.
pub(super) fn replace_from(
    staging: &Path,
    path: &Path,
    expected: Option<&[u8]>,
    content: &[u8],
    (permission, flush): (Permission, Flush),
) -> Result<Replaced, StoreError> {
    prepare(staging, path)?;
    let Some(file) = around(Step::Temporary, || write_aside(path, staging, content, (permission, flush)))? else {
        return Ok(Replaced::Newer);
    };
    // The last look is as late as it can be.
    let current = match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(io("reading", path)(error)),
    };
    if current.as_deref() != expected {
        return Ok(Replaced::Newer);
    }
    around(Step::Replace, || file.persist(path)).map_err(|error| io("replacing", path)(error.error))?;
    if flush == Flush::First {
        sync_folder(folder_of(path));
    }
    Ok(Replaced::Yes)
}

/// Removes a note of this program's; that there is none is as good.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(path: &Path) -> Result<(), StoreError> {
    match around(Step::NoteRemoval, || fs::remove_file(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io("removing", path)(error)),
        _ => Ok(()),
    }
}

/// Makes a folder, and those it stands in.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    around(Step::Folder, || fs::create_dir_all(path)).map_err(io("creating", path))
}

/// Creates `path` with `content`; `false` where it exists already, whatever it holds.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn create_new(path: &Path, content: &[u8]) -> Result<bool, StoreError> {
    create_from(folder_of(path), path, content, (Permission::Readable, Flush::First))
}

/// The same, with the content written into `staging` first, a folder of the same file system.
pub(super) fn create_from(
    staging: &Path,
    path: &Path,
    content: &[u8],
    (permission, flush): (Permission, Flush),
) -> Result<bool, StoreError> {
    prepare(staging, path)?;
    if path.exists() {
        return Ok(false);
    }
    // Written whole under another name first: a crash must not leave half a file under this one.
    let written = around(Step::Temporary, || write_aside(path, staging, content, (permission, flush)))?;
    let Some(file) = written else { return Ok(false) };
    match around(Step::Create, || file.persist_noclobber(path)) {
        Ok(_) => {
            if flush == Flush::First {
                sync_folder(folder_of(path));
            }
            Ok(true)
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(io("creating", path)(error.error)),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Makes the folder of a file where it is missing, and the one that it is staged in, without what interrupted
/// runs have left there.
fn prepare(staging: &Path, path: &Path) -> Result<(), StoreError> {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    for folder in [staging, folder_of(path)] {
        if !folder.is_dir() {
            around(Step::Folder, || fs::create_dir_all(folder)).map_err(io("creating", folder))?;
        }
    }
    // Once in a process: a folder may hold ten thousand files.
    if SWEPT.lock().unwrap_or_else(PoisonError::into_inner).insert(staging.to_owned()) {
        sweep(staging);
    }
    Ok(())
}

/// Whether a file of that name was to replace another.
pub(super) fn is_temporary(name: &str) -> bool {
    let random = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    random.is_some_and(|random| random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Removes the files in a folder that were to take the place of others when their process was killed. Those
/// that a living process writes stay.
pub fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_ours = is_temporary(&name);
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        // Who writes it has it locked; the system gives that lock back with the process, however that ends.
        let Ok(file) = File::open(entry.path()) else { continue };
        if file.try_lock().is_ok() {
            // What cannot be removed is in nobody's way.
            let _ = around(Step::Sweep, || fs::remove_file(entry.path()));
        }
    }
}

/// Writes the new content of `path` into a file of another name that is on disk then; `None` where `path` is not
/// a plain file.
fn write_aside(
    path: &Path,
    folder: &Path,
    content: &[u8],
    (permission, flush): (Permission, Flush),
) -> Result<Option<NamedTempFile>, StoreError> {
    let mut file = locked_file(folder, permission).map_err(io("writing beside", path))?;
    file.write_all(content).map_err(io("writing beside", path))?;
    let set_mode = match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Ok(None),
        Ok(metadata) => file.as_file().set_permissions(permission.on(metadata.permissions())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match permission {
            Permission::Readable => open_to_all(file.as_file()),
            // As the user's umask has left it.
            Permission::Shared if is_shared() => open_to_all(file.as_file()),
            Permission::Executable | Permission::Private | Permission::Shared => Ok(()),
        },
        Err(error) => return Err(io("reading", path)(error)),
    };
    set_mode.map_err(io("setting the mode of", path))?;
    if flush == Flush::First {
        file.as_file().sync_all().map_err(io("syncing", path))?;
    }
    Ok(Some(file))
}

/// A new file under a name of its own, locked for as long as it is open: nobody sweeps it.
pub(crate) fn locked_file(folder: &Path, permission: Permission) -> io::Result<NamedTempFile> {
    loop {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM);
        if let Some(permissions) = permission.fresh() {
            builder.permissions(permissions);
        }
        let file = builder.tempfile_in(folder)?;
        // Where files cannot be locked nobody takes this one for left behind.
        let is_locked = file.as_file().try_lock().is_ok();
        if !is_locked || file.path().exists() {
            return Ok(file);
        }
        // Swept before it was locked.
    }
}

/// How many files are brought to the disk at once: the file system makes one step of what comes together.
const TOGETHER: usize = 8;

/// Brings files to the disk that were written without that, and the folders they are in. One that is gone meanwhile
/// needs nothing.
pub(super) fn flush(paths: &[PathBuf]) -> Result<(), StoreError> {
    let share = paths.len().div_ceil(TOGETHER).max(1);
    std::thread::scope(|scope| {
        let shares: Vec<_> = paths.chunks(share).map(|paths| scope.spawn(|| sync_files(paths))).collect();
        let ends =
            shares.into_iter().map(|share| share.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault)));
        ends.collect::<Result<(), _>>()
    })?;
    let folders: BTreeSet<&Path> = paths.iter().map(|path| folder_of(path)).collect();
    folders.into_iter().for_each(sync_folder);
    Ok(())
}

fn sync_files(paths: &[PathBuf]) -> Result<(), StoreError> {
    for path in paths {
        match File::open(path).and_then(|file| file.sync_all()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io("syncing", path)(error)),
            _ => {}
        }
    }
    Ok(())
}

fn sync_folder(folder: &Path) {
    // Not every file system can sync a folder; those that cannot order renames by themselves.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(unix)]
impl Permission {
    /// What a file is made with, less the user's umask; `None`: for its owner alone.
    fn fresh(self) -> Option<fs::Permissions> {
        use std::os::unix::fs::PermissionsExt as _;
        (self == Self::Executable).then(|| fs::Permissions::from_mode(0o777))
    }

    /// What becomes of the permissions of a file that is there.
    fn on(self, there: fs::Permissions) -> fs::Permissions {
        use std::os::unix::fs::PermissionsExt as _;
        match self {
            Self::Readable | Self::Private | Self::Shared => there,
            Self::Executable => fs::Permissions::from_mode(there.mode() | ((there.mode() & 0o444) >> 2)),
        }
    }
}

#[cfg(not(unix))]
impl Permission {
    #[expect(clippy::unused_self, reason = "other systems have no such bits")]
    fn fresh(self) -> Option<fs::Permissions> {
        None
    }

    #[expect(clippy::unused_self, reason = "other systems have no such bits")]
    fn on(self, there: fs::Permissions) -> fs::Permissions {
        there
    }
}

/// A temporary file is for its owner alone; a task file is for everybody that the user lets.
#[cfg(unix)]
fn open_to_all(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(file_mode()))
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

    #[test]
    fn only_what_nobody_writes_any_more_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("task.md");
        let left = folder.path().join(".taskmaster-killed0123456789.tmp");
        let file = locked_file(folder.path(), Permission::Readable).unwrap();
        fs::write(&left, "half").unwrap();
        fs::write(folder.path().join("mine.tmp"), "mine").unwrap();
        assert_eq!(replace(&path, None, b"one").unwrap(), Replaced::Yes);
        assert!(!left.exists() && file.path().exists() && folder.path().join("mine.tmp").exists());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_created_is_for_everybody_to_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        create_new(&folder.path().join("created"), b"one").unwrap();
        replace(&folder.path().join("replaced"), None, b"one").unwrap();
        assert_eq!((mode("created"), mode("replaced")), (0o644, 0o644));
    }
}
