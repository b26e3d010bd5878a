//! Bytes to model and back, without loss.
//!
//! Reading gives records and diagnostics; editing gives byte-span [patches](patch), never a file
//! written anew. Nothing here knows where the bytes came from.

pub mod edit;
pub mod patch;
pub mod workflow;
pub mod yaml;
