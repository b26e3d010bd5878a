//! From layout 2.0 to 2.1, by byte edits.
//!
//! Layout 2.1 adds sections and takes nothing away: a file of 2.0 says the same in 2.1. What differs is
//! the version itself.

use super::reader::{Reader, written};
use super::{parse, read, unwrap};
use crate::format::patch::{self, Patch};
use crate::model::{Severity, Span, TreePath};

/// The newest layout.
pub const NEWEST: &str = "2.1";

/// The layout that can be brought to the newest.
const OLDER: &str = "2.0";

/// A file that is not brought to the newest layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// It has errors: what they mean is not known.
    #[error("the file has {count} {}; nothing was changed", if *count == 1 { "error" } else { "errors" })]
    Broken {
        /// How many.
        count: usize,
    },
    /// A layout that this version does not know.
    #[error("the version `{}` is not known; nothing was changed", version.escape_debug())]
    UnknownVersion {
        /// As it is written.
        version: String,
    },
    /// The version stands where it cannot be changed alone.
    #[error("the version is not written out where it is used; nothing was changed")]
    NotWrittenOut,
    /// The change would have meant something else: a defect.
    #[error("the change would alter what the file says; nothing was changed")]
    Differs,
}

/// A file in the newest layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgraded {
    /// The version it had; `None` where none is written, which is read as the newest.
    pub from: Option<String>,
    /// Its bytes now.
    pub bytes: Vec<u8>,
}

/// Brings a file to the newest layout; one that has it, or names none, stays as it is.
///
/// # Errors
/// When the file is broken, of another layout, or cannot be changed without touching more.
pub fn upgrade(path: &TreePath, bytes: &[u8]) -> Result<Upgraded, UpgradeError> {
    let (before, findings) = read(path, bytes);
    let count = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if count > 0 {
        return Err(UpgradeError::Broken { count });
    }
    match before.version.as_deref() {
        None | Some(NEWEST) => return Ok(Upgraded { from: before.version, bytes: bytes.to_vec() }),
        Some(OLDER) => {}
        Some(other) => return Err(UpgradeError::UnknownVersion { version: other.to_owned() }),
    }
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = bytes.len() - content.len();
    let mut reader = Reader::new(path, bytes, start);
    let settings = parse(&mut reader, content, super::keys::WRAPPER).map(|root| unwrap(&mut reader, root));
    let entry = settings.as_ref().and_then(|settings| written(settings, "version"));
    let span = entry.map(|entry| entry.value.span.shifted(start)).ok_or(UpgradeError::NotWrittenOut)?;
    let text = bytes.get(span.range()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let at = text.find(OLDER).ok_or(UpgradeError::NotWrittenOut)? + span.start;
    let edit = Patch::new(Span::new(at, at + OLDER.len()), NEWEST);
    let after = patch::apply(bytes, &[edit]).map_err(|_| UpgradeError::Differs)?;
    let mut again = read(path, &after).0;
    let is_newest = again.version.as_deref() == Some(NEWEST);
    again.version.clone_from(&before.version);
    if !is_newest || again != before {
        return Err(UpgradeError::Differs);
    }
    Ok(Upgraded { from: before.version, bytes: after })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgraded(text: &str) -> String {
        match upgrade(&TreePath::workflow(), text.as_bytes()) {
            Ok(done) => String::from_utf8(done.bytes).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn only_the_version_changes() {
        for (before, after) in [
            ("version: \"2.0\"  # old\nmode: warn\n", "version: \"2.1\"  # old\nmode: warn\n"),
            ("mode: warn\r\nversion: 2.0\r\n", "mode: warn\r\nversion: 2.1\r\n"),
            ("\u{feff}workflow_config:\n    version: '2.0'", "\u{feff}workflow_config:\n    version: '2.1'"),
        ] {
            assert_eq!(upgraded(before), after);
            assert_eq!(upgraded(after), after, "a second time changes nothing");
        }
        assert_eq!(upgraded("mode: warn\n"), "mode: warn\n");
        assert_eq!(upgraded(""), "");
    }

    #[test]
    fn what_is_not_understood_is_left_alone() {
        assert_eq!(upgraded("version: '2.0'\nmode: comit\n"), "the file has 1 error; nothing was changed");
        assert_eq!(upgraded("version: '1.9'\n"), "the version `1.9` is not known; nothing was changed");
        let alias = "x-version: &v '2.0'\nversion: *v\n";
        assert_eq!(upgraded(alias), "the version is not written out where it is used; nothing was changed");
    }
}
