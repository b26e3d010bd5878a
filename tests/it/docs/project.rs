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

#[test]
fn project_rules_do_what_its_tests_say() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("project");
    copy(&project_file(".taskmaster"), &repo.path.join(".taskmaster"));
    repo.commit_all("The project's own tree");
    assert_eq!(repo.tm(&["test"]), "5 of 5 cases passed\n");
    // They are no decoration: without a rule they fail.
    for rule in ["trigger_dependent_tasks", "roll_up_parent"] {
        let rules = repo.read(".taskmaster/config/workflow.yaml");
        repo.write("other.yaml", rules.replace(rule, "update_analytics"));
        let ran = repo.try_tm(&["test", "--config", "other.yaml"]);
        assert_eq!(ran.code, 1, "{rule}: {ran:?}");
    }
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
