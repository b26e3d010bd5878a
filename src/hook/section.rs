//! Our section of a hook script: bytes in, bytes out.
//!
//! # Where it stands
//! At the top: behind the `#!` line and the comment paragraphs that follow it, before the first
//! command. Only there it runs whatever comes after (`exec`, `exit`, a `set -e` that stops early),
//! and nothing after it sees that it ran: it works in a subshell, so no variable, option, folder
//! or positional argument leaks out; it ends with `$?` = 0 as a script begins; and its standard
//! input is `/dev/null`, so that what git writes to pre-push and post-rewrite reaches the rest of
//! the script whole. That holds for files that are all ours too, since a line that somebody adds
//! to one later (`git lfs pre-push "$@"`) must get its input as well.
//!
//! It also works under `sh -e` and `sh -u`. Exit code 1 of the program means "refused" and 130
//! "interrupted by the user"; both end the hook with 1. Any other code is a failure of the program
//! itself, which is never the reason that a commit fails. (So the program is called, not `exec`ed:
//! bash gives 1 where it cannot `exec` a file, and 126 where it cannot call it.)
//!
//! Its lines end in LF even in a file of CRLF lines: a shell that accepts CRLF accepts both, and one
//! that does not would fail in our lines first.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::HookName;
use super::interpreter::{Language, language, lines_by_hand};
use super::shortcut::{RUNG_BY, shortcut};

const BEGIN: &str = "# >>> taskmaster >>>";
const END: &str = "# <<< taskmaster <<<";

/// What stands above the section in a file that we made.
const OWN_HEADER: &str = "#!/bin/sh
# Made by taskmaster. Uninstalling deletes this file, unless lines of your own were added.
";

/// What inserting the section gives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "nothing is written yet"]
pub enum Inserted {
    /// There was no file: the content of one.
    Created(Vec<u8>),
    /// There was a script without our section: the script with it.
    Added(Vec<u8>),
    /// There was another section of ours: the script with this one in its place.
    Replaced(Vec<u8>),
    /// The very section was there.
    Unchanged,
    /// The script is none for a POSIX shell; it is not ours to change.
    Foreign {
        /// What it is written for.
        interpreter: String,
        /// Lines to add to it by hand.
        lines: String,
    },
}

/// What taking the section out gives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "nothing is written yet"]
pub enum Removed {
    /// There was no section.
    NotThere,
    /// Nothing is left but what we made: the file can go.
    Nothing,
    /// The script as it was without the section.
    Rest(Vec<u8>),
}

/// Why a script is left alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SectionError {
    /// A begin marker without its end.
    #[error("the section that begins in line {line} has no end")]
    Unterminated {
        /// The line of the begin marker, counted from 1.
        line: usize,
    },
    /// An end marker without its begin.
    #[error("line {line} ends a section that never began")]
    NeverBegun {
        /// The line of the end marker, counted from 1.
        line: usize,
    },
    /// A second section.
    #[error("a second section begins in line {line}")]
    Duplicated {
        /// The line of the second begin marker, counted from 1.
        line: usize,
    },
    /// A program that a script cannot name safely.
    #[error("the program's path {path:?} is not absolute, or not plain text")]
    Binary {
        /// The path as it was given.
        path: PathBuf,
    },
}

impl SectionError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unterminated { .. } | Self::NeverBegun { .. } | Self::Duplicated { .. } => {
                format!("keep one pair of lines `{BEGIN}` and `{END}`, or delete both and all between them")
            }
            Self::Binary { .. } => "move the program to a path of printable characters".to_owned(),
        }
    }
}

