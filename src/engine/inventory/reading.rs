//! Whether a place is only read, as far as the line shows it. Only such a place may be another one without anybody
//! looking at it: what is written there would take the place of the tasks.

use super::line::Line;
use super::word::{Word, words};

/// Programs that only read the files that they are given, and the options with which they do more, or hand the names
/// of the files on.
const READERS: [(&str, &[&str]); 36] = [
    ("cat", &[]),
    ("bat", &[]),
    ("head", &[]),
    ("tail", &[]),
    ("wc", &[]),
    ("nl", &[]),
    ("tac", &[]),
    ("od", &[]),
    ("hexdump", &[]),
    ("cut", &[]),
    ("column", &[]),
    ("strings", &[]),
    ("stat", &[]),
    ("test", &[]),
    ("[", &[]),
    ("diff", &[]),
    ("cmp", &[]),
    ("jq", &["-i", "--in-place"]),
    ("gojq", &["-i", "--in-place"]),
    ("jaq", &["-i", "--in-place"]),
    ("yq", &["-i", "--inplace", "--in-place", "-s", "--split-exp"]),
    ("grep", NAMES_HANDED_ON),
    ("egrep", NAMES_HANDED_ON),
    ("fgrep", NAMES_HANDED_ON),
    ("rg", NAMES_HANDED_ON),
    ("less", &["-o", "-O"]),
    ("more", &[]),
    ("sort", &["-o", "--output"]),
    ("ls", &[]),
    ("md5sum", &[]),
    ("sha1sum", &[]),
    ("sha256sum", &[]),
    ("shasum", &[]),
    ("cksum", &[]),
    ("Get-Content", &[]),
    ("Test-Path", &[]),
];

const NAMES_HANDED_ON: &[&str] = &["-l", "-L", "--files-with-matches", "--files-without-match"];

/// Words before a command.
const BEFORE_COMMANDS: [&str; 12] =
    ["if", "then", "elif", "else", "while", "until", "do", "!", "time", "command", "exec", "sudo"];

/// Calls of programs that only read the file whose name they are given alone, or first.
const CALLS: [&str; 15] = [
    "readFileSync",
    "readFile",
    "existsSync",
    "statSync",
    "access",
    "accessSync",
    "exists",
    "isfile",
    "getsize",
    "getmtime",
    "exist?",
    "file?",
    "read_json",
    "load_file",
    "read",
];

/// What is done with a path of Python's that only reads it.
const METHODS: [&str; 7] =
    [").read_text(", ").read_bytes(", ").exists(", ").is_file(", ").stat(", ").open()", ").open(\"r\")"];

/// Whether a shell only reads the file that a word of a line names.
pub(super) fn shell_reads(line: &Line<'_>, word: &Word<'_>) -> bool {
    let before = line.text.get(..word.start).unwrap_or_default();
    let behind = line.text.get(word.start + word.text.len()..).unwrap_or_default();
    let direct = before.trim_end_matches([' ', '\t', '"', '\'']);
    if direct.ends_with('<') && !direct.ends_with("<<") && !direct.ends_with("+<") {
        return true;
    }
    let Some(command) = command_before(before) else { return false };
    let end = behind.find([';', '|', '&', '`', ')']).unwrap_or(behind.len());
    let line_of_command =
        Line { number: 1, text: format!("{command}{}{}", word.text, behind.get(..end).unwrap_or_default()).into() };
    let given = words(&line_of_command);
    let name = command.split_whitespace().next().unwrap_or_default();
    if name.starts_with("python") {
        return command.trim_end().ends_with("-m json.tool");
    }
    // What lists names hands them on, to a command that may do anything.
    let is_handed_on = before.contains("$(") || before.contains('`') || behind.contains('|');
    if name == "ls" && is_handed_on {
        return false;
    }
    let Some((_, more)) = READERS.iter().find(|(reader, _)| *reader == name) else { return false };
    let does_more = |given: &Word<'_>| {
        more.iter().any(|option| {
            let letters = option.strip_prefix('-').filter(|letter| letter.len() == 1);
            let among = |letter: &str| {
                !given.text.starts_with("--") && given.text.starts_with('-') && given.text.contains(letter)
            };
            given.text == *option || letters.is_some_and(among)
        })
    };
    !given.iter().any(does_more)
}

