use super::{Ailment, Check, Look, Patient};

pub(super) const CHECK: Check = Check {
    name: "identity",
    about: "git does not know who you are, so that commands cannot commit for you",
    mends: "",
    look: Look::Plain(look),
};

fn look(patient: &Patient<'_>) -> Vec<Ailment> {
    let Some(project) = patient.worktree() else { return Vec::new() };
    match project.repository.user() {
        Ok(_) => Vec::new(),
        Err(error) => {
            let hint = error.hint().unwrap_or_else(|| "git config user.name 'Your Name'".to_owned());
            vec![Ailment::fault("git does not know your name and address", hint)]
        }
    }
}
