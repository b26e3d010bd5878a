//! The numbered invariants of the architecture, each where it can be seen from outside.

use super::sandbox::{Repo, Sandbox, WORKFLOW, planted};
use super::scenery::{JSON, ONE, ONE_ONE, THREE, TWO};

const IN_CIRCLES: &str = "workflow_config:
  mode: commit
  triggers:
    - name: ping
      event: task.status.updated
      reentrant: true
      conditions: [{field: status, operator: equals, value: in-progress}]
      actions: [{name: set_status, with: {status: review}}]
    - name: pong
      event: task.status.updated
      reentrant: true
      conditions: [{field: status, operator: equals, value: review}]
      actions: [{name: set_status, with: {status: blocked}}]
    - name: over
      event: task.status.updated
      reentrant: true
      conditions: [{field: status, operator: equals, value: blocked}]
      actions: [{name: set_status, with: {status: in-progress}}]
";

#[test]
fn invariant_01_a_run_never_triggers_itself() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let start = repo.head();
    repo.finish_one();
    let head = repo.head();
    for arguments in [&["hooks", "run", "post-commit"][..], &["sync"], &["sync", "--since", &start], &["apply"]] {
        repo.tm(arguments);
        assert_eq!((repo.head(), repo.dirt().as_str()), (head.clone(), ""), "{arguments:?}");
    }
    // Its own changes are no events.
    assert_eq!(repo.tm(&["events", "HEAD", "--json"]), "");
}

#[test]
fn invariant_01_a_cascade_ends_and_says_so() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(IN_CIRCLES);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.mark(THREE, "pending", "in-progress");
    let ran = repo.commit_all("Begin three");
    assert!(ran.stderr.contains("after 10 consequences"), "{}", ran.stderr);
    // Ten steps through three statuses do not end where they began.
    assert_eq!((repo.engine_commits(), repo.status(THREE).as_str()), (1, "review"));
    let depth = |line: &str| line.rsplit(' ').next().and_then(|text| text.parse::<u32>().ok());
    let message = repo.message("HEAD");
    let deepest = message.lines().filter(|line| line.starts_with("Taskmaster-Change")).filter_map(depth).max();
    assert_eq!(deepest, Some(10), "{message}");
}

#[test]
fn invariant_02_pre_commit_writes_nothing() {
    for policy in ["after", "never"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(&WORKFLOW.replace("  mode: commit\n", &format!("  mode: commit\n  git:\n    commit: {policy}\n")));
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
        repo.mark(ONE, "pending", "done");
        repo.replace(TWO, "[task_001]", "[task_009]");
        repo.git(&["add", "-A"]);
        repo.replace(TWO, "Text that", "Text which");
        let before = repo.everything();
        let ran = repo.try_tm(&["hooks", "run", "pre-commit"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(repo.everything() == before, "{policy}");
    }
}

#[test]
fn invariant_03_an_edit_changes_the_bytes_of_its_field_and_nothing_else() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let text = "\u{feff}---\r\ntask_id: task_003   # the third\r\nsubtask_id: null\r\ntitle: 'Three'\r\nzeta: [ 1,2 ]\r\n\
                status: \"pending\"  # for now\r\npriority: high\r\nparent_task: null\r\ndependencies: [ ]\r\nalpha:\r\n  - x\r\n---\r\n\r\n\
                # Three\r\n\r\n- **ID**: task_003\r\n\r\nstatus: pending is only text\r\nno line end";
    repo.write(THREE, text);
    repo.commit_all("An odd file");
    let json = repo.read(JSON);
    repo.tm(&["set-status", "3", "done"]);
    assert_eq!(repo.read(THREE), text.replace("status: \"pending\"", "status: \"done\""));
    let three = "\"title\": \"Three\",\n      \"status\": ";
    assert_eq!(repo.read(JSON), json.replace(&format!("{three}\"pending\""), &format!("{three}\"done\"")));
    assert_eq!(repo.dirt(), "");
}

mod fourth {
    use proptest::prelude::*;
    use taskmaster::engine::diff::{apply, diff};
    use taskmaster::format;
    use taskmaster::model::{Board, Snapshot, SourceFile, StatusSet, TreePath};

    /// Status, priority, dependencies, whether there is a bullet, title.
    type Fields = (&'static str, &'static str, Vec<u8>, bool, String);

    fn task() -> impl Strategy<Value = Option<Fields>> {
        let status = proptest::sample::select(vec!["pending", "in-progress", "done", "blocked"]);
        let priority = proptest::sample::select(vec!["low", "medium", "high"]);
        let fields = (status, priority, proptest::collection::vec(1..5_u8, 0..3), any::<bool>(), "[a-z]{1,6}");
        proptest::option::of(fields)
    }

    fn board(tasks: &[Option<Fields>]) -> Board {
        let mut snapshot = Snapshot::empty();
        for (at, task) in tasks.iter().enumerate() {
            let Some((status, priority, dependencies, bullet, title)) = task else { continue };
            let wait: Vec<String> = dependencies.iter().map(|id| format!("task_00{id}")).collect();
            let bullet = if *bullet { format!("- **Status**: {status}\n") } else { String::new() };
            let text = format!(
                "---\ntask_id: task_00{0}\nsubtask_id: null\ntitle: {title}\nstatus: {status}\npriority: {priority}\n\
                 dependencies: [{1}]\nowner: {title}\n---\n\n# {title}\n\n{bullet}",
                at + 1,
                wait.join(", ")
            );
            let path = TreePath::new(format!("context/task_00{}/task.md", at + 1)).unwrap();
            snapshot.files.insert(path, SourceFile::new(text.into_bytes()));
        }
        format::board(&snapshot, StatusSet::default())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn invariant_04_applying_a_difference_reaches_its_target(
            before in proptest::collection::vec(task(), 4),
            after in proptest::collection::vec(task(), 4),
        ) {
            let (a, b) = (board(&before), board(&after));
            let reached = apply(&diff(&a, &b), &a);
            prop_assert!(diff(&reached, &b).is_empty());
            prop_assert_eq!(reached.tasks.keys().collect::<Vec<_>>(), b.tasks.keys().collect::<Vec<_>>());
            prop_assert!(before == after || !diff(&a, &b).is_empty() || a.tasks == b.tasks);
        }
    }
}

#[test]
fn invariant_05_an_engine_commit_has_the_tips_tree_and_the_plans_files_only() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("staged.txt", "staged");
    repo.replace(ONE_ONE, "Text that", "Staged text that");
    repo.git(&["add", "-A"]);
    repo.replace(TWO, "Text that", "Edited text that");
    repo.mark(ONE, "pending", "done");
    repo.git(&["commit", "-q", "-m", "Finish one", ONE]);
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [ONE, TWO, JSON]);
    for (path, lines) in [(ONE, 4), (TWO, 6), (JSON, 4)] {
        assert!(repo.lines("HEAD~1", "HEAD", path).len() <= lines, "{path}");
    }
    assert!(!repo.git(&["show", "HEAD"]).contains("dited text"));
    assert_eq!(repo.dirt(), format!("M  {ONE_ONE}\n M {TWO}\nA  staged.txt"));
}

