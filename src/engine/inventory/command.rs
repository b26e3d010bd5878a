//! Programs and functions that are called.

use std::collections::BTreeSet;

use super::line::Line;
use super::mention::Mention;
use super::word::Word;
use super::{Subject, Way};

/// What projects with scripts for their tasks call their automation.
const AUTOMATION: [&str; 6] = [
    "AutomationIntegrator",
    "create_automation_task",
    "sync_task_status",
    "task-event",
    "trigger_task_automation",
    "trigger_task_event",
];

/// How many words may stand between a program and its command.
const MOST_OPTIONS: usize = 4;

/// The call that the word begins, if it does.
pub(super) fn mention(line: &Line<'_>, words: &[Word<'_>], at: usize, commands: &BTreeSet<String>) -> Option<Mention> {
    let word = words.get(at)?;
    let base = word.base();
    let base = base.strip_suffix(".exe").unwrap_or(base);
    if matches!(base, "taskmaster" | "git-taskmaster") {
        return own(words, at, commands);
    }
    let plain = base.split_once('@').map_or(base, |(name, _)| name);
    if matches!(plain, "task-master" | "task-master-ai" | "task-master-mcp") && !word.text.ends_with(':') {
        return Some(task_master(words, at, plain));
    }
    if status_programs(base) {
        return status_script(line, words, at);
    }
    automation(line, word)
}

fn own(words: &[Word<'_>], at: usize, commands: &BTreeSet<String>) -> Option<Mention> {
    let word = words.get(at)?;
    let command = words.iter().skip(at + 1).take(MOST_OPTIONS).find(|word| commands.contains(word.text))?;
    let sets = matches!(command.text, "set-status" | "update-task-status");
    let (way, status) = if sets { (Way::SetsStatus, status(words, at)) } else { (Way::Calls, None) };
    Some(Mention::new(
        word.line,
        way,
        Subject::Taskmaster,
        with_status(&format!("taskmaster {}", command.text), status),
    ))
}

fn task_master(words: &[Word<'_>], at: usize, name: &str) -> Mention {
    let line = words.get(at).map_or(0, |word| word.line);
    let next = words.get(at + 1).filter(|next| next.line == line || next.text.starts_with("set-"));
    let command = next.filter(|next| next.text.starts_with(|c: char| c.is_ascii_lowercase()));
    match command {
        Some(command) if command.text == "set-status" => {
            let what = with_status(&format!("{name} set-status"), status(words, at));
            Mention::new(line, Way::SetsStatus, Subject::TaskMaster, what)
        }
        Some(command) => Mention::new(line, Way::Calls, Subject::TaskMaster, format!("{name} {}", command.text)),
        None => Mention::new(line, Way::Calls, Subject::TaskMaster, name),
    }
}

/// Whether a file of that name updates the status of tasks, as such scripts are called.
pub(super) fn status_programs(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem).replace('-', "_");
    let ending = name.split_once('.').map_or("", |(_, ending)| ending);
    stem == "update_task_status" && matches!(ending, "" | "py" | "sh" | "bash" | "js" | "mjs" | "cjs" | "ts" | "rb")
}

fn status_script(line: &Line<'_>, words: &[Word<'_>], at: usize) -> Option<Mention> {
    let word = words.get(at)?;
    let has_ending = word.base().contains('.');
    // Our own command is told at the program; a function that is defined is not called.
    let is_own = words.iter().take(at).any(|before| matches!(before.base(), "taskmaster" | "git-taskmaster"));
    if is_own || (!has_ending && !is_called(line, word)) {
        return None;
    }
    let subject = if has_ending { Subject::StatusScript } else { Subject::Automation };
    Some(Mention::new(word.line, Way::SetsStatus, subject, with_status(word.text, status(words, at))))
}

fn automation(line: &Line<'_>, word: &Word<'_>) -> Option<Mention> {
    let name = AUTOMATION.into_iter().find(|name| *name == word.text.rsplit('.').next().unwrap_or(word.text))?;
    let is_call =
        if name == "task-event" { !line.text.trim_start().starts_with("define ") } else { is_called(line, word) };
    let way = if name == "sync_task_status" { Way::SetsStatus } else { Way::Calls };
    is_call.then(|| Mention::new(word.line, way, Subject::Automation, name))
}

/// Whether a bracket follows, and nothing says that the function is made here.
fn is_called(line: &Line<'_>, word: &Word<'_>) -> bool {
    let before = line.text.get(..word.start).unwrap_or_default().trim_end();
    let behind = line.text.get(word.start + word.text.len()..).unwrap_or_default();
    let is_made = ["def", "class", "function", "async def", "import"].iter().any(|key| before.ends_with(key));
    !is_made && behind.trim_start_matches([' ', '\t']).starts_with('(')
}

/// What stands behind `--status`.
fn status<'a>(words: &[Word<'a>], at: usize) -> Option<&'a str> {
    let option = words.iter().skip(at + 1).position(|word| word.text == "--status" || word.text == "-s")?;
    words.get(at + 1 + option + 1).map(|word| word.text)
}

fn with_status(what: &str, status: Option<&str>) -> String {
    status.map_or_else(|| what.to_owned(), |status| format!("{what} --status {status}"))
}
