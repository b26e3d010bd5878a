use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant, SystemTime};

use super::carry_out::longest_attempt;
use super::course::{Held, Queued};
use super::limits::Limits;
use super::rules::{Terms, environment};
use super::{Site, delay};
use crate::store::{IntentState, Standing, StoreError};

/// More at once would be threads that wait for each other.
const MOST_AT_ONCE: usize = 64;

/// What waits, in the order it is to be carried out in.
pub(super) struct Queue {
    limits: Limits,
    entries: VecDeque<Entry>,
    /// How many of each environment are under way; those without a number of their own count together.
    at_once: HashMap<Option<String>, usize>,
    /// Of each group, the keys in the order they were recorded: only the first may be under way.
    groups: HashMap<String, VecDeque<String>>,
    under_way: HashSet<String>,
    /// How many nobody has allowed.
    pub(super) not_allowed: usize,
    /// The digests of the rules that these were recorded under.
    pub(super) unallowed: BTreeSet<String>,
    /// How many are for a commit that is not on its branch.
    pub(super) off_branch: usize,
    /// How many have a file that cannot be read.
    pub(super) unreadable: usize,
}

/// One effect that waits. What it is, is read again when it is taken up: there may be ten thousands.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) group: Option<String>,
    pub(super) environment: Option<String>,
    rank: u64,
    recorded: Option<SystemTime>,
    not_before: Option<u64>,
    /// How long an attempt may take.
    attempt: Duration,
    /// Whether it was held back in this run.
    is_held: bool,
}

/// An effect whose command goes on though the run that began it was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftRunning {
    pub(super) key: String,
    pub(super) group: Option<String>,
}

impl Queue {
    /// What waits now, without what was held back in this run. What was left running is before all others of its group.
    pub(super) fn of(
        site: &Site,
        held: &mut Held,
        limits: &Limits,
        left_running: &[LeftRunning],
    ) -> Result<Self, StoreError> {
        site.look_again()?;
        held.look_again(site.in_force().map(|(hash, _)| hash));
        let mut queue = Self {
            limits: limits.clone(),
            entries: VecDeque::new(),
            at_once: HashMap::new(),
            groups: HashMap::new(),
            under_way: HashSet::new(),
            not_allowed: 0,
            unallowed: BTreeSet::new(),
            off_branch: 0,
            unreadable: 0,
        };
        let mut basis = None;
        let mut entries = Vec::new();
        let unreadable = site.outbox.visit(&[IntentState::Waiting], &mut |recorded, intent, standing| {
            let Some(rules) = intent.config.as_ref().and_then(|hash| site.known(hash)) else {
                queue.not_allowed += 1;
                queue.unallowed.extend(intent.config);
                return;
            };
            // What was recorded for a commit that is not on its branch waits until it is there.
            let basis = basis.get_or_insert_with(|| site.basis()).as_mut();
            let is_there = match (basis, &standing) {
                (Some(basis), Standing { push: Some(push), .. }) => basis.is_pushed(push, &intent.requires),
                (Some(basis), Standing { awaits: Some(event), .. }) => basis.is_handled(event, &intent.requires),
                // What has happened outside is tied to no branch.
                (Some(basis), _) => intent.outside.is_some() || basis.holds(&intent),
                (None, standing) => standing.push.is_none() && standing.awaits.is_none(),
            };
            if !is_there {
                queue.off_branch += 1;
                return;
            }
            let terms = rules.terms(&intent);
            let attempt = longest_attempt(&terms, &intent);
            let Terms { group, rank, .. } = terms;
            let environment = environment(&intent).map(ToOwned::to_owned);
            let not_before = standing.not_before;
            let is_held = held.has(&intent.key, &standing.reason);
            entries.push(Entry { key: intent.key, group, environment, rank, recorded, not_before, attempt, is_held });
        })?;
        queue.unreadable = unreadable;
        entries.sort_by(|one, other| (one.recorded, &one.key).cmp(&(other.recorded, &other.key)));
        for LeftRunning { key, group } in left_running {
            if let Some(group) = group {
                queue.groups.entry(group.clone()).or_default().push_back(key.clone());
            }
        }
        for entry in &entries {
            if let Some(group) = &entry.group {
                queue.groups.entry(group.clone()).or_default().push_back(entry.key.clone());
            }
        }
        entries.retain(|entry| !entry.is_held);
        // What has the same place keeps the order it was recorded in.
        entries.sort_by_key(|entry| entry.rank);
        queue.entries = entries.into();
        Ok(queue)
    }

    /// The next that may begin now.
    pub(super) fn take(&mut self, now: u64) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| self.may_begin(entry, now))?;
        let entry = self.entries.remove(at)?;
        self.under_way.extend(entry.group.clone());
        let pool = self.limits.pool(entry.environment.as_deref()).map(ToOwned::to_owned);
        *self.at_once.entry(pool).or_default() += 1;
        Some(entry)
    }

    fn may_begin(&self, entry: &Entry, now: u64) -> bool {
        let is_first = |group: &String| {
            let first = self.groups.get(group).and_then(VecDeque::front);
            first == Some(&entry.key) && !self.under_way.contains(group)
        };
        let environment = entry.environment.as_deref();
        let pool = self.limits.pool(environment).map(ToOwned::to_owned);
        let at_once = self.at_once.get(&pool).copied().unwrap_or_default();
        entry.not_before.is_none_or(|at| at <= now)
            && entry.group.as_ref().is_none_or(is_first)
            && at_once < self.limits.concurrent(environment)
            && self.limits.has_time(environment, entry.attempt)
    }

    /// One that was taken is through with: for good, so that the next of its group may begin, or for now.
    pub(super) fn settle(&mut self, place: (Option<&str>, Option<&str>), key: &str, state: IntentState) {
        let (group, environment) = place;
        let pool = self.limits.pool(environment).map(ToOwned::to_owned);
        if let Some(count) = self.at_once.get_mut(&pool) {
            *count = count.saturating_sub(1);
        }
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
        // One behind another of its group begins when that is through, whatever its time is.
        self.entries.iter().filter(|entry| self.may_begin(entry, u64::MAX)).filter_map(|entry| entry.not_before).min()
    }

    /// Whether one may begin now.
    pub(super) fn is_due(&self, now: u64) -> bool {
        self.entries.iter().any(|entry| self.may_begin(entry, now))
    }

    /// What waits for what; `held` wait for something that is missing here.
    pub(super) fn count(&self, held: usize) -> Queued {
        let now = delay::now();
        let later = self.entries.iter().filter(|entry| entry.not_before.is_some_and(|at| at > now)).count();
        Queued {
            ready: self.entries.len() - later,
            later,
            not_allowed: self.not_allowed,
            off_branch: self.off_branch,
            held,
        }
    }

    /// How many are carried out at once in all.
    pub(super) fn most_at_once(&self) -> usize {
        let pools: HashSet<Option<&str>> =
            self.entries.iter().map(|entry| self.limits.pool(entry.environment.as_deref())).collect();
        pools.into_iter().map(|pool| self.limits.concurrent(pool)).sum::<usize>().clamp(1, MOST_AT_ONCE)
    }

    /// When the time of all that waits is over.
    pub(super) fn until(&self) -> Instant {
        let waiting = self.entries.iter().map(|entry| self.limits.until(entry.environment.as_deref()));
        waiting.max().unwrap_or_else(|| self.limits.until(None))
    }

    /// How many are left.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
