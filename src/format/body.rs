//! The status bullet in a task's body: `- **Status**: done ✅`.
//!
//! It repeats what the front matter says, for people. This module finds the word and changes it;
//! which word is right it does not know.

use super::edit::EditError;
use super::front_matter::{Frame, Framing};
use super::patch::{self, Patch};
use crate::model::Span;

const MARK: &str = " ✅";
/// Longer texts behind `Status` are sentences, not statuses.
const MOST_WORDS: usize = 3;

/// A status bullet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bullet {
    /// The status alone, without decoration.
    pub status_span: Span,
    /// The ` ✅` directly behind it, with the space.
    pub mark_span: Option<Span>,
    /// Where the text of the line ends.
    pub line_end: usize,
}

/// What becomes of the check mark behind the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckMark {
    /// The new status is done and other files have a mark: one is added where none is, and takes the place of another
    /// that stands alone behind the word.
    Add,
    /// The new status is done: what is there stays.
    Keep,
    /// The new status is not done: a mark that stands alone behind the word goes.
    Remove,
}

/// The first status bullet of the body that starts at byte `from` of `text`.
///
/// It is not inside a code fence, its label is exactly `Status`, its value is up to three words,
/// and where the body has a heading with the word "metadata" it does not stand behind that section.
#[must_use]
pub fn bullet(text: &str, from: usize) -> Option<Bullet> {
    let mut offset = from;
    let mut fence: Option<&str> = None;
    let mut metadata_level: Option<usize> = None;
    for line in text.get(from..)?.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let bare = line.trim_end();
        let content = bare.trim_start_matches(' ');
        if bare.len() - content.len() > 3 {
            continue;
        }
        match (fence, opening_fence(content)) {
            (Some(open), _) => {
                let closes = content.starts_with(open) && content.trim_start_matches(open.get(..1)?).is_empty();
                fence = fence.filter(|_| !closes);
            }
            (None, Some(open)) => fence = Some(open),
            (None, None) if content.starts_with('#') => {
                let level = content.len() - content.trim_start_matches('#').len();
                if metadata_level.is_some_and(|outer| level <= outer) {
                    return None;
                }
                if metadata_level.is_none() && content.to_lowercase().contains("metadata") {
                    metadata_level = Some(level);
                }
            }
            (None, None) => {
                if let Some(found) = status_of(content, start + bare.len() - content.len()) {
                    return Some(found);
                }
            }
        }
    }
    None
}

/// Sets the word of the status bullet of a task file.
///
/// # Errors
/// When the file has no such bullet, or the status would not be read back as it is.
pub fn edit_status(bytes: &[u8], status: &str, check_mark: CheckMark) -> Result<Vec<Patch>, EditError> {
    let text = std::str::from_utf8(bytes).map_err(|_| EditError::Unreadable("it is not UTF-8".to_owned()))?;
    let found = bullet(text, body_start(text)).ok_or(EditError::NoSuchRecord)?;
    let word = |text: &str, span: Span| text.get(span.range()).unwrap_or_default().to_owned();
    if word(text, found.status_span) == status {
        return Ok(Vec::new());
    }
    let mut patches = vec![Patch::new(found.status_span, status)];
    let behind = text.get(found.status_span.end..found.line_end).unwrap_or_default();
    match (check_mark, found.mark_span) {
        (CheckMark::Remove, Some(mark)) if mark.end == found.line_end => patches.push(Patch::new(mark, "")),
        (CheckMark::Add, None) if !behind.contains('✅') => {
            let start = closing(text, &found);
            let rest = text.get(start..found.line_end).unwrap_or_default();
            // A mark of the old status stands alone there: `🔄`.
            let is_mark = !rest.trim().is_empty() && rest.trim().chars().all(|c| !c.is_ascii() && !c.is_alphanumeric());
            let end = if is_mark { found.line_end } else { start };
            patches.push(Patch::new(Span::new(start, end), MARK));
        }
        _ => {}
    }
    let unsafe_edit = || EditError::Unsafe {
        field: "status".to_owned(),
        reason: format!("`{}` would not be read back from a bullet", status.escape_debug()),
    };
    let edited = patch::apply(bytes, &patches).map_err(|_| unsafe_edit())?;
    let edited = std::str::from_utf8(&edited).map_err(|_| unsafe_edit())?;
    let again = bullet(edited, body_start(edited)).map(|again| word(edited, again.status_span));
    if again.as_deref() == Some(status) { Ok(patches) } else { Err(unsafe_edit()) }
}

/// Whether the file has a status bullet with a check mark: a habit that other files may share.
#[must_use]
pub fn has_check_mark(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.contains(MARK) && bullet(text, body_start(text)).is_some_and(|found| found.mark_span.is_some())
}

fn body_start(text: &str) -> usize {
    match Framing::of(text) {
        Framing::Closed(Frame { body, .. }) => body,
        _ => 0,
    }
}

/// Behind the emphasis or code signs that close the word.
fn closing(text: &str, bullet: &Bullet) -> usize {
    let behind = text.get(bullet.status_span.end..bullet.line_end).unwrap_or_default();
    bullet.status_span.end + behind.len() - behind.trim_start_matches(['*', '`', '_']).len()
}

pub(super) fn opening_fence(content: &str) -> Option<&str> {
    ["`", "~"].into_iter().find_map(|sign| {
        let length = content.len() - content.trim_start_matches(sign).len();
        content.get(..length).filter(|_| length >= 3)
    })
}

