use super::{Ailment, Check, Patient};
use crate::app::AppError;

pub(super) const CHECK: Check = Check {
    name: "repository",
    about: "there is no repository, it belongs to somebody else, or it uses what cannot be served (reftable, SHA-256)",
    mends: "",
    look,
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Err(error) = &patient.opened else { return Ok(Vec::new()) };
    let hint = error.hint().unwrap_or_else(|| "see what git says: git status".to_owned());
    Ok(vec![Ailment::fault(error.to_string(), hint).at(patient.place)])
}
