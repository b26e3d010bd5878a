use std::collections::{HashMap, HashSet, VecDeque};

use super::Site;
use super::rules::Terms;
use crate::store::{Intent, IntentState, Standing, StoreError};

/// What waits, in the order it is to be carried out in.
#[derive(Default)]
pub(super) struct Queue {
    entries: VecDeque<Entry>,
    /// Of each group, the keys in the order they were recorded: only the first may be under way.
    groups: HashMap<String, VecDeque<String>>,
    under_way: HashSet<String>,
    /// How many nobody has allowed.
    pub(super) not_allowed: usize,
}

/// One effect that waits.
pub(super) struct Entry {
    pub(super) intent: Intent,
    pub(super) standing: Standing,
    pub(super) terms: Terms,
}

impl Queue {
    /// What waits now, without what was held back in this run.
    pub(super) fn of(site: &Site, held: &HashSet<String>) -> Result<Self, StoreError> {
        let mut queue = Self::default();
        let mut entries = Vec::new();
        for (intent, standing) in site.outbox.list(&[IntentState::Waiting])? {
            let Some(rules) = intent.config.as_ref().and_then(|hash| site.allowed.get(hash)) else {
                queue.not_allowed += 1;
                continue;
            };
            let terms = rules.terms(&intent);
            if let Some(group) = &terms.group {
                queue.groups.entry(group.clone()).or_default().push_back(intent.key.clone());
            }
            if !held.contains(&intent.key) {
                entries.push(Entry { intent, standing, terms });
            }
        }
        // What has the same place keeps the order it was recorded in.
        entries.sort_by_key(|entry| entry.terms.rank);
        queue.entries = entries.into();
        Ok(queue)
    }

    /// The next that may begin now.
    pub(super) fn take(&mut self, now: u64) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| self.may_begin(entry, now))?;
        let entry = self.entries.remove(at)?;
        self.under_way.extend(entry.terms.group.clone());
        Some(entry)
    }

    fn may_begin(&self, entry: &Entry, now: u64) -> bool {
        let is_first = |group: &String| {
            let first = self.groups.get(group).and_then(VecDeque::front);
            first == Some(&entry.intent.key) && !self.under_way.contains(group)
        };
        entry.standing.not_before.is_none_or(|at| at <= now) && entry.terms.group.as_ref().is_none_or(is_first)
    }

    /// One that was taken is through with: for good, so that the next of its group may begin, or for now.
    pub(super) fn settle(&mut self, group: Option<&str>, key: &str, state: IntentState) {
        let Some(group) = group else { return };
        self.under_way.remove(group);
        if state != IntentState::Waiting
            && let Some(keys) = self.groups.get_mut(group)
        {
            keys.retain(|other| other != key);
        }
    }

    /// When the first of those that wait for their time may begin.
    pub(super) fn earliest(&self) -> Option<u64> {
        self.entries.iter().filter_map(|entry| entry.standing.not_before).min()
    }

    /// How many are left.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
