//! Reports: what the tree says at one event, as Markdown.
//!
//! A report is a function of the event and of the board at that event: no clock, no environment, no
//! identity. The same source commit gives the same report, byte for byte, in every clone.

pub(super) mod markdown;
mod project_status;
mod section;

use super::event::Event;
use super::links::Links;
use crate::model::{Board, Task};

pub use project_status::{PROJECT_STATUS, is_generated, project_status, says_the_same};
pub use section::Section;

/// What a report is made from.
pub struct Material<'a> {
    /// What happened.
    pub event: &'a Event,
    /// The task it happened to, as it is now.
    pub task: Option<&'a Task>,
    /// All tasks as they are now.
    pub board: &'a Board,
    /// Which of them name which.
    pub links: &'a Links,
}

/// One kind of report: the word in `generate_<word>_report`, and what such a report has in it.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The word; also the folder that such reports stand in.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its parts, in order.
    pub sections: &'static [Section],
}

/// The kinds that have parts of their own.
const KINDS: [Kind; 4] = [
    Kind {
        name: "completion",
        title: "Completion report",
        sections: &[Section::Event, Section::Task, Section::Subtasks, Section::Dependents, Section::Board],
    },
    Kind {
        name: "deployment",
        title: "Deployment report",
        sections: &[Section::Event, Section::Data, Section::Task, Section::Board],
    },
    Kind {
        name: "failure",
        title: "Failure report",
        sections: &[Section::Event, Section::Data, Section::Task, Section::Failed, Section::Board],
    },
    Kind {
        name: "test",
        title: "Test report",
        sections: &[Section::Event, Section::Data, Section::Task, Section::Dependents, Section::Board],
    },
];

/// What every other report has in it.
const USUAL: Kind = Kind {
    name: "report",
    title: "Report",
    sections: &[Section::Event, Section::Data, Section::Task, Section::Open, Section::Board],
};

/// The kind of that word; the usual one for a word that is not known.
#[must_use]
pub fn kind(word: &str) -> Kind {
    KINDS.into_iter().find(|kind| kind.name == word).unwrap_or(USUAL)
}

/// Each kind that has parts of its own, then the usual one, for the documentation.
pub fn kinds() -> impl Iterator<Item = Kind> {
    KINDS.into_iter().chain([USUAL])
}

/// A report: a title, then its parts. A part with nothing to say is left out.
#[must_use]
pub fn render(title: &str, sections: &[Section], material: &Material<'_>) -> String {
    render_with(title, None, sections, material)
}

/// The same with Markdown between the title and the parts.
#[must_use]
pub fn render_with(title: &str, preface: Option<&str>, sections: &[Section], material: &Material<'_>) -> String {
    let mut text = format!("# {}\n", markdown::line(title));
    if let Some(preface) = preface {
        text.push_str(&format!("\n{}\n", preface.trim()));
    }
    for section in sections {
        if let Some(part) = section.render(material) {
            text.push('\n');
            text.push_str(&part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::engine::event::{Origin, STATUS_UPDATED};
    use crate::format;
    use crate::model::{CommitId, Snapshot, SourceFile, StatusSet, TaskId, Timestamp, TreePath};

    fn board() -> Board {
        let text = r#"{"tasks": [
            {"id": 1, "title": "Log | in", "status": "done", "priority": "high", "subtasks": [
                {"id": 1, "title": "Form", "status": "done"}, {"id": 2, "title": "<b>Link</b>\nsecond", "status": "cancelled"}]},
            {"id": 2, "title": "Pay", "status": "blocked", "dependencies": [1]},
            {"id": 3, "title": "Ship", "status": "failed", "dependencies": [2]}]}"#;
        let file = SourceFile::new(text.as_bytes());
        let files = [(TreePath::new("tasks/tasks.json").unwrap(), file)].into_iter().collect();
        format::board(&Snapshot { files, ..Snapshot::empty() }, StatusSet::default())
    }

    fn origin() -> Origin {
        Origin {
            commit: CommitId::new("1234567890123456789012345678901234567890").ok(),
            time: Some(Timestamp { seconds: 1_749_945_600, offset_minutes: 120 }),
            actor: Some("Ann <ann@example.com>".to_owned()),
            ..Origin::default()
        }
    }

    fn report(word: &str, event: &Event) -> String {
        let (board, links) = (board(), Links::default());
        let task = event.task.as_ref().and_then(|id| board.tasks.get(id));
        let kind = kind(word);
        render(kind.title, kind.sections, &Material { event, task, board: &board, links: &links })
    }

    #[test]
    fn a_completion_report_shows_the_task_and_who_waited_for_it() {
        let id = TaskId::parse("1").unwrap();
        let values = (Some(json!("in-progress")), Some(json!("done")));
        let event = Event::about(STATUS_UPDATED, &id, Some("status"), values, &origin());
        insta::assert_snapshot!(report("completion", &event), @r#"
        # Completion report

        - Event: task.status.updated of task 1, in-progress -> done
        - Event id: 028019df51a6979301b9852c2ade0e2f73de7fa799e4f2b6161971f701e8331e
        - Date: 2025-06-15T02:00:00+02:00
        - Commit: 1234567890123456789012345678901234567890
        - By: Ann &lt;ann@example.com&gt;

        ## Task 1: Log \| in

        - Status: done
        - Priority: high

        ## Subtasks

        | id | title | status |
        |---|---|---|
        | 1.1 | Form | done |
        | 1.2 | &lt;b&gt;Link&lt;/b&gt; second | cancelled |

        ## What waits for it

        | id | title | status |
        |---|---|---|
        | 2 | Pay | blocked |

        ## Board

        | status | category | tasks |
        |---|---|---|
        | blocked | blocked | 1 |
        | done | done | 2 |
        | failed | failed | 1 |
        | cancelled | cancelled | 1 |

        2 of 4 done (50 %), cancelled ones aside.
        "#);
    }

    #[test]
    fn a_failure_report_shows_what_the_event_brought_and_what_has_failed() {
        let mut data = Map::new();
        data.insert("environment".to_owned(), json!("production"));
        data.insert("error".to_owned(), json!({"code": 7, "text": "a|b\n# not a heading"}));
        let event = Event::outside("deployment.failure", None, data, &origin());
        insta::assert_snapshot!(report("failure", &event), @r#"
        # Failure report

        - Event: deployment.failure
        - Event id: 2a9524c97f3f044d84445c5c77ceb3fa5049b855fe69902975496f2bab3057c6
        - Date: 2025-06-15T02:00:00+02:00
        - Commit: 1234567890123456789012345678901234567890
        - By: Ann &lt;ann@example.com&gt;

        ## What it brought

        | key | value |
        |---|---|
        | environment | production |
        | error.code | 7 |
        | error.text | a\|b \# not a heading |

        ## Failed

        | id | title | status |
        |---|---|---|
        | 3 | Ship | failed |

        ## Board

        | status | category | tasks |
        |---|---|---|
        | blocked | blocked | 1 |
        | done | done | 2 |
        | failed | failed | 1 |
        | cancelled | cancelled | 1 |

        2 of 4 done (50 %), cancelled ones aside.
        "#);
    }

    #[test]
    fn a_report_without_anything_to_say_has_its_title() {
        let event = Event::outside("x.y", None, Map::new(), &Origin::default());
        let (board, links) = (Board::empty(), Links::default());
        let material = Material { event: &event, task: None, board: &board, links: &links };
        let text = render("A\nB", &[Section::Task, Section::Data, Section::Failed, Section::Board], &material);
        assert_eq!(text, "# A B\n");
    }
}
