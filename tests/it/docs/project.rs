//! The project keeps its own tasks in its own format.

use super::project_file;
use crate::sandbox::Sandbox;

#[test]
fn project_tree_has_nothing_wrong() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("project");
    copy(&project_file(".taskmaster"), &repo.path.join(".taskmaster"));
    repo.commit_all("The project's own tree");
    let ran = repo.try_tm(&["check"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.ends_with(": 0 errors, 0 warnings\n"), "{ran:?}");
    assert!(!ran.stdout.contains("drift"), "{ran:?}");
    assert!(!ran.stdout.starts_with("0 tasks"), "{ran:?}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
