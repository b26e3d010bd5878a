use std::fmt;

use serde_json::{Map, Value};

use super::Condition;
use crate::model::Place;

/// A rule: when this event comes and all conditions hold, these actions follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// What it is called in reports and in commits. No control characters; may hold spaces.
    pub name: String,
    /// Which events it listens to.
    pub event: EventPattern,
    /// Whether it acts at all.
    pub enabled: bool,
    /// What must hold, all together. None always holds.
    pub conditions: Vec<Condition>,
    /// What follows, in order.
    pub actions: Vec<ActionCall>,
    /// Seconds its effects may take, at least 1.
    pub timeout: Option<u64>,
    /// Its place in the queue: `critical`, `high`, `medium`, `low`, or a level of
    /// `execution.priority_levels`.
    pub priority: Option<String>,
    /// Whether it may act on one task more than once in a chain of consequences.
    pub reentrant: bool,
    /// Where its name is written.
    pub place: Place,
}

/// A trigger that has an error in it: it is left out, and should be missed where it would have been asked.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// What it is called; where it has no name, its place in the list, such as `trigger 3`.
    pub name: String,
    /// Which events it listens to; `None` where that cannot be read.
    pub event: Option<EventPattern>,
    /// What of it can be read, for what can be said of that.
    pub rest: Option<Box<Trigger>>,
}

impl LeftOut {
    /// Whether it would have been asked about an event of this name. One that does not say would have been about any.
    #[must_use]
    pub fn listens(&self, event_type: &str) -> bool {
        self.event.as_ref().is_none_or(|event| event.matches(event_type))
    }
}

/// One action a trigger calls, by the name of a built-in or of one declared under `actions:`.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionCall {
    /// The action's name.
    pub name: String,
    /// What it is called with, as written.
    pub parameters: Map<String, Value>,
    /// Where it is written.
    pub place: Place,
}

/// The events a trigger listens to: one dotted name, or `task.*` for every name that goes on after
/// `task.`, however far; `*` alone means every event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventPattern(String);

/// Why a text is no [`EventPattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventPatternError {
    /// Nothing was written.
    #[error("an event name cannot be empty")]
    Empty,
    /// A character that no event name has.
    #[error("an event name cannot have `{}` in it", found.escape_debug())]
    Character {
        /// The first such character.
        found: char,
    },
    /// Two dots in a row, or one at an end.
    #[error("an event name cannot have an empty part")]
    EmptyPart,
    /// `*` beside other characters or before the end.
    #[error("`*` can only be the whole last part of an event name")]
    Star,
}

impl EventPattern {
    /// Checks `text`.
    ///
    /// # Errors
    /// When the text is empty, has other characters than `a-z`, `0-9`, `_`, `.` and `*`, has an
    /// empty part, or a `*` that is not its whole last part.
    pub fn parse(text: &str) -> Result<Self, EventPatternError> {
        if text.is_empty() {
            return Err(EventPatternError::Empty);
        }
        let known = |c: &char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.' | '*');
        if let Some(found) = text.chars().find(|c| !known(c)) {
            return Err(EventPatternError::Character { found });
        }
        if text.split('.').any(str::is_empty) {
            return Err(EventPatternError::EmptyPart);
        }
        let stem = text.strip_suffix(".*").unwrap_or(if text == "*" { "" } else { text });
        if stem.contains('*') {
            return Err(EventPatternError::Star);
        }
        Ok(Self(text.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What both this pattern and another one mean, where they meet: the narrower of the two.
    #[must_use]
    pub fn narrower<'a>(&'a self, other: &'a Self) -> Option<&'a Self> {
        // A pattern is a dotted name itself; `task.*` begins with what `task.` stands for.
        let holds = |wide: &Self, narrow: &Self| wide == narrow || wide.matches(&narrow.0);
        match (holds(other, self), holds(self, other)) {
            (true, _) => Some(self),
            (_, true) => Some(other),
            _ => None,
        }
    }

    /// Whether an event of this name is meant.
    #[must_use]
    pub fn matches(&self, event_type: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(stem) => event_type.len() > stem.len() && event_type.starts_with(stem),
            None => self.0 == event_type,
        }
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, event: &str) -> bool {
        EventPattern::parse(pattern).unwrap().matches(event)
    }

    #[test]
    fn a_star_stands_for_the_rest() {
        assert!(matches("task.*", "task.created"));
        assert!(matches("task.*", "task.status.updated"));
        assert!(!matches("task.*", "task"));
        assert!(!matches("task.*", "tasks.created"));
        assert!(matches("*", "deployment.success"));
        assert!(matches("task.created", "task.created"));
        assert!(!matches("task.created", "task.created.late"));
    }

    #[test]
    fn of_two_patterns_that_meet_one_is_narrower() {
        let narrower = |one: &str, other: &str| {
            let (one, other) = (EventPattern::parse(one).unwrap(), EventPattern::parse(other).unwrap());
            one.narrower(&other).map(ToString::to_string)
        };
        assert_eq!(narrower("task.*", "task.created").as_deref(), Some("task.created"));
        assert_eq!(narrower("task.status.*", "task.*").as_deref(), Some("task.status.*"));
        assert_eq!(narrower("*", "*").as_deref(), Some("*"));
        assert_eq!(narrower("*", "task.*").as_deref(), Some("task.*"));
        assert_eq!(narrower("task.created", "task.deleted"), None);
        assert_eq!(narrower("task.*", "deployment.*"), None);
    }

    #[test]
    fn a_pattern_is_a_dotted_name() {
        use EventPatternError::{Character, Empty, EmptyPart, Star};
        let error = |text: &str| EventPattern::parse(text).unwrap_err();
        assert_eq!(error(""), Empty);
        assert_eq!(error("Task.created"), Character { found: 'T' });
        assert_eq!(error("task created"), Character { found: ' ' });
        assert_eq!(error("task..created"), EmptyPart);
        assert_eq!(error(".task"), EmptyPart);
        for text in ["*.created", "task.sta*", "task.*.updated", "**", "*.*"] {
            assert_eq!(error(text), Star, "{text}");
        }
    }
}
