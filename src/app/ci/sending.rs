//! A run of the outbox behind a pipeline's: it says at the remote what it is about to send, and what was sent.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ledger::{Ledger, Place};
use crate::app::{AppError, Project};
use crate::git::Processed;
use crate::model::{CommitId, Timestamp};
use crate::store::{self, Intent, IntentState, Outbox, Standing};

const SCHEMA: &str = "taskmaster.pipeline-note/1";
/// Why an effect is left to another run.
pub(super) const ELSEWHERE: &str = "another run of the pipeline is sending it";
/// How often it is tried where others are faster.
const TRIES: u32 = 6;

/// What a pipeline's run leaves for who sends what it has recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    schema: String,
    /// Where it is said what was sent.
    remote: String,
    branch: String,
    /// A word that no other clone has.
    pub(super) who: String,
    /// Up to where all that is to be sent was recorded in this clone, or was sent; `None` where other runs have something of it.
    pub(super) to: Option<String>,
    /// By which other names the effects of steps are known again, by their keys.
    #[serde(default)]
    pub(super) names: BTreeMap<String, [String; 2]>,
    /// The steps that something was sent for, each with the commit that it is in by now.
    #[serde(default)]
    pub(super) arrived: BTreeMap<String, String>,
}

impl Note {
    /// The one of this clone for a branch, as it was left, or a new one.
    pub(super) fn of(project: &Project, remote: &str, branch: &str) -> Result<Self, AppError> {
        let known =
            Self::read(project)?.filter(|note| (note.remote.as_str(), note.branch.as_str()) == (remote, branch));
        let part = || RandomState::new().hash_one(std::process::id());
        Ok(known.unwrap_or_else(|| Self {
            schema: SCHEMA.to_owned(),
            remote: remote.to_owned(),
            branch: branch.to_owned(),
            who: format!("{:016x}{:016x}", part(), part()),
            to: None,
            names: BTreeMap::new(),
            arrived: BTreeMap::new(),
        }))
    }

    fn read(project: &Project) -> Result<Option<Self>, AppError> {
        let bytes = store::read(&path(project))?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok()).filter(|note| note.schema == SCHEMA))
    }

    pub(super) fn write(&self, project: &Project) -> Result<(), AppError> {
        let path = path(project);
        let before = store::read(&path)?;
        let text = serde_json::to_string(self).unwrap_or_default();
        store::replace(&path, before.as_deref(), format!("{text}\n").as_bytes())?;
        Ok(())
    }
}

fn path(project: &Project) -> PathBuf {
    project.repository.store_dir().join("pipeline")
}

/// A run of the outbox that other runs know of.
#[derive(Debug)]
pub struct Sending {
    note: Note,
}

impl Sending {
    /// Begins where a pipeline's run has left a note: what another run has sent, or is at, is left to that. What is left is this run's
    /// for an hour.
    ///
    /// # Errors
    /// When the outbox cannot be read or written, or the remote does not say and take it.
    pub fn begin(project: &Project, now: Timestamp) -> Result<Option<Self>, AppError> {
        let Some(note) = Note::read(project)? else { return Ok(None) };
        let sending = Self { note };
        sending.change(project, now, |ledger, intents| {
            let outbox = Outbox::new(&project.repository.store_dir());
            for (intent, _) in intents.iter().filter(|(_, standing)| standing.state == IntentState::Waiting) {
                let place = match ledger.place(&intent.key, &sending.note.who, now) {
                    Place::Open if ledger.covers(project, &intent.requires) => Place::Sent,
                    place => place,
                };
                match place {
                    Place::Sent => outbox.skip(&intent.key, "another run of the pipeline has sent it")?,
                    Place::Elsewhere => outbox.skip(&intent.key, ELSEWHERE)?,
                    Place::Open => ledger.claim(&intent.key, &intent.requires, &sending.note.who, now),
                }
            }
            Ok(())
        })?;
        Ok(Some(sending))
    }

