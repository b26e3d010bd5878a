use std::collections::BTreeMap;
use std::path::PathBuf;

use super::http::Client;
use super::{Network, Rules};
use crate::app::{AppError, Basis, Project, TrustReport};
use crate::store::Outbox;

/// Where effects are carried out: a clone, and what its user allows.
pub struct Site {
    pub(super) outbox: Outbox,
    /// The configurations that are allowed, by their digests.
    pub(super) allowed: BTreeMap<String, Rules>,
    /// The one that was allowed last: it says how much is done at once.
    pub(super) latest: Option<String>,
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
        let allowed = trust.allowed.iter().map(|one| (one.hash.clone(), Rules::of(one.text.as_bytes())));
        let folder = match repository.workdir() {
            Ok(folder) => folder.to_owned(),
            Err(_) => repository.git_dir().to_owned(),
        };
        Ok(Self {
            outbox: Outbox::new(&repository.store_dir()),
            allowed: allowed.collect(),
            latest: trust.allowed.last().map(|one| one.hash.clone()),
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

    /// The same, with a configuration that is allowed for this run alone.
    #[must_use]
    pub fn allowing(mut self, hash: &str, text: &[u8]) -> Self {
        self.allowed.insert(hash.to_owned(), Rules::of(text));
        self.latest = Some(hash.to_owned());
        self
    }
}
