//! Which place of a task was changed last, field by field.

use std::collections::BTreeMap;

use super::Side;
use super::sides::Sides;
use crate::model::{Snapshot, StatusSet, TaskId};

/// The fields that are compared.
const FIELDS: [&str; 4] = ["title", "status", "priority", "dependencies"];

/// A field of a task in one of its places.
type Place = (TaskId, &'static str, Side);

/// When each place of each task was last changed, in commits that are told one after another.
#[derive(Debug, Default)]
pub struct LastChanges {
    /// What the places say now.
    said: BTreeMap<Place, String>,
    /// Behind how many commits each was changed last.
    times: BTreeMap<Place, usize>,
    commits: usize,
}

impl LastChanges {
    /// The next commit has left the tree so. A place that comes or goes is no change of what it says.
    pub fn commit(&mut self, after: &Snapshot, statuses: &StatusSet) {
        self.next(after, statuses, true);
    }

    /// The same for a commit that has only moved what the places say.
    pub fn moved(&mut self, after: &Snapshot, statuses: &StatusSet) {
        self.next(after, statuses, false);
    }

    fn next(&mut self, after: &Snapshot, statuses: &StatusSet, counts: bool) {
        self.commits += 1;
        let sides = Sides::of(after, statuses);
        let mut said = BTreeMap::new();
        for id in sides.tasks() {
            for (field, places) in sides.said(id) {
                said.extend(places.into_iter().map(|(side, value)| ((id.clone(), field, side), value)));
            }
        }
        for (place, value) in said.iter().filter(|_| counts) {
            if self.said.get(place).is_some_and(|old| !sides.same(place.1, old, value)) {
                self.times.insert(place.clone(), self.commits);
            }
        }
        self.said = said;
    }

    /// The place that is right of each field of each task: the one that was changed last. A field that nobody has changed
    /// goes with the place in which the task was changed last. None where one commit has changed two places differently.
    #[must_use]
    pub fn newest(&self) -> BTreeMap<(TaskId, String), Side> {
        let mut of_task: BTreeMap<&TaskId, Vec<(usize, &Place)>> = BTreeMap::new();
        for (place, time) in &self.times {
            of_task.entry(&place.0).or_default().push((*time, place));
        }
        let mut newest = BTreeMap::new();
        for (task, changed) in of_task {
            let whole = self.last(&changed);
            for field in FIELDS {
                let of_field: Vec<(usize, &Place)> =
                    changed.iter().copied().filter(|(_, place)| place.1 == field).collect();
                let side = if of_field.is_empty() { whole } else { self.last(&of_field) };
                newest.extend(side.map(|side| ((task.clone(), field.to_owned()), side)));
            }
        }
        newest
    }

    /// The place that was changed last; `None` where one commit has changed several differently.
    fn last(&self, changed: &[(usize, &Place)]) -> Option<Side> {
        let (last, _) = changed.iter().max_by_key(|(time, _)| time)?;
        let mut latest = changed.iter().filter(|(time, _)| time == last).map(|(_, place)| *place);
        let first = latest.next()?;
        let agrees =
            |place: &Place| place.2 == first.2 || (place.1 == first.1 && self.said.get(place) == self.said.get(first));
        latest.all(agrees).then_some(first.2)
    }
}
