//! Ids in the spelling of other ids.

use crate::model::TaskId;

/// `new` as `written` spells `old`: with its tag, its words (`task_`), its zeros, and as much of the path as it has.
/// `word` stands before a number where `written` has none of its own to take it from.
pub(super) fn spelled_like(written: &str, old: &TaskId, new: &TaskId, word: Word) -> String {
    let start = written.find(':').map_or(0, |at| at + 1);
    let (tag, path) = written.split_at(start);
    let sign = if path.starts_with('#') { "#" } else { "" };
    let tokens: Vec<&str> = path.trim_start_matches('#').split(['/', '.']).collect();
    let separators: Vec<&str> = path.matches(['/', '.']).collect();
    let all: Vec<&str> = new.segments().collect();
    let is_whole = tokens.len() >= old.segments().count();
    let count = if is_whole { all.len() } else { tokens.len().min(all.len()) };
    let segments = all.get(all.len() - count..).unwrap_or_default();
    let mut text = format!("{tag}{sign}");
    for (at, segment) in segments.iter().enumerate() {
        if at > 0 {
            text.push_str(separators.get(at - 1).copied().unwrap_or("."));
        }
        text.push_str(&spelled(tokens.get(at).copied(), segment, if at == 0 { word } else { Word::None }));
    }
    text
}

/// What stands before a number that takes the place of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Nothing.
    None,
    /// `task_`, and zeros up to three digits.
    Task,
}

fn spelled(token: Option<&str>, segment: &str, word: Word) -> String {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(segment) {
        return segment.to_owned();
    }
    let parts = token.and_then(|token| Some(token.split_at(token.find(|c: char| c.is_ascii_digit())?)));
    match parts.filter(|(_, digits)| is_number(digits)) {
        Some((word, digits)) => {
            let is_padded = digits.starts_with('0') || !word.is_empty() && digits.len() >= 3;
            let width = if is_padded { digits.len() } else { 0 };
            format!("{word}{segment:0>width$}")
        }
        None if word == Word::Task => format!("task_{segment:0>3}"),
        None => segment.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_stays() {
        let id = |text: &str| TaskId::parse(text).unwrap();
        for (written, old, new, expected) in [
            ("18", "18", "7", "7"),
            ("task_018", "18", "7", "task_007"),
            ("task_18", "18", "7", "task_7"),
            ("TASK-018", "18", "1200", "TASK-1200"),
            ("task_100", "100", "7", "task_007"),
            ("100", "100", "7", "7"),
            ("#18", "18", "7", "#7"),
            ("18.5", "18.5", "7.5", "7.5"),
            ("task_018/subtask_005", "18.5", "7.12", "task_007/subtask_012"),
            ("subtask_005", "18.5", "18.6", "subtask_006"),
            ("5", "18.5", "7.6", "6"),
            ("x:18", "x:18", "x:7", "x:7"),
            ("18", "18", "audit", "audit"),
            ("audit", "audit", "18", "task_018"),
            ("1.1", "1.1", "4", "4"),
        ] {
            assert_eq!(spelled_like(written, &id(old), &id(new), Word::Task), expected, "{written}");
        }
    }
}
