//! `taskmaster migrate --scripts`.

use crate::sandbox::{Repo, Sandbox, planted};
use crate::scenery::executable;

const SCRIPT: &str = "#!/bin/sh\r\npython3 scripts/update_task_status.py --task-id 3 --status done\r\ncat scripts/prd.txt # scripts/prd.txt\r\n";

fn repository(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.plant("");
    executable(&repo.path.join("report.sh"), SCRIPT);
    repo.write("Makefile", "report:\n\tjq . tasks/tasks.json\n");
    repo.write("other.sh", "cat README.md\n");
    repo.write(".taskmaster/docs/prd.txt", "What is wanted.\n");
    repo.commit_all("Start");
    repo
}

#[test]
fn scripts_are_rewritten_in_one_commit() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox);
    let before = repo.head();
    let shown = repo.try_tm(&["migrate", "--scripts", "-n"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.stdout.contains("+\tjq . .taskmaster/tasks/tasks.json\n"), "{shown:?}");
    assert!(shown.stderr.ends_with("3 places in 2 files would be rewritten\n"), "{shown:?}");
    assert_eq!((repo.head(), repo.dirt().as_str()), (before.clone(), ""));
    let ran = repo.try_tm(&["migrate", "--scripts"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(repo.git(&["rev-parse", "HEAD^"]), before);
    assert_eq!(repo.git(&["diff", "--name-only", "HEAD^"]), "Makefile\nreport.sh");
    let message = repo.git(&["log", "-1", "--format=%an%n%B"]);
    assert!(
        message.starts_with("ann\nchore(taskmaster): scripts name the tasks where they are\n\n- Makefile:2: "),
        "{message}"
    );
    assert_eq!(
        repo.read("report.sh"),
        "#!/bin/sh\r\ntaskmaster update-task-status --task-id 3 --status done\r\ncat .taskmaster/docs/prd.txt # scripts/prd.txt\r\n"
    );
    assert!(repo.git(&["ls-tree", "HEAD", "report.sh"]).starts_with("100755 "));
    assert_eq!(repo.dirt(), "");
    // Done once it is done.
    let again = repo.try_tm(&["migrate", "--scripts"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, "no script has an old path or an old call to rewrite\n"));
    repo.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(repo.read("report.sh"), SCRIPT);
}

#[test]
fn scripts_with_changes_of_the_users_are_refused() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox);
    let before = repo.head();
    repo.write("other.sh", "cat README.md LICENSE\n");
    repo.write("Makefile", "report:\n\tjq .tasks tasks/tasks.json\n");
    let refused = |staged: bool| {
        for arguments in [vec!["migrate", "--scripts"], vec!["migrate", "--scripts", "-n"]] {
            let ran = repo.try_tm(&arguments);
            assert_eq!((ran.code, ran.stdout.as_str()), (3, "Makefile\n"), "{staged} {ran:?}");
        }
        assert_eq!(repo.head(), before);
    };
    refused(false);
    repo.git(&["add", "Makefile"]);
    refused(true);
    // Staged, and taken back on disk.
    repo.write("Makefile", "report:\n\tjq . tasks/tasks.json\n");
    refused(true);
    repo.git(&["add", "Makefile"]);
    repo.tm(&["migrate", "--scripts"]);
    assert_eq!(repo.dirt(), " M other.sh");
    repo.git(&["checkout", "-q", "--detach"]);
    assert_eq!(repo.try_tm(&["migrate", "--scripts"]).code, 4);
}

#[test]
fn scripts_keep_what_is_still_at_the_old_place() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox);
    repo.write("scripts/prd.txt", "What is wanted.\n");
    repo.commit_all("Plans");
    let ran = repo.try_tm(&["migrate", "--scripts"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("by hand: report.sh:3 scripts/prd.txt (there is still a file at that place)\n"),
        "{ran:?}"
    );
    assert!(repo.read("report.sh").contains("cat scripts/prd.txt #"));
}

#[test]
fn scripts_are_committed_beside_the_engine() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("a.sh", "cat scripts/prd.txt\n");
    repo.write(".taskmaster/docs/prd.txt", "What is wanted.\n");
    repo.commit_all("A script");
    repo.tm(&["migrate", "--scripts"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): scripts name the tasks where they are");
    let sync = repo.try_tm(&["sync"]);
    assert_eq!(sync.code, 0, "{sync:?}");
    assert_eq!(repo.subjects().len(), 3, "{sync:?}");
    // The next change is processed as ever.
    repo.replace(".taskmaster/context/task_001/subtask_001.md", "\nstatus: pending\n", "\nstatus: done\n");
    repo.git(&["commit", "-q", "-am", "One one is done"]);
    assert_eq!(repo.subjects().len(), 5);
}

