//! What is through with for long: of an effect that was carried out, or never will be, the key alone stays, so that it is never
//! recorded again. The folders of intents and states do not grow for ever.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::crash::{Step, around};
use super::error::io;
use super::umask::{file_mode, is_shared};
use super::{IntentState, Outbox, Permission, StoreError, remove, replace_as};

/// How long the files of an effect stay that is through with.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// How often somebody looks.
const EVERY: Duration = Duration::from_hours(24);

/// How many effects are looked at each time.
const FEW: usize = 100;

impl Outbox {
    /// Puts away what has been through with for thirty days; where there are many, once a day. How many effects that were.
    ///
    /// # Errors
    /// When a file cannot be read, written or removed.
    pub fn tidy(&self) -> Result<usize, StoreError> {
        let now = SystemTime::now();
        let looked = self.folder.join("tidied");
        let is_old = |time: SystemTime, age: Duration| now.duration_since(time).is_ok_and(|passed| passed > age);
        let last = fs::metadata(&looked).and_then(|metadata| metadata.modified());
        if !self.folder.is_dir() || last.is_ok_and(|last| !is_old(last, EVERY)) {
            return Ok(0);
        }
        let folder = self.folder.join("state");
        let listed = match fs::read_dir(&folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(io("listing", &folder)(error)),
        };
        let (mut count, mut seen) = (0, 0);
        for entry in listed {
            seen += 1;
            let entry = entry.map_err(io("listing", &folder))?;
            let Ok(changed) = entry.metadata().and_then(|metadata| metadata.modified()) else { continue };
            let name = entry.file_name();
            let Some(key) = name.to_str().and_then(|name| name.strip_suffix(".json")) else { continue };
            if is_old(changed, KEPT)
                && let Some((_, standing)) = self.look(key)?
                && matches!(standing.state, IntentState::Sent | IntentState::Skipped)
            {
                self.put_away(key)?;
                count += 1;
            }
        }
        // A look at few is cheaper than a note of it.
        if seen > FEW {
            let before = fs::read(&looked).ok();
            replace_as(&looked, before.as_deref(), b"", Permission::Shared)?;
        }
        Ok(count)
    }

    /// Keeps the key, and removes the files. Where it ends in between, the next one finds the files again.
    fn put_away(&self, key: &str) -> Result<(), StoreError> {
        let path = self.past_path(key);
        let folder = self.folder.join("past");
        around(Step::Folder, || fs::create_dir_all(&folder)).map_err(io("creating", &folder))?;
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_shared() { file_mode() } else { 0o600 });
        // A line of its own, whatever a killed run has left of another.
        let written = around(Step::LogLines, || {
            let mut file = options.open(&path)?;
            file.write_all(format!("\n{key}\n").as_bytes())?;
            file.sync_all()
        });
        written.map_err(io("writing", &path))?;
        let [intent, state] = self.files(key);
        remove(&intent)?;
        remove(&state)
    }

    /// Whether the effect of a key was put away.
    ///
    /// # Errors
    /// When that cannot be read.
    pub(super) fn is_past(&self, key: &str) -> Result<bool, StoreError> {
        let path = self.past_path(key);
        match fs::read(&path) {
            Ok(bytes) => Ok(bytes.split(|byte| *byte == b'\n').any(|line| line == key.as_bytes())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io("reading", &path)(error)),
        }
    }

    /// One file for each beginning of two digits: so each of them is short.
    fn past_path(&self, key: &str) -> PathBuf {
        self.folder.join("past").join(key.get(..2).unwrap_or("other"))
    }
}
