//! Whether a file is written, as far as a line and what else stands in its text show it.

use std::collections::BTreeSet;

use super::Text;
use super::finder::make_rule;
use super::line::{Line, lines};
use super::section::{Section, section_of};
use super::word::{Word, words};

/// Programs that write the files they are given.
const WRITERS: [&str; 13] = [
    "tee",
    "sponge",
    "rm",
    "mv",
    "touch",
    "mkdir",
    "truncate",
    "rmdir",
    "patch",
    "Set-Content",
    "Out-File",
    "Remove-Item",
    "Move-Item",
];

/// Programs that write into the file that they read, where an option says so.
const IN_PLACE: [&str; 6] = ["sed", "gsed", "perl", "yq", "awk", "gawk"];

/// Options behind which a file stands that is written.
const OUTPUTS: [&str; 12] = [
    "-o",
    "-O",
    "--out",
    "--output",
    "--outfile",
    "--out-file",
    "--output-file",
    "--output-document",
    "--dest",
    "--destination",
    "--write",
    "-OutFile",
];

/// Programs to which `-o` is something else.
const OTHERWISE: [&str; 9] = ["grep", "egrep", "fgrep", "rg", "ls", "ps", "set", "test", "["];

/// Options with which a program writes into the files that it is given.
const INTO: [&str; 5] = ["--write", "--inplace", "--in-place", "--fix", "--overwrite"];

/// Steps of a pipeline that write what stands at their `path`.
const FETCHING: [&str; 5] = ["download-artifact", "actions/cache", "/checkout", "DownloadPipelineArtifact", "Cache@"];

/// Calls in programs that write, move or remove a file.
const WRITING_CALLS: [&str; 30] = [
    ".write(",
    ".write_text(",
    ".write_bytes(",
    "writeFile(",
    "writeFileSync(",
    "appendFile(",
    "appendFileSync(",
    "outputFile(",
    "outputJson(",
    "json.dump(",
    ".unlink(",
    "unlinkSync(",
    "os.remove(",
    "os.rename(",
    "os.replace(",
    "os.makedirs(",
    "os.mkdir(",
    "shutil.move(",
    "shutil.rmtree(",
    "createWriteStream(",
    "renameSync(",
    "fs.rename(",
    "rmSync(",
    "mkdirSync(",
    "FileUtils.mv(",
    "FileUtils.rm(",
    "FileUtils.rm_rf(",
    "FileUtils.mkdir_p(",
    "File.write(",
    "File.delete(",
];

/// Calls in programs that write the last of the files that they are given.
const COPYING_CALLS: [&str; 9] = [
    "shutil.copy(",
    "shutil.copy2(",
    "shutil.copyfile(",
    "shutil.copytree(",
    "copyFileSync(",
    "fs.copyFile(",
    "fs.cpSync(",
    "FileUtils.cp(",
    "FileUtils.cp_r(",
];

