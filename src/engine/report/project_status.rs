use super::{Material, Section, markdown, render};

/// The file that shows how the whole tree stands.
pub const PROJECT_STATUS: &str = "reports/project-status.md";

/// The first line of a file that is replaced whole: by it the engine knows its own.
const MARK: &str = "<!-- written by taskmaster: it replaces the whole file -->\n";

const SECTIONS: [Section; 4] = [Section::Board, Section::Progress, Section::Open, Section::Failed];

/// How the whole tree stands. The last line alone says for which event.
#[must_use]
pub fn project_status(material: &Material<'_>) -> String {
    let event = material.event;
    let mut text = format!("{MARK}{}\n", render("Project status", &SECTIONS, material));
    text.push_str("As of ");
    if let Some(date) = event.origin.time.and_then(|time| time.date().ok()) {
        text.push_str(&format!("{date}, "));
    }
    text.push_str(&markdown::line(&event.kind));
    if let Some(task) = &event.task {
        text.push_str(&format!(" of task {}", markdown::line(&task.to_string())));
    }
    text.push_str(".\n");
    text
}

/// Whether the engine has written a file that it replaces.
#[must_use]
pub fn is_generated(bytes: &[u8]) -> bool {
    // Git may have turned the line end into its longer form.
    bytes.starts_with(MARK.trim_end().as_bytes())
}

/// Whether two such files differ in nothing but the event they were written for.
#[must_use]
pub fn says_the_same(one: &[u8], other: &[u8]) -> bool {
    fn without_event(bytes: &[u8]) -> Vec<&[u8]> {
        let mut lines: Vec<&[u8]> =
            bytes.trim_ascii_end().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
        lines.pop();
        lines
    }
    without_event(one) == without_event(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_alone_makes_no_difference() {
        let file =
            |text: &str, event: &str| format!("{MARK}# Project status\n\n{text}\n\nAs of {event}.\n").into_bytes();
        let one = file("| 1 |", "2025-01-01, task.created of task 1");
        assert!(is_generated(&one) && !is_generated(b"# Project status\n"));
        assert!(says_the_same(&one, &file("| 1 |", "2025-02-02, task.deleted of task 2")));
        assert!(!says_the_same(&one, &file("| 2 |", "2025-01-01, task.created of task 1")));
        let longer = String::from_utf8(one.clone()).unwrap().replace('\n', "\r\n").into_bytes();
        assert!(is_generated(&longer) && says_the_same(&one, &longer));
    }
}
