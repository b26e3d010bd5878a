use std::path::{Path, PathBuf};

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused.
    #[error("{doing} `{}`: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// Somebody else may have written what says what is allowed.
    #[error("`{}` belongs to another user, or others may write it", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file of this program's own that is not what it wrote.
    #[error("`{}` is not an outbox file of this program", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
}

pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    move |source| StoreError::Io { doing, path: path.to_owned(), source }
}

impl StoreError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Corrupt { .. } => Some("taskmaster doctor --fix".to_owned()),
            Self::Foreign { .. } => {
                Some("see who has written it; then make it yours alone (chown, chmod go-w)".to_owned())
            }
            Self::Io { .. } => None,
        }
    }
}
