use super::remedy::Remedy;
use super::{Ailment, Check, Look, Patient};
use crate::git::is_old;
use crate::store::leftovers;

pub(super) const CHECK: Check = Check {
    name: "litter",
    about: "temporary files and copies of the index that interrupted runs have left",
    mends: "removes them, once they are a minute old",
    look: Look::Plain(look),
};

fn look(patient: &Patient<'_>) -> Vec<Ailment> {
    let Some(project) = patient.project() else { return Vec::new() };
    let repository = &project.repository;
    let mut files = repository.left_index_copies();
    let mut folders = vec![repository.store_dir()];
    folders.extend(repository.tree_dir().ok());
    folders.extend(patient.hooks.folder());
    files.extend(folders.iter().flat_map(|folder| leftovers(folder)).filter(|file| is_old(file)));
    let Some(first) = files.first().cloned() else { return Vec::new() };
    let count = if files.len() == 1 { "a file".to_owned() } else { format!("{} files", files.len()) };
    vec![
        Ailment::fault(format!("{count} that an interrupted run has left"), "taskmaster doctor --fix removes them")
            .at(&first)
            .remedy(Remedy::RemoveLitter(files)),
    ]
}