/// Puts the section for `hook` into a script, or makes a script of it. `binary` is the absolute
/// path of the program that the section runs.
///
/// # Errors
/// When the markers in the script do not pair up, or the path of the program cannot be written.
pub fn insert(existing: Option<&[u8]>, hook: HookName, binary: &Path) -> Result<Inserted, SectionError> {
    let text = text(hook, binary)?;
    let Some(existing) = existing else {
        return Ok(Inserted::Created(format!("{OWN_HEADER}{text}\n").into_bytes()));
    };
    if let Some(old) = locate(existing)? {
        let bytes = splice(existing, &old, text.as_bytes());
        return Ok(if bytes == existing { Inserted::Unchanged } else { Inserted::Replaced(bytes) });
    }
    if let Language::Other(interpreter) = language(existing) {
        let lines = lines_by_hand(&interpreter, hook, &printable(binary)?);
        return Ok(Inserted::Foreign { interpreter, lines });
    }
    let at = first_command(existing);
    // A last line without an end keeps having none: then the section is the last line without one.
    let unended = at == existing.len() && !existing.is_empty() && !existing.ends_with(b"\n");
    let text = if unended { format!("\n{text}") } else { format!("{text}\n") };
    Ok(Inserted::Added(splice(existing, &(at..at), text.as_bytes())))
}

/// Takes the section out of a script again.
///
/// # Errors
/// When the markers in the script do not pair up.
pub fn remove(existing: &[u8]) -> Result<Removed, SectionError> {
    let Some(Range { mut start, mut end }) = locate(existing)? else {
        return Ok(Removed::NotThere);
    };
    let behind = existing.get(end..).unwrap_or_default();
    if behind.is_empty() {
        let before = existing.get(..start).unwrap_or_default();
        let first_line = existing.get(start..).unwrap_or_default().split(|byte| *byte == b'\n').next();
        let crlf = first_line.is_some_and(|line| line.ends_with(b"\r")) && before.ends_with(b"\r\n");
        start = start.saturating_sub(if crlf { 2 } else { 1 });
    } else {
        end += behind.iter().position(|byte| *byte == b'\n').map_or(behind.len(), |at| at + 1);
    }
    let rest = splice(existing, &(start..end), b"");
    Ok(if rest == OWN_HEADER.as_bytes() { Removed::Nothing } else { Removed::Rest(rest) })
}

/// The program that the section of a script names; `None` where there is no section.
///
/// # Errors
/// When the markers in the script do not pair up.
pub fn recorded_binary(existing: &[u8]) -> Result<Option<PathBuf>, SectionError> {
    let Some(section) = locate(existing)? else { return Ok(None) };
    let section = String::from_utf8_lossy(existing.get(section).unwrap_or_default());
    let quoted = section.lines().find_map(|line| line.trim().strip_prefix("tm='")?.strip_suffix('\''));
    Ok(Some(PathBuf::from(quoted.unwrap_or_default().replace(r"'\''", "'"))))
}

/// The lines of the section, without the end of the last one.
fn text(hook: HookName, binary: &Path) -> Result<String, SectionError> {
    let binary = printable(binary)?.replace('\'', r"'\''");
    let verdict = if hook.can_refuse() {
        format!(
            "case $? in
    1 | 130) exit 1 ;;
    *) echo \"taskmaster: {hook} ended with exit code $?; ignored\" >&2 ;;
esac"
        )
    } else {
        ":".to_owned()
    };
    let shortcut = shortcut(hook);
    // What `post-commit` may rely on is said to the one process of git that makes the commit.
    let rung_by = if hook == HookName::PreCommit { format!("{RUNG_BY}=$PPID ") } else { String::new() };
    Ok(format!(
        "{BEGIN}
# Written by `taskmaster hooks install`, taken out by `taskmaster hooks uninstall`. TASKMASTER=0 skips it.
(
    [ \"${{TASKMASTER:-1}}\" != 0 ] || exit 0
{shortcut}    tm='{binary}'
    {{ [ -f \"$tm\" ] && [ -x \"$tm\" ]; }} || tm=$(command -v git-taskmaster || command -v taskmaster) || {{
        echo 'taskmaster: not found; {hook} skipped (TASKMASTER=0 silences this)' >&2
        exit 0
    }}
    {rung_by}\"$tm\" hooks run {hook} \"$@\"
) </dev/null || {verdict}
{END}"
    ))
}

/// The path as text that stays on one line of a script, with the slashes a shell wants.
fn printable(binary: &Path) -> Result<String, SectionError> {
    let refuse = || SectionError::Binary { path: binary.to_owned() };
    let text = binary.to_str().filter(|text| binary.is_absolute() && !text.chars().any(char::is_control));
    let text = text.ok_or_else(refuse)?;
    Ok(if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() })
}

