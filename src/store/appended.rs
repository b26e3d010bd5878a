use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use super::StoreError;
use super::crash::{Step, around};
use super::error::io;

/// Adds text to the end of a file that somebody else has named, and makes it where it is missing.
///
/// # Errors
/// When it cannot be opened or written.
pub fn append(path: &Path, text: &str) -> Result<(), StoreError> {
    around(Step::LogLines, || {
        let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(io("opening", path))?;
        file.write_all(text.as_bytes()).map_err(io("writing", path))
    })
}
