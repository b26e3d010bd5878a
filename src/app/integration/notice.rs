use serde_json::Value;

use crate::app::AppError;
use crate::app::explain::check_name;
use crate::engine::event::alias;

/// An event that handlers are called for.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    event: String,
    /// What comes with it.
    pub data: Value,
}

impl Notice {
    /// An event by its name, or by another name of it such as `TASK_CREATED`.
    ///
    /// # Errors
    /// When no event can be called so.
    pub fn new(event: &str, data: Value) -> Result<Self, AppError> {
        let event = alias::canonical(event);
        check_name(event)?;
        Ok(Self::known(event, data))
    }

    /// An event of this program's own.
    pub(super) fn known(event: &str, data: Value) -> Self {
        Self { event: event.to_owned(), data }
    }

    /// The event's dotted name.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.event
    }
}
