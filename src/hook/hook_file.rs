//! One hook file: read with what matters about it, replaced whole or not at all.

use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use super::InstallError;
use crate::store::crash::{Step, around};
use crate::store::{self, Permission, Replaced, StoreError};

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
pub(super) fn replace(path: &Path, old: Option<&[u8]>, new: &[u8], permission: Permission) -> Result<(), InstallError> {
    still(path, old)?;
    match store::replace_as(path, old, new, permission) {
        Ok(Replaced::Yes) => Ok(()),
        Err(StoreError::Io { path, source, .. }) => Err(InstallError::File { what: "write", path, source }),
        Ok(Replaced::Newer) | Err(StoreError::Corrupt { .. } | StoreError::Foreign { .. }) => {
            Err(InstallError::Changed { path: path.to_owned() })
        }
    }
}

/// Deletes the file if it still is what was read.
pub(super) fn delete(path: &Path, old: &[u8]) -> Result<(), InstallError> {
    still(path, Some(old))?;
    around(Step::HookRemoval, || fs::remove_file(path)).map_err(failed("delete", path))
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
pub(super) fn is_executable(permissions: &Permissions) -> bool {
    use std::os::unix::fs::PermissionsExt;
    permissions.mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub(super) fn is_executable(_: &Permissions) -> bool {
    true
}
