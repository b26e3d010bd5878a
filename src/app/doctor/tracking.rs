use super::{Ailment, Check, Look, Patient};
use crate::app::AppError;
use crate::git::UnknownFiles;
use crate::model::TreePath;

pub(super) const CHECK: Check = Check {
    name: "tracking",
    about: "git ignores the tree or task files in it, or does not know them yet",
    mends: "",
    look: Look::Fallible(look),
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.tree() else { return Ok(Vec::new()) };
    let repository = &project.repository;
    let prefix = repository.prefix();
    if repository.is_tree_ignored() {
        return Ok(vec![Ailment::fault(
            format!("git ignores {prefix}: nothing in it can be committed"),
            format!("take it out of .gitignore (git check-ignore -v {prefix}/x names the line)"),
        )]);
    }
    let mut found = Vec::new();
    for (which, gravity) in [
        (UnknownFiles::Ignored, Ailment::fault as fn(String, String) -> Ailment),
        (UnknownFiles::Untracked, Ailment::note as fn(String, String) -> Ailment),
    ] {
        let files: Vec<String> =
            repository.unknown_to_git(which)?.into_iter().filter(|path| is_read(prefix, path)).collect();
        let Some(first) = files.first() else { continue };
        let (state, hint) = match which {
            UnknownFiles::Ignored => {
                ("ignored by git", format!("git check-ignore -v '{first}' names the line of .gitignore"))
            }
            UnknownFiles::Untracked => ("in no commit yet", format!("git add {prefix}; then commit")),
        };
        let more = if files.len() > 1 { format!(" and {} more", files.len() - 1) } else { String::new() };
        found.push(gravity(format!("`{first}`{more}: {state}"), hint));
    }
    Ok(found)
}

/// Whether a file of the repository is one of the tree that is read.
fn is_read(prefix: &str, path: &str) -> bool {
    let below =
        if prefix.is_empty() { Some(path) } else { path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')) };
    below.and_then(|path| TreePath::new(path).ok()).is_some_and(|path| path.role().is_read())
}
