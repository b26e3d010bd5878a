use super::remedy::Remedy;
use super::{Ailment, Check, Look, Patient};
use crate::app::AppError;
use crate::git::{Repository, is_old};
use crate::model::CommitId;
use crate::store::{IntentState, Outbox, OutboxEntry, Part};

pub(super) const CHECK: Check = Check {
    name: "outbox",
    about: "an effect in the outbox that nobody can carry out any more: a file of it is missing or cannot be read, or its commit is gone",
    mends: "marks it as skipped, so that it is never carried out, nor recorded again; removes a state without an intent",
    look: Look::Fallible(look),
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.project() else { return Ok(Vec::new()) };
    let outbox = Outbox::new(&project.repository.store_dir());
    Ok(outbox.entries()?.iter().filter_map(|entry| ailment(&project.repository, &outbox, entry)).collect())
}

fn ailment(repository: &Repository, outbox: &Outbox, entry: &OutboxEntry) -> Option<Ailment> {
    let [intent_file, state_file] = outbox.files(&entry.key);
    let name: String = entry.key.chars().take(12).collect();
    let skip = |reason| Remedy::Skip { key: entry.key.clone(), reason };
    let fault = |what: &str| Ailment::fault(format!("effect {name}: {what}"), "taskmaster doctor --fix");
    match (&entry.intent, &entry.state) {
        // Between its two files a run may be at work.
        (Part::Read(_) | Part::Unreadable, Part::Absent) if !is_old(&intent_file) => None,
        (Part::Absent, Part::Read(_) | Part::Unreadable) => Some(
            fault("there is a state, and no intent")
                .at(&state_file)
                .remedy(Remedy::RemoveState { key: entry.key.clone() }),
        ),
        (_, Part::Unreadable) => {
            Some(fault("its state cannot be read").at(&state_file).remedy(skip("its state could not be read")))
        }
        (Part::Unreadable, Part::Absent | Part::Read(IntentState::Waiting)) => {
            Some(fault("its intent cannot be read").at(&intent_file).remedy(skip("its intent could not be read")))
        }
        (Part::Read(_), Part::Absent) => Some(
            fault("there is an intent, and no state: the run that recorded it was interrupted")
                .at(&intent_file)
                .remedy(skip("the run that recorded it was interrupted: whether it was carried out is not known")),
        ),
        (Part::Read(intent), Part::Read(IntentState::Waiting)) => {
            let is_gone = CommitId::new(&intent.requires).map_or(true, |id| repository.commit(&id).is_err());
            // Where history is cut off, the commit may only be out of sight.
            // What has happened outside waits for none.
            (is_gone && intent.outside.is_none() && !repository.is_shallow()).then(|| {
                fault("it waits for a commit that is gone").at(&intent_file).remedy(skip("its commit is gone"))
            })
        }
        _ => None,
    }
}
