//! One hook file: read with what matters about it, replaced whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::InstallError;

/// A hook file as it is found.
pub(super) enum HookFile {
    Absent,
    Link(PathBuf),
    Script { bytes: Vec<u8>, executable: bool },
}

impl HookFile {
    pub(super) fn read(path: &Path) -> Result<Self, InstallError> {
        let metadata = match fs::symlink_metadata(path) {
            Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
                return Ok(Self::Absent);
            }
            other => other.map_err(failed("read", path))?,
        };
        if metadata.is_symlink() {
            return Ok(Self::Link(fs::read_link(path).map_err(failed("read", path))?));
        }
        let bytes = fs::read(path).map_err(failed("read", path))?;
        Ok(Self::Script { bytes, executable: is_executable(&metadata.permissions()) })
    }
}

/// Writes `new` in the place of `old`, whole or not at all, with the mode that the file had.
pub(super) fn replace(path: &Path, old: Option<&[u8]>, new: &[u8], executable: bool) -> Result<(), InstallError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(failed("create", folder))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".taskmaster-");
    let fresh = fresh_permissions();
    if let Some(permissions) = fresh {
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(folder).map_err(failed("write in", folder))?;
    file.write_all(new).map_err(failed("write", path))?;
    if old.is_some() {
        let mode = fs::metadata(path).map_err(failed("read", path))?.permissions();
        let mode = if executable { with_executable_bit(&mode) } else { mode };
        file.as_file().set_permissions(mode).map_err(failed("write", path))?;
    }
    file.as_file().sync_all().map_err(failed("write", path))?;
    still(path, old)?;
    file.persist(path).map_err(|error| failed("write", path)(error.error))?;
    Ok(())
}

/// Deletes the file if it still is what was read.
pub(super) fn delete(path: &Path, old: &[u8]) -> Result<(), InstallError> {
    still(path, Some(old))?;
    fs::remove_file(path).map_err(failed("delete", path))
}

/// Whether the file still is what was read.
fn still(path: &Path, old: Option<&[u8]>) -> Result<(), InstallError> {
    match (HookFile::read(path)?, old) {
        (HookFile::Absent, None) => Ok(()),
        (HookFile::Script { bytes, .. }, Some(old)) if bytes == old => Ok(()),
        _ => Err(InstallError::Changed { path: path.to_owned() }),
    }
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> InstallError {
    move |source| InstallError::File { what, path: path.to_owned(), source }
}

#[cfg(unix)]
fn is_executable(permissions: &Permissions) -> bool {
    use std::os::unix::fs::PermissionsExt;
    permissions.mode() & 0o111 != 0
}

/// Who may read the file may run it.
#[cfg(unix)]
fn with_executable_bit(permissions: &Permissions) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    let mode = permissions.mode();
    Permissions::from_mode(mode | ((mode & 0o444) >> 2))
}

/// What a new file gets, less the user's umask.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such bits")]
fn fresh_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o777))
}

#[cfg(not(unix))]
fn is_executable(_: &Permissions) -> bool {
    true
}

#[cfg(not(unix))]
fn with_executable_bit(permissions: &Permissions) -> Permissions {
    permissions.clone()
}

#[cfg(not(unix))]
fn fresh_permissions() -> Option<Permissions> {
    None
}