#[test]
fn scripts_in_a_linked_worktree_are_that_worktrees() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox);
    repo.git(&["worktree", "add", "-q", "../second", "-b", "second"]);
    let second = Repo { sandbox: &sandbox, path: sandbox.path().join("second") };
    second.tm(&["migrate", "--scripts"]);
    assert_eq!((second.dirt().as_str(), repo.dirt().as_str()), ("", ""));
    assert!(second.read("Makefile").contains(" .taskmaster/tasks"));
    assert!(!repo.read("Makefile").contains(".taskmaster"));
}

#[test]
fn scripts_are_left_where_the_new_place_has_no_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(".taskmaster/tasks/tasks.json", r#"{"tasks": [{"id": 1, "title": "One", "status": "pending"}]}"#);
    repo.write("a.sh", "jq . tasks/tasks.json\n");
    repo.commit_all("Start");
    repo.tm(&["migrate", "--to", "markdown"]);
    let head = repo.head();
    let ran = repo.try_tm(&["migrate", "--scripts"]);
    assert!(ran.stderr.contains("a.sh:1 tasks/tasks.json (there is no file at the new place)"), "{ran:?}");
    assert_eq!((repo.read("a.sh").as_str(), repo.head()), ("jq . tasks/tasks.json\n", head));
}

#[test]
fn scripts_are_left_where_the_tree_is_in_a_subfolder() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write("sub/.taskmaster/tasks/tasks.json", r#"{"tasks": [{"id": 1, "title": "One", "status": "pending"}]}"#);
    repo.write("a.sh", "jq . tasks/tasks.json\n");
    repo.write("sub/a.sh", "jq . tasks/tasks.json\n");
    repo.commit_all("Start");
    let sub = Repo { sandbox: &sandbox, path: repo.path.join("sub") };
    let ran = sub.try_tm(&["migrate", "--scripts"]);
    assert!(ran.stderr.contains("a.sh:1 tasks/tasks.json (there is no file at the new place)"), "{ran:?}");
    assert_eq!(repo.subjects(), ["Start"]);
}

#[test]
fn scripts_that_mirror_the_list_are_left_as_they_are() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox);
    let mirror = "jq .tasks .taskmaster/tasks/tasks.json > tasks/tasks.json\n";
    repo.write("scripts/mirror.sh", mirror);
    repo.commit_all("Mirror");
    let ran = repo.try_tm(&["migrate", "--scripts"]);
    assert!(ran.stderr.contains("by hand: scripts/mirror.sh:1 tasks/tasks.json (it is written, "), "{ran:?}");
    assert_eq!(repo.read("scripts/mirror.sh"), mirror);
}

#[test]
fn scripts_in_folders_and_metadata_of_pairs_are_understood() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(
        ".taskmaster/tasks/tasks.json",
        "{\"tasks\": [{\"id\": 3, \"title\": \"T\", \"status\": \"pending\"}]}\n",
    );
    let call = "python ../scripts/update_task_status.py --task-id 3 --status done";
    let lines = [
        ("cat ../tasks/tasks.json".to_owned(), "cat ../.taskmaster/tasks/tasks.json"),
        ("cat ../../tasks/tasks.json".to_owned(), "cat ../../tasks/tasks.json"),
        (
            format!("{call} --metadata by=ci run=7"),
            "taskmaster update-task-status --task-id 3 --status done --metadata '{\"by\":\"ci\",\"run\":\"7\"}'",
        ),
        (
            format!("{call} --metadata '{{\"by\": \"ci\"}}'"),
            "taskmaster update-task-status --task-id 3 --status done --metadata '{\"by\": \"ci\"}'",
        ),
        (format!("{call} --metadata a=$B"), ""),
        (format!("{call} --metadata a=1 --metadata b=2"), ""),
    ];
    let text = lines.iter().map(|(old, _)| old.as_str()).collect::<Vec<_>>().join("\n") + "\n";
    repo.write("tools/run.sh", &text);
    repo.commit_all("Start");
    let said = repo.try_tm(&["migrate", "--scripts"]).stderr;
    assert!(said.matches("its metadata is no JSON").count() == 2, "{said}");
    let expected = lines.iter().map(|(old, new)| if new.is_empty() { old.as_str() } else { *new });
    let expected = expected.collect::<Vec<_>>().join("\n") + "\n";
    assert_eq!(repo.read("tools/run.sh"), expected);
    // What was written runs.
    let line = repo.read("tools/run.sh").lines().nth(2).unwrap().replace("taskmaster ", "");
    let script = format!("{} {line}", env!("CARGO_BIN_EXE_taskmaster"));
    let ran = repo.sandbox.run(&repo.path.join("tools"), "sh", &["-c", &script], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(repo.read(".taskmaster/tasks/tasks.json").contains("\"run\""), "{ran:?}");
}
