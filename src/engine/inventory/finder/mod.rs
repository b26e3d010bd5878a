//! What is looked at: one file each, and one list that the program, the documentation and the tests read.

mod azure;
mod circle;
mod github;
mod gitlab;
mod hook;
mod javascript;
mod jenkins;
mod just;
mod make;
mod manager;
mod package;
mod script;
mod task;

pub(super) use make::needed as make_rule;

use super::Kind;
use super::line::Comments;
use super::section::Section;

/// How one kind of file is looked at.
#[derive(Debug)]
pub struct Finder {
    /// Its name: `github-actions`.
    pub name: &'static str,
    /// What kind of thing its files hold.
    pub kind: Kind,
    /// Which files these are, for the documentation.
    pub files: &'static str,
    /// What a name in the table is there.
    pub names: &'static str,
    /// What runs what is named there: `make`, `just`, `task`, `npm`.
    pub(super) runner: Option<&'static str>,
    pub(super) comments: Comments,
    /// Whether a path, in lower case, is one of its files.
    pub(super) fits: fn(&str) -> bool,
    /// The named parts of a text.
    pub(super) sections: fn(&str) -> Vec<Section>,
    /// What is told as the name outside all parts.
    pub(super) name_of: fn(&str) -> Option<String>,
}

/// Everything that is looked at. The first whose files fit is meant.
pub const FINDERS: [&Finder; 13] = [
    &hook::FINDER,
    &manager::FINDER,
    &github::FINDER,
    &gitlab::FINDER,
    &circle::FINDER,
    &azure::FINDER,
    &jenkins::FINDER,
    &make::FINDER,
    &just::FINDER,
    &task::FINDER,
    &package::FINDER,
    &script::FINDER,
    &javascript::FINDER,
];

/// What a path says of its file.
#[derive(Debug, Clone, Copy)]
pub enum ByPath {
    /// It is looked at, so.
    Finder(&'static Finder),
    /// It may be a script: its first line says it, where the file can be executed.
    AskBeginning,
}

/// What the path of a file says of it; `None` where it is not looked at. Letters of either case are the same, as
/// they are to some file systems.
#[must_use]
pub fn by_path(path: &str) -> Option<ByPath> {
    let lower = path.to_lowercase();
    if let Some(finder) = FINDERS.iter().find(|finder| (finder.fits)(&lower)) {
        return Some(ByPath::Finder(finder));
    }
    (!file_name(&lower).contains('.')).then_some(ByPath::AskBeginning)
}

/// The finder for a file without an ending, by what it begins with: an interpreter.
#[must_use]
pub fn by_head(bytes: &[u8]) -> Option<&'static Finder> {
    bytes.starts_with(b"#!").then_some(&script::FINDER)
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a path, in lower case, ends with one of these behind a dot.
fn ending(path: &str, endings: &[&str]) -> bool {
    file_name(path).rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

fn no_sections(_: &str) -> Vec<Section> {
    Vec::new()
}

fn no_name(_: &str) -> Option<String> {
    None
}

fn is_yaml(path: &str) -> bool {
    ending(path, &["yml", "yaml"])
}

/// What a line does to the section that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    /// It begins one of that name.
    Begins(String),
    /// It ends the one before, and begins none.
    Ends,
}

/// Sections that end where the next one begins, by what `mark` says of each line.
fn by_lines(text: &str, mark: impl Fn(&str) -> Option<Mark>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut open: Option<Section> = None;
    for (at, line) in text.lines().enumerate() {
        if let Some(mark) = mark(line) {
            sections.extend(open.take());
            if let Mark::Begins(name) = mark {
                open = Some(Section { name: super::section::short(&name), first: at + 1, last: at + 1, span: None });
            }
        } else if let Some(open) = &mut open {
            open.last = at + 1;
        }
    }
    sections.extend(open);
    sections
}
