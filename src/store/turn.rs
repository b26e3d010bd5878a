use std::fs::{self, File, OpenOptions};
use std::path::Path;

use super::StoreError;
use super::crash::{Step, around};
use super::error::io;

/// The right to do what one process at a time does. The system gives it back with the process,
/// however that ends: nothing stale can be left.
#[derive(Debug)]
pub struct Turn {
    _lock: File,
}

impl Turn {
    /// Waits until all that came before are done.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn wait(path: &Path) -> Result<Self, StoreError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        around(Step::Folder, || fs::create_dir_all(folder)).map_err(io("creating", folder))?;
        let lock = OpenOptions::new().create(true).append(true).open(path).map_err(io("opening", path))?;
        lock.lock().map_err(io("locking", path))?;
        Ok(Self { _lock: lock })
    }
}
