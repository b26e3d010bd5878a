//! From two boards to a plan: what changed, which events that makes, which rules match, what must
//! follow. Values in, values out.

pub mod action;
pub mod cascade;
pub mod diff;
pub mod effect;
pub mod event;
pub mod facts;
pub mod links;
mod message;
pub mod naming;
mod outside;
pub mod plan;
pub mod redo;
pub mod rule;
pub mod template;
pub mod workspace;

#[cfg(test)]
mod outside_tests;
#[cfg(test)]
mod tests;