#[test]
fn invariant_07_a_plan_applied_twice_is_a_plan_applied_once() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(WORKFLOW);
    repo.commit_all("Start");
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Finish one");
    repo.tm(&["sync", "--since", "HEAD~1"]);
    let head = repo.head();
    for since in ["HEAD~1", "HEAD~2"] {
        repo.tm(&["sync", "--since", since]);
        assert_eq!(repo.head(), head);
    }
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(&["update-ref", "refs/taskmaster/cursor/main", "HEAD~1"]);
    repo.tm(&["apply"]);
    let once = repo.git(&["diff"]);
    repo.git(&["update-ref", "refs/taskmaster/cursor/main", "HEAD~1"]);
    drop(repo.try_tm(&["apply"]));
    assert_eq!(repo.git(&["diff"]), once);
}

#[test]
fn invariant_09_an_unreadable_file_is_loud_and_never_rewritten() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let broken = "---\ntask_id: task_003\ntitle: [Three\nstatus: pending\n---\n";
    repo.write(THREE, broken);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "--no-verify", "-m", "Broken"]);
    let ran = repo.try_tm(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("task_003/task.md:"), "{}", ran.stdout);
    let ran = repo.try_tm(&["list"]);
    assert!(ran.stderr.contains("task_003/task.md:") || ran.stdout.contains("task_003/task.md:"), "{ran:?}");
    assert!(ran.stdout.contains("Two") && ran.code != 0, "{ran:?}");
    // The rest of the board works on.
    repo.finish_one();
    assert_eq!((repo.status(TWO).as_str(), repo.read(THREE).as_str()), ("pending", broken));
    assert_eq!(repo.dirt(), "");
}