/// The command that goes on at the end of a text: from its name on. `None` where it has none yet.
fn command_before(text: &str) -> Option<&str> {
    // Where each command that is not at its end yet begins: one in brackets stands in another.
    let mut begins = vec![0];
    let mut quote: Option<char> = None;
    let mut is_escaped = false;
    let mut outside: Vec<Option<char>> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if is_escaped {
            is_escaped = false;
            before = c;
            continue;
        }
        match (quote, c) {
            (Some('\''), c) if c != '\'' => {}
            (_, '\\') => is_escaped = true,
            (Some(open), c) if open == c => quote = None,
            (_, '(') if quote.is_none() || before == '$' => {
                begins.push(next);
                outside.push(quote.take());
            }
            (None, ')') if begins.len() > 1 => {
                begins.pop();
                quote = outside.pop().flatten();
            }
            (None, '"' | '\'') => quote = Some(c),
            (None, ';' | '|' | '&' | '`' | '\n' | '{' | '}') => {
                if let Some(begin) = begins.last_mut().filter(|_| !matches!(c, '{' | '}') || before == ' ') {
                    *begin = next;
                }
            }
            _ => {}
        }
        before = c;
    }
    let mut command = text.get(*begins.last()?..)?.trim_start();
    loop {
        let first = command.split_whitespace().next()?;
        let is_setting = first
            .split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        if !is_setting && !BEFORE_COMMANDS.contains(&first) {
            return Some(command);
        }
        command = command.get(first.len()..)?.trim_start();
    }
}

/// A line of a pipeline or of `package.json` from where a shell gets it: behind `- `, a key and a quote.
pub(super) fn of_shell<'a>(line: &'a Line<'a>, word: &Word<'a>) -> (Line<'a>, Word<'a>) {
    let text: &str = &line.text;
    let mut rest = text.trim_start();
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start();
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-.:\"".contains(c);
    if let Some((_, value)) =
        rest.split_once(": ").filter(|(key, _)| !key.is_empty() && key.trim_end().chars().all(is_part))
    {
        rest = value.trim_start();
    }
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let cut = (text.len() - rest.len()).min(word.start);
    let shown = text.get(cut..).unwrap_or_default();
    (Line { number: line.number, text: shown.into() }, Word { start: word.start - cut, ..*word })
}

/// Whether a program only reads the file that a word names: it is what a call is given that does no more.
pub(super) fn program_reads(line: &Line<'_>, word: &Word<'_>) -> bool {
    let quotes = ['"', '\'', '`'];
    let before = line.text.get(..word.start).unwrap_or_default();
    let behind = line.text.get(word.start + word.text.len()..).unwrap_or_default();
    let (Some(before), Some(behind)) = (before.strip_suffix(quotes), behind.strip_prefix(quotes)) else { return false };
    let Some(before) = before.trim_end().strip_suffix('(') else { return false };
    let is_part = |c: char| c.is_alphanumeric() || "_?".contains(c);
    let call = before.get(before.rfind(|c| !is_part(c)).map_or(0, |at| at + 1)..).unwrap_or_default();
    match call {
        "open" => {
            let Some((arguments, _)) = behind.split_once(')') else { return false };
            arguments.split(',').all(|argument| is_plain(argument.trim()))
        }
        "Path" => METHODS.iter().any(|method| behind.starts_with(method)),
        _ => CALLS.contains(&call),
    }
}

/// Whether an argument of `open` says no more than how the file is read.
fn is_plain(argument: &str) -> bool {
    let value = argument.trim_matches(['"', '\'']);
    let is_mode = matches!(value, "" | "r" | "rb" | "rt" | "utf8" | "utf-8");
    is_mode || ["encoding", "errors", "newline"].iter().any(|name| argument.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::super::line::{Comments, lines};
    use super::*;

    #[track_caller]
    fn reads(text: &str) -> bool {
        let lines = lines(text, Comments::Hash);
        let line = &lines[0];
        let words = words(line);
        let word = words.iter().rfind(|word| word.text.ends_with("tasks.json")).unwrap();
        shell_reads(line, word)
    }

    #[test]
    fn what_a_command_only_reads_is_seen() {
        for text in [
            "cat tasks/tasks.json > x",
            "jq '.a | .b' \"tasks/tasks.json\"",
            "V=\"$(jq -r .x tasks/tasks.json)\"",
            "if ! [ -f tasks/tasks.json ]; then",
            "x | A=1 grep -c y tasks/tasks.json",
            "while read x; do y; done < tasks/tasks.json",
            "python3 -m json.tool tasks/tasks.json",
            "(cd x; y) && cat tasks/tasks.json",
            "x \"a; b\" && cat \\\n  tasks/tasks.json",
        ] {
            assert!(reads(text), "{text}");
        }
        for text in [
            "x tasks/tasks.json",
            "x $(cat y) tasks/tasks.json",
            "cat x | tee tasks/tasks.json",
            "sort -o x tasks/tasks.json",
            "sort -uo tasks/tasks.json x",
            "yq -i . tasks/tasks.json",
            "ls tasks/tasks.json | while read f; do rm $f; done",
            "grep -rl x tasks/tasks.json",
            "python3 -m json.tool x tasks/tasks.json",
            "sh -c 'cat tasks/tasks.json'",
            "F=tasks/tasks.json",
            "cat(tasks/tasks.json",
        ] {
            assert!(!reads(text), "{text}");
        }
    }
}
