//! All integration tests, in one binary: the real program on real git repositories.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "one binary: its modules share items with each other alone")]

mod sandbox;
mod scenery;

mod bad_input;
mod branches;
mod commands;
mod config;
mod corpus;
mod docs;
mod edits;
mod engine_commits;
mod git_edges;
mod history;
mod hooks;
mod invariants;
mod layering;
mod neighbours;
mod pre_commit;
mod rewriting;
mod talk;
mod teams;
