//! All integration tests, in one binary: the real program on real git repositories.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "one binary: its modules share items with each other alone")]

mod sandbox;
mod scenery;

mod actions;
mod backtest;
mod bad_input;
mod branches;
mod ci;
mod commands;
mod config;
mod config_show;
mod corpus;
mod create;
mod creation;
mod creation_around;
mod creation_history;
mod docs;
mod doctor;
mod edits;
mod emit;
mod emit_around;
mod engine_commits;
mod every_line;
mod git_edges;
mod history;
mod hooks;
mod in_step;
mod index_files;
mod init;
mod invariants;
mod inventory;
mod layering;
mod library;
mod migrate;
mod migrate_back;
mod migrate_backlog;
#[cfg(unix)]
mod migrate_disk;
mod migrate_fields;
mod migrate_losses;
mod migrate_newest;
mod migrate_places;
mod neighbours;
mod outbox;
mod pre_commit;
mod quiet;
mod renumber;
mod reports;
mod rule_tests;
mod rules;
mod run_log;
mod safety;
mod shells;
mod slips;
mod start;
mod talk;
mod teams;
mod trust;
mod trust_asked;
mod watch;