/// Where the section is: from its first marker to the end of its last, without the line end.
fn locate(script: &[u8]) -> Result<Option<Range<usize>>, SectionError> {
    let (mut begin, mut found) = (None, None);
    let mut start = 0;
    for (at, line) in script.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = at + 1;
        let content = line.trim_ascii_end();
        if content.trim_ascii_start() == BEGIN.as_bytes() {
            if begin.is_some() || found.is_some() {
                return Err(SectionError::Duplicated { line: number });
            }
            begin = Some((start, number));
        } else if content.trim_ascii_start() == END.as_bytes() {
            let (first, _) = begin.take().ok_or(SectionError::NeverBegun { line: number })?;
            found = Some(first..start + content.len());
        }
        start += line.len();
    }
    match begin {
        Some((_, line)) => Err(SectionError::Unterminated { line }),
        None => Ok(found),
    }
}

/// Where the section goes: behind the `#!` line and the paragraphs of comments below it. Comments
/// that stand directly above a command stay with that command.
fn first_command(script: &[u8]) -> usize {
    let (mut at, mut place) = (0, 0);
    for line in script.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii();
        if !content.is_empty() && !content.starts_with(b"#") {
            return place;
        }
        let is_shebang = at == 0 && line.starts_with(b"#!");
        at += line.len();
        if is_shebang || content.is_empty() {
            place = at;
        }
    }
    at
}

