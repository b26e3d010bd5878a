use super::{Ailment, Check, Look, Patient};

pub(super) const CHECK: Check = Check {
    name: "tree",
    about: "there is no `.taskmaster` folder, or it cannot be read",
    mends: "",
    look: Look::Plain(look),
};

fn look(patient: &Patient<'_>) -> Vec<Ailment> {
    let Some(project) = patient.worktree() else { return Vec::new() };
    match project.worktree() {
        Ok(_) => Vec::new(),
        Err(error) => {
            let hint = error.hint().unwrap_or_else(|| "see that the folder can be read".to_owned());
            vec![Ailment::fault(error.to_string(), hint)]
        }
    }
}
