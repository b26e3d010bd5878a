use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::Path;

use super::StoreError;
use super::crash::{Step, around};
use super::error::io;

/// More than the line has that says who holds a turn.
const LONGEST: u64 = 512;

/// The right to do what one process at a time does. The system gives it back with the process,
/// however that ends: nothing stale can be left.
#[derive(Debug)]
pub struct Turn {
    lock: File,
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
        Ok(Self { lock })
    }

    /// Takes the turn where nobody has it, and says in the file who has it now; else what the file says of who does.
    ///
    /// # Errors
    /// When the file cannot be made, locked or read.
    pub fn take(path: &Path, who: &str) -> Result<Result<Self, String>, StoreError> {
        let open = || OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
        let mut lock = open().map_err(io("opening", path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                lock.take(LONGEST).read_to_string(&mut holder).map_err(io("reading", path))?;
                return Ok(Err(holder.trim().to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(io("locking", path)(error)),
        }
        lock.set_len(0).and_then(|()| lock.write_all(who.as_bytes())).map_err(io("writing", path))?;
        Ok(Ok(Self { lock }))
    }
}

/// Given back at once: a program that is just being started has inherited the open file for a moment, and closing it
/// here alone would leave the turn taken until that is over.
impl Drop for Turn {
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_over_once_it_is_dropped_whoever_has_inherited_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let turn = Turn::take(&path, "the first").unwrap().unwrap();
        let inherited = turn.lock.try_clone().unwrap();
        assert_eq!(Turn::take(&path, "the second").unwrap().unwrap_err(), "the first");
        drop(turn);
        Turn::take(&path, "the second").unwrap().unwrap();
        drop(inherited);
    }
}
