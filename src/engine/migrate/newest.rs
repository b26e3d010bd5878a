//! Which place of a task was changed last, field by field.

use std::collections::BTreeMap;

use super::Side;
use super::lineage::Lineage;
use super::sides::{Sides, is_same};
use crate::model::{Snapshot, StatusSet, TaskId};

/// The fields that are compared.
const FIELDS: [&str; 4] = ["title", "status", "priority", "dependencies"];

/// A field of a task in one of its places.
type Place = (TaskId, &'static str, Side);

/// What the places of all tasks of a tree say.
#[derive(Debug, Default)]
pub struct Said(BTreeMap<Place, String>);

impl Said {
    /// What they say in a tree.
    #[must_use]
    pub fn of(snapshot: &Snapshot, statuses: &StatusSet) -> Self {
        let sides = Sides::of(snapshot, statuses);
        let mut said = BTreeMap::new();
        for id in sides.tasks() {
            for (field, places) in sides.said(id) {
                said.extend(places.into_iter().map(|(side, value)| ((id.clone(), field, side), value)));
            }
        }
        Self(said)
    }
}

/// Which commits have last changed each place of each task. They are told in the order of the history.
#[derive(Debug)]
pub struct LastChanges {
    lineage: Lineage,
    /// Of each place the commits that no later one follows on.
    changes: BTreeMap<Place, Vec<usize>>,
}

impl LastChanges {
    /// Nothing was changed in this history yet.
    #[must_use]
    pub fn in_history(lineage: Lineage) -> Self {
        Self { lineage, changes: BTreeMap::new() }
    }

    /// A commit, by its place in the history, has left the tree so. It has changed what none of its parents says. A place
    /// that comes or goes is no change of what it says.
    pub fn commit(&mut self, at: usize, after: &Said, before: &[&Said], statuses: &StatusSet) {
        for (place, value) in &after.0 {
            let mut old = before.iter().filter_map(|said| said.0.get(place)).peekable();
            if old.peek().is_none() || old.any(|old| is_same(statuses, place.1, old, value)) {
                continue;
            }
            let known = self.changes.entry(place.clone()).or_default();
            known.retain(|earlier| !self.lineage.reaches(at, *earlier));
            known.push(at);
        }
    }

    /// The place that is right of each field of each task of a tree: the one that was changed last. A field that nobody has
    /// changed goes with the place in which the task was changed last. None where one commit has changed two places
    /// differently, or two that do not know each other have at the same second.
    #[must_use]
    pub fn newest(&self, now: &Said) -> BTreeMap<(TaskId, String), Side> {
        let mut of_task: BTreeMap<&TaskId, Vec<(usize, &Place)>> = BTreeMap::new();
        for (place, commits) in self.changes.iter().filter(|(place, _)| now.0.contains_key(*place)) {
            of_task.entry(&place.0).or_default().extend(commits.iter().map(|commit| (*commit, place)));
        }
        let mut newest = BTreeMap::new();
        for (task, changed) in of_task {
            let whole = self.last(&changed, now);
            for field in FIELDS {
                let of_field: Vec<(usize, &Place)> =
                    changed.iter().copied().filter(|(_, place)| place.1 == field).collect();
                let side = if of_field.is_empty() { whole } else { self.last(&of_field, now) };
                newest.extend(side.map(|side| ((task.clone(), field.to_owned()), side)));
            }
        }
        newest
    }

    /// The place that was changed last: by a commit that follows on the others, else by the one of the latest date.
    fn last(&self, changed: &[(usize, &Place)], now: &Said) -> Option<Side> {
        let is_followed = |at: usize| changed.iter().any(|(other, _)| *other != at && self.lineage.reaches(*other, at));
        let open: Vec<(usize, &Place)> = changed.iter().copied().filter(|(at, _)| !is_followed(*at)).collect();
        let date = open.iter().map(|(at, _)| self.lineage.committed(*at)).max()?;
        let mut latest = open.iter().filter(|(at, _)| self.lineage.committed(*at) == date).map(|(_, place)| *place);
        let first = latest.next()?;
        let agrees = |place: &Place| place.2 == first.2 || (place.1 == first.1 && now.0.get(place) == now.0.get(first));
        latest.all(agrees).then_some(first.2)
    }
}
