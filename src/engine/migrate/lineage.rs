//! Which commit of a history is an ancestor of which, without walking all of it for each question.

use std::collections::HashSet;

/// A commit as its history sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Its parents, the branch it was made on first, by their places in the history.
    pub parents: Vec<usize>,
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
}

/// All commits that one reaches: parents before children, that one last.
#[derive(Debug, Default)]
pub struct Lineage {
    commits: Vec<Past>,
    /// Where each stands on the chain of first parents, if it does.
    chain: Vec<Option<usize>>,
    /// The first place of the chain that reaches it.
    joined: Vec<usize>,
    /// The last place of the chain that it reaches.
    left: Vec<Option<usize>>,
}

impl Lineage {
    /// A history, oldest first.
    #[must_use]
    pub fn new(commits: Vec<Past>) -> Self {
        let parents_of = |at: usize| commits.get(at).map(|past| past.parents.as_slice()).unwrap_or_default();
        let first_parent = |at: &usize| parents_of(*at).first().copied().filter(|parent| parent < at);
        let mut order: Vec<usize> = std::iter::successors(commits.len().checked_sub(1), first_parent).collect();
        order.reverse();
        let mut chain = vec![None; commits.len()];
        for (place, at) in order.iter().enumerate() {
            if let Some(slot) = chain.get_mut(*at) {
                *slot = Some(place);
            }
        }
        let mut joined = vec![usize::MAX; commits.len()];
        for (place, at) in order.iter().enumerate() {
            let mut open = vec![*at];
            while let Some(at) = open.pop() {
                let Some(slot) = joined.get_mut(at).filter(|slot| **slot == usize::MAX) else { continue };
                *slot = place;
                open.extend_from_slice(parents_of(at));
            }
        }
        let mut left: Vec<Option<usize>> = Vec::with_capacity(commits.len());
        for (at, place) in chain.iter().enumerate() {
            let reached = parents_of(at).iter().filter_map(|parent| left.get(*parent).copied().flatten()).max();
            left.push(place.or(reached));
        }
        Self { commits, chain, joined, left }
    }

    /// When a commit was committed.
    pub(super) fn committed(&self, at: usize) -> i64 {
        self.commits.get(at).map_or(0, |past| past.committed)
    }

    /// Whether a commit is another one, or an ancestor of it.
    pub(super) fn reaches(&self, new: usize, old: usize) -> bool {
        let (Some(joined), Some(joined_new)) = (self.joined.get(old), self.joined.get(new)) else { return false };
        if old >= new || joined > joined_new {
            return old == new;
        }
        if self.left.get(new).copied().flatten().is_some_and(|left| left >= *joined) {
            return true;
        }
        if self.chain.get(old).copied().flatten().is_some() {
            return false;
        }
        // Both are of what one merge has brought.
        let (mut open, mut seen) = (vec![new], HashSet::new());
        while let Some(at) = open.pop() {
            if at == old {
                return true;
            }
            if at > old && self.chain.get(at).copied().flatten().is_none() && seen.insert(at) {
                open.extend(self.commits.get(at).into_iter().flat_map(|past| past.parents.iter().copied()));
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reaches(commits: &[Past], new: usize, old: usize) -> bool {
        new == old || commits[new].parents.iter().any(|parent| reaches(commits, *parent, old))
    }

    proptest! {
        #[test]
        fn it_is_what_walking_the_history_gives(seeds in prop::collection::vec((any::<u8>(), any::<u8>(), 0..4_u8), 1..14)) {
            let mut commits: Vec<Past> = Vec::new();
            for (at, (one, other, kind)) in seeds.into_iter().enumerate() {
                let mut parents = Vec::new();
                if at > 0 && kind > 0 {
                    parents.push(usize::from(one) % at);
                    if kind == 3 && usize::from(other) % at != parents[0] {
                        parents.push(usize::from(other) % at);
                    }
                }
                commits.push(Past { parents, committed: 0 });
            }
            let tip = commits.len() - 1;
            let lineage = Lineage::new(commits.clone());
            let of_tip: Vec<usize> = (0..=tip).filter(|at| reaches(&commits, tip, *at)).collect();
            for new in &of_tip {
                for old in &of_tip {
                    prop_assert_eq!(lineage.reaches(*new, *old), reaches(&commits, *new, *old), "{} {} {:?}", new, old, commits);
                }
            }
        }
    }
}
