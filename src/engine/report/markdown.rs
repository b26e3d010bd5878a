//! Markdown that data cannot break out of.

/// A text on one line, in which nothing is markup.
pub(in crate::engine) fn line(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            escaped.push(' ');
        }
        for char in word.chars() {
            match char {
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '&' => escaped.push_str("&amp;"),
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                    escaped.push('\\');
                    escaped.push(char);
                }
                other => escaped.push(other),
            }
        }
    }
    escaped
}

/// A table; its cells are markup already.
pub(super) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let row = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut text = row(head);
    text.push_str(&format!("|{}\n", "---|".repeat(head.len())));
    for cells in rows {
        text.push_str(&row(&cells.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_break_out_of_its_line() {
        assert_eq!(line("a\n# b | <c> `d` [e](f) \u{1b}[0m"), r"a \# b \| &lt;c&gt; \`d\` \[e\](f) \[0m");
        assert_eq!(line("  plain  words "), "plain words");
    }
}
