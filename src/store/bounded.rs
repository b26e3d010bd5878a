use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::StoreError;
use super::error::io;

/// How many bytes tell whether a file is text, as git has it.
const TELLING: usize = 8000;

/// What came of reading a file that may be anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bounded {
    /// A text; bytes that are not UTF-8 are replaced.
    Text(String),
    /// It has a zero byte early on.
    Binary,
    /// It is larger than was asked for: so many bytes.
    TooLarge(u64),
    /// There is no plain file: a folder, a link, or nothing.
    NoFile,
}

/// Reads a file of at most `most` bytes. Links are not followed.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_bounded(path: &Path, most: u64) -> Result<Bounded, StoreError> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Ok(Bounded::NoFile),
        Ok(metadata) if metadata.len() > most => return Ok(Bounded::TooLarge(metadata.len())),
        Ok(_) => {}
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(Bounded::NoFile);
        }
        Err(error) => return Err(io("reading", path)(error)),
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(io("reading", path))?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(io("reading", path))?;
    if bytes.len() as u64 > most {
        return Ok(Bounded::TooLarge(bytes.len() as u64));
    }
    if bytes.iter().take(TELLING).any(|byte| *byte == 0) {
        return Ok(Bounded::Binary);
    }
    Ok(Bounded::Text(String::from_utf8_lossy(&bytes).into_owned()))
}
