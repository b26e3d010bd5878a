//! taskmaster: a git-native, file-based workflow engine.
//!
//! The modules in reading order; each may use only those above it.
//!
//! As a program it is all in [`cli`]. As a library it begins with [`Engine`].
#![forbid(unsafe_code)]

pub mod model;

pub mod format;

pub mod engine;

pub mod store;

pub mod git;

pub mod app;

pub mod effect;

pub mod watch;

pub mod ui;

pub mod wire;

pub mod hook;

pub mod cli;

pub use app::{
    AutomationTask, Engine, HandlerError, HandlerId, HandlerResult, HandlerStatus, Keep, Notice, StatusSynced,
};

/// The page about the library, so that its examples run.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;