/// `content` is a line without its indentation; `at` is where it starts.
fn status_of(content: &str, at: usize) -> Option<Bullet> {
    let label = content.strip_prefix(['-', '*', '+'])?.trim_start_matches(' ');
    let value = label.strip_prefix("**Status**:").or_else(|| label.strip_prefix("**Status:**"))?;
    // Decoration before the word: emphasis, code signs, an emoji.
    let value = value.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '*' | '`' | '_') || !c.is_ascii() && !c.is_alphanumeric()
    });
    let end = value.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | ' ' | '/')).unwrap_or(value.len());
    let end = value.find(" - ").map_or(end, |dash| dash.min(end));
    let word = value.get(..end)?.trim_end_matches([' ', '-', '_', '/']);
    if !word.starts_with(char::is_alphanumeric) || word.split(' ').count() > MOST_WORDS {
        return None;
    }
    let start = at + content.len() - value.len();
    let status_span = Span::new(start, start + word.len());
    let behind = value.get(word.len()..)?.trim_start_matches(['*', '`', '_']);
    let mark_start = at + content.len() - behind.len();
    let mark_span = behind.starts_with(MARK).then(|| {
        let rest = behind.strip_prefix(MARK).unwrap_or_default();
        let selector = if rest.starts_with('\u{fe0f}') { '\u{fe0f}'.len_utf8() } else { 0 };
        Span::new(mark_start, mark_start + MARK.len() + selector)
    });
    Some(Bullet { status_span, mark_span, line_end: at + content.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(body: &str) -> Option<&str> {
        bullet(body, 0).map(|found| &body[found.status_span.range()])
    }

    fn edited(body: &str, status: &str, check_mark: CheckMark) -> Result<String, EditError> {
        let patches = edit_status(body.as_bytes(), status, check_mark)?;
        Ok(String::from_utf8(patch::apply(body.as_bytes(), &patches).unwrap()).unwrap())
    }

    #[test]
    fn the_word_is_found_without_its_decoration() {
        for (line, expect) in [
            ("- **Status**: pending", "pending"),
            ("* **Status:** done ✅\r", "done"),
            ("- **Status**: in_progress (Subtask 4.1 completed ✅)", "in_progress"),
            ("  + **Status**: In Progress 🚧", "In Progress"),
            ("- **Status**: **done**", "done"),
            ("- **Status**: `on-hold` later", "on-hold"),
            ("- **Status**: done - later", "done"),
            ("- **Status**: ✅ done", "done"),
            ("- **Status**: erledigt-früh, sagt A.", "erledigt-früh"),
        ] {
            assert_eq!(status(&format!("# Task\n\n{line}\n")), Some(expect), "{line}");
        }
    }

    #[test]
    fn what_is_no_status_bullet_is_none() {
        for body in [
            "- **Status Tracking**: x",
            "- Status: x",
            "**Status**: x",
            "- **Status**:",
            "- **Status**: [x] y",
            "- **Status**: Ready for later use when needed",
            "```\n- **Status**: done\n```\n",
            "~~~~ md\n- **Status**: done\n~~~\n- **Status**: done\n",
            "    - **Status**: done",
            "## 📋 Metadata\n- **ID**: 1\n\n## Parts\n- **Status**: done\n",
            "## Metadata\n### Ids\n- **ID**: 1\n# Parts\n- **Status**: done\n",
        ] {
            assert_eq!(status(body), None, "{body:?}");
        }
        assert_eq!(status("## Metadata\n### State\n- **Status**: a\n"), Some("a"));
        assert_eq!(status("```\n- **Status**: a\n```\n- **Status**: b\n- **Status**: c\n"), Some("b"));
    }

    #[test]
    fn the_word_alone_is_changed() {
        use CheckMark::{Add, Keep, Remove};
        for (line, new, mark, expect) in [
            ("- **Status**: pending\r\n", "done", Keep, "- **Status**: done\r\n"),
            ("- **Status**: pending\r\n", "done", Add, "- **Status**: done ✅\r\n"),
            ("- **Status**: pending  \n", "done", Add, "- **Status**: done ✅  \n"),
            ("- **Status**: `pending`\n", "done", Add, "- **Status**: `done` ✅\n"),
            ("- **Status**: done ✅\n", "review", Remove, "- **Status**: review\n"),
            ("- **Status**: done ✅\n", "completed", Add, "- **Status**: completed ✅\n"),
            ("- **Status**: done ✅ (late)\n", "review", Remove, "- **Status**: review ✅ (late)\n"),
            ("- **Status**: a (b ✅)\n", "done", Add, "- **Status**: done (b ✅)\n"),
            ("- **Status**: done\n", "done", Add, "- **Status**: done\n"),
            ("- **Status**: in-progress 🔄\r\n", "done", Add, "- **Status**: done ✅\r\n"),
            ("- **Status**: `a` ⚙️\n", "done", Add, "- **Status**: `done` ✅\n"),
            ("- **Status**: a 🔄 b\n", "done", Add, "- **Status**: done ✅ 🔄 b\n"),
            ("- **Status**: a 🔄\n", "done", Keep, "- **Status**: done 🔄\n"),
        ] {
            assert_eq!(edited(line, new, mark).as_deref(), Ok(expect), "{line:?}");
        }
    }

    #[test]
    fn what_would_not_be_read_back_is_refused() {
        let line = "- **Status**: pending\n";
        for bad in ["", "a\nb", "a: b", "one two three four", " x"] {
            assert!(matches!(edited(line, bad, CheckMark::Keep), Err(EditError::Unsafe { .. })), "{bad:?}");
        }
        assert_eq!(edited("# x\n", "done", CheckMark::Keep), Err(EditError::NoSuchRecord));
    }

    #[test]
    fn check_marks_are_seen() {
        assert!(has_check_mark("---\ntask_id: 1\n---\n- **Status**: done ✅\n".as_bytes()));
        assert!(!has_check_mark("- **Status**: done (✅)\n".as_bytes()));
    }
}
