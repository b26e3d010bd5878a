use super::{Ailment, Check, Patient};
use crate::app::AppError;

pub(super) const CHECK: Check =
    Check { name: "tree", about: "there is no `.taskmaster` folder, or it cannot be read", mends: "", look };

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.worktree() else { return Ok(Vec::new()) };
    Ok(match project.worktree() {
        Ok(_) => Vec::new(),
        Err(error) => {
            let hint = error.hint().unwrap_or_else(|| "see that the folder can be read".to_owned());
            vec![Ailment::fault(error.to_string(), hint)]
        }
    })
}
