//! Whether what an event is to make is there already: each event makes a thing once, however often it is planned,
//! merged, and written anew.

use std::collections::HashMap;

use super::super::event::EventId;
use super::super::made_key::{KeyLength, MadeKey, reports};
use super::super::workspace::Workspace;
use super::{By, Cascade, Source};

/// What is known of something that is to be made.
pub(super) enum Standing {
    /// It is there: a task's id or a file's path.
    There(String),
    /// Somebody took it away.
    TakenBack,
    /// It is to be made, under that key.
    Free(MadeKey),
}

/// What is looked for.
pub(super) struct Sought<'a> {
    /// The trigger that wants it, by the name that its key is made of.
    pub(super) trigger: &'a str,
    /// How its key is written.
    pub(super) length: KeyLength,
    /// Keys of its sort that later commits took away.
    pub(super) removed: Vec<MadeKey>,
}

/// Tasks and files that were made for events and are there: read once for a plan, which adds what it makes. Keys
/// of tasks are whole and those of files are cut, so that they never meet.
#[derive(Debug, Default)]
pub(super) struct Things {
    is_read: bool,
    /// In the order of the tree, what the plan has made behind.
    there: Vec<(MadeKey, String)>,
    /// The first of each key.
    by_key: HashMap<MadeKey, usize>,
}

impl Things {
    fn read(&mut self, workspace: &mut Workspace<'_>) {
        if std::mem::replace(&mut self.is_read, true) {
            return;
        }
        for task in workspace.board().tasks.values() {
            if let Some(key) = MadeKey::of_task(task) {
                self.add(key, task.id.to_string());
            }
        }
        for path in reports(workspace.snapshot()) {
            if let Some(key) = MadeKey::of_file(path) {
                self.add(key, path.to_string());
            }
        }
    }

    /// Notes what was made.
    pub(super) fn add(&mut self, key: MadeKey, name: String) {
        self.by_key.entry(key.clone()).or_insert(self.there.len());
        self.there.push((key, name));
    }

    fn exact(&self, key: &MadeKey) -> Option<&(MadeKey, String)> {
        self.there.get(*self.by_key.get(key)?)
    }
}

impl Cascade<'_> {
    /// Looks for what was made for an event. What was is its own from then on, and no other's in this plan.
    pub(super) fn look(&mut self, by: &By<'_>, source: &Source<'_>, sought: &Sought<'_>) -> Standing {
        self.known.read(&mut self.workspace);
        let Sought { trigger, length, removed } = sought;
        let key_at = |moment, occurrence| MadeKey::new(by.event, (*trigger, by.action), moment, occurrence, *length);
        let (origin, event) = (&source.origin, &by.event.id);
        let exact = |key: &MadeKey| self.known.exact(key).cloned();
        // Equal events of one second are told apart by their number: what another one has, or what was there
        // before, is not this one's.
        let mut occurrence = 1;
        let key = loop {
            let key = key_at(origin.authored, occurrence);
            if !origin.made.older.contains(&key) && self.is_free(&key, event) {
                break key;
            }
            occurrence += 1;
        };
        if let Some((_, name)) = exact(&key) {
            return self.take(key, event, name);
        }
        // A merge does again what the merged commits did, who may have made it already.
        let merged: Vec<MadeKey> = origin.merged.iter().map(|moment| key_at(Some(*moment), 1)).collect();
        let made = merged.iter().filter_map(exact).find(|(made, _)| self.is_free(made, event));
        if let Some((made, name)) = made {
            return self.take(made, event, name);
        }
        if removed.iter().any(|removed| *removed == key || merged.contains(removed)) {
            return Standing::TakenBack;
        }
        // History was rewritten with other dates.
        let nears = [&origin.made.brought, origin.made.orphaned.as_ref()];
        if nears.iter().all(|near| near.is_empty()) {
            self.taken.insert(key.clone(), event.clone());
            return Standing::Free(key);
        }
        let mut kin: Vec<&(MadeKey, String)> =
            self.known.there.iter().filter(|(made, _)| made.is_kin_of(&key)).collect();
        kin.sort_by_key(|(made, _)| !made.has_values_of(&key));
        for near in nears {
            let found = kin.iter().find(|(made, _)| near.contains(made) && self.is_free(made, event));
            if let Some((made, name)) = found.map(|found| (*found).clone()) {
                return self.take(made, event, name);
            }
        }
        self.taken.insert(key.clone(), event.clone());
        Standing::Free(key)
    }

    fn is_free(&self, key: &MadeKey, event: &EventId) -> bool {
        self.taken.get(key).is_none_or(|owner| owner == event)
    }

    fn take(&mut self, key: MadeKey, event: &EventId, name: String) -> Standing {
        self.taken.insert(key, event.clone());
        Standing::There(name)
    }
}
