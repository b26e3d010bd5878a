//! What deciding conditions and filling in templates costs, counted in steps and never in time: the same rules
//! and tasks cost the same wherever they are looked at.

use std::cell::Cell;

use serde_json::Value;

/// Steps that have been taken. One is about what an expression takes to look up a name.
#[derive(Debug, Default)]
pub struct Fuel {
    deciding: Cell<u64>,
    telling: Cell<u64>,
}

/// What steps are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To know what happens: the same steps whether or not anybody wants the reasons.
    Deciding,
    /// To give a reason more where it is decided what happens.
    Telling,
}

impl Fuel {
    /// Steps that one plan may take to decide conditions and to fill in templates.
    pub const MOST: u64 = 25_000_000;
    /// Steps that reasons may take beside them.
    const MOST_TELLING: u64 = 4_000_000;
    /// Bytes of a text that one step looks at.
    const BYTES: usize = 64;

    /// Notes so many steps.
    pub fn spend(&self, purpose: Purpose, steps: u64) {
        let account = self.account(purpose);
        account.set(account.get().saturating_add(steps));
    }

    /// Whether there is any left.
    #[must_use]
    pub fn is_left(&self, purpose: Purpose) -> bool {
        let most = match purpose {
            Purpose::Deciding => Self::MOST,
            Purpose::Telling => Self::MOST_TELLING,
        };
        self.account(purpose).get() <= most
    }

    fn account(&self, purpose: Purpose) -> &Cell<u64> {
        match purpose {
            Purpose::Deciding => &self.deciding,
            Purpose::Telling => &self.telling,
        }
    }

    /// Steps that it takes to look at a value once.
    #[must_use]
    pub fn of_value(value: &Value) -> u64 {
        match value {
            Value::String(text) => Self::of_bytes(text.len()),
            Value::Array(items) => items.iter().map(Self::of_value).fold(1, u64::saturating_add),
            Value::Object(entries) => entries
                .iter()
                .map(|(key, value)| Self::of_bytes(key.len()).saturating_add(Self::of_value(value)))
                .fold(1, u64::saturating_add),
            Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        }
    }

    /// Steps that it takes to look at so many bytes once.
    #[must_use]
    pub fn of_bytes(bytes: usize) -> u64 {
        u64::try_from(bytes / Self::BYTES).unwrap_or(u64::MAX).saturating_add(1)
    }
}
