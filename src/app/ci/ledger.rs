//! What was sent of what pipelines have processed: a list at the remote, `refs/taskmaster/sent/<branch>`, in the message of a
//! commit. It has the commit up to which all was sent, and single effects behind it: those that were, and those that a run is at.

use std::collections::BTreeMap;

use crate::app::{AppError, Project};
use crate::git::GitError;
use crate::model::{CommitId, Timestamp};

/// The first line.
const SCHEMA: &str = "taskmaster.sent/1";
/// How often it is read where others write it.
const TRIES: u32 = 6;
/// How long a run may be at what it is about to send, in seconds: then another one takes it up. As long as a run of the outbox.
const TURN: i64 = 3600;

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ledger {
    /// The commit that says so.
    pub(super) seen: Option<CommitId>,
    /// Up to where all was sent.
    pub(super) up_to: Option<CommitId>,
    /// Behind which commit pipelines have begun, where that is known: of what is before, only what is named was sent.
    pub(super) since: Option<CommitId>,
    entries: BTreeMap<String, Entry>,
}

/// What is said of one effect, by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// The commit that it is for.
    requires: String,
    by: By,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum By {
    /// It is through with.
    Sent,
    /// A run is at it, until then at the latest.
    Claimed { who: String, until: i64 },
}

/// Where an effect stands, for a run that has a word of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Nobody has sent it, or is at it.
    Open,
    /// It was sent.
    Sent,
    /// Another run is at it.
    Elsewhere,
}

impl Ledger {
    /// The same, beginning behind a commit.
    pub(super) fn beginning(self, up_to: &CommitId) -> Self {
        Self { up_to: Some(up_to.clone()), ..self }
    }

    /// What a remote says, by the commit that it was seen to have for it; where others write it anew, by the one that it has by now.
    pub(super) fn read(project: &Project, remote: &str, branch: &str, id: &CommitId) -> Result<Self, AppError> {
        let repository = &project.repository;
        let mut id = id.clone();
        for _ in 0..TRIES {
            if let Some(text) = repository.sent_note(remote, branch, &id)? {
                return Ok(Self { seen: Some(id), ..Self::of(&text) });
            }
            let Some(now) = repository.remote_processed(remote, branch)?.sent else { return Ok(Self::default()) };
            id = now;
        }
        Err(GitError::UnknownRevision { text: id.to_string() }.into())
    }

    fn of(text: &str) -> Self {
        let mut ledger = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let (key, requires, by) = match words.as_slice() {
                ["up-to", id] => {
                    ledger.up_to = CommitId::new(*id).ok();
                    continue;
                }
                ["sent", key, requires] => (key, requires, By::Sent),
                ["claimed", key, requires, who, until] => {
                    let until = until.parse().unwrap_or_default();
                    (key, requires, By::Claimed { who: (*who).to_owned(), until })
                }
                _ => continue,
            };
            ledger.entries.insert((*key).to_owned(), Entry { requires: (*requires).to_owned(), by });
        }
        ledger
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("{SCHEMA}\n\n");
        if let Some(up_to) = &self.up_to {
            text.push_str(&format!("up-to {up_to}\n"));
        }
        for (key, Entry { requires, by }) in &self.entries {
            text.push_str(&match by {
                By::Sent => format!("sent {key} {requires}\n"),
                By::Claimed { who, until } => format!("claimed {key} {requires} {who} {until}\n"),
            });
        }
        text
    }

    /// Whether a commit is one of those of which all was sent.
    pub(super) fn covers(&self, project: &Project, commit: &str) -> bool {
        let Ok(commit) = CommitId::new(commit) else { return false };
        let is_before = |since| project.repository.is_ancestor(&commit, since).unwrap_or(false);
        self.reaches(project, &commit) && !self.since.as_ref().is_some_and(is_before)
    }

    /// Whether a commit is not behind the one up to which all was sent.
    pub(super) fn reaches(&self, project: &Project, commit: &CommitId) -> bool {
        self.up_to.as_ref().is_some_and(|up_to| project.repository.is_ancestor(commit, up_to).unwrap_or(false))
    }

    /// Where an effect stands by itself, whatever its commit is.
    pub(super) fn place(&self, key: &str, who: &str, now: Timestamp) -> Place {
        match self.entries.get(key).map(|entry| &entry.by) {
            Some(By::Sent) => Place::Sent,
            Some(By::Claimed { who: other, until }) if other != who && *until > now.seconds => Place::Elsewhere,
            Some(By::Claimed { .. }) | None => Place::Open,
        }
    }

    /// Whether it says of an effect by itself that it was sent.
    pub(super) fn was_sent(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.by == By::Sent)
    }

    /// Whether other runs are at something.
    pub(super) fn is_shared(&self, who: &str, now: Timestamp) -> bool {
        self.entries.keys().any(|key| self.place(key, who, now) == Place::Elsewhere)
    }

    pub(super) fn claim(&mut self, key: &str, requires: &str, who: &str, now: Timestamp) {
        let by = By::Claimed { who: who.to_owned(), until: now.seconds.saturating_add(TURN) };
        self.entries.insert(key.to_owned(), Entry { requires: requires.to_owned(), by });
    }

    pub(super) fn note_sent(&mut self, key: &str, requires: &str) {
        self.entries.insert(key.to_owned(), Entry { requires: requires.to_owned(), by: By::Sent });
    }

    /// Says of all that was sent for the commit of a step that it is in another commit by now.
    pub(super) fn arrived(&mut self, step: &str, commit: &str) {
        let Some(before) = self.entries.get(step).map(|entry| entry.requires.clone()) else { return };
        for entry in self.entries.values_mut().filter(|entry| entry.requires == before) {
            commit.clone_into(&mut entry.requires);
        }
    }

    /// Gives back what this run was at and has not sent.
    pub(super) fn release(&mut self, who: &str) {
        self.entries.retain(|_, entry| !matches!(&entry.by, By::Claimed { who: other, .. } if other == who));
    }

    /// Leaves out what the commit up to which all was sent says already.
    pub(super) fn tidy(&mut self, is_covered: impl Fn(&str) -> bool) {
        self.entries.retain(|_, entry| !is_covered(&entry.requires));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read_again_and_a_turn_comes_to_an_end() {
        let at = |seconds| Timestamp { seconds, offset_minutes: 0 };
        let mut ledger = Ledger::default().beginning(&CommitId::new("1".repeat(40)).unwrap());
        ledger.note_sent("aa", "c");
        ledger.claim("bb", "c", "me", at(10));
        assert_eq!(Ledger::of(&ledger.text()), ledger);
        let place = |key: &str, who: &str, now| ledger.place(key, who, at(now));
        assert_eq!((place("aa", "you", 11), place("cc", "you", 11)), (Place::Sent, Place::Open));
        assert_eq!((place("bb", "you", 11), place("bb", "me", 11)), (Place::Elsewhere, Place::Open));
        assert_eq!((place("bb", "you", 10 + TURN), ledger.is_shared("me", at(11))), (Place::Open, false));
        let mut released = ledger.clone();
        released.release("me");
        assert_eq!(released.place("bb", "you", at(11)), Place::Open);
        released.tidy(|requires| requires == "c");
        assert!(!released.text().contains("aa") && released.text().contains("up-to 1111"));
    }
}
