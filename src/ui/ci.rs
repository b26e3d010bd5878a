//! What a pipeline shows: findings beside the lines they are about, and a summary in Markdown.

use super::safe;
use crate::app::{CiReport, Occasion, Provider};
use crate::model::{Diagnostic, Severity};

/// A finding on a line of its own: for GitHub a workflow command, which it shows in the changed file, for others the
/// form that compilers have. `prefix` is the tree's folder in the repository.
#[must_use]
pub fn annotation(provider: Provider, prefix: &str, finding: &Diagnostic) -> String {
    let place = finding.place.as_ref();
    let path =
        place.map(|place| if prefix.is_empty() { place.path.to_string() } else { format!("{prefix}/{}", place.path) });
    let hint = finding.hint.as_deref().map_or_else(String::new, |hint| format!("\nhint: {hint}"));
    if provider != Provider::Github {
        let at = match (place, path) {
            (Some(place), Some(path)) => format!("{path}:{}:{}: ", place.line, place.column),
            _ => String::new(),
        };
        let text = format!("{at}{}: {} [{}]", finding.severity.name(), finding.message, finding.code);
        return format!("{}{}\n", one_line(&text), one_line(&hint.replace('\n', "; ")));
    }
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let (Some(place), Some(path)) = (place, path) {
        properties.push(format!("file={}", property(&path)));
        properties.push(format!("line={},col={}", place.line, place.column));
    }
    properties.push(format!("title={}", property(&finding.code.to_string())));
    format!("::{command} {}::{}\n", properties.join(","), data(&format!("{}{hint}", finding.message)))
}

/// The text of a workflow command: what would end it is encoded, as GitHub's own toolkit does.
fn data(text: &str) -> String {
    let safe: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r')).collect();
    safe.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same for a property, where `:` and `,` would end it, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn one_line(text: &str) -> String {
    safe(&text.replace(['\n', '\r'], " ")).into_owned()
}

/// What a run did or found, in a line.
#[must_use]
pub fn sentence(report: &CiReport) -> String {
    let caused = report.caused.sentence();
    let what = if caused.is_empty() { "nothing follows".to_owned() } else { caused };
    match (report.surroundings.occasion, &report.held) {
        (Occasion::Proposal, _) if report.caused.sentence().is_empty() => "merging would cause nothing".to_owned(),
        (Occasion::Proposal, _) => format!("merging would cause: {what}"),
        (Occasion::Push, Some(why)) => format!("{what} ({why})"),
        (Occasion::Push, None) => what,
    }
}

/// Title and text of a pull request with what follows.
#[must_use]
pub fn proposal(report: &CiReport) -> (String, String) {
    let caused = report.caused.sentence();
    let what = if caused.is_empty() { "what follows".to_owned() } else { caused };
    let title: String = format!("Tasks: {}", one_line(&what)).chars().take(120).collect();
    let text = format!(
        "What follows from commits on `{}`, which takes no pushes: {}.\n\nThis pull request is updated until it is \
         merged. Keep the commits' messages: they say what was done already.\n",
        one_line(report.surroundings.branch.as_deref().unwrap_or_default()).replace('`', "'"),
        markdown(&what)
    );
    (title, text)
}

/// The summary of a run in Markdown.
#[must_use]
pub fn summary(report: &CiReport, prefix: &str) -> String {
    const MOST: usize = 50;
    let mut text = format!("### Tasks\n\n{}\n", markdown(&sentence(report)));
    if !report.caused.statuses.is_empty() {
        text.push_str("\n| task | was | is |\n|---|---|---|\n");
        for (task, (old, new)) in report.caused.statuses.iter().take(MOST) {
            text.push_str(&format!("| {} | {} | {} |\n", markdown(&task.to_string()), markdown(old), markdown(new)));
        }
    }
    if report.findings.is_empty() {
        text.push_str("\nNothing is wrong with the tasks and the rules.\n");
        return text;
    }
    text.push_str("\n| place | finding |\n|---|---|\n");
    for finding in report.findings.iter().take(MOST) {
        let place =
            finding.place.as_ref().map_or_else(String::new, |place| format!("{prefix}/{}:{}", place.path, place.line));
        let what = format!("{}: {}", finding.severity.name(), finding.message);
        text.push_str(&format!("| {} | {} |\n", markdown(&place), markdown(&what)));
    }
    let more = report.findings.len().saturating_sub(MOST);
    if more > 0 {
        text.push_str(&format!("\nand {more} more\n"));
    }
    text
}

/// Text in a cell of a table: what Markdown or HTML would take for more than text stands for itself.
fn markdown(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Code, Place, Span, TreePath};

    fn finding(message: &str) -> Diagnostic {
        let path = TreePath::new("context/a,b:c%/task.md").unwrap();
        let place = Place::of(&path, b"one\ntwo\n", Span::at(4));
        Diagnostic::error(Code::DUPLICATE_ID, message).at_place(Some(place))
    }

    #[test]
    fn an_annotation_ends_where_it_is_to_end() {
        let evil = finding("100% wrong\r\n::set-env name=PATH::/evil\nmore");
        assert_eq!(
            annotation(Provider::Github, ".taskmaster", &evil),
            "::error file=.taskmaster/context/a%2Cb%3Ac%25/task.md,line=2,col=1,title=duplicate-id::\
             100%25 wrong%0D%0A::set-env name=PATH::/evil%0Amore\n"
        );
        let plain = annotation(Provider::Gitlab, "", &evil);
        assert_eq!(
            plain,
            "context/a,b:c%/task.md:2:1: error: 100% wrong  ::set-env name=PATH::/evil more [duplicate-id]\n"
        );
    }

    #[test]
    fn a_finding_without_a_place_says_what_it_is() {
        let note = Diagnostic { severity: Severity::Note, ..Diagnostic::error(Code::LINK, "b") }.hint("c");
        assert_eq!(annotation(Provider::Github, "", &note), "::notice title=link::b%0Ahint: c\n");
        assert_eq!(annotation(Provider::Other, "", &note), "note: b [link]; hint: c\n");
    }

    #[test]
    fn markdown_stands_for_itself() {
        assert_eq!(markdown("<b>|[x](y)\n@all `z`"), "&lt;b&gt;\\|\\[x\\]\\(y\\) &#64;all \\`z\\`");
    }
}
