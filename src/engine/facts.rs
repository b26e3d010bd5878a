//! What conditions may look at.

use serde_json::Value;

use super::event::Event;
use super::rule::Facts;
use crate::model::{Board, Task};

/// The facts of one event: the event itself, its task as it is now, and the task's parent.
pub struct EventFacts<'a> {
    /// What happened.
    pub event: &'a Event,
    /// The task it happened to.
    pub task: Option<&'a Task>,
    /// All tasks.
    pub board: &'a Board,
}