fn splice(script: &[u8], range: &Range<usize>, by: &[u8]) -> Vec<u8> {
    let before = script.get(..range.start).unwrap_or_default();
    let behind = script.get(range.end..).unwrap_or_default();
    [before, by, behind].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BINARY: &str = "/opt/it's \"here\"/taskmaster";

    fn added(script: &[u8]) -> Vec<u8> {
        match insert(Some(script), HookName::PreCommit, Path::new(BINARY)).unwrap() {
            Inserted::Added(bytes) => bytes,
            other => panic!("{other:?} for {:?}", String::from_utf8_lossy(script)),
        }
    }

    fn shapes() -> Vec<&'static [u8]> {
        vec![
            b"",
            b"\n",
            b"#!/bin/sh",
            b"#!/bin/sh\n",
            b"#!/bin/sh\r",
            b"#!/bin/sh\r\n# only a comment",
            b"#!/bin/sh\necho hello",
            b"#!/bin/sh\necho hello\n",
            b"#!/bin/sh\n\n\nexec ./lint \"$@\"\n",
            b"#!/bin/bash -eu\nset -o pipefail\n./lint\n",
            b"#!/usr/bin/env -S bash -e\r\n# words\r\n\r\n./lint\r\nexit 0\r\n",
            b"echo no shebang",
            b"# a comment\n\n# about the next line\necho no shebang\n",
            b"#!/bin/sh\n# header\n#\n\n# caf\xe9 in latin-1\nexit 3",
            b"\xef\xbb\xbf#!/bin/sh\necho byte order mark\n",
            b"#!/bin/sh\ncat <<X\n# >>> something else >>>\nX\n",
        ]
    }

    #[test]
    fn taking_it_out_gives_the_bytes_back() {
        for shape in shapes() {
            assert_eq!(remove(&added(shape)).unwrap(), Removed::Rest(shape.to_vec()), "{shape:?}");
        }
    }

    #[test]
    fn a_second_time_changes_nothing() {
        for shape in shapes() {
            let again = insert(Some(&added(shape)), HookName::PreCommit, Path::new(BINARY)).unwrap();
            assert_eq!(again, Inserted::Unchanged, "{shape:?}");
        }
    }

    #[test]
    fn another_section_is_replaced_where_it_stands() {
        for shape in shapes() {
            let old = insert(Some(&added(shape)), HookName::PreCommit, Path::new("/new/taskmaster")).unwrap();
            let Inserted::Replaced(bytes) = old else { panic!("{shape:?}") };
            assert_eq!(recorded_binary(&bytes).unwrap(), Some(PathBuf::from("/new/taskmaster")));
            assert_eq!(remove(&bytes).unwrap(), Removed::Rest(shape.to_vec()), "{shape:?}");
        }
    }

    #[test]
    fn the_recorded_path_is_read_back() {
        assert_eq!(recorded_binary(&added(b"#!/bin/sh\n")).unwrap(), Some(PathBuf::from(BINARY)));
        assert_eq!(recorded_binary(b"#!/bin/sh\n").unwrap(), None);
    }

    #[test]
    fn a_section_whose_line_ends_an_editor_changed_is_still_taken_out_whole() {
        let crlf = |script: &[u8]| String::from_utf8(script.to_vec()).unwrap().replace('\n', "\r\n").into_bytes();
        for shape in [&b"#!/bin/sh"[..], b"#!/bin/sh\n# words", b"#!/bin/sh\necho a\n"] {
            assert_eq!(remove(&crlf(&added(shape))).unwrap(), Removed::Rest(crlf(shape)), "{shape:?}");
        }
    }

    #[test]
    fn our_own_file_goes_away_but_not_one_that_only_looks_like_it() {
        let Inserted::Created(own) = insert(None, HookName::PostMerge, Path::new(BINARY)).unwrap() else { panic!() };
        assert_eq!(remove(&own).unwrap(), Removed::Nothing);
        assert_eq!(remove(&added(b"#!/bin/sh\n")).unwrap(), Removed::Rest(b"#!/bin/sh\n".to_vec()));
        let extended = [own.as_slice(), b"echo mine\n"].concat();
        let Removed::Rest(rest) = remove(&extended).unwrap() else { panic!() };
        assert!(rest.ends_with(b"\necho mine\n"));
    }

    #[test]
    fn it_stands_above_the_first_command_and_its_comment() {
        let text = String::from_utf8(added(b"#!/bin/sh\n# about the file\n\n# about lint\nexec lint\n")).unwrap();
        assert!(text.starts_with("#!/bin/sh\n# about the file\n\n# >>> taskmaster >>>\n"), "{text}");
        assert!(text.ends_with("# <<< taskmaster <<<\n# about lint\nexec lint\n"), "{text}");
    }

    #[test]
    fn markers_that_do_not_pair_up_are_errors() {
        let check = |script: &str, expect: SectionError| {
            assert_eq!(insert(Some(script.as_bytes()), HookName::PreCommit, Path::new(BINARY)), Err(expect.clone()));
            assert_eq!(remove(script.as_bytes()), Err(expect));
        };
        check(&format!("#!/bin/sh\n{BEGIN}\necho\n"), SectionError::Unterminated { line: 2 });
        check(&format!("#!/bin/sh\n{END}\n{BEGIN}\n"), SectionError::NeverBegun { line: 2 });
        check(&format!("{BEGIN}\n{BEGIN}\n{END}\n"), SectionError::Duplicated { line: 2 });
        check(&format!("{BEGIN}\n{END}\n{BEGIN}\n{END}\n"), SectionError::Duplicated { line: 3 });
    }

    #[test]
    fn a_path_that_no_line_can_hold_is_refused() {
        for path in ["taskmaster", "/a\nb/taskmaster", ""] {
            let error = insert(None, HookName::PreCommit, Path::new(path)).unwrap_err();
            assert!(matches!(error, SectionError::Binary { .. }), "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn any_script_comes_back(lines in proptest::collection::vec("[#a \\r]{0,6}", 0..8), end in "\\n?") {
            let script = lines.join("\n") + &end;
            // Random text can begin like a line for another interpreter.
            if let Inserted::Added(bytes) =
                insert(Some(script.as_bytes()), HookName::PrePush, Path::new(BINARY)).unwrap()
            {
                prop_assert_eq!(remove(&bytes).unwrap(), Removed::Rest(script.into_bytes()));
            }
        }
    }
}
