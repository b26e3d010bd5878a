//! Whether what an event is to make is there already: each event makes a thing once, however often it is planned,
//! merged, and written anew.

use super::super::event::EventId;
use super::super::made_key::{KeyLength, MadeKey};
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

/// What is there of one sort, and what was.
pub(super) struct Known {
    /// Keys in the tree, and what is called by each.
    pub(super) there: Vec<(MadeKey, String)>,
    /// Keys that later commits took away.
    pub(super) removed: Vec<MadeKey>,
}

impl Cascade<'_> {
    /// Looks for what was made for an event. What was is its own from then on, and no other's in this plan.
    pub(super) fn look(
        &mut self,
        by: &By<'_>,
        trigger: &str,
        length: KeyLength,
        source: &Source<'_>,
        known: &Known,
    ) -> Standing {
        let key_at = |moment, occurrence| MadeKey::new(by.event, (trigger, by.action), moment, occurrence, length);
        let (origin, event) = (&source.origin, &by.event.id);
        let exact = |key: &MadeKey| known.there.iter().find(|(made, _)| made == key);
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
            return self.take(&key, event, name);
        }
        // A merge does again what the merged commits did, who may have made it already.
        let merged: Vec<MadeKey> = origin.merged.iter().map(|moment| key_at(Some(*moment), 1)).collect();
        let made = merged.iter().filter_map(exact).find(|(made, _)| self.is_free(made, event));
        if let Some((made, name)) = made {
            return self.take(made, event, name);
        }
        if known.removed.iter().any(|removed| *removed == key || merged.contains(removed)) {
            return Standing::TakenBack;
        }
        // History was rewritten with other dates.
        let mut kin: Vec<&(MadeKey, String)> = known.there.iter().filter(|(made, _)| made.is_kin_of(&key)).collect();
        kin.sort_by_key(|(made, _)| !made.has_values_of(&key));
        for near in [&origin.made.brought, origin.made.orphaned.as_ref()] {
            if let Some((made, name)) = kin.iter().find(|(made, _)| near.contains(made) && self.is_free(made, event)) {
                return self.take(made, event, name);
            }
        }
        self.taken.insert(key.clone(), event.clone());
        Standing::Free(key)
    }

    fn is_free(&self, key: &MadeKey, event: &EventId) -> bool {
        self.taken.get(key).is_none_or(|owner| owner == event)
    }

    fn take(&mut self, key: &MadeKey, event: &EventId, name: &str) -> Standing {
        self.taken.insert(key.clone(), event.clone());
        Standing::There(name.to_owned())
    }
}
