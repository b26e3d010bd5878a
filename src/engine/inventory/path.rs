//! Files of the tree that are named, where they are now and where they were.

use super::line::Line;
use super::mention::Mention;
use super::word::Word;
use super::written::{command_around, is_written};
use super::{Subject, Way};

/// A place where older versions of task-master had a file.
#[derive(Debug)]
pub struct OldPath {
    /// The place; `NNN` stands for a number of three digits or more, and for what may follow it.
    pub old: &'static str,
    /// Where it is now.
    pub new: &'static str,
}

/// The places where older versions of task-master had files, relative to the repository.
pub const OLD_PATHS: [OldPath; 8] = [
    OldPath { old: "tasks/tasks.json", new: ".taskmaster/tasks/tasks.json" },
    OldPath { old: "tasks/task_NNN.txt", new: ".taskmaster/tasks/task_NNN.txt" },
    OldPath { old: "tasks/task_NNN.md", new: ".taskmaster/tasks/task_NNN.md" },
    OldPath { old: ".taskmaster/tasks.json", new: ".taskmaster/tasks/tasks.json" },
    OldPath { old: ".taskmasterconfig", new: ".taskmaster/config.json" },
    OldPath { old: "scripts/prd.txt", new: ".taskmaster/docs/prd.txt" },
    OldPath { old: "scripts/example_prd.txt", new: ".taskmaster/templates/example_prd.txt" },
    OldPath { old: "scripts/task-complexity-report.json", new: ".taskmaster/reports/task-complexity-report.json" },
];

impl OldPath {
    /// Where in a word the path stands: at its end, alone or behind the repository's folder. What may be another
    /// project's (`other/tasks/tasks.json`) is not meant.
    #[must_use]
    pub fn found_in(&self, word: &str) -> Option<usize> {
        // The target of a rule of make, or a key.
        let word = word.strip_suffix(':').unwrap_or(word);
        let length = match self.old.split_once("NNN") {
            None => self.old.len(),
            Some((before, ending)) => numbered(word, before, ending)?,
        };
        let start = word.len().checked_sub(length)?;
        let tail = word.get(start..)?;
        let fits = self.old.contains("NNN") || tail.eq_ignore_ascii_case(self.old);
        (fits && is_root(word.get(..start)?)).then_some(start)
    }
}

/// How long `tasks/task_NNN.txt` is at the end of a word.
fn numbered(word: &str, before: &str, ending: &str) -> Option<usize> {
    let stem = word.strip_suffix(ending)?;
    let start = stem.rfind(before)?;
    let name = stem.get(start + before.len()..)?;
    let digits = name.chars().take_while(char::is_ascii_digit).count();
    // A pattern of a shell stands for numbers too.
    let is_number = digits >= 3 || name.starts_with(['*', '?', '$', '%']);
    (is_number && !name.contains('/')).then(|| word.len() - start)
}

/// Whether what stands before a path is the repository's folder: nothing, `./`, `../`, or a variable.
fn is_root(before: &str) -> bool {
    let Some(folder) = before.strip_suffix('/') else {
        return before.is_empty() || before.ends_with(':');
    };
    let folder = folder.rsplit(':').next().unwrap_or(folder);
    folder.is_empty() || folder.split('/').all(|part| matches!(part, "." | "..") || part.starts_with(['$', '%']))
}

/// The file that a word names, if it is one of the tree's.
pub(super) fn mention(line: &Line<'_>, words: &[Word<'_>], at: usize) -> Option<Mention> {
    let word = words.get(at)?;
    let text = word.text.trim_end_matches(':');
    let subject = subject(words, at)?;
    if is_only_said(line, words, at) {
        return None;
    }
    let way = if is_written(line, words, at) { Way::Writes } else { Way::Reads };
    Some(Mention::new(word.line, way, subject, text))
}

fn subject(words: &[Word<'_>], at: usize) -> Option<Subject> {
    let word = words.get(at)?;
    if OLD_PATHS.iter().any(|path| path.found_in(word.text).is_some()) {
        return Some(Subject::OldPath);
    }
    if word.text.split(['/', ':']).any(|part| part.eq_ignore_ascii_case(".taskmaster")) {
        return Some(Subject::Tree);
    }
    // `Path("tasks") / "tasks.json"`, `join('tasks', 'tasks.json')`, `tasks\tasks.json`.
    if word.text.eq_ignore_ascii_case("tasks.json") {
        let before = |steps: usize| at.checked_sub(steps).and_then(|at| words.get(at)).map_or("", |word| word.text);
        let folder = if before(1) == "/" { before(2) } else { before(1) };
        let above = [before(2), before(3), before(4)];
        return match folder {
            "tasks" if above.contains(&".taskmaster") => None,
            "tasks" => Some(Subject::OldPath),
            _ => None,
        };
    }
    None
}

/// Commands that say what they are given.
const SAYERS: [&str; 6] = ["echo", "printf", "puts", "Write-Host", "Write-Output", "print"];

/// Whether a command only says the word: nothing in the line reads or writes it.
fn is_only_said(line: &Line<'_>, words: &[Word<'_>], at: usize) -> bool {
    let Some(word) = words.get(at) else { return false };
    let before = line.text.get(..word.start).unwrap_or_default();
    // What is said may be what another command gives.
    if before.contains("$(") || before.contains('`') || before.contains('<') || is_written(line, words, at) {
        return false;
    }
    let inside = command_around(line, words, word);
    let is_lead = |text: &str| {
        text.ends_with(':') || matches!(text, "-" | "then" | "do" | "else" | "if" | "{" | "sudo" | "exec" | "run")
    };
    let key = inside.iter().take(4).rposition(|word| word.text.ends_with(':')).map_or(0, |at| at + 1);
    let command = inside.iter().skip(key).find(|word| !is_lead(word.text));
    let is_sayer = command.is_some_and(|command| SAYERS.contains(&command.base()));
    let called = ["console.log", "print"].iter().any(|call| command.is_some_and(|command| command.text == *call));
    let opens = ["open(", "read", "load", "exists", "Path("].iter().any(|call| line.text.contains(call));
    (is_sayer || called) && !opens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_paths_are_those_of_this_repository() {
        let found = |word: &str| OLD_PATHS.iter().find_map(|path| path.found_in(word));
        for (word, at) in [
            ("tasks/tasks.json", 0),
            ("./tasks/tasks.json", 2),
            ("../tasks/tasks.json", 3),
            ("$ROOT/tasks/tasks.json", 6),
            ("${ROOT}/tasks/task_001.txt", 8),
            ("tasks/task_001_next.txt", 0),
            ("tasks/task_*.txt", 0),
            (".taskmasterconfig", 0),
            ("scripts/prd.txt", 0),
            (".taskmaster/tasks.json", 0),
        ] {
            assert_eq!(found(word), Some(at), "{word}");
        }
        for word in [
            ".taskmaster/tasks/tasks.json",
            "other/tasks/tasks.json",
            "$HOME/other/tasks/tasks.json",
            "subtasks/tasks.json",
            "tasks/task_list.txt",
            "tasks/tasks.json.bak",
            ".vscode/tasks.json",
            ".taskmaster/tasks/task_001.txt",
        ] {
            assert_eq!(found(word), None, "{word}");
        }
    }
}
