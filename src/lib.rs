//! taskmaster: a git-native, file-based workflow engine.
//!
//! The modules in reading order; each may use only those above it.
#![forbid(unsafe_code)]

pub mod model;

pub mod format;

pub mod engine;

pub mod store;

pub mod git;

pub mod app;

pub mod watch;

pub mod effect;

pub mod ui;

pub mod wire;

pub mod hook;

pub mod cli;
