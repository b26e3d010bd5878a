//! Which place of each task was changed last, over the whole history: branches that were merged, too.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::{AppError, Project};
use crate::engine::migrate::{LastChanges, Lineage, MIGRATE, Past, Said, Side};
use crate::format::trailer;
use crate::git::PastCommit;
use crate::model::{CommitId, Snapshot, StatusSet, TaskId};

/// Which place of each task was changed last, field by field. A change that follows on another is newer; of two that do
/// not, the one that was committed later. A merge has changed what none of its parents says.
pub(super) fn newest(project: &Project, tip: &CommitId) -> Result<BTreeMap<(TaskId, String), Side>, AppError> {
    let repository = &project.repository;
    let statuses = project.commit(tip)?.board.statuses.clone();
    let past = repository.past(tip)?;
    let places: HashMap<&CommitId, usize> = past.iter().enumerate().map(|(at, commit)| (&commit.id, at)).collect();
    // A shallow clone does not have all parents.
    let parents_of = |commit: &PastCommit| -> Vec<usize> {
        commit.parents.iter().filter_map(|parent| places.get(parent).copied()).collect()
    };
    let lineage = past.iter().map(|commit| Past { parents: parents_of(commit), committed: commit.committed });
    let mut last = LastChanges::in_history(Lineage::new(lineage.collect()));
    let tree = |at: usize| past.get(at).and_then(|commit| commit.tree.as_deref());
    let changes = |(at, commit): &(usize, &PastCommit)| {
        let parents = parents_of(commit);
        !parents.is_empty() && parents.iter().all(|parent| tree(*parent) != tree(*at))
    };
    let changing: Vec<(usize, &PastCommit)> = past.iter().enumerate().filter(changes).collect();
    let mut trees = Trees::new(project, &statuses);
    for (at, commit) in &changing {
        trees.expect(tree(*at));
        for parent in parents_of(commit) {
            trees.expect(tree(parent));
        }
    }
    for (at, commit) in &changing {
        let parents: Vec<&PastCommit> = parents_of(commit).into_iter().filter_map(|parent| past.get(parent)).collect();
        let before = parents.iter().map(|parent| trees.read(parent, None)).collect::<Result<Vec<_>, _>>()?;
        let after = trees.read(commit, parents.first().and_then(|parent| parent.tree.as_deref()))?;
        // Another layout is nobody's change.
        let listed = trailer::changes(&repository.commit(&commit.id)?.message);
        if !listed.iter().any(|change| change.event == MIGRATE) {
            let before: Vec<&Said> = before.iter().map(AsRef::as_ref).collect();
            last.commit(*at, &after, &before, &statuses);
        }
        trees.done(commit.tree.as_deref());
        for parent in parents {
            trees.done(parent.tree.as_deref());
        }
    }
    Ok(last.newest(&Said::of(&repository.snapshot_of_commit(tip)?, &statuses)))
}

/// A tree that was read.
struct Known {
    /// A commit that has it.
    commit: CommitId,
    snapshot: Snapshot,
    said: Rc<Said>,
}

/// Trees, each read once and known for as long as it is asked for.
struct Trees<'a> {
    project: &'a Project,
    statuses: &'a StatusSet,
    /// How often each is still asked for.
    awaited: HashMap<Option<&'a str>, usize>,
    known: HashMap<Option<&'a str>, Known>,
}

impl<'a> Trees<'a> {
    fn new(project: &'a Project, statuses: &'a StatusSet) -> Self {
        Self { project, statuses, awaited: HashMap::new(), known: HashMap::new() }
    }

    fn expect(&mut self, tree: Option<&'a str>) {
        *self.awaited.entry(tree).or_default() += 1;
    }

    fn done(&mut self, tree: Option<&'a str>) {
        if let Some(awaited) = self.awaited.get_mut(&tree) {
            *awaited = awaited.saturating_sub(1);
            if *awaited == 0 {
                self.known.remove(&tree);
            }
        }
    }

    /// What the tree of a commit says; it is read as it differs from `base`, where that is known.
    fn read(&mut self, commit: &'a PastCommit, base: Option<&'a str>) -> Result<Rc<Said>, AppError> {
        let tree = commit.tree.as_deref();
        if let Some(known) = self.known.get(&tree) {
            return Ok(Rc::clone(&known.said));
        }
        let repository = &self.project.repository;
        let snapshot = match self.known.get(&base) {
            Some(base) => repository.snapshot_following(&base.snapshot, &base.commit, &commit.id)?,
            None => repository.snapshot_of_commit(&commit.id)?,
        };
        let said = Rc::new(Said::of(&snapshot, self.statuses));
        self.known.insert(tree, Known { commit: commit.id.clone(), snapshot, said: Rc::clone(&said) });
        Ok(said)
    }
}
