use super::{Ailment, Check, Look, Patient};

pub(super) const CHECK: Check = Check {
    name: "log",
    about: "the program's folder in the git directory, or the log in it, is a link or no folder: nothing is noted there",
    mends: "",
    look: Look::Plain(look),
};

fn look(patient: &Patient<'_>) -> Vec<Ailment> {
    let Some(project) = patient.project() else { return Vec::new() };
    let store = project.repository.store_dir();
    let mut found = Vec::new();
    for (folder, what) in [(store.clone(), "the program's folder"), (store.join("log"), "the log's folder")] {
        if folder.is_symlink() {
            found.push(
                Ailment::fault(format!("{what} is a link, and links are not followed"), "put a folder in its place")
                    .at(&folder),
            );
        } else if folder.exists() && !folder.is_dir() {
            found.push(Ailment::fault(format!("{what} is no folder"), "move it away").at(&folder));
        }
    }
    found
}