    /// Says what was sent, and gives back what was not: the next run takes it up.
    ///
    /// # Errors
    /// When the outbox cannot be read, or the remote does not say and take it.
    pub fn end(&self, project: &Project, now: Timestamp) -> Result<(), AppError> {
        let who = &self.note.who;
        self.change(project, now, |ledger, intents| {
            ledger.release(who);
            let is_open = |state| matches!(state, IntentState::Waiting | IntentState::Running);
            let mut is_all = !ledger.is_shared(who, now);
            for (intent, standing) in intents {
                let is_left = standing.state == IntentState::Skipped && standing.reason == ELSEWHERE;
                let is_sent = ledger.place(&intent.key, who, now) == Place::Sent;
                is_all &= !is_open(standing.state) && (!is_left || is_sent);
                if !is_open(standing.state) && standing.state != IntentState::Skipped {
                    ledger.note_sent(&intent.key, &intent.requires);
                    for name in self.note.names.get(&intent.key).into_iter().flatten() {
                        ledger.note_sent(name, &intent.requires);
                    }
                }
            }
            for (step, commit) in &self.note.arrived {
                ledger.arrived(step, commit);
            }
            let to = self.note.to.as_ref().and_then(|to| CommitId::new(to).ok());
            if let (Some(to), true) = (to, is_all)
                && !ledger.reaches(project, &to)
            {
                ledger.up_to = Some(to);
            }
            let known = ledger.clone();
            ledger.tidy(|requires| known.covers(project, requires));
            Ok(())
        })?;
        forget(project)
    }

    /// Changes what the remote says, anew where somebody else was faster.
    fn change(
        &self,
        project: &Project,
        now: Timestamp,
        mut change: impl FnMut(&mut Ledger, &[(Intent, Standing)]) -> Result<(), AppError>,
    ) -> Result<(), AppError> {
        let repository = &project.repository;
        let Note { remote, branch, .. } = &self.note;
        let mut tries = 0;
        loop {
            let Processed { from, sent, .. } = repository.remote_processed(remote, branch)?;
            let mut before = match &sent {
                Some(id) => Ledger::read(project, remote, branch, id)?,
                None => Ledger::default(),
            };
            before.since = from;
            let seen = before.seen.clone();
            if before.up_to.as_ref().is_some_and(|up_to| repository.resolve(up_to.as_str()).is_err()) {
                // Another run has come further than this clone has seen.
                repository.fetch(remote, branch)?;
            }
            let mut intents = Outbox::new(&repository.store_dir()).list(&IntentState::ALL)?;
            // What has happened outside is no commit's.
            let is_line = |intent: &Intent| intent.data.get("kind").is_some_and(|kind| kind == "log");
            intents.retain(|(intent, _)| intent.outside.is_none() && !intent.requires.is_empty() && !is_line(intent));
            let mut ledger = before.clone();
            change(&mut ledger, &intents)?;
            if ledger == before {
                return Ok(());
            }
            let next = repository.write_sent_note(&ledger.text(), now)?;
            tries += 1;
            match repository.push_sent_note(remote, branch, (seen.as_ref(), &next)) {
                Ok(()) => return Ok(()),
                Err(error) if tries >= TRIES || repository.remote_processed(remote, branch)?.sent == seen => {
                    return Err(error.into());
                }
                Err(_) => {}
            }
        }
    }
}

/// Leaves out of the note of this clone what the remote says by now.
fn forget(project: &Project) -> Result<(), AppError> {
    let Some(mut note) = Note::read(project)? else { return Ok(()) };
    let outbox = Outbox::new(&project.repository.store_dir());
    let waiting = outbox.list(&[IntentState::Waiting, IntentState::Running])?;
    note.names.retain(|key, _| waiting.iter().any(|(intent, _)| intent.key == *key));
    note.arrived.clear();
    note.write(project)
}
