use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::store::{Intent, Standing};

/// How long to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Until nothing is left that may be tried now.
    Due,
    /// Until nothing is left, waiting for what is to be tried again, as long as the configuration allows.
    Stay,
}

/// How a run of the outbox goes, and whom it tells.
pub struct Course<'c> {
    /// How long it goes on.
    pub patience: Patience,
    /// What somebody else is told of who is at it.
    pub who: &'c str,
    /// Ends it early.
    pub reins: &'c Reins,
    /// What could not be begun, for something is missing here: not tried again by whoever keeps this.
    pub held: &'c mut Held,
    /// Told of what happens.
    pub tell: &'c mut dyn FnMut(News),
}

/// What could not be begun, for something is missing here. It is tried again once other rules are in force, or somebody
/// asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// Why, by the keys.
    reasons: HashMap<String, String>,
    /// The digest of the rules that were in force.
    rules: Option<String>,
}

impl Held {
    pub(super) fn insert(&mut self, key: String, reason: String) {
        self.reasons.insert(key, reason);
    }

    /// Whether it is held, as it stands: whoever asks for it has put another reason there.
    pub(super) fn has(&self, key: &str, reason: &str) -> bool {
        self.reasons.get(key).is_some_and(|known| known == reason)
    }

    pub(super) fn len(&self) -> usize {
        self.reasons.len()
    }

    /// Nothing is held any more where other rules are in force than before.
    pub(super) fn look_again(&mut self, rules: Option<String>) {
        if self.rules != rules {
            *self = Self { reasons: HashMap::new(), rules };
        }
    }
}

/// Something that happened while effects are carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// So much waits, now.
    Queued(Queued),
    /// An effect was taken up, and this came of it. Where it waits still, it is tried again.
    Settled(Box<(Intent, Standing)>),
    /// Somebody else is at it, who says this.
    Elsewhere(String),
    /// So many are still under way, and nothing is begun any more.
    Ending(usize),
    /// The outbox cannot be read or written, or git not be asked: why.
    Failed(String),
}

/// How many effects wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Queued {
    /// For their turn.
    pub ready: usize,
    /// For their time.
    pub later: usize,
    /// For the user's leave.
    pub not_allowed: usize,
    /// For their commit, which is not on its branch, or not pushed yet.
    pub off_branch: usize,
    /// For something that is missing here.
    pub held: usize,
}

/// What a run of the outbox is held by from outside: another thread, as a rule.
#[derive(Debug, Default)]
pub struct Reins {
    stop: AtomicBool,
    under_way: AtomicUsize,
}

impl Reins {
    /// Nothing is begun from now on; what is under way goes on to its end.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether nothing is to be begun any more.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// How many effects are under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    pub(super) fn note_under_way(&self, count: usize) {
        self.under_way.store(count, Ordering::Relaxed);
    }
}
