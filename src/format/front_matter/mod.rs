//! Task files: Markdown with YAML front matter, `context/**/*.md`.
//!
//! This folder owns what such a file says and how one field of it is changed. What the body says
//! is for [`super::body`]; what the fields mean together is for the board.
//!
//! Which files are tasks is told from the name and the keys of one file alone:
//! - `task.md` and `subtask_*.md` are; where `task_id` is missing, the folder and the name give the id.
//! - Any other file is one if it has a `task_id`. But where that is just the id of its folder and
//!   there is no `subtask_id` key, the file is a note about the folder's task.
//! - Everything else is a loose note: no record and no diagnostic.

mod backlog;
mod change;
mod comments;
mod create;
mod edit;
mod fast;
mod fields;
mod frame;
mod list;
mod name;
mod names;
mod nulls;
mod numbers;
mod read;
mod scalar;
mod whole;

pub use backlog::{BacklogFile, BacklogSettings, BacklogTask, Unread, spelled};
pub use comments::comments;
pub use create::create;
pub use edit::{edit, edit_written, without_field};
pub use fields::{FIELDS, Field, FieldKind};
pub use name::FileName;
pub use names::{loose, names};
pub use nulls::nulls;
pub use numbers::spelled_numbers;
pub use read::read;
pub use whole::{Printed, print};

pub(super) use frame::{Frame, Framing};

use super::yaml::{self, Node, YamlError};

/// Reads the YAML between the two lines; spans are those of the file.
fn parse(frame: &Frame<'_>) -> Result<Node, YamlError> {
    let source = frame.source();
    let mut root = match fast::parse(source) {
        Some(root) => root,
        None => {
            yaml::parse(source).map_err(|error| YamlError { offset: error.offset + frame.content.start, ..error })?
        }
    };
    shift(&mut root, frame.content.start);
    Ok(root)
}

fn shift(node: &mut Node, by: usize) {
    node.span = node.span.shifted(by);
    match &mut node.kind {
        yaml::NodeKind::Scalar { .. } => {}
        yaml::NodeKind::Sequence { items, .. } => items.iter_mut().for_each(|item| shift(item, by)),
        yaml::NodeKind::Mapping { entries, .. } => {
            for entry in entries {
                entry.key_span = entry.key_span.shifted(by);
                shift(&mut entry.value, by);
            }
        }
    }
}

/// The second entry of a key that some mapping has twice.
fn duplicate_key(node: &Node) -> Option<&yaml::Entry> {
    let mut seen = std::collections::HashSet::new();
    for entry in node.entries() {
        if !seen.insert(entry.key.as_str()) {
            return Some(entry);
        }
        if let Some(found) = duplicate_key(&entry.value) {
            return Some(found);
        }
    }
    node.items().iter().find_map(duplicate_key)
}
