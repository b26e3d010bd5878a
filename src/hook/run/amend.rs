//! Whether the commit being made amends HEAD. Git does not tell its hooks; it is told from evidence:
//! from the command line of the `git commit` that rings, and where none can be seen, from the author
//! that git exports.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Bell;
use crate::app::AppError;
use crate::model::{CommitId, Person};

/// The commit that is being amended.
pub(super) struct Amended {
    pub(super) head: CommitId,
    pub(super) parents: Vec<CommitId>,
    pub(super) evidence: Evidence,
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The command says so.
    Command,
    /// The author is that of HEAD, down to the second.
    Author,
}

/// How many processes may stand between this one and git: shells and a hook manager.
const ANCESTORS: usize = 5;

/// By how many seconds a commit is older than now for its author to be no chance.
const CHANCE: i64 = 2;

/// HEAD, where it is being amended by somebody. What a rebase amends is git's own business.
pub(super) fn amended(bell: &Bell<'_>) -> Result<Option<Amended>, AppError> {
    let repository = &bell.project.repository;
    let Some(head) = repository.head()?.filter(|_| !repository.is_sequencing()) else { return Ok(None) };
    let commit = repository.commit(&head)?;
    let evidence = match ancestors().find_map(|command| amends(&command)) {
        Some(true) => Evidence::Command,
        None if is_author(&Exported::read(), &commit.author, repository.author_time(&head)?, now()) => Evidence::Author,
        Some(false) | None => return Ok(None),
    };
    Ok(Some(Amended { head, parents: commit.parents, evidence }))
}

/// The author that git exports to hooks.
struct Exported {
    name: String,
    email: String,
    date: String,
}

impl Exported {
    fn read() -> Self {
        let exported = |name: &str| std::env::var(name).unwrap_or_default();
        Self {
            name: exported("GIT_AUTHOR_NAME"),
            email: exported("GIT_AUTHOR_EMAIL"),
            date: exported("GIT_AUTHOR_DATE"),
        }
    }
}

/// Whether the author is that of HEAD, and HEAD is old enough for that to be no chance.
fn is_author(exported: &Exported, author: &Person, time: i64, now: i64) -> bool {
    let seconds = exported.date.trim_start_matches('@').split(' ').next().and_then(|text| text.parse::<i64>().ok());
    exported.name == author.name
        && exported.email == author.email
        && seconds == Some(time)
        && time < now.saturating_sub(CHANCE)
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    i64::try_from(seconds).unwrap_or_default()
}

/// Whether a command is a `git commit` that amends; `None` where it is no `git commit` at all.
fn amends(command: &[String]) -> Option<bool> {
    let (program, arguments) = command.split_first()?;
    let options = match Path::new(program).file_name()?.to_str()? {
        "git" => arguments.get(arguments.iter().position(|word| word == "commit")? + 1..)?,
        "git-commit" => arguments,
        _ => return None,
    };
    let mut amends = false;
    let mut words = options.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if takes_the_next(word) {
            words.next();
        } else if word.len() >= "--am".len() && "--amend".starts_with(word) {
            amends = true;
        } else if word.len() >= "--no-am".len() && "--no-amend".starts_with(word) {
            amends = false;
        }
    }
    Some(amends)
}

/// Whether the value of an option is the argument behind it, so that `-m --amend` is only a message.
fn takes_the_next(word: &str) -> bool {
    const LONG: [&str; 12] = [
        "--message",
        "--file",
        "--author",
        "--date",
        "--template",
        "--reuse-message",
        "--reedit-message",
        "--fixup",
        "--squash",
        "--trailer",
        "--cleanup",
        "--pathspec-from-file",
    ];
    match word.strip_prefix('-') {
        Some(bundle) if !bundle.starts_with('-') => {
            // What stands behind `-S` and `-u` in one word is their value.
            let valued = bundle.char_indices().find(|(_, option)| "mFCctSu".contains(*option));
            valued.is_some_and(|(at, option)| at + 1 == bundle.len() && !"Su".contains(option))
        }
        _ => LONG.contains(&word),
    }
}

/// The command lines of the processes above this one, nearest first; none where the system does not
/// show them as Linux does.
fn ancestors() -> impl Iterator<Item = Vec<String>> {
    let parents = std::iter::successors(parent(std::process::id()), |process| parent(*process));
    parents.take(ANCESTORS).filter_map(command_line)
}

fn parent(process: u32) -> Option<u32> {
    let stat = fs::read(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold anything, brackets too.
    let stat = String::from_utf8_lossy(&stat);
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn command_line(process: u32) -> Option<Vec<String>> {
    let bytes = fs::read(format!("/proc/{process}/cmdline")).ok()?;
    let words = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    Some(words.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, expected: Option<bool>) {
        let words: Vec<String> = command.split(' ').map(ToOwned::to_owned).collect();
        assert_eq!(amends(&words), expected, "{command}");
    }

    #[test]
    fn an_amend_is_told_from_the_command() {
        check("git commit --amend", Some(true));
        check("/usr/lib/git-core/git -c a.b=c commit -q --ame -m x", Some(true));
        check("git-commit --am", Some(true));
        check("git commit --amend --no-amend", Some(false));
        check("git commit -am --amend", Some(false));
        check("git commit -m --amend", Some(false));
        check("git commit -mx --amend", Some(true));
        check("git commit -uno --amend", Some(true));
        check("git commit --message --amend", Some(false));
        check("git commit -- --amend", Some(false));
        check("git commit --a", Some(false));
        check("git merge --amend", None);
        check("sh -c git commit --amend", None);
        check("", None);
    }

    #[test]
    fn an_author_is_evidence_only_later() {
        let author = Person { name: "A".to_owned(), email: "a@b".to_owned() };
        let exported =
            |name: &str, date: &str| Exported { name: name.to_owned(), email: "a@b".to_owned(), date: date.to_owned() };
        assert!(is_author(&exported("A", "@100 +0000"), &author, 100, 103));
        assert!(!is_author(&exported("A", "@100 +0000"), &author, 100, 102));
        assert!(!is_author(&exported("B", "@100 +0000"), &author, 100, 103));
        assert!(!is_author(&exported("A", "@101 +0000"), &author, 100, 200));
        assert!(!is_author(&exported("A", ""), &author, 100, 200));
    }
}
