//! All integration tests, in one binary: the real program on real git repositories.

mod sandbox;
mod scenery;

mod bad_input;
mod commands;
mod corpus;
mod docs;
mod engine_commits;
mod hooks;
mod invariants;
mod layering;
mod teams;
