//! Deciding triggers: which listen to an event, and whether their conditions hold.
//!
//! Conditions see the world only through [`Facts`]; what `status`, `metadata.x` or `parent.status`
//! is for an event is for its maker to say.

mod compare;
mod evaluate;
mod expression;
mod facts;
mod index;
mod related;
mod test;

pub(super) use compare::age;
pub(crate) use compare::{order, same};
pub use evaluate::{ConditionResult, Verdict, decide, evaluate};
pub use expression::NAMES;
pub use facts::{Change, Facts, MapFacts, RelatedValue};
pub use index::Index;

use crate::format::workflow::Trigger;

/// The triggers that act on an event of this name, in the order of the file.
pub fn matching<'a>(triggers: &'a [Trigger], event_type: &str) -> impl Iterator<Item = &'a Trigger> {
    listening(triggers, event_type).filter(|trigger| trigger.enabled)
}

/// The triggers that name this event, the disabled ones too: for explaining why nothing happened.
pub fn listening<'a>(triggers: &'a [Trigger], event_type: &str) -> impl Iterator<Item = &'a Trigger> {
    triggers.iter().filter(move |trigger| trigger.event.matches(event_type))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tree_tests;
