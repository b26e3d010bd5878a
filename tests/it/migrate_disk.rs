//! What `migrate` finds on disk: modes of files, and links and folders where new files go.

use super::migrate::{listed, refused, tree};
use super::sandbox::Sandbox;
use super::scenery::{JSON, ONE};

#[test]
fn programs_stay_programs_there_and_back() {
    use std::os::unix::fs::PermissionsExt as _;
    let markdown = "---\ntask_id: task_001\ntitle: One\nstatus: pending\n---\n";
    let list = r#"[{"id": 1, "title": "One", "status": "pending"}]"#;
    for (path, text, way) in [
        (JSON, list, "markdown"),
        (ONE, markdown, "tasks-json"),
        ("tasks/tasks.json", list, "tasks-json"),
        ("tasks/tasks.json", list, "markdown"),
    ] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.write(path, text);
        repo.write("code.txt", "mine\n");
        std::fs::set_permissions(repo.path.join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
        repo.commit_all("Start");
        let first = tree(&repo);
        repo.tm(&["migrate", "--to", way]);
        assert_eq!(repo.dirt(), "", "{path}");
        let there = repo.head();
        let modes = repo.git(&["ls-files", "-s", "."]);
        let programs: Vec<&str> = modes.lines().filter(|line| line.starts_with("100755")).collect();
        let kept = if path.starts_with("tasks/") && way == "tasks-json" {
            JSON.to_owned()
        } else {
            format!(".taskmaster/migrated/{}", path.trim_start_matches(".taskmaster/"))
        };
        assert!(matches!(programs.as_slice(), [only] if only.ends_with(&kept)), "{modes}");
        let beside = path.starts_with("tasks/");
        let undo = ["undo"].as_slice();
        for back in
            [["migrate"].as_slice(), undo, &["undo", "--merge"]].into_iter().filter(|back| !beside || *back == undo)
        {
            repo.git(&["reset", "-q", "--hard", &there]);
            repo.tm(back);
            assert_eq!((tree(&repo), repo.dirt()), (first.clone(), String::new()), "{path} {back:?}");
        }
        if beside {
            continue;
        }
        // With what was edited since, too, which is merged in.
        repo.git(&["reset", "-q", "--hard", &there]);
        repo.replace(if way == "markdown" { ONE } else { JSON }, "pending", "done");
        repo.commit_all("Done");
        repo.tm(&["undo", "--merge", &there]);
        assert_eq!(repo.dirt(), "");
        let mode = repo.git(&["ls-files", "-s", path]);
        assert!(mode.starts_with("100755") && repo.read(path).contains("done"), "{path}: {mode}");
    }
}

#[test]
fn links_and_folders_that_git_ignores_are_in_the_way_of_new_files() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    let first = tree(&repo);
    let elsewhere = sandbox.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let at = |name: &str| repo.path.join(".taskmaster").join(name);
    let link = |target: &std::path::Path, name: &str| std::os::unix::fs::symlink(target, at(name)).unwrap();
    repo.write(".gitignore", ".taskmaster/context\n.taskmaster/migrated\n.taskmaster/reports\ntask.md\n");
    repo.commit_all("Ignore");
    link(&elsewhere, "context");
    for name in ["context", "migrated", "context/task_001"] {
        let old = name == "context";
        if !old {
            link(&sandbox.path().join("nowhere"), name);
        }
        let said = refused(&repo, &[], 3, &["files are in the way", "move these files away"]);
        assert_eq!(said.stdout, format!("{name}\n"));
        std::fs::remove_file(at(name)).unwrap();
        if name == "migrated" {
            std::fs::create_dir_all(at("context")).unwrap();
        }
    }
    // A folder where a file is to be, a file where a folder is to be.
    std::fs::create_dir_all(at("context/task_001/task.md")).unwrap();
    refused(&repo, &[], 3, &["files are in the way", "context/task_001/task.md\n"]);
    std::fs::remove_dir_all(at("context")).unwrap();
    repo.write(".taskmaster/migrated", "mine");
    refused(&repo, &[], 3, &["files are in the way", "migrated\n"]);
    std::fs::remove_file(at("migrated")).unwrap();
    assert!(std::fs::read_dir(&elsewhere).unwrap().next().is_none(), "nothing goes through a link");
    repo.tm(&["migrate"]);
    // The way back, and taking it back, make files, too: the first in a folder that is a link by now.
    repo.write(".git/info/exclude", ".taskmaster/tasks\n");
    link(&elsewhere, "tasks");
    refused(&repo, &[], 3, &["files are in the way", "tasks\n"]);
    let (head, dirt) = (repo.head(), repo.dirt());
    let ran = repo.try_tm(&["undo"]);
    assert!(ran.code == 3 && ran.stderr.contains("`tasks` has to go before new files can be made there"), "{ran:?}");
    assert_eq!((repo.head(), repo.dirt()), (head, dirt));
    std::fs::remove_file(at("tasks")).unwrap();
    repo.tm(&["undo"]);
    assert_eq!(repo.git(&["rev-parse", "HEAD~2^{tree}"]), tree(&repo));
    assert_ne!(tree(&repo), first);
    // Nor does a new task's file go behind a link: the next number is taken.
    repo.tm(&["migrate"]);
    link(&elsewhere, "context/task_003");
    repo.write(".git/info/exclude", "task_003\n");
    assert!(repo.tm(&["create", "Three"]).contains("context/task_004/task.md"));
    assert_eq!(repo.dirt(), "");
    assert!(std::fs::read_dir(&elsewhere).unwrap().next().is_none(), "nothing goes through a link");
}

#[test]
fn what_git_ignores_is_in_the_way_only_where_it_is() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    repo.write(".gitignore", "state.json\n*.bak\ncontext/\n");
    repo.commit_all("Ignore");
    repo.write(".taskmaster/state.json", "{\"currentTag\": \"master\"}");
    repo.write(".taskmaster/tasks/tasks.json.bak", "old");
    repo.tm(&["migrate", "--renumber", "2=7"]);
    repo.tm(&["undo"]);
    repo.write(ONE, "mine\n");
    refused(&repo, &[], 3, &["files are in the way", "context/task_001/task.md\n", "move these files away"]);
    std::fs::remove_file(repo.path.join(ONE)).unwrap();
    repo.tm(&["migrate"]);
    repo.tm(&["migrate"]);
    repo.tm(&["undo"]);
    assert_eq!(repo.read(".taskmaster/tasks/tasks.json.bak"), "old");
}

#[test]
fn what_stands_where_the_folder_of_the_tree_goes_is_named() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write("tasks/tasks.json", r#"[{"id": 1, "title": "One", "status": "pending"}]"#);
    repo.write(".gitignore", ".taskmaster\n");
    repo.commit_all("Start");
    let elsewhere = sandbox.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, repo.path.join(".taskmaster")).unwrap();
    assert_eq!(refused(&repo, &[], 3, &["files are in the way"]).stdout, ".taskmaster\n");
    std::fs::remove_file(repo.path.join(".taskmaster")).unwrap();
    repo.write(".taskmaster", "mine\n");
    assert_eq!(refused(&repo, &["--to", "markdown"], 3, &["files are in the way"]).stdout, ".taskmaster\n");
    assert!(std::fs::read_dir(&elsewhere).unwrap().next().is_none(), "nothing goes through a link");
}
