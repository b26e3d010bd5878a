//! From two boards to a plan: what changed, which events that makes, which rules match, what must
//! follow. Values in, values out.

pub mod action;
pub mod cascade;
pub mod creation;
pub mod diff;
pub mod effect;
pub mod event;
pub mod facts;
pub mod fuel;
pub mod inventory;
pub mod links;
pub mod lint;
pub mod made_key;
mod message;
pub mod migrate;
pub mod naming;
pub mod numbering;
mod outside;
pub mod plan;
pub mod recipe;
pub mod redo;
pub mod renumber;
pub mod report;
pub mod rule;
pub mod scenario;
pub mod take_back;
pub mod template;
pub mod workspace;

#[cfg(test)]
mod bounds_tests;
#[cfg(test)]
mod outside_tests;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod tests;
