use super::{Ailment, Check, Patient};
use crate::app::AppError;

pub(super) const CHECK: Check = Check {
    name: "identity",
    about: "git does not know who you are, so that commands cannot commit for you",
    mends: "",
    look,
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.worktree() else { return Ok(Vec::new()) };
    Ok(match project.repository.user() {
        Ok(_) => Vec::new(),
        Err(error) => {
            let hint = error.hint().unwrap_or_else(|| "git config user.name 'Your Name'".to_owned());
            vec![Ailment::fault("git does not know your name and address", hint)]
        }
    })
}
