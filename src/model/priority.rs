use std::fmt;

/// How urgent a task is. Words outside the four survive as they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// `critical`, `urgent`, `P0`.
    Critical,
    /// `high`, `P1`.
    High,
    /// `medium`, `normal`, `P2`, and what has no priority.
    Medium,
    /// `low`, `P3`.
    Low,
    /// A word of the project's own.
    Other(String),
}

impl Priority {
    /// Reads a priority; case does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "critical" | "urgent" | "p0" => Self::Critical,
            "high" | "p1" => Self::High,
            "medium" | "normal" | "p2" => Self::Medium,
            "low" | "p3" => Self::Low,
            _ => Self::Other(text.trim().to_owned()),
        }
    }

    /// Higher first: 0 for critical, 2 for medium and unknown words.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::Critical => 0,
            Self::High => 1,
            Self::Medium | Self::Other(_) => 2,
            Self::Low => 3,
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Other(word) => word,
        })
    }
}
