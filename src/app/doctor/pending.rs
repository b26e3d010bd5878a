use super::remedy::Remedy;
use super::{Ailment, Check, Look, Patient};
use crate::app::AppError;

pub(super) const CHECK: Check = Check {
    name: "pending",
    about: "the note of commits that wait to be processed names some that are gone",
    mends: "takes them out of the note",
    look: Look::Fallible(look),
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.project() else { return Ok(Vec::new()) };
    let repository = &project.repository;
    let gone = repository.gone_pending()?;
    Ok(if gone == 0 {
        Vec::new()
    } else {
        vec![
            Ailment::fault(
                format!("{gone} of the commits that wait to be processed are gone"),
                "taskmaster doctor --fix",
            )
            .at(&repository.store_dir().join("pending"))
            .remedy(Remedy::ForgetPending),
        ]
    })
}
