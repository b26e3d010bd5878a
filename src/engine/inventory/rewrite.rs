//! Old paths and old calls in scripts, targets and pipelines, as they are to be now. Only the bytes of a path or of a
//! call change; comments stay, and what a program puts together itself is told and left to people.

use std::collections::BTreeSet;

use super::command::status_programs;
use super::doubt::{Surroundings, is_own};
use super::line::{Comments, Line, lines};
use super::metadata::{Metadata, metadata};
use super::path::{OLD_PATHS, OldPath};
use super::section::LineStarts;
use super::word::{Word, words};
use super::written::{is_written, written_places};
use super::{MOST_SECTIONS, Text};
use crate::model::Span;

/// What a file is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The whole text; the one that was there where nothing is to change.
    pub text: String,
    /// What changes, in order.
    pub changes: Vec<Rewrite>,
    /// What people have to look at.
    pub by_hand: Vec<ByHand>,
}

/// One path or call that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// Its line, counted from 1.
    pub line: usize,
    /// As it was.
    pub old: String,
    /// As it is to be.
    pub new: String,
}

/// A place that is left to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// Its line, counted from 1.
    pub line: usize,
    /// What stands there.
    pub what: String,
    /// Why nothing is done about it.
    pub why: &'static str,
}

/// The options that `update-task-status` takes.
const OPTIONS: [&str; 3] = ["--task-id", "--status", "--metadata"];

/// What is called in their place.
const COMMAND: &str = "taskmaster update-task-status";

/// Where a file is by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// At the old place, which then is no old one.
    Old,
    /// At the new place.
    New,
    /// At neither.
    Nowhere,
}

/// Rewrites the old paths and calls in a text. `standing` says where the file of an old place is by now.
#[must_use]
pub fn rewrite(text: &Text, standing: &dyn Fn(&OldPath) -> Standing) -> Rewritten {
    let mut around = Surroundings::of(text);
    let mut sections = (text.finder.sections)(&text.text);
    sections.truncate(MOST_SECTIONS);
    let source =
        Source { text, starts: LineStarts::of(&text.text), written: written_places(text, &text.text, &sections) };
    let written_here = source.written_old(&around);
    let mut edits: Vec<(Span, String)> = Vec::new();
    let mut by_hand = Vec::new();
    for line in lines(&text.text, text.finder.comments) {
        let words = words(&line);
        let doubt = around.line(&line, &words);
        for at in 0..words.len() {
            match (source.word(&line, &words, at, &around, standing, &written_here), doubt) {
                (Found::Edit(span, _), Some(why)) => {
                    let what = text.text.get(span.range()).unwrap_or_default().to_owned();
                    by_hand.push(ByHand { line: source.starts.line(span.start), what, why });
                }
                (found, _) => found.add(&mut edits, &mut by_hand),
            }
        }
    }
    let changes = edits.iter().map(|(span, new)| Rewrite {
        line: source.starts.line(span.start),
        old: text.text.get(span.range()).unwrap_or_default().to_owned(),
        new: new.clone(),
    });
    let changes = changes.collect();
    Rewritten { text: apply(&text.text, &edits), changes, by_hand }
}

enum Found {
    Nothing,
    Edit(Span, String),
    ByHand(ByHand),
}

impl Found {
    fn add(self, edits: &mut Vec<(Span, String)>, by_hand: &mut Vec<ByHand>) {
        match self {
            Self::Nothing => {}
            Self::Edit(span, new) => edits.push((span, new)),
            Self::ByHand(place) => by_hand.push(place),
        }
    }
}

struct Source<'a> {
    text: &'a Text,
    starts: LineStarts,
    /// What is written elsewhere than where it stands.
    written: BTreeSet<(usize, String)>,
}

