//! From two boards to a plan: what changed, which events that makes, which rules match, what must
//! follow. Values in, values out.

pub mod diff;
pub mod event;
