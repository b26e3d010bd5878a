use std::borrow::Cow;

use unicode_width::UnicodeWidthStr as _;

/// Text from a file, made safe for a terminal: control characters, escape sequences, and signs that
/// turn the direction of writing or begin a line show as escapes.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    let unsafe_sign = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(unsafe_sign) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' | '\n' => shown.push(' '),
            c if unsafe_sign(c) => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Lines whose cells stand below each other, two spaces apart; the last cell is not padded.
#[derive(Debug, Default)]
pub struct Columns {
    rows: Vec<Vec<(String, anstyle::Style)>>,
}

impl Columns {
    /// Adds a line.
    pub fn row(&mut self, cells: impl IntoIterator<Item = (String, anstyle::Style)>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// All lines, each with its end.
    #[must_use]
    pub fn render(&self) -> String {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..count)
            .map(|at| {
                self.rows.iter().filter_map(|row| row.get(at)).map(|(text, _)| text.width()).max().unwrap_or_default()
            })
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let last = row.len().saturating_sub(1);
            for (at, ((cell, style), width)) in row.iter().zip(&widths).enumerate() {
                if *style == anstyle::Style::new() {
                    text.push_str(cell);
                } else {
                    text.push_str(&format!("{style}{cell}{style:#}"));
                }
                if at < last {
                    let padding = width.saturating_sub(cell.width()) + 2;
                    text.extend(std::iter::repeat_n(' ', padding));
                }
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_cannot_drive_the_terminal() {
        assert_eq!(safe("plain ü ✅"), "plain ü ✅");
        assert_eq!(safe("a\u{1b}[31mred\r\nb\u{202e}c"), "a\\u{1b}[31mred\\r b\\u{202e}c");
        assert_eq!(safe("a\u{2028}b\u{2029}c"), "a\\u{2028}b\\u{2029}c");
    }

    #[test]
    fn columns_line_up_by_width() {
        let mut columns = Columns::default();
        let plain = anstyle::Style::new();
        columns.row([("日本".to_owned(), plain), ("x".to_owned(), plain)]);
        columns.row([("a".to_owned(), plain), ("y".to_owned(), plain)]);
        assert_eq!(columns.render(), "日本  x\na     y\n");
    }
}
