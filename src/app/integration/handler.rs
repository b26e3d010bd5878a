use std::any::Any;
use std::error::Error;
use std::time::Duration;

use serde_json::Value;

use super::Notice;
use crate::format::workflow::EventPattern;
use crate::model::Timestamp;

/// Why a handler could not do its work.
pub type HandlerError = Box<dyn Error>;

/// Which handler, to take it away again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HandlerId(pub(super) u64);

/// How a handler ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandlerStatus {
    /// It has done its work.
    Success,
    /// It has failed, or panicked.
    Error,
}

impl HandlerStatus {
    /// `success` or `error`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
        }
    }
}

/// What came of one handler.
#[derive(Debug, Clone, PartialEq)]
pub struct HandlerResult {
    /// Its name.
    pub handler: String,
    /// How it ended.
    pub status: HandlerStatus,
    /// What it gave.
    pub result: Option<Value>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was called.
    pub time: Timestamp,
    /// How long it took.
    pub duration: Duration,
}

/// What is called for an event.
type Handler = Box<dyn Fn(&Notice) -> Result<Value, HandlerError>>;

/// A handler, and what it is called for.
pub(super) struct Registered {
    pub(super) id: HandlerId,
    pub(super) pattern: EventPattern,
    pub(super) name: String,
    pub(super) handler: Handler,
}

/// The name of a function; of a closure that of the function it stands in, too.
pub(super) fn name_of<F>() -> String {
    let whole = std::any::type_name::<F>();
    let parts: Vec<&str> = whole.split("::").collect();
    let kept = if whole.ends_with('}') { 2 } else { 1 };
    parts.get(parts.len().saturating_sub(kept)..).unwrap_or_default().join("::")
}

/// What a panic says.
pub(super) fn said_by(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}
