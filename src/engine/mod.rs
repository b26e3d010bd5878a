//! From two boards to a plan: what changed, which events that makes, which rules match, what must
//! follow. Values in, values out.

pub mod action;
pub mod cascade;
pub mod diff;
pub mod event;
pub mod facts;
pub mod links;
pub mod plan;
pub mod recipe;
pub mod redo;
pub mod rule;
pub mod template;
pub mod workspace;

#[cfg(test)]
mod tests;
