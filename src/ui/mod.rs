//! The terminal: styles, safe text, tables, findings with their source lines, exit codes.

mod ci;
mod diagnostic;
mod exit;
mod inventory;
mod migrate;
mod mode;
mod output;
mod patch;
mod plan;
mod sync;
mod text;
mod watch;

pub use ci::{annotation as ci_annotation, proposal as ci_proposal, sentence as ci_sentence, summary as ci_summary};
pub use diagnostic::render as render_diagnostic;
pub use exit::Exit;
pub use inventory::{mermaid, table as inventory_table};
pub use migrate::{conflicts as render_conflicts, render as render_migration};
pub use mode::odd_mode;
pub use output::{ColorChoice, Output, Verbosity};
pub use patch::render as render_patch;
pub use plan::{event_line, render as render_plan, render_effects};
pub use sync::{
    MENDED, changes as plan_changes, elsewhere, plural, queued, render as render_sync, summary as plan_summary,
};
pub use text::{Columns, safe};
pub use watch::{Foot, render as render_watch};
