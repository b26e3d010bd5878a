//! What an environment switches: the effects of triggers, and never what they edit.

use super::action::Outcome;
use super::cascade::Source;
use crate::format::workflow::{OutsideSettings, Trigger};

/// What holds for the effects of one source.
#[derive(Default)]
pub(super) struct Outside {
    pub(super) settings: OutsideSettings,
    /// Why there are none at all.
    held: Option<String>,
}

impl Outside {
    pub(super) fn of(source: &Source<'_>) -> Self {
        match source.workflow.outside(source.environment) {
            Ok(settings) => Self { settings, held: None },
            // The file may be older than the environment. What follows in the tree must not depend on it.
            Err(error) => Self { settings: OutsideSettings::default(), held: Some(error.to_string()) },
        }
    }

    /// What of a trigger counts.
    pub(super) fn share(&self, trigger: &Trigger) -> Share {
        let environment = self.settings.environment.as_deref().unwrap_or_default();
        let switch = self.settings.switches.get(&trigger.name).copied();
        match (trigger.enabled, switch, &self.held) {
            (false, Some(true), None) => Share::Effects,
            (false, ..) => Share::Nothing,
            (true, _, Some(why)) => Share::Edits { why: format!("switched off: {why}") },
            (true, Some(false), None) => Share::Edits {
                why: format!("switched off: the environment `{environment}` wants no effects of this trigger"),
            },
            (true, ..) => Share::All,
        }
    }
}

/// What of a trigger counts: an environment may switch its effects, and never what it edits.
pub(super) enum Share {
    /// All of it.
    All,
    /// What it edits, and the events it raises.
    Edits {
        /// Why not its effects.
        why: String,
    },
    /// Its effects: in the file it is off.
    Effects,
    /// It is off.
    Nothing,
}

impl Share {
    pub(super) fn of(&self, outcome: Outcome) -> (Outcome, Option<String>) {
        match (self, outcome) {
            (Self::Edits { why }, Outcome::Effect { raised, .. }) if raised.is_empty() => {
                (Outcome::Nothing { why: why.clone() }, None)
            }
            (Self::Edits { why }, Outcome::Effect { raised, .. }) => {
                (Outcome::Follows { edits: Vec::new(), made: Vec::new(), raised }, Some(why.clone()))
            }
            (Self::Effects, Outcome::Effect { effect, .. }) => (Outcome::Effect { effect, raised: Vec::new() }, None),
            (Self::Effects, Outcome::Follows { .. }) => {
                let why = "the trigger is off, and the environment switches its effects alone".to_owned();
                (Outcome::Nothing { why }, None)
            }
            (_, outcome) => (outcome, None),
        }
    }
}
