use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use super::http::Client;
use super::{Network, Rules};
use crate::app::{self, AppError, Basis, Configuration, Leave, Project, TrustReport};
use crate::store::{Outbox, StoreError, Trust};

/// Where effects are carried out: a clone, and what its user allows.
pub struct Site {
    pub(super) outbox: Outbox,
    /// The configurations that were allowed when somebody looked last, by their digests.
    allowed: RwLock<BTreeMap<String, Arc<Rules>>>,
    /// Those that are allowed for this run alone, that of HEAD first.
    once: Vec<String>,
    /// What the user decides, and the path that decisions about this clone are kept under.
    decisions: (Trust, PathBuf),
    /// The one of HEAD, where that is allowed, else the one that was allowed last: it says how much is done at once, and how
    /// messages get where they go.
    in_force: RwLock<Option<String>>,
    /// Where the repository is.
    pub(super) repository: PathBuf,
    /// Where commands begin.
    pub(super) folder: PathBuf,
    /// What git tells a process of the repository it is in.
    pub(super) git_variables: Vec<String>,
    pub(super) client: Client,
}

impl Site {
    /// A clone as it is, with the configurations that are allowed in it.
    ///
    /// # Errors
    /// When git cannot be asked.
    pub fn of(project: &Project, trust: &TrustReport) -> Result<Self, AppError> {
        let repository = &project.repository;
        let is_any = repository.config_flag("taskmaster.privateAddresses") == Some(true);
        let network = if is_any { Network::Any } else { Network::Public };
        let allowed = trust.allowed.iter().map(|one| (one.hash.clone(), Arc::new(Rules::of(one.text.as_bytes()))));
        let at_head = trust.configuration.as_ref().filter(|_| trust.leave == Leave::Given).map(|one| one.hash.clone());
        let in_force = at_head.or_else(|| trust.allowed.last().map(|one| one.hash.clone()));
        let folder = match repository.workdir() {
            Ok(folder) => folder.to_owned(),
            Err(_) => repository.git_dir().to_owned(),
        };
        Ok(Self {
            outbox: Outbox::new(&repository.store_dir()),
            allowed: RwLock::new(allowed.collect()),
            once: Vec::new(),
            decisions: (app::decisions()?, app::clone_path(project)),
            in_force: RwLock::new(in_force),
            repository: repository.git_dir().to_owned(),
            folder: std::path::absolute(&folder).unwrap_or(folder),
            git_variables: repository.local_variables()?,
            client: Client::new(network),
        })
    }

    /// What tells which commits are there; `None` where git cannot be asked, so that nothing is known against any.
    pub(super) fn basis(&self) -> Option<Basis> {
        Basis::of(&self.repository).ok()
    }

    /// Looks again what is allowed.
    pub(super) fn look_again(&self) -> Result<(), StoreError> {
        let (decisions, clone) = &self.decisions;
        let found = decisions.allowed(clone)?;
        let mut allowed = self.allowed.write().unwrap_or_else(PoisonError::into_inner);
        let keeps = |hash: &String| self.once.contains(hash) || found.iter().any(|one| one.hash == *hash);
        allowed.retain(|hash, _| keeps(hash));
        let mut in_force = self.in_force.write().unwrap_or_else(PoisonError::into_inner);
        if in_force.as_ref().is_some_and(|hash| !allowed.contains_key(hash)) {
            *in_force = found.last().map(|one| one.hash.clone());
        }
        for one in found {
            if !allowed.contains_key(&one.hash) {
                // It was HEAD's a moment ago: no other can be allowed.
                *in_force = self.once.first().cloned().or_else(|| Some(one.hash.clone()));
                allowed.insert(one.hash.clone(), Arc::new(Rules::of(one.text.as_bytes())));
            }
        }
        Ok(())
    }

    /// The rules of that digest, where they are allowed at this moment.
    pub(super) fn rules(&self, hash: Option<&String>) -> Option<Arc<Rules>> {
        let hash = hash?;
        let (decisions, clone) = &self.decisions;
        let is_allowed = self.once.contains(hash) || decisions.is_allowed(clone, hash);
        self.known(hash).filter(|_| is_allowed)
    }

    /// The rules of that digest, where they were allowed at the last look.
    pub(super) fn known(&self, hash: &str) -> Option<Arc<Rules>> {
        self.allowed.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    /// The rules that say how things are done, with their digest, where they are allowed at this moment.
    pub(super) fn in_force(&self) -> Option<(String, Arc<Rules>)> {
        let hash = self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let rules = self.rules(Some(&hash))?;
        Some((hash, rules))
    }

    /// What tells that something has changed: when something was recorded, was said of an effect, or was allowed or denied.
    pub(super) fn signs(&self) -> [Option<SystemTime>; 3] {
        let (decisions, clone) = &self.decisions;
        let [intents, states] = self.outbox.last_changed();
        [intents, states, decisions.last_changed(clone)]
    }

    /// The same, with configurations that are allowed for this run alone, that of HEAD first.
    #[must_use]
    pub fn allowing(mut self, configurations: &[Configuration]) -> Self {
        let allowed = self.allowed.get_mut().unwrap_or_else(PoisonError::into_inner);
        for Configuration { hash, text } in configurations {
            allowed.insert(hash.clone(), Arc::new(Rules::of(text)));
            self.once.push(hash.clone());
        }
        self.in_force = RwLock::new(self.once.first().cloned());
        self
    }
}
