//! How much is done at once, and for how long: each environment has limits of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Rules;

/// The limits of one run of the outbox, by the configuration that is in force.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    began: Instant,
    rules: Option<Arc<Rules>>,
}

impl Limits {
    /// Those of a run that begins now.
    pub(super) fn from_now(rules: Option<Arc<Rules>>) -> Self {
        Self { began: Instant::now(), rules }
    }

    /// How many effects of an environment are carried out at once.
    pub(super) fn concurrent(&self, environment: Option<&str>) -> usize {
        self.rules.as_ref().map_or(1, |rules| rules.concurrent(environment))
    }

    /// The environment among whose effects one counts: its own, where that has a number of its own, else none.
    pub(super) fn pool<'e>(&self, environment: Option<&'e str>) -> Option<&'e str> {
        environment.filter(|name| self.concurrent(Some(name)) != self.concurrent(None))
    }

    /// How long all of an environment's effects may take.
    pub(super) fn whole(&self, environment: Option<&str>) -> Duration {
        self.rules.as_ref().map_or(Duration::ZERO, |rules| rules.longest(environment))
    }

    /// When the time of an environment's effects is over.
    pub(super) fn until(&self, environment: Option<&str>) -> Instant {
        self.began + self.whole(environment)
    }

    /// Whether an effect of an environment may still begin whose attempt takes so long at the most: it would be cut short
    /// where less is left. Where the whole is hardly longer than an attempt, half of it is enough.
    pub(super) fn has_time(&self, environment: Option<&str>, attempt: Duration) -> bool {
        let until = self.until(environment);
        let left = until.saturating_duration_since(Instant::now());
        !left.is_zero() && left >= attempt.min(self.whole(environment) / 2)
    }
}
