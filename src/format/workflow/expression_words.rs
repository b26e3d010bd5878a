//! The words of expressions, for what can be told without deciding them.

/// The words of an expression: texts in quotes, names with all that follows by dots, comparisons, and other signs.
pub(super) fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| is_word(c) || c == '.';
        let length = match first {
            '\'' | '"' => string_length(rest, first),
            first if is_part(first) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            '=' | '!' | '<' | '>' if rest.get(1..2) == Some("=") => 2,
            first => first.len_utf8(),
        };
        let (word, behind) = rest.split_at(length);
        words.push(word);
        rest = behind.trim_start();
    }
    words
}

/// Whether an operand of a comparison may begin behind that word.
pub(super) fn begins(before: &str) -> bool {
    matches!(before, "" | "(" | "and" | "or" | "not" | "if" | "else")
}

/// Whether an operand of a comparison may end before that word.
pub(super) fn ends(behind: &str) -> bool {
    matches!(behind, "" | ")" | "and" | "or" | "if" | "else")
}

pub(super) fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !matches!(word, "not" | "and" | "or" | "in" | "is")
}

pub(super) fn unquoted(word: &str) -> Option<&str> {
    word.starts_with(['\'', '"']).then(|| word.get(1..word.len().saturating_sub(1))).flatten()
}

pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The bytes of a text in quotes; all of it where the end is missing.
pub(super) fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