impl Source<'_> {
    /// The old places that something in the text writes, or may: what reads one of them means what was written.
    fn written_old(&self, around: &Surroundings) -> BTreeSet<&'static str> {
        let mut found = BTreeSet::new();
        for line in lines(&self.text.text, self.text.finder.comments) {
            let words = words(&line);
            for (at, word) in words.iter().enumerate() {
                if let Some(path) = OLD_PATHS.iter().find(|path| path.found_in(word.text).is_some()) {
                    if self.is_written_elsewhere(word) || around.may_write(&line, &words, at) {
                        found.insert(path.old);
                    }
                } else if is_written(&line, &words, at) {
                    // Its folder, or a file of that name in a folder that nobody can tell.
                    found.extend(OLD_PATHS.iter().filter(|path| path.may_be_in(word.text)).map(|path| path.old));
                }
            }
        }
        found
    }

    fn is_written_elsewhere(&self, word: &Word<'_>) -> bool {
        self.written.contains(&(word.line, word.text.trim_end_matches(':').to_owned()))
    }

    fn word(
        &self,
        line: &Line<'_>,
        words: &[Word<'_>],
        at: usize,
        around: &Surroundings,
        standing: &dyn Fn(&OldPath) -> Standing,
        written: &BTreeSet<&'static str>,
    ) -> Found {
        let Some(word) = words.get(at) else { return Found::Nothing };
        if status_programs(word.base()) && word.base().contains('.') {
            return self.call(line, words, at);
        }
        if let Some((path, start)) = OLD_PATHS.iter().find_map(|path| Some((path, path.found_in(word.text)?))) {
            let left = |why| Found::ByHand(ByHand { line: word.line, what: word.text.to_owned(), why });
            match standing(path) {
                Standing::Old => return left("there is still a file at that place"),
                Standing::Nowhere => return left("there is no file at the new place"),
                Standing::New => {}
            }
            if self.is_written_elsewhere(word) {
                return left("it is written, moved or removed there");
            }
            if let Some(why) = around.path(line, words, at, start) {
                return left(why);
            }
            if written.contains(path.old) {
                return left("something else in the file writes that place, or may");
            }
            let (old, new) = path.beginnings();
            return self.span(line, word, start, start + old.len()).map_or_else(
                || left("it cannot be found again in the file"),
                |span| Found::Edit(span, new.to_owned()),
            );
        }
        let before = |steps: usize| at.checked_sub(steps).and_then(|at| words.get(at)).map(|word| word.text);
        if word.text == "tasks.json"
            && (before(1) == Some("tasks") || (before(1), before(2)) == (Some("/"), Some("tasks")))
        {
            let above = [before(2), before(3), before(4)];
            if !above.contains(&Some(".taskmaster")) {
                let what = "tasks, tasks.json".to_owned();
                return Found::ByHand(ByHand { line: word.line, what, why: "the path is put together by the program" });
            }
        }
        Found::Nothing
    }

    /// `python scripts/update_task_status.py --task-id ...`
    fn call(&self, line: &Line<'_>, words: &[Word<'_>], at: usize) -> Found {
        let Some(word) = words.get(at) else { return Found::Nothing };
        let left = |why| Found::ByHand(ByHand { line: word.line, what: word.text.to_owned(), why });
        if self.text.finder.comments == Comments::Slashes || self.text.path.to_lowercase().ends_with(".py") {
            return left("a program calls it, and not a shell");
        }
        if !is_own(word.text, &self.text.path) {
            return left("it may be another script of that name");
        }
        let end = segment_end(&line.text, word.start + word.text.len());
        let options: Vec<&str> = words
            .iter()
            .skip(at + 1)
            .take_while(|next| next.start < end)
            .map(|next| next.text)
            .filter(|text| text.starts_with("--"))
            .collect();
        if !options.contains(&"--task-id") || !options.contains(&"--status") {
            return left("its options are not all in the same command");
        }
        if options.iter().any(|option| !OPTIONS.contains(option)) {
            return left("it has options that taskmaster update-task-status has not");
        }
        let begins = at.checked_sub(1).and_then(|at| words.get(at)).filter(|before| is_interpreter(before));
        let start = match begins {
            None => word.start,
            Some(before) => {
                let between = line.text.get(before.start + before.text.len()..word.start).unwrap_or("?");
                if !between.chars().all(|c| c == ' ' || c == '\t') {
                    return left("it is called in another way than by its name");
                }
                before.start
            }
        };
        // Alone it has to be where a command begins.
        let before = line.text.get(..start).unwrap_or_default().trim_end_matches([' ', '\t', '@', '-']);
        let is_command = before.is_empty()
            || before.ends_with([';', '&', '|', '(', '\n', ':', '"', '\''])
            || ["if", "then", "else", "do", "!", "run"].iter().any(|key| before.ends_with(key));
        if begins.is_none() && !is_command {
            return left("it is called in another way than by its name");
        }
        let script_end = word.start + word.text.len();
        let behind = line.text.get(script_end..end).unwrap_or_default();
        let (length, new) = match metadata(behind) {
            Metadata::Plain => (script_end - start, COMMAND.to_owned()),
            Metadata::Pairs { at, until, json } => {
                let around_call = line.text.get(..start).unwrap_or_default();
                let is_inside = ['"', '\''].iter().any(|quote| around_call.matches(*quote).count() % 2 == 1);
                let before = behind.get(..at).unwrap_or_default();
                if is_inside || before.contains('\n') {
                    return left("its metadata is no JSON");
                }
                (script_end + until - start, format!("{COMMAND}{before}'{json}'"))
            }
            Metadata::Other => return left("its metadata is no JSON"),
        };
        let moved = Word { start, ..*word };
        self.span(line, &moved, 0, length)
            .map_or_else(|| left("it cannot be found again in the file"), |span| Found::Edit(span, new))
    }

    /// The bytes of a part of a word in the file.
    fn span(&self, line: &Line<'_>, word: &Word<'_>, start: usize, end: usize) -> Option<Span> {
        let begin = line.text.get(..word.start)?.rfind('\n').map_or(0, |at| at + 1);
        let offset = self.starts.start(word.line)? + (word.start - begin);
        let span = Span::new(offset + start, offset + end);
        let wanted = line.text.get(word.start + start..word.start + end)?;
        (self.text.text.get(span.range())? == wanted).then_some(span)
    }
}

