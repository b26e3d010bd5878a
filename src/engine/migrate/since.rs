//! Contradictions that came while a tree was migrated: the place that changed is right, as everywhere; where several
//! changed differently, or generated text alone, which only follows, somebody has to say.

use super::sides::Sides;
use super::{Conflict, Manifest, MigrationRequest, Side};

/// The contradictions of a migrated tree that it did not have when it was migrated, with who is right.
pub(super) fn since(now: &Sides, then: &Sides, manifest: &Manifest, request: &MigrationRequest) -> Vec<Conflict> {
    // What other tags say is no part of this.
    let about = MigrationRequest { tag: manifest.request.tag.clone(), ..request.clone() };
    let old = then.conflicts(&about);
    let mut found = now.conflicts(&about);
    found.retain(|conflict| {
        !old.iter().any(|old| (&old.task, old.field, &old.said) == (&conflict.task, conflict.field, &conflict.said))
    });
    for conflict in found.iter_mut().filter(|conflict| conflict.winner.is_none()) {
        let stood = manifest.standing.get(&conflict.task);
        let was = |side: Side| match stood {
            // What stayed where it was, was one with its mirrors.
            Some(status) => Some(status.clone()),
            None => then.status(&conflict.task, side),
        };
        let changed = |(side, said): &&(Side, String)| was(*side).is_none_or(|was| !then.statuses().same(&was, said));
        if conflict.field != "status" {
            continue;
        }
        let mut changed = conflict.said.iter().filter(changed);
        let first = changed.next().cloned();
        if let Some((side, said)) = first
            && side != Side::Text
            && changed.all(|(_, other)| then.statuses().same(other, &said))
        {
            conflict.winner = Some(side);
            conflict.why = Some("it was changed since");
        }
    }
    found
}
