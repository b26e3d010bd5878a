//! A task that no file has yet.

use serde_json::Value;

use crate::model::{TaskId, Timestamp};

/// What a new task is to say, whichever kind of file it goes into.
///
/// How that is written is taken from its neighbours: the order of the keys and which there are, the
/// spelling of ids and dates, quotes, indentation and line ends.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    /// Which task; one with a parent is written as its subtask.
    pub id: TaskId,
    /// The title: one line, not empty.
    pub title: String,
    /// The status in the spelling its file knows.
    pub status: String,
    /// The priority.
    pub priority: Option<String>,
    /// What must be finished before it.
    pub dependencies: Vec<TaskId>,
    /// What is to be done; several lines.
    pub description: Option<String>,
    /// Any other fields, in their order.
    pub fields: Vec<(String, Value)>,
    /// When it is made: for the dates that its neighbours have.
    pub moment: Option<Timestamp>,
}

impl NewTask {
    /// One of the other fields.
    pub(super) fn field(&self, key: &str) -> Option<&Value> {
        self.fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// Keys under which files keep when a task was made or changed.
pub(super) const DATES: [&str; 8] =
    ["created", "updated", "createdAt", "updatedAt", "created_at", "updated_at", "created_date", "updated_date"];

/// A number in the spelling of a neighbour: `task_018` gives `task_` and three digits, `7` none.
///
/// Where the neighbour has no number, `otherwise` is the neighbour.
pub(super) fn respell(number: &str, neighbour: &str, otherwise: &str) -> String {
    let split = |text: &'_ str| {
        let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = text.get(word.len()..).unwrap_or_default();
        let sound = !digits.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'));
        sound.then(|| (word.to_owned(), if digits.starts_with('0') { digits.len() } else { 0 }))
    };
    let (word, width) = split(neighbour).or_else(|| split(otherwise)).unwrap_or_default();
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    format!("{word}{number:0>width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_as_the_neighbours() {
        for (neighbour, expected) in [
            ("task_001", "task_018"),
            ("17", "18"),
            ("TASK-0001", "TASK-0018"),
            ("audit", "task_018"),
            ("1.5", "task_018"),
        ] {
            assert_eq!(respell("18", neighbour, "task_000"), expected, "{neighbour}");
        }
        assert_eq!(respell("1000", "task_999", "task_000"), "task_1000");
        assert_eq!(respell("audit", "task_999", "task_000"), "audit");
    }
}
