use std::time::Duration;

use serde_json::Value;

/// One attempt at one delivery: how it ended, and what is kept of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// What there is to show for it, without any secret.
    pub receipt: Value,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Sent,
    /// It was not, and may be another time.
    Failed {
        /// Why not.
        why: String,
        /// How long the other side wants to be left alone.
        after: Option<Duration>,
    },
    /// It never will be, as it is.
    Refused {
        /// Why not.
        why: String,
    },
    /// It was begun, and nobody can say whether it happened.
    Unknown {
        /// Why not.
        why: String,
    },
    /// It was not begun: something is missing here. That is no attempt.
    Held {
        /// What is missing.
        why: String,
    },
}

impl Outcome {
    /// Why it was not carried out; nothing where it was.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Sent => "",
            Self::Failed { why, .. } | Self::Refused { why } | Self::Unknown { why } | Self::Held { why } => why,
        }
    }
}

impl Attempt {
    /// An attempt that left nothing to show.
    #[must_use]
    pub fn of(outcome: Outcome) -> Self {
        Self { outcome, receipt: Value::Null }
    }

    /// One that never can succeed.
    #[must_use]
    pub fn refused(why: impl Into<String>) -> Self {
        Self::of(Outcome::Refused { why: why.into() })
    }

    /// One that was not begun, for something is not written in the rules.
    #[must_use]
    pub fn unwritten(what: &str) -> Self {
        Self::held(format!("{what}: write it in the rules, commit them, and allow them (taskmaster allow)"))
    }

    /// One that was not begun.
    #[must_use]
    pub fn held(why: impl Into<String>) -> Self {
        Self::of(Outcome::Held { why: why.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_not_carried_out_says_why() {
        let why = || "no paper".to_owned();
        let outcomes = [
            Outcome::Failed { why: why(), after: None },
            Outcome::Refused { why: why() },
            Outcome::Unknown { why: why() },
            Outcome::Held { why: why() },
        ];
        assert!(outcomes.iter().all(|outcome| outcome.why() == "no paper"), "{outcomes:?}");
        assert_eq!(Outcome::Sent.why(), "");
    }
}
