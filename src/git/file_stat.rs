//! What git tells files apart by without reading them.

use std::fs;

/// What a file is compared by: git's numbers of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileStat {
    /// In the order of the format; the mode is the entry's own.
    pub(super) numbers: [u32; 10],
}

impl FileStat {
    /// Nothing: whoever looks compares the content.
    pub(super) const UNKNOWN: Self = Self { numbers: [0; 10] };

    /// Of a file, as git fills it in; `None` where files have no such numbers.
    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "not every system has them")]
    pub(super) fn of(metadata: &fs::Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "git keeps the low 32 bits")]
        let low = |number: i64| number as u32;
        #[expect(clippy::cast_possible_truncation, reason = "git keeps the low 32 bits")]
        let low_of = |number: u64| number as u32;
        Some(Self {
            numbers: [
                low(metadata.ctime()),
                low(metadata.ctime_nsec()),
                low(metadata.mtime()),
                low(metadata.mtime_nsec()),
                low_of(metadata.dev()),
                low_of(metadata.ino()),
                0,
                metadata.uid(),
                metadata.gid(),
                low_of(metadata.len()),
            ],
        })
    }

    /// Of a file, as git fills it in; `None` where files have no such numbers.
    #[cfg(not(unix))]
    pub(super) fn of(_: &fs::Metadata) -> Option<Self> {
        None
    }
}
