use std::fmt;

use crate::model::TaskId;

/// One of the places in which a task is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The front matter of its file.
    Markdown,
    /// Its entry in tasks.json: below `tasks/` where there are two lists.
    Json,
    /// Its entry in the list beside `tasks/`, where there are two.
    Older,
    /// Text that was generated from a list: it has the status alone.
    Text,
    /// The status bullet in the body of its file. It only follows: it is shown where another place is right, and never is
    /// it itself.
    Bullet,
}

impl Side {
    /// All of them. The first that a task has is its home.
    pub const ALL: [Self; 5] = [Self::Markdown, Self::Json, Self::Older, Self::Text, Self::Bullet];

    /// As it is written in output, on the command line and in the list of what was made.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Older => "older",
            Self::Text => "text",
            Self::Bullet => "bullet",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.name() == name)
    }

    /// For people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Json => "tasks.json",
            Self::Older => "older tasks.json",
            Self::Text => "generated text",
            Self::Bullet => "bullet",
        }
    }
}

/// A field that a task's places give different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Which task.
    pub task: TaskId,
    /// `status`, `title`, `priority` or `dependencies`.
    pub field: &'static str,
    /// What each place says, the task's home first; those that say nothing are not there.
    pub said: Vec<(Side, String)>,
    /// Who is right; `None` where nobody has said.
    pub winner: Option<Side>,
    /// Why, where nobody had to say it.
    pub why: Option<&'static str>,
}

impl Conflict {
    /// What a place says; `None` where it says nothing.
    #[must_use]
    pub fn said_by(&self, side: Side) -> Option<&str> {
        self.said.iter().find(|(other, _)| *other == side).map(|(_, said)| said.as_str())
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.task, self.field)?;
        for (at, (side, said)) in self.said.iter().enumerate() {
            let verb = if at == 0 { " says" } else { "" };
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{}{verb} `{}`", side.label(), said.escape_debug())?;
        }
        Ok(())
    }
}
