//! Why an old path or an old call is left to people: what stands around it may mean another place, or does something
//! else with it than read it.

use super::Text;
use super::line::{Comments, Line, heredoc};
use super::path::OLD_PATHS;
use super::reading::{of_shell, program_reads, shell_reads};
use super::word::Word;
use super::written::{command_around, is_written};

/// Folders of what others have written.
const VENDORED: [&str; 6] = ["node_modules", "vendor", "third_party", "site-packages", "venv", ".venv"];

/// Words that make the next lines stand in another folder.
const MOVING: [&str; 11] = [
    "cd",
    "pushd",
    "chdir",
    "os.chdir",
    "process.chdir",
    "Set-Location",
    "working-directory",
    "workingDirectory",
    "workingDirectory:",
    "working-directory:",
    "WORKDIR",
];

/// Commands that run something elsewhere, only say it, or mean the path as text.
const OTHERS: [&str; 24] = [
    "docker", "podman", "kubectl", "ssh", "echo", "printf", "which", "type", "xargs", "alias", "find", "sed", "perl",
    "git", "curl", "wget", "scp", "rsync", "cp", "ln", "install", "for", "chroot", "gh",
];

/// Commands that only say what they are given.
const SAYING: [&str; 3] = ["echo", "printf", "Write-Host"];

/// Keys of YAML whose values are text for people.
const SPOKEN: [&str; 6] = ["name", "description", "title", "label", "displayName", "key"];

/// What the lines of a file before one say about it.
pub(super) struct Surroundings {
    language: Language,
    is_vendored: bool,
    has_moved: bool,
    heredoc: Option<String>,
    /// How a script in a folder names the top of the repository; `None` at the top.
    to_top: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Shell,
    Make,
    Program,
    /// YAML or JSON, with commands of a shell in it.
    Data,
}

impl Surroundings {
    /// Those of the first line.
    pub(super) fn of(text: &Text) -> Self {
        let path = text.path.to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        let language = if ends(&[".yml", ".yaml", ".json"]) {
            Language::Data
        } else if text.finder.comments == Comments::Slashes || ends(&[".py", ".rb"]) {
            Language::Program
        } else if text.finder.runner == Some("make") {
            Language::Make
        } else {
            Language::Shell
        };
        let folders = ["working-directory", "workingDirectory", "working_directory"];
        Self {
            language,
            is_vendored: text.path.split('/').any(|part| VENDORED.contains(&part)),
            // A folder can be named behind what runs in it.
            has_moved: language == Language::Data && folders.iter().any(|key| text.text.contains(key)),
            heredoc: None,
            to_top: to_top(&text.path),
        }
    }