#[test]
fn invariant_10_reads_change_nothing_and_wait_for_nobody() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.finish_one();
    repo.replace(TWO, "Text that", "Edited text that");
    repo.mark(ONE_ONE, "pending", "done");
    repo.git(&["add", ONE_ONE]);
    repo.quietly(&["commit", "-q", "-m", "Unprocessed"]);
    for lock in
        [".git/index.lock", ".git/HEAD.lock", ".git/refs/heads/main.lock", ".git/refs/taskmaster/cursor/main.lock"]
    {
        repo.write(lock, "");
    }
    let mut before = repo.everything();
    before.retain(|path, _| !path.starts_with(".git/taskmaster/cache"));
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["show", "2"],
        &["next"],
        &["check"],
        &["status"],
        &["events"],
        &["events", "--all"],
        &["events", "HEAD~1..HEAD"],
        &["explain"],
        &["explain", "HEAD~1"],
        &["log"],
        &["hooks", "status"],
        &["sync", "-n"],
        &["apply", "-n"],
        &["undo", "-n"],
        &["set-status", "3", "done", "-n"],
        &["sync", "--repair", "--prefer", "json", "-n"],
    ] {
        let ran = repo.try_tm(arguments);
        assert!(matches!(ran.code, 0 | 1), "{arguments:?}: {ran:?}");
        let mut after = repo.everything();
        after.retain(|path, _| !path.starts_with(".git/taskmaster/cache"));
        assert!(after == before, "{arguments:?}");
    }
}

/// The user's own hook, index, stash and merge, with and without the engine.
#[test]
fn invariant_13_what_is_the_users_comes_out_as_without_the_engine() {
    let look = |hooks: bool| {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(WORKFLOW);
        repo.commit_all("Start");
        let hook = "#!/bin/sh\necho \"$0 $*\" | sed 's,.*/,,' >> calls.log\n";
        for name in ["pre-commit", "post-commit", "post-merge", "commit-msg"] {
            repo.write(&format!(".git/hooks/{name}"), hook);
            std::process::Command::new("chmod")
                .arg("+x")
                .arg(repo.path.join(".git/hooks").join(name))
                .status()
                .unwrap();
        }
        repo.write(".git/info/exclude", "calls.log\n");
        if hooks {
            repo.tm(&["hooks", "install"]);
        } else {
            repo.git(&["version"]);
        }
        work(&repo);
        let commits = repo.git(&["log", "--format=%s %an %ae %at"]);
        let commits: Vec<String> =
            commits.lines().filter(|line| !line.starts_with("chore(taskmaster)")).map(ToOwned::to_owned).collect();
        let engine = repo.engine_commits();
        (
            commits,
            repo.read("calls.log"),
            repo.dirt(),
            repo.git(&["stash", "list"]),
            repo.git(&["diff", "--cached"]),
            engine,
        )
    };
    let (with, without) = (look(true), look(false));
    assert_eq!(
        (&with.0, &with.1, &with.2, &with.3, &with.4),
        (&without.0, &without.1, &without.2, &without.3, &without.4)
    );
    assert_eq!((with.5, without.5), (1, 0));
}

fn work(repo: &Repo<'_>) {
    repo.write("stashed.txt", "x");
    repo.git(&["add", "stashed.txt"]);
    repo.git(&["stash", "-q"]);
    repo.git(&["switch", "-q", "-c", "side", "main"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "Side"]);
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    repo.write("staged.txt", "x");
    repo.git(&["add", "staged.txt"]);
    repo.mark(ONE, "pending", "done");
    repo.git(&["commit", "-q", "-m", "Finish one", ONE]);
}

#[test]
fn invariant_15_the_engine_is_never_the_reason_a_commit_fails() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    // A fault that is older, a repository whose notes are unreadable, rules that cannot be read.
    repo.replace(TWO, "[task_001]", "[task_009]");
    repo.write(".taskmaster/config/workflow.yaml", "workflow_config: {mode: commit, triggers: [");
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "--no-verify", "-m", "Faults"]);
    repo.write(".git/taskmaster/pending", [0xff, 0xfe, 0x00]);
    repo.write(".git/refs/taskmaster/cursor/main", "rubbish\n");
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Finish one");
    assert_eq!(repo.subjects()[0], "Finish one");
    repo.write(".git/config", format!("{}[taskmaster]\n\ttree = /../../x\n", repo.read(".git/config")));
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    assert_eq!((repo.subjects()[0].as_str(), repo.dirt().as_str()), ("Other", ""));
}

#[test]
fn invariant_15_a_hook_that_hangs_lets_the_commit_pass() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    // Nobody ever writes into this pipe: who reads it waits for ever.
    std::fs::create_dir_all(repo.path.join(".git/taskmaster")).unwrap();
    let made = sandbox.run(&repo.path, "mkfifo", &[".git/taskmaster/pending"], &[]);
    assert_eq!(made.code, 0, "{made:?}");
    repo.mark(ONE, "pending", "done");
    let ran = repo.commit_all("Finish one");
    assert!(ran.stderr.contains("was left out: it took longer than 5 seconds"), "{}", ran.stderr);
    assert_eq!((repo.subjects()[0].as_str(), repo.dirt().as_str()), ("Finish one", ""));
    // What was left out comes with the next doorbell.
    std::fs::remove_file(repo.path.join(".git/taskmaster/pending")).unwrap();
    repo.tm(&["sync"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1 done; 2 pending");
}