impl OldPath {
    /// Whether what is written at `written` may be this place: a folder that it stands in, or a file of its name
    /// elsewhere, which is here where the folder is.
    fn may_be_in(&self, written: &str) -> bool {
        let written = written.trim_start_matches("./").trim_end_matches('/');
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let is_folder = !written.is_empty() && self.old.strip_prefix(written).is_some_and(|rest| rest.starts_with('/'));
        is_folder || (name(written) == name(self.old) && !written.contains(".taskmaster"))
    }

    /// What changes of it: all, or what stands before a number.
    fn beginnings(&self) -> (&'static str, &'static str) {
        match (self.old.split_once("task_NNN"), self.new.split_once("task_NNN")) {
            (Some((old, _)), Some((new, _))) => (old, new),
            _ => (self.old, self.new),
        }
    }
}

/// Whether a word is what a script is run with.
fn is_interpreter(word: &Word<'_>) -> bool {
    let name = word.base().to_lowercase();
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_variable = name.starts_with('$') && ["py", "sh", "node"].iter().any(|part| name.contains(part));
    is_variable || matches!(stem, "python" | "py" | "sh" | "bash" | "zsh" | "node" | "ruby" | "tsx" | "bun")
}

/// Where the command that goes on at a place ends: at a sign outside quotes that ends one.
fn segment_end(text: &str, from: usize) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices().filter(|(at, _)| *at >= from) {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ';' | '|' | '&') => return at,
            _ => {}
        }
    }
    text.len()
}

fn apply(text: &str, edits: &[(Span, String)]) -> String {
    let mut edits: Vec<&(Span, String)> = edits.iter().collect();
    edits.sort_by_key(|(span, _)| span.start);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (span, new) in edits {
        if span.start < done {
            continue;
        }
        result.push_str(text.get(done..span.start).unwrap_or_default());
        result.push_str(new);
        done = span.end;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}

#[cfg(test)]
mod tests;
