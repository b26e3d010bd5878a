use similar::TextDiff;

use super::safe;

/// The change of one file as a unified diff with coloured lines; a file that is not there is `/dev/null`.
#[must_use]
pub fn render(path: &impl std::fmt::Display, before: Option<&[u8]>, after: Option<&[u8]>) -> String {
    let name =
        |side: &str, bytes: Option<&[u8]>| bytes.map_or_else(|| "/dev/null".to_owned(), |_| format!("{side}/{path}"));
    let (old, new) = (name("a", before), name("b", after));
    let text = |bytes: Option<&'_ [u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let (before, after) = (text(before), text(after));
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let plain = diff.unified_diff().context_radius(1).header(&old, &new).to_string();
    let mut text = String::new();
    for line in plain.lines() {
        let style = match line.as_bytes().first() {
            _ if line.starts_with("---") || line.starts_with("+++") => anstyle::Style::new().bold(),
            Some(b'+') => anstyle::AnsiColor::Green.on_default(),
            Some(b'-') => anstyle::AnsiColor::Red.on_default(),
            Some(b'@') => anstyle::AnsiColor::Cyan.on_default(),
            _ => anstyle::Style::new(),
        };
        // A tab is what it is: in a Makefile it matters.
        let shown: Vec<_> = line.split('\t').map(safe).collect();
        text.push_str(&format!("{style}{}{style:#}\n", shown.join("\t")));
    }
    text
}
