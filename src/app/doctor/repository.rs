use super::{Ailment, Check, Look, Patient};

pub(super) const CHECK: Check = Check {
    name: "repository",
    about: "there is no repository, it belongs to somebody else, or it uses what cannot be served (reftable, SHA-256)",
    mends: "",
    look: Look::Plain(look),
};

fn look(patient: &Patient<'_>) -> Vec<Ailment> {
    let Err(error) = &patient.opened else { return Vec::new() };
    let hint = error.hint().unwrap_or_else(|| "see what git says: git status".to_owned());
    vec![Ailment::fault(error.to_string(), hint).at(patient.place)]
}
