use super::{Ailment, Check, Look, Patient};

pub(super) const CHECK: Check =
    Check { name: "index", about: "what is staged cannot be read", mends: "", look: Look::Plain(look) };

fn look(patient: &Patient<'_>) -> Vec<Ailment> {
    let Some(project) = patient.worktree() else { return Vec::new() };
    match project.repository.snapshot_of_index() {
        Ok(_) => Vec::new(),
        Err(error) => vec![
            Ailment::fault(error.to_string(), "see what git says (git status); git read-tree HEAD makes the index anew, and what is staged is lost then")
                .at(&project.repository.git_dir().join("index")),
        ],
    }
}