/// Whether the line shows that this word's file is written.
pub(super) fn is_written(line: &Line<'_>, words: &[Word<'_>], at: usize) -> bool {
    let Some(word) = words.get(at) else { return false };
    let before = line.text.get(..word.start).unwrap_or_default();
    let redirected = before.trim_end_matches([' ', '\t', '"', '\'', '@', '{', '$']);
    // `>|` and `>!` write where the shell was told not to; `>&` takes the errors along.
    let redirected =
        redirected.strip_suffix(['|', '!', '&']).filter(|before| before.ends_with('>')).unwrap_or(redirected);
    if redirected.ends_with('>') && !redirected.ends_with("=>") && !redirected.ends_with("->") {
        return true;
    }
    // One command of several: what stands behind the last `;`, `&` or `|`, up to the next.
    let inside = command_around(line, words, word);
    let has = |name: &str| inside.iter().any(|word| word.text == name || word.base() == name);
    let is_last = inside.last().is_some_and(|last| last.start == word.start);
    if WRITERS.iter().any(|name| has(name)) {
        return true;
    }
    if IN_PLACE.iter().any(|name| has(name)) && inside.iter().any(|word| is_in_place(word.text)) {
        return true;
    }
    let option = at.checked_sub(1).and_then(|at| words.get(at)).map_or("", |before| before.text);
    let is_output = OUTPUTS.contains(&option) || option.strip_suffix(':').is_some_and(|key| OUTPUTS.contains(&key));
    if is_output && (option.starts_with("--") || !OTHERWISE.iter().any(|name| has(name))) {
        return true;
    }
    if INTO.iter().any(|option| has(option)) {
        return true;
    }
    if has("dd") && option == "of" && before.ends_with('=') {
        return true;
    }
    if has("git") && (has("rm") || has("mv") || has("checkout") || has("restore")) {
        return true;
    }
    if is_last && ["cp", "rsync", "ln", "install"].iter().any(|name| has(name)) {
        return true;
    }
    let is_copy = |call: &str| before.split_once(call).is_some_and(|(_, given)| given.contains(','));
    WRITING_CALLS.iter().any(|call| line.text.contains(call))
        || COPYING_CALLS.iter().any(|call| is_copy(call))
        || opens_to_write(&line.text, &inside)
        || is_unpacked(&inside, option)
        || (has("find") && inside.iter().any(|word| word.text == "-delete"))
        || (["cd", "pushd"].iter().any(|name| has(name)) && is_left_open(line, words, word))
}

/// Whether a program unpacks what it is given into the folder behind an option.
fn is_unpacked(inside: &[&Word<'_>], option: &str) -> bool {
    let has = |name: &str| inside.iter().any(|word| word.base() == name);
    let extracts = || {
        let flags = inside.iter().skip_while(|word| word.base() != "tar").nth(1).map_or("", |word| word.text);
        flags.contains('x') || inside.iter().any(|word| word.text == "--extract")
    };
    (has("unzip") && option == "-d") || (has("tar") && option == "-C" && extracts())
}

/// Whether something is written in the folder that a line goes to, behind that.
fn is_left_open(line: &Line<'_>, words: &[Word<'_>], folder: &Word<'_>) -> bool {
    let behind = folder.start + folder.text.len();
    let goes_on = line.text.get(behind..).is_some_and(|rest| rest.contains("&&") || rest.contains(';'));
    let is_writer = |word: &Word<'_>| word.start > behind && WRITERS.contains(&word.text);
    goes_on && words.iter().any(is_writer)
}

/// The words of the command that a word stands in: one of several, between the signs that end one.
pub(super) fn command_around<'a, 'text>(
    line: &Line<'_>,
    words: &'a [Word<'text>],
    word: &Word<'_>,
) -> Vec<&'a Word<'text>> {
    let (mut begin, mut end) = (0, line.text.len());
    let mut quote = None;
    for (at, c) in line.text.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ';' | '&' | '|') if at < word.start => begin = at + 1,
            (None, ';' | '&' | '|') if at >= word.start + word.text.len() => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    words.iter().filter(|word| (begin..end).contains(&word.start)).collect()
}

/// `-i` of sed, alone or among other letters, or with what the copy is to be called.
fn is_in_place(option: &str) -> bool {
    let letters = option.strip_prefix('-').unwrap_or_default();
    option.starts_with("--in-place")
        || letters.starts_with('i')
        || option == "--inplace"
        || (!letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphabetic()) && letters.contains('i'))
}

