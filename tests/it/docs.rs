//! The documentation is true: generated parts are up to date, and every command line in it runs.
//!
//! `TASKMASTER_BLESS=1 cargo test --test it docs` writes the generated parts anew.

#![expect(clippy::indexing_slicing, reason = "a test that reads past an end has failed")]

mod actions;
mod console;
mod coverage;
mod demo;
mod generated;
mod inventory;
mod json;
mod keys;
mod library;
mod project;
mod schema;
mod task_schema;
mod tests_schema;
mod workflow_schema;

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the project.
fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(super) fn read(path: &str) -> String {
    let file = project_file(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Compares a file with what it should be, or writes it where blessed.
#[track_caller]
pub(super) fn compare(path: &str, wanted: &str) {
    if std::env::var_os("TASKMASTER_BLESS").is_some_and(|value| value == "1") {
        return fs::write(project_file(path), wanted).unwrap();
    }
    let found = fs::read_to_string(project_file(path)).unwrap_or_default();
    assert!(found == wanted, "{path} is stale; bless it: TASKMASTER_BLESS=1 cargo test --test it docs\n{wanted}");
}

/// The text with what stands between `<!-- NAME begin -->` and `<!-- NAME end -->` replaced.
#[track_caller]
pub(super) fn with_part(text: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {name} begin -->\n"), format!("<!-- {name} end -->"));
    let start = text.find(&begin).unwrap_or_else(|| panic!("no {begin}")) + begin.len();
    let stop = text.find(&end).unwrap_or_else(|| panic!("no {end}"));
    format!("{}{part}{}", &text[..start], &text[stop..])
}
