use similar::TextDiff;

use super::safe;
use crate::model::TreePath;

/// The change of one file as a unified diff with coloured lines.
#[must_use]
pub fn render(path: &TreePath, before: &[u8], after: &[u8]) -> String {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    let plain = diff.unified_diff().context_radius(1).header(&format!("a/{path}"), &format!("b/{path}")).to_string();
    let mut text = String::new();
    for line in plain.lines() {
        let style = match line.as_bytes().first() {
            _ if line.starts_with("---") || line.starts_with("+++") => anstyle::Style::new().bold(),
            Some(b'+') => anstyle::AnsiColor::Green.on_default(),
            Some(b'-') => anstyle::AnsiColor::Red.on_default(),
            Some(b'@') => anstyle::AnsiColor::Cyan.on_default(),
            _ => anstyle::Style::new(),
        };
        text.push_str(&format!("{style}{}{style:#}\n", safe(line)));
    }
    text
}
