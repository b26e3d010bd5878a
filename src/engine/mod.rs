//! From two boards to what follows: events, rules, actions, plans.
//!
//! Nothing here knows which front end asked, or touches anything outside its arguments.

pub mod rule;
pub mod template;
