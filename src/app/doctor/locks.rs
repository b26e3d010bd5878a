use super::remedy::Remedy;
use super::{Ailment, Check, Look, Patient};
use crate::git::LockOwner;

pub(super) const CHECK: Check = Check {
    name: "locks",
    about: "`index.lock`, `HEAD.lock` or the like were left behind, so that git refuses to commit",
    mends: "removes an `index.lock` that a run of this program has left; nobody else's",
    look: Look::Plain(look),
};

fn look(patient: &Patient<'_>) -> Vec<Ailment> {
    let Some(project) = patient.project() else { return Vec::new() };
    let locks = project.repository.left_locks().into_iter();
    locks
        .map(|lock| match lock.owner {
            LockOwner::Ours => {
                Ailment::fault("a run of taskmaster that is gone holds the index", "taskmaster doctor --fix")
                    .at(&lock.path)
                    .remedy(Remedy::RemoveLock)
            }
            LockOwner::Unknown => Ailment::fault(
                "a lock that is not taskmaster's has been there for more than a minute",
                "if no git process is running in this repository, remove it",
            )
            .at(&lock.path),
        })
        .collect()
}