    /// Why anything in this line is left, if it is; takes the line in.
    pub(super) fn line(&mut self, line: &Line<'_>, words: &[Word<'_>]) -> Option<&'static str> {
        if let Some(end) = &self.heredoc {
            if line.text.trim() == end {
                self.heredoc = None;
            }
            return Some("it stands in a text that is handed on");
        }
        self.heredoc = if self.language == Language::Program { None } else { heredoc(&line.text) };
        let options = [" -C ", " --directory", "cwd"];
        self.has_moved |= words.iter().any(|word| MOVING.contains(&word.text));
        let begin = line.text.trim_start().trim_start_matches("- ").trim_start();
        let key = begin.split_once(':').map(|(key, _)| key.trim_matches('"'));
        if self.is_vendored {
            Some("others have written the file")
        } else if self.has_moved || options.iter().any(|option| line.text.contains(option)) {
            Some("another folder may be meant")
        } else if self.language == Language::Data && key.is_some_and(|key| SPOKEN.contains(&key)) {
            Some("it is text")
        } else if words.iter().any(|word| OTHERS.contains(&word.base())) {
            Some("it is handed to another command or machine, copied, or only said")
        } else {
            None
        }
    }

    /// Why the path in a word, from `start` on, is left, if it is.
    pub(super) fn path(&self, line: &Line<'_>, words: &[Word<'_>], at: usize, start: usize) -> Option<&'static str> {
        let word = words.get(at)?;
        let names_new = |other: &Word<'_>| {
            other.text.to_lowercase().contains(".taskmaster")
                && OLD_PATHS.iter().all(|path| path.found_in(other.text).is_none())
        };
        let text: &str = &line.text;
        let before = text.get(..word.start).unwrap_or_default();
        let behind = text.get(word.start + word.text.len()..).unwrap_or_default();
        let quotes = ['"', '\'', '`'];
        let (before, behind) =
            (before.strip_suffix(quotes).unwrap_or(before), behind.strip_prefix(quotes).unwrap_or(behind));
        let opens = |c: char| c.is_whitespace() || "([,:<@".contains(c);
        let closes = |c: char| c.is_whitespace() || ")],:;}|&".contains(c);
        if is_written(line, words, at) {
            Some("it is written, moved or removed there")
        } else if words.iter().any(names_new) {
            Some("the line names the new place, too")
        } else if !matches!(word.text.get(..start), Some("" | "./")) && word.text.get(..start) != self.to_top.as_deref()
        {
            Some("something stands before the path")
        } else if !before.chars().next_back().is_none_or(opens) || !behind.chars().next().is_none_or(closes) {
            Some("it is put together, or kept for later")
        } else if self.reads(line, word) {
            None
        } else if self.language == Language::Program {
            Some("nothing shows that the program only reads it")
        } else {
            Some("nothing shows that it is only read there")
        }
    }

    /// Whether something may write the file that a word names: a place that is not seen to be only read, said or listed.
    pub(super) fn may_write(&self, line: &Line<'_>, words: &[Word<'_>], at: usize) -> bool {
        let Some(word) = words.get(at) else { return false };
        if is_written(line, words, at) {
            return true;
        }
        let is_said = || {
            let goes_on = line.text.contains(['|', '`']) || line.text.contains("$(");
            !goes_on && command_around(line, words, word).iter().any(|word| SAYING.contains(&word.text))
        };
        let is_listed = || match self.language {
            Language::Make => !line.text.starts_with('\t'),
            Language::Data => {
                let (line, word) = of_shell(line, word);
                word.start == 0 || line.text.starts_with('[')
            }
            Language::Shell | Language::Program => false,
        };
        !self.reads(line, word) && !is_said() && !is_listed()
    }

    fn reads(&self, line: &Line<'_>, word: &Word<'_>) -> bool {
        match self.language {
            Language::Program => program_reads(line, word),
            _ => self.shell_reads(line, word),
        }
    }

    /// Whether the line is a command's that only reads the file. What make needs or makes is no command's.
    fn shell_reads(&self, line: &Line<'_>, word: &Word<'_>) -> bool {
        match self.language {
            Language::Data => {
                let (line, word) = of_shell(line, word);
                shell_reads(&line, &word)
            }
            Language::Make => line.text.starts_with('\t') && shell_reads(&recipe(line), word),
            Language::Shell | Language::Program => shell_reads(line, word),
        }
    }
}

/// A line of a recipe without what tells make how to run it.
fn recipe<'a>(line: &Line<'a>) -> Line<'a> {
    let begin = line.text.len() - line.text.trim_start_matches(['\t', ' ', '@', '-', '+']).len();
    Line {
        number: line.number,
        text: format!("{}{}", " ".repeat(begin), line.text.get(begin..).unwrap_or_default()).into(),
    }
}

/// The way from a file's folder to the top of the repository, `../../`: a script that begins a path so is run in its own
/// folder, since from the top it would leave the repository.
pub(super) fn to_top(path: &str) -> Option<String> {
    let depth = path.matches('/').count();
    (depth > 0).then(|| "../".repeat(depth))
}

/// Whether a call in a file at `path` names a script of this repository.
pub(super) fn is_own(script: &str, path: &str) -> bool {
    let script = to_top(path).and_then(|to_top| script.strip_prefix(&to_top)).unwrap_or(script);
    let elsewhere = script.starts_with(['/', '$', '~']) || script.contains([':', '\\']);
    !elsewhere && !script.split('/').any(|part| part == ".." || VENDORED.contains(&part))
}