fn opens_to_write(text: &str, words: &[&Word<'_>]) -> bool {
    let modes = ["w", "a", "r+", "w+", "a+", "x", "wt", "wb"];
    text.contains("open(") && words.iter().any(|word| modes.contains(&word.text))
}

/// The places of a text where a file's path stands that is written elsewhere in it: kept in a variable that something is
/// written to, the target of a rule of make, or where a step of a pipeline puts what it fetches. Each is a line and the
/// word.
pub(super) fn written_places(text: &Text, plain: &str, sections: &[Section]) -> BTreeSet<(usize, String)> {
    let mut places = BTreeSet::new();
    let mut kept: Vec<(&str, usize, String)> = Vec::new();
    let lines = lines(plain, text.finder.comments);
    for line in &lines {
        if !super::mention::may_mention(&line.text) {
            continue;
        }
        let is_rule = text.finder.runner == Some("make") && !line.text.starts_with('\t');
        let target_end = line.text.find(':').filter(|_| is_rule && make_rule(&line.text).is_some());
        for word in words(line) {
            let lower = word.text.to_lowercase();
            if !lower.contains("task") && !lower.contains("prd.txt") {
                continue;
            }
            let name = word.text.trim_end_matches(':');
            let place = || (word.line, name.to_owned());
            if target_end.is_some_and(|end| word.start < end) || is_fetched(line, &word, plain, sections) {
                places.insert(place());
            }
            if let Some(variable) = kept_in(line, &word) {
                kept.push((variable, word.line, name.to_owned()));
            }
        }
    }
    if kept.is_empty() {
        return places;
    }
    let mut written: BTreeSet<&str> = BTreeSet::new();
    for line in &lines {
        let words = words(line);
        for (at, word) in words.iter().enumerate() {
            let name = variable_name(word.text);
            if let Some((known, ..)) = kept.iter().find(|(known, ..)| *known == name)
                && kept_name_differs(line, word)
                && is_written(line, &words, at)
            {
                written.insert(known);
            }
        }
    }
    places.extend(kept.iter().filter(|(name, ..)| written.contains(name)).map(|(_, line, word)| (*line, word.clone())));
    places
}

/// Whether a word is not the name itself that something is given to.
fn kept_name_differs(line: &Line<'_>, word: &Word<'_>) -> bool {
    let behind = line.text.get(word.start + word.text.len()..).unwrap_or_default().trim_start();
    let behind = behind.trim_start_matches([':', '?', '+']);
    let is_given = behind.starts_with('=') && !behind.starts_with("==");
    !is_given && !word.text.ends_with(':')
}

/// The variable that a word is given to: `OUT=`, `OUT := `, `OUT: `.
fn kept_in<'a>(line: &'a Line<'_>, word: &Word<'_>) -> Option<&'a str> {
    let before = line.text.get(..word.start)?;
    let name = before.trim_end_matches(['"', '\'', '`', ' ', '\t', '=', ':', '?', '+', '!']);
    let sign = before.get(name.len()..)?;
    if !sign.contains(['=', ':']) {
        return None;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = name.rfind(|c| !is_part(c)).map_or(0, |at| at + 1);
    name.get(start..).filter(|name| !name.is_empty())
}

/// `OUT` of `$OUT`, `${OUT}`, `$(OUT)`, `$env:OUT` and `env.OUT`.
fn variable_name(word: &str) -> &str {
    let name = word.trim_start_matches(['$', '{', '(']).trim_end_matches(['}', ')']);
    let name =
        ["env:", "env.", "vars.", "process.env."].iter().find_map(|begin| name.strip_prefix(begin)).unwrap_or(name);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.get(..name.find(|c| !is_part(c)).unwrap_or(name.len())).unwrap_or(name)
}

/// Whether a step of a pipeline writes what stands at its key `path`.
fn is_fetched(line: &Line<'_>, word: &Word<'_>, plain: &str, sections: &[Section]) -> bool {
    let Some(step) = section_of(sections, word.line) else { return false };
    let lines = || plain.lines().skip(step.first - 1).take(step.last + 1 - step.first);
    let fetches = |line: &str| FETCHING.iter().any(|name| line.contains(name)) && line.contains(['/', '@']);
    lines().any(fetches) && !line.text.trim_start().starts_with("key")
}
