//! What one line does to tasks.

use std::collections::BTreeSet;

use super::line::Line;
use super::word::{Word, words};
use super::{Subject, Way, command, path};

/// Something that touches tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// The line it stands in, counted from 1.
    pub(super) line: usize,
    pub(super) way: Way,
    pub(super) subject: Subject,
    /// In the words of the file.
    pub(super) what: String,
}

impl Mention {
    pub(super) fn new(line: usize, way: Way, subject: Subject, what: impl Into<String>) -> Self {
        Self { line, way, subject, what: cut(&what.into()) }
    }
}

/// What is told of a file's own words: as much as a table bears.
fn cut(text: &str) -> String {
    const LONGEST: usize = 120;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Whether a text can have anything to do with tasks: so much stands in every word that does.
pub(super) fn may_mention(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("task") || lower.contains("automation") || lower.contains("prd.txt")
}

/// What a line does to tasks, each thing once. `commands` are the names of this program's own commands.
pub(super) fn mentions(line: &Line<'_>, commands: &BTreeSet<String>) -> Vec<Mention> {
    if !may_mention(&line.text) {
        return Vec::new();
    }
    let words = words(line);
    let mut found: Vec<Mention> = Vec::new();
    for at in 0..words.len() {
        let mention = command::mention(line, &words, at, commands)
            .or_else(|| path::mention(line, &words, at))
            .or_else(|| variable(&words, at));
        if let Some(mention) = mention
            && !found.contains(&mention)
        {
            found.push(mention);
        }
    }
    found
}

/// A variable of this program's or task-master's, or a pipeline's input.
fn variable(words: &[Word<'_>], at: usize) -> Option<Mention> {
    let word = words.get(at)?;
    let name = word.text.trim_start_matches(['$', '{', '(']).trim_end_matches(['}', ')', ':']);
    let name = name.split([':', '.']).next().filter(|name| name.starts_with("TASKMASTER")).unwrap_or(name);
    let is_setting = name == "TASKMASTER"
        || name.strip_prefix("TASKMASTER_").is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        });
    let is_input = name == "inputs.task_id" || name.ends_with(".inputs.task_id");
    (is_setting || is_input).then(|| Mention::new(word.line, Way::Reads, Subject::Variable, name))
}
