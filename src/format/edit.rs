//! What may be changed in a file, and why a change may be refused.

use serde_json::Value;

/// One field of one record and what it is to be afterwards.
///
/// Where the file has the field already, its bytes are replaced in the file's own style; where it
/// does not, it is added; where it has that very value, nothing is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldEdit {
    /// The key, then the keys inside it: `["status"]`, `["metadata", "ci_run"]`. Never empty.
    pub path: Vec<String>,
    /// The new value.
    pub value: Value,
}

impl FieldEdit {
    /// Sets a field at the top of the record.
    pub fn new(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { path: vec![field.into()], value: value.into() }
    }
}

/// Why a file was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file does not have that record.
    #[error("the file has no such task")]
    NoSuchRecord,
    /// The file cannot be read, so it cannot be edited either.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// The place is written in a way that cannot be changed without touching more than the field.
    #[error("`{field}` cannot be changed safely: {reason}")]
    Unsafe {
        /// The field.
        field: String,
        /// What is in the way.
        reason: String,
    },
}
